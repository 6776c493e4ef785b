package docpages

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWriteAndCheck(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "docs")
	if err := Write(dir, map[string]string{"a.md": "a", "old.md": "old"}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "picture.png"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{"a.md": "b", "new.md": "new"}
	want := "a.md is not what it is made of\nopen " + filepath.Join(dir, "new.md") + ": no such file or directory\nold.md is made of nothing"
	if err := Check(dir, pages); err == nil || err.Error() != want {
		t.Errorf("before: %v, want %s", err, want)
	}
	if err := Write(dir, pages); err != nil {
		t.Fatal(err)
	}
	if err := Check(dir, pages); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "picture.png")); err != nil {
		t.Error("what is no page is gone:", err)
	}
}
