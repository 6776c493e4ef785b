package main

import (
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/rootfs"
)

// candidates are the entries of a directory that begin with a prefix. After a
// directory the user goes on typing.
func candidates(tree rootfs.FS, dir, prefix string, entries []fs.DirEntry) ([]cobra.Completion, cobra.ShellCompDirective) {
	directive := cobra.ShellCompDirectiveNoFileComp
	var out []cobra.Completion
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) || prefix == "" && strings.HasPrefix(e.Name(), ".") {
			continue
		}
		at := dir + e.Name()
		if res, err := rootfs.Resolve(tree, "/"+at); err == nil && res.Info.IsDir() {
			at += "/"
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		out = append(out, at)
	}
	return out, directive
}
