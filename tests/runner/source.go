//go:build linux

package runner

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/rootfs"
)

// fromSource is the command that runs a program of a source, whose tree is mounted at
// dir: the loader of that tree loads it, with libraries of that tree alone.
func fromSource(dir string, args []string) ([]string, error) {
	tree := rootfs.Dir(dir)
	program, err := rootfs.Resolve(tree, rootfs.Name(args[0]))
	if err != nil {
		return nil, &fs.PathError{Op: "exec", Path: args[0], Err: err}
	}
	if interpreter, ok := scriptInterpreter(tree, program.Path); ok {
		return fromSource(dir, slices.Concat(interpreter, []string{path.Join(dir, program.Path)}, args[1:]))
	}
	loaded, err := loader.Load([]loader.Tree{{Name: "source", FS: tree}}, loader.Program{Path: program.Path}, loader.Options{})
	if err != nil {
		return nil, &fs.PathError{Op: "exec", Path: args[0], Err: err}
	}
	command := append([]string{path.Join(dir, program.Path)}, args[1:]...)
	if loaded.Interp == nil {
		return command, nil
	}
	var dirs []string
	for _, object := range loaded.Objects {
		for _, file := range []string{object.Path, object.Real} {
			if at := path.Join(dir, path.Dir(file)); !slices.Contains(dirs, at) {
				dirs = append(dirs, at)
			}
		}
	}
	ld := path.Join(dir, loaded.Interp.Real)
	return slices.Concat([]string{ld, "--library-path", strings.Join(dirs, ":")}, command), nil
}

// scriptInterpreter is what the first line of a script names, and its argument.
func scriptInterpreter(tree rootfs.FS, name string) ([]string, bool) {
	f, err := tree.Open(rootfs.Name(name))
	if err != nil {
		return nil, false
	}
	defer f.Close()
	line := make([]byte, 256) // as much as the kernel reads
	n, _ := f.Read(line)
	line, _, _ = bytes.Cut(line[:n], []byte("\n"))
	rest, ok := bytes.CutPrefix(line, []byte("#!"))
	if !ok {
		return nil, false
	}
	words := strings.SplitN(strings.TrimSpace(string(rest)), " ", 2)
	return words, path.IsAbs(words[0]) && words[0] != os.DevNull
}
