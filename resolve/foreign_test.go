//go:build linux && amd64

package resolve_test

import (
	"debug/elf"
	"os"
	"slices"
	"testing"

	"github.com/sinter-build/sinter/elffile/elftest"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// A package holds builds for several C libraries and machines, of which one is for the
// image. What the others lack is nobody's business; what that one lacks is.
func TestBuildsForOthers(t *testing.T) {
	t.Parallel()
	const loader = "/lib64/ld-linux-x86-64.so.2"
	context, debian := t.TempDir(), t.TempDir()
	put(t, context, "/app", elftest.File{Interp: loader}.Bytes())
	for at, file := range map[string]elftest.File{
		"/pkg/prebuilds/linux-x64/addon.glibc.node": {Needed: []string{"libgone.so.1"}},
		"/pkg/prebuilds/linux-x64/addon.musl.node":  {Needed: []string{"libgone.so.2", "libc.musl-x86_64.so.1"}},
		"/pkg/prebuilds/linux-arm64/addon.node":     {Needed: []string{"libgone.so.3"}, Machine: elf.EM_AARCH64},
		"/pkg/bin/tool-musl":                        {Needed: []string{"libgone.so.4"}, Interp: "/lib/ld-musl-x86_64.so.1"},
		"/pkg/bin/tool-arm64":                       {Needed: []string{"libgone.so.5"}, Interp: "/lib/ld-linux-aarch64.so.1", Machine: elf.EM_AARCH64},
		"/pkg/bin/tool":                             {Needed: []string{"libgone.so.6"}, Interp: loader},
	} {
		put(t, context, at, file.Bytes())
	}
	data, err := os.ReadFile(loader)
	if err != nil {
		t.Fatal(err)
	}
	put(t, debian, loader, data)
	trees := map[string]rootfs.FS{plan.TreeContext: rootfs.Dir(context), "debian": rootfs.Dir(debian)}
	res := planFor(t, "binaries: [app]\nfiles: [{from: pkg, to: /pkg}]\nlibraries: {from: [debian]}\nmetadata: none\n", trees)
	var got []string
	for _, d := range res.Diagnostics {
		got = append(got, string(d.Severity)+" "+d.Code+" "+d.Message)
	}
	want := []string{
		"warning library-not-found libgone.so.1, needed by /pkg/prebuilds/linux-x64/addon.glibc.node, was not found; searched the image (the loader's own directories)",
		"warning library-not-found libgone.so.6, needed by /pkg/bin/tool, was not found; searched the image (the loader's own directories)",
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
