package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestPagesAreFresh(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("../..", docs)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = string(data)
	}
	want := pages()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("docs/findings/%s is missing or not what the catalogue says: run go generate ./diag/catalogue", name)
		}
		delete(got, name)
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		t.Errorf("docs/findings/%s belongs to no finding: run go generate ./diag/catalogue", name)
	}
}

// TestWriteDropsOldPages holds that a page goes with its row.
func TestWriteDropsOldPages(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "findings")
	for range 2 {
		if err := write(dir); err != nil {
			t.Fatal(err)
		}
		if got, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(got) != len(pages()) {
			t.Fatalf("%d pages, want %d (%v)", len(got), len(pages()), err)
		}
		if err := os.WriteFile(filepath.Join(dir, "no-such-code.md"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
