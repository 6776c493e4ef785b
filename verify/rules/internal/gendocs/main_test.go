package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The pages are what the rules say now.
func TestPagesAreFresh(t *testing.T) {
	t.Parallel()
	all, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join("..", "..", docs)
	for name, want := range all {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s is not what the rules say: run go generate ./verify/rules (%v)", name, err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil || len(files) != len(all) {
		t.Errorf("%d pages for %d: %v", len(files), len(all), err)
	}
}
