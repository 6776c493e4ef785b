package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// tree is a kind of tree.
type tree struct {
	name string
	size int
	make func(dir string, n int) error
}

var trees = []tree{
	{"files", 30_000, makeFiles},
	{"links", 20_000, makeLinks},
	{"directories in each other", 400, makeDeep},
	{"libraries", 20_000, makeLibraries},
}

// writer writes files until one fails.
type writer struct {
	dir string
	err error
}

func (w *writer) file(name string, data []byte) {
	w.do(name, func(at string) error { return os.WriteFile(at, data, 0o644) })
}

func (w *writer) do(name string, make func(at string) error) {
	at := filepath.Join(w.dir, name)
	if w.err == nil {
		w.err = os.MkdirAll(filepath.Dir(at), 0o755)
	}
	if w.err == nil {
		w.err = make(at)
	}
}

// perDirectory is how many files are in a directory.
const perDirectory = 500

func place(i int, ext string) string {
	return fmt.Sprintf("d%03d/f%05d%s", i/perDirectory, i, ext)
}

func start(dir string) *writer {
	w := &writer{dir: dir}
	w.file(changed, []byte("unchanged\n"))
	return w
}

// makeFiles writes texts of about a kilobyte, no two the same.
func makeFiles(dir string, n int) error {
	w := start(dir)
	for i := range n {
		w.file(place(i, ".txt"), []byte(strings.Repeat(fmt.Sprintf("line of file %d\n", i), 60)))
	}
	return w.err
}

func makeLinks(dir string, n int) error {
	w := start(dir)
	for i := range n {
		w.do(place(i, ""), func(at string) error { return os.Symlink("../"+changed, at) })
	}
	return w.err
}

// makeDeep makes directories in each other, with a file in each.
func makeDeep(dir string, n int) error {
	w := start(dir)
	for i := range n {
		w.file(strings.Repeat("d/", i+1)+"f.txt", fmt.Appendf(nil, "%d\n", i))
	}
	return w.err
}

// makeLibraries writes shared objects, no two the same.
func makeLibraries(dir string, n int) error {
	at := filepath.Join(os.TempDir(), "libsize.so")
	defer os.Remove(at)
	if out, err := exec.Command("gcc", "-shared", "-nostdlib", "-s", "-Wl,--build-id=none", "-Wl,-z,noseparate-code", "-x", "c", "/dev/null", "-o", at).CombinedOutput(); err != nil {
		return fmt.Errorf("gcc: %w: %s", err, out)
	}
	library, err := os.ReadFile(at)
	if err != nil {
		return err
	}
	w := start(dir)
	for i := range n {
		w.file(place(i, ".so"), fmt.Append(library, i))
	}
	return w.err
}
