// Package docpages keeps a directory of generated pages what it should be. The generators of
// the documentation share it, and the tests that hold the pages to what they are made of.
package docpages

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Write makes a directory hold the pages, by name, and no others.
func Write(dir string, pages map[string]string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	stray, err := others(dir, pages)
	if err != nil {
		return err
	}
	for _, name := range stray {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(pages[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Check says which pages of a directory are not what they should be, and which should not
// be there.
func Check(dir string, pages map[string]string) error {
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		switch text, err := os.ReadFile(filepath.Join(dir, name)); {
		case err != nil:
			wrong = append(wrong, err)
		case string(text) != pages[name]:
			wrong = append(wrong, fmt.Errorf("%s is not what it is made of", name))
		}
	}
	stray, err := others(dir, pages)
	for _, name := range stray {
		wrong = append(wrong, fmt.Errorf("%s is made of nothing", name))
	}
	return errors.Join(append(wrong, err)...)
}

// others are the pages of a directory that are not among those.
func others(dir string, pages map[string]string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.md"))
	var out []string
	for _, file := range files {
		if name := filepath.Base(file); pages[name] == "" {
			out = append(out, name)
		}
	}
	return out, err
}
