package tests

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// What tests expect and do not find is worded here by those who look.
func TestInstead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "bin"), 0o755),
		os.WriteFile(filepath.Join(dir, "bin/app"), []byte("text"), 0o755),
		os.Symlink("app", filepath.Join(dir, "bin/link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	judged := func(path string, check spec.FileCheck) []string {
		return JudgeFiles(rootfs.Dir(dir), []File{{path, check}})
	}
	output := Output{Text: "hello $1\n", Size: 9}
	for _, c := range []struct {
		name     string
		problems []string
		want     string
	}{
		{"a mode", judged("/bin/app", spec.FileCheck{Mode: new(uint32(0o644))}), `if the image is right, write files: {/bin/app: {mode: "0755"}}`},
		{"another kind", judged("/bin", spec.FileCheck{Is: spec.PresenceFile}), "if the image is right, write files: {/bin: {is: directory}}"},
		{"what is to be absent", judged("/bin/app", spec.FileCheck{Is: spec.PresenceAbsent}), "if the image is right, write files: {/bin/app: {is: file}}"},
		{"what is absent", judged("/bin/sh", spec.FileCheck{}), "ship what is not there, or, if the image is right, write files: {/bin/sh: absent}"},
		{"a link", judged("/bin/link", spec.FileCheck{Link: "/bin/app"}), "if the image is right, write files: {/bin/link: {link: app}}"},
		{"a text", output.Judge("its standard output", &spec.Text{Equals: new("x")}), `if the image is right, write expect: {stdout: "hello $$1\n"}`},
		{"a long text", Output{Text: "a", Size: 1 << 20}.Judge("its standard output", &spec.Text{Equals: new("x")}), ""},
		{"a piece", output.Judge("its standard output", &spec.Text{Contains: []string{"x"}}), ""},
		{"a status", []string{"it ended with exit status 0, not 3"}, "if the image is right, write expect: {exit: 0}"},
		{"a failure", []string{"it ended with exit status 1, not 0"}, ""},
		{"nothing", nil, ""},
	} {
		if got := Instead(c.problems); got != c.want {
			t.Errorf("%s: %q: %s, want %s", c.name, c.problems, got, c.want)
		}
	}
}
