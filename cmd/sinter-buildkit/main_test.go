package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
)

// work does a job and returns its exit status and all that it printed.
func work(t *testing.T, j job.Job) (int, string) {
	t.Helper()
	arg, err := j.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	status := run(context.Background(), []string{arg}, streams{in: strings.NewReader(""), out: &out, errors: &out})
	return status, out.String()
}

// What is no image, no listing and no spec is told before anything is asked.
func TestDiffArguments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"old.json": `{"version": 0, "images": []}`, "other.json": `{"a": 1}`, "packed.tar.gz": "\x1f\x8b\x08\x00", "empty": "",
		"same.json": `{"version": 1, "images": [{"platform": "linux/amd64"}]}`,
	} {
		write(t, filepath.Join(dir, name), text)
	}
	for _, test := range []struct {
		before, after string
		status        int
		want          string
	}{
		{"same.json", "same.json", exit.Good, "linux/amd64: no difference (0 files, 0 B)\n"},
		{"old.json", "same.json", exit.Usage, "version 0, should be 1"},
		{"same.json", "other.json", exit.Usage, "version 0, should be 1"},
		{"packed.tar.gz", "same.json", exit.Usage, "a compressed file: unpack it first"},
		{"none", "same.json", exit.Usage, "no such file or directory"},
		{".", "same.json", exit.Usage, "not an OCI image layout"},
	} {
		status, got := work(t, job.Job{
			Command: job.Diff, Format: job.Text, Build: job.Settings{Progress: "quiet"},
			Before: filepath.Join(dir, test.before), After: filepath.Join(dir, test.after),
		})
		if status != test.status || !strings.Contains(got, test.want) {
			t.Errorf("%s %s: %d %s", test.before, test.after, status, got)
		}
	}
}

// A spec in the place of a file of the image is a wrong call, unless another
// spec is named.
func TestExplainSpec(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "app.yaml")
	write(t, file, "# syntax=sinterbuild/sinter:1\nfiles: [a]\n")
	status, got := work(t, job.Job{Command: job.Explain, Format: job.Text, Path: file, Build: job.Settings{Progress: "quiet"}})
	want := "sinter: " + file + " is a spec, and what is asked about is a file of the image\n" +
		"  fix: write --file " + file + "\nrun `sinter explain --help` for how to use it\n"
	if status != exit.Usage || got != want {
		t.Errorf("%d %s\nwant %s", status, got, want)
	}
}

// What is not a job of this release is not done.
func TestNoJob(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{nil, exit.Usage, "sinter: sinter-buildkit is started by sinter, which has the commands\nrun `sinter --help` for how to use it\n"},
		{[]string{`{"Version":1,"Job":{"Command":"dance"}}`}, exit.Usage, "sinter: sinter-buildkit has no command \"dance\"\nrun `sinter dance --help` for how to use it\n"},
		{[]string{`{"Version":0}`}, exit.Bad, "sinter: sinter and sinter-buildkit are of different releases\n  fix: go install github.com/sinter-build/sinter/cmd/...@latest\n"},
	} {
		var out bytes.Buffer
		status := run(context.Background(), test.args, streams{in: os.Stdin, out: &out, errors: &out})
		if status != test.status || out.String() != test.want {
			t.Errorf("%q: %d %s", test.args, status, out.String())
		}
	}
}

// What is no file is an image of a registry if it is called like one.
func TestInRegistry(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"debian:bookworm-slim": "debian:bookworm-slim", "registry.example/app": "registry.example/app", "localhost/app": "localhost/app",
		"127.0.0.1:5000/a/b:1": "127.0.0.1:5000/a/b:1", "docker-image://debian": "debian", "app@sha256:" + strings.Repeat("0", 64): "app@sha256:" + strings.Repeat("0", 64),
		"app.yaml": "", "dir/app.yaml": "", "./app.tar": "", "/tmp/layout": "", "UPPER:1": "",
	} {
		if ref, ok := inRegistry(name); ref != want && ok || ok != (want != "") {
			t.Errorf("%s: %q %v", name, ref, ok)
		}
	}
}
