package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/sinter-build/sinter/diag"
)

// onlySpec returns the path of the only spec of a directory, and whether no other
// file there could be meant by its name.
func onlySpec(dir string) (file string, sure bool, err error) {
	candidates, err := specNames(dir)
	if err != nil {
		return "", false, err
	}
	specs := slices.DeleteFunc(slices.Clone(candidates), func(name string) bool { return !isSpec(filepath.Join(dir, name)) })
	switch len(specs) {
	case 0:
		return "", false, noSpec(dir, candidates)
	case 1:
		return filepath.Join(dir, specs[0]), len(candidates) == 1, nil
	}
	return "", false, fmt.Errorf("there are %d specs in %s: %s\n  fix: say which one: --file NAME", len(specs), where(dir), list(specs))
}

func noSpec(dir string, candidates []string) error {
	if len(candidates) == 0 {
		return fmt.Errorf("there is no spec in %s\n  fix: say where it is: --file NAME", where(dir))
	}
	return fmt.Errorf("no file in %s says that it is a spec, as `# syntax=sinterbuild/sinter:1` in its first line does; looked at %s\n"+
		"  fix: say which one is: --file NAME", where(dir), list(candidates))
}

// where names a directory for a person.
func where(dir string) string {
	if filepath.Clean(dir) == "." {
		return "the current directory"
	}
	return dir
}

// list names files, the first ones of many.
func list(names []string) string {
	const most = 8
	var out []string
	for i, name := range names {
		if i == most {
			return strings.Join(out, ", ") + fmt.Sprintf(" and %d more", len(names)-most)
		}
		out = append(out, diag.Plain(name))
	}
	return strings.Join(out, ", ")
}

// specNames are the files of a directory that specs are called like, sorted.
func specNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		switch ext := filepath.Ext(e.Name()); {
		case e.IsDir():
		case ext == ".yaml", ext == ".yml", e.Name() == "Dockerfile":
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// syntaxSize is how much of a file is read for its syntax line.
const syntaxSize = 4096

// isSpec reports whether a file is a spec by its syntax line. The frontend may come
// from any registry, so it is known by the name of its repository.
func isSpec(file string) bool {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, syntaxSize)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	image, _, _, ok := parser.DetectSyntax(head[:n])
	if !ok {
		return false
	}
	ref, err := reference.ParseNormalizedNamed(image)
	return err == nil && strings.Contains(path.Base(reference.Path(ref)), "sinter")
}
