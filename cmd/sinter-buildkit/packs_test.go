package main

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/frontend"
)

// The files of packs that extend one another go with the build, wherever they are, and
// nothing else does.
func TestGivePacks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for file, text := range map[string]string{
		"org/acme.yaml":        "name: acme\nversion: \"1\"\nextends: [restricted, ../world.yaml]\n",
		"world.yaml":           "name: world\nversion: \"1\"\n",
		"org/other.yaml":       "name: other\nversion: \"1\"\n",
		"secret.txt":           "a secret\n",
		"dept/a/payments.yaml": "name: payments\nversion: \"1\"\nextends: [wrong.yaml, ../../org/acme.yaml, ../../secret.txt, none.yaml, docker-image://x#y.yaml]\n",
		"dept/a/wrong.yaml":    "nam: wrong\n",
	} {
		at := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	into := t.TempDir()
	name := filepath.Join(dir, "dept", "a", "payments.yaml")
	given, err := givePacks([]string{"restricted", name}, into)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"restricted", "sinter-policy-2:/dept/a/payments.yaml"}; !slices.Equal(given.names, want) {
		t.Errorf("names %q, want %q", given.names, want)
	}
	if want := []string{"sinter-policy-2=" + filepath.Join(into, "sinter-policy-2")}; !slices.Equal(given.contexts, want) {
		t.Errorf("contexts %q, want %q", given.contexts, want)
	}
	var files []string
	err = filepath.WalkDir(into, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(into, name)
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	})
	if want := []string{
		"sinter-policy-2/dept/a/payments.yaml", "sinter-policy-2/dept/a/wrong.yaml", "sinter-policy-2/org/acme.yaml", "sinter-policy-2/world.yaml",
	}; err != nil || !slices.Equal(files, want) {
		t.Errorf("%v: files %q, want %q", err, files, want)
	}
	check := &frontend.Check{Findings: diag.List{{Message: "the policy " + given.names[1] + ": there is no file a in source sinter-policy-2"}}}
	given.show(check)
	if want := (diag.List{{Message: "the policy " + name + ": there is no file a in the directory " + dir}}); !reflect.DeepEqual(check.Findings, want) {
		t.Errorf("it is told as %q, want %q", check.Findings, want)
	}
}

// A file that is not there, or that is a link to one elsewhere, is not sent.
func TestPackThatCannotBeHad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"none.yaml", "link.yaml"} {
		if given, err := givePacks([]string{filepath.Join(dir, name)}, t.TempDir()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, %v", name, given, err)
		}
	}
}
