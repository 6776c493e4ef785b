package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/exit"
)

// The flags become what `docker buildx build` would send.
func TestOptions(t *testing.T) {
	dir := t.TempDir()
	spec := filepath.Join(dir, "app.yaml")
	if err := os.WriteFile(spec, []byte("files: [a]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FROM_ENV", "here")
	for _, test := range []struct{ args, want string }{
		{"-f DIR/app.yaml --context DIR", "filename=app.yaml locals: context=DIR dockerfile=DIR"},
		{
			"-f DIR/app.yaml --context DIR --target debug --platform linux/amd64,linux/arm64",
			"filename=app.yaml platform=linux/amd64,linux/arm64 target=debug locals: context=DIR dockerfile=DIR",
		},
		{
			"-f DIR/app.yaml --context DIR --build-arg A=b=c --build-arg FROM_ENV --build-arg NOT_IN_ENV",
			"build-arg:A=b=c build-arg:FROM_ENV=here filename=app.yaml locals: context=DIR dockerfile=DIR",
		},
		{
			"-f DIR/app.yaml --context DIR --build-context a=DIR --build-context b=docker-image://debian",
			"context:a=local:a context:b=docker-image://debian filename=app.yaml locals: a=DIR context=DIR dockerfile=DIR",
		},
		{"-f app.yaml --context https://example.com/x.git", "context=https://example.com/x.git filename=app.yaml locals:"},
		{"", "say which spec: --file app.yaml"},
		{"-f none.yaml", "--file: there is no file none.yaml"},
		{"-f DIR/app.yaml --context DIR/none", "--context: there is no directory DIR/none"},
		{"-f DIR/app.yaml --build-context a", "--build-context a: write NAME=DIRECTORY or NAME=URL"},
		{"-f DIR/app.yaml --build-context a=DIR/none", "--build-context a=DIR/none: there is no directory DIR/none"},
		{"-f DIR/app.yaml --progress fancy", `--progress is auto, plain or quiet, not "fancy"`},
	} {
		o := &options{}
		cmd := &cobra.Command{Use: "x"}
		o.register(cmd)
		if err := cmd.ParseFlags(strings.Fields(strings.ReplaceAll(test.args, "DIR", dir))); err != nil {
			t.Fatal(test.args, err)
		}
		got := ""
		if err := o.begin(cmd); err != nil {
			got = err.Error()
		} else {
			got = pairs(o.attrs) + "locals: " + pairs(o.locals)
		}
		if got := strings.TrimSpace(strings.ReplaceAll(got, dir, "DIR")); got != test.want {
			t.Errorf("%s: got %s\nwant %s", test.args, got, test.want)
		}
	}
}

func pairs(m map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, "%s=%s ", key, m[key])
	}
	return b.String()
}

// A spec from standard input is a file while the question is asked.
func TestStdin(t *testing.T) {
	t.Parallel()
	o := &options{}
	cmd := &cobra.Command{Use: "x"}
	o.register(cmd)
	cmd.SetIn(strings.NewReader("files: [a]\n"))
	if err := cmd.ParseFlags([]string{"-f", "-"}); err != nil {
		t.Fatal(err)
	}
	if err := o.begin(cmd); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(o.locals["dockerfile"], o.attrs["filename"]))
	if err != nil || string(text) != "files: [a]\n" {
		t.Errorf("%q %v", text, err)
	}
	o.end()
	if _, err := os.Stat(o.temp); err == nil {
		t.Error("it is still there")
	}
}

// What is no image, no listing and no spec is told before anything is asked.
func TestDiffArguments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"old.json": `{"version": 0, "images": []}`, "other.json": `{"a": 1}`, "packed.tar.gz": "\x1f\x8b\x08\x00", "empty": "",
		"same.json": `{"version": 1, "images": [{"platform": "linux/amd64"}]}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		args, want string
		status     int
	}{
		{"same.json same.json", "linux/amd64: no difference (0 files, 0 B)\n", exit.Good},
		{"old.json same.json", "version 0, should be 1", exit.Usage},
		{"same.json other.json", "version 0, should be 1", exit.Usage},
		{"packed.tar.gz same.json", "a compressed file: unpack it first", exit.Usage},
		{"none same.json", "no such file or directory", exit.Usage},
		{". same.json", "not an OCI image layout", exit.Usage},
		{"same.json", "accepts 2 arg(s), received 1", exit.Usage},
		{"same.json same.json --format xml", `--format is text or json, not "xml"`, exit.Usage},
		{"same.json same.json --file x", "what is compared is named without a flag", exit.Usage},
	} {
		args := []string{"diff"}
		for arg := range strings.FieldsSeq(test.args) {
			if _, err := os.Stat(filepath.Join(dir, arg)); err == nil || arg == "none" {
				arg = filepath.Join(dir, arg)
			}
			args = append(args, arg)
		}
		var out bytes.Buffer
		status := run(context.Background(), args, &out, &out)
		if status != test.status || !strings.Contains(out.String(), test.want) {
			t.Errorf("%s: %d %s", test.args, status, out.String())
		}
	}
}
