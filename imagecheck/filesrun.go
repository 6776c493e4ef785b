package imagecheck

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/start"
)

// checkFilesRun warns of files that the config's commands give to an interpreter and that
// are not in the image. What a volume holds comes when the image runs.
func (img *Image) checkFilesRun() error {
	for _, c := range img.Commands {
		for name, by := range runtimes.FilesRun([][]string{append([]string{c.Name}, c.Args...)}, img.Process.Workdir) {
			_, err := rootfs.Resolve(img.Tree.View, name)
			inVolume := func(v Volume) bool { return strings.HasPrefix(name, v.Path+"/") }
			if err == nil || isHidden(name) || slices.ContainsFunc(img.Volumes, inVolume) || !isScript(c, name) {
				continue
			}
			if !rootfs.IsAbsent(err) {
				return err
			}
			img.report(diag.Diagnostic{
				Code: start.CodeNotFound, Severity: diag.SeverityWarning, At: c.At,
				Message: fmt.Sprintf("the %s gives %s to %s, and that is not in the image", c.Use, name, by),
				Runtime: fmt.Sprintf("%s: %s: No such file or directory", path.Base(by), name),
				Fixes:   img.wherever(name),
			})
		}
	}
	return nil
}

// isScript tells whether what a command gives to an interpreter is certainly a file to run: by the end of
// its name, or because nothing stands before it. Behind an option it may be the option's value, as
// a class path and the directory of a database are.
func isScript(c Command, name string) bool {
	if strings.Contains(name, ":") {
		return false
	}
	return interpreters[path.Ext(name)] != "" || c.Args[0] == name
}

// wherever is the way out for a file that is not where a command looks for it, if the image
// has one of its name.
func (img *Image) wherever(name string) []string {
	var mounted []string
	if to := img.movedTo(name); to != "" {
		return []string{"write " + to + ", where it is in the image"}
	}
	for _, at := range img.Tree.Paths() {
		if path.Base(at) == path.Base(name) && img.Tree.Entries[at].Kind == plan.KindFile {
			return []string{"write " + at + ", where it is in the image"}
		}
	}
	if dir := path.Dir(name); dir != "/" && !spec.IsUsualDirectory(dir) {
		mounted = []string{fmt.Sprintf("if it comes when the image runs, say so: volumes: [%s]", dir)}
	}
	var fixes []string
	if near := img.nearFile(name); near != "" {
		fixes = []string{"did you mean " + near + "?"}
	}
	return append(append(fixes, fmt.Sprintf("ship it, under files: - {from: PATH, to: %s}", name)), mounted...)
}

// movedTo is where a file is in the image that the spec takes from a path and puts
// elsewhere; "" if it is not there either.
func (img *Image) movedTo(name string) string {
	for _, b := range img.Binaries {
		if b.From.Path == name && b.To != name {
			return b.To
		}
	}
	for _, f := range img.Files {
		if to := putAt(f, name); to != "" && img.has(to) {
			return to
		}
	}
	return ""
}

// putAt is where an item of the spec puts what it takes from a path; "" if it takes
// nothing from there, or leaves it where it was.
func putAt(f spec.File, name string) string {
	rest, below := strings.CutPrefix(name, f.From.Path)
	switch {
	case f.Content != nil || f.To == f.From.Path || !below:
		return ""
	case rest == "" && f.ToDir:
		return path.Join(f.To, path.Base(name))
	case rest == "" || strings.HasPrefix(rest, "/") || f.From.Path == "/":
		return path.Join(f.To, rest)
	}
	return ""
}

// interpreters are the programs that run files by the ends of their names.
var interpreters = map[string]string{
	".py": "python", ".js": "node", ".mjs": "node", ".cjs": "node", ".rb": "ruby", ".pl": "perl", ".php": "php", ".lua": "lua", ".sh": "sh", ".jar": "java",
}

// maxText bounds what is read of a file for an interpreter, in bytes.
const maxText = 256 << 10

// interpreted is the way out for a command that is a file for an interpreter, without a #!
// line: to start the interpreter. It is "" for others, and where none ships.
func (img *Image) interpreted(f *start.Problem, c Command) string {
	name := interpreters[path.Ext(f.Path)]
	if name == "" || f.Path == "" {
		return ""
	}
	if text, err := rootfs.ReadFile(img.Tree.View, f.Path, maxText); err != nil || bytes.HasPrefix(text, []byte("#!")) {
		return ""
	}
	for _, p := range img.Programs {
		if version, ok := strings.CutPrefix(path.Base(p.To), name); !ok || p.library() || strings.Trim(version, "0123456789.") != "" {
			continue
		}
		words := []string{p.To}
		if name == "java" {
			words = append(words, "-jar")
		}
		words = append(append(words, f.Path), c.Args...)
		return `start its interpreter, which is given the file: ["` + strings.Join(words, `", "`) + `"]`
	}
	return ""
}
