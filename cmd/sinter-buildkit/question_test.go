package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

// What is asked for becomes what `docker buildx build` would send.
func TestQuestion(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "app.yaml"), "files: [a]\n")
	t.Setenv("FROM_ENV", "here")
	spec := "DIR/app.yaml"
	for _, test := range []struct {
		name  string
		build job.Settings
		want  string
	}{
		{"spec and context", job.Settings{File: spec, Context: "DIR"}, "filename=app.yaml locals: context=DIR dockerfile=DIR"},
		{"current directory", job.Settings{File: spec}, "filename=app.yaml locals: context=. dockerfile=DIR"},
		{
			"target and platforms", job.Settings{File: spec, Context: "DIR", Target: "debug", Platforms: []string{"linux/amd64", "linux/arm64"}},
			"filename=app.yaml platform=linux/amd64,linux/arm64 target=debug locals: context=DIR dockerfile=DIR",
		},
		{
			"build arguments", job.Settings{File: spec, Context: "DIR", Args: []string{"A=b=c", "FROM_ENV", "NOT_IN_ENV"}},
			"build-arg:A=b=c build-arg:FROM_ENV=here filename=app.yaml locals: context=DIR dockerfile=DIR",
		},
		{
			"named contexts", job.Settings{File: spec, Context: "DIR", Contexts: []string{"a=DIR", "b=docker-image://debian"}},
			"context:a=local:a context:b=docker-image://debian filename=app.yaml locals: a=DIR context=DIR dockerfile=DIR",
		},
		{
			"remote context", job.Settings{File: "app.yaml", Context: "https://example.com/x.git"},
			"context=https://example.com/x.git filename=app.yaml locals:",
		},
		{"remote context, no spec", job.Settings{Context: "https://example.com/x.git"}, "which spec of the context: say --file app.yaml"},
		{"no such spec", job.Settings{File: "none.yaml"}, "--file: there is no file none.yaml"},
		{"no such context", job.Settings{File: spec, Context: "DIR/none"}, "--context: there is no directory DIR/none"},
		{"half a named context", job.Settings{File: spec, Contexts: []string{"a"}}, "--build-context a: write NAME=DIRECTORY or NAME=URL"},
		{"no such named context", job.Settings{File: spec, Contexts: []string{"a=DIR/none"}}, "--build-context a=DIR/none: there is no directory DIR/none"},
		{
			"OCI layout", job.Settings{File: spec, Contexts: []string{"a=oci-layout://DIR"}},
			"--build-context a=oci-layout://DIR: an OCI layout cannot be sent from here; push it to a registry and write docker-image://IMAGE",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := test.build
			b.Progress = "quiet"
			for _, field := range []*string{&b.File, &b.Context} {
				*field = strings.ReplaceAll(*field, "DIR", dir)
			}
			for i, c := range b.Contexts {
				b.Contexts[i] = strings.ReplaceAll(c, "DIR", dir)
			}
			got := ""
			if q, err := newQuestion(b, streams{}, nil); err != nil {
				got = err.Error()
			} else {
				got = pairs(q.attrs) + "locals: " + pairs(q.locals)
			}
			if got := strings.TrimSpace(strings.ReplaceAll(got, dir, "DIR")); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}

func pairs(m map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, "%s=%s ", key, m[key])
	}
	return b.String()
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A spec from standard input is a file while the question is asked.
func TestStdin(t *testing.T) {
	t.Parallel()
	q, err := newQuestion(job.Settings{File: "-", Progress: "quiet"}, streams{in: strings.NewReader("files: [a]\n")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(q.locals["dockerfile"], q.attrs["filename"]))
	if err != nil || string(text) != "files: [a]\n" {
		t.Errorf("%q %v", text, err)
	}
	q.close()
	if _, err := os.Stat(q.temp); err == nil {
		t.Error("it is still there")
	}
}

// Without --file the spec is the only file of the build context that says it is
// one.
func TestOnlySpec(t *testing.T) {
	t.Parallel()
	const spec = "# syntax=sinterbuild/sinter:1\nfiles: [a]\n"
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string // the spec
		said  string
		err   string
	}{
		{name: "one file", files: map[string]string{"app.yaml": spec, "main.go": ""}, want: "app.yaml"},
		{name: "any name", files: map[string]string{"redis.yml": spec}, want: "redis.yml"},
		{name: "Dockerfile", files: map[string]string{"Dockerfile": spec}, want: "Dockerfile"},
		{name: "own registry", files: map[string]string{"app.yaml": "# syntax = registry.example:5000/tools/sinter-frontend@sha256:" + strings.Repeat("0", 64) + "\n"}, want: "app.yaml"},
		{
			name: "beside others", files: map[string]string{"app.yaml": spec, "compose.yaml": "services: {}\n", "Dockerfile": "# syntax=docker/dockerfile:1\nFROM scratch\n"},
			want: "app.yaml", said: "sinter: the spec is DIR/app.yaml\n",
		},
		{
			name: "two", files: map[string]string{"b.yaml": spec, "a.yaml": spec, "c.yaml": ""},
			err: "there are 2 specs in DIR: a.yaml, b.yaml\n  fix: say which one: --file NAME",
		},
		{name: "none", files: map[string]string{"main.go": "", "spec.txt": spec}, err: "there is no spec in DIR\n  fix: say where it is: --file NAME"},
		{
			name: "none that says so", files: map[string]string{
				"a.yaml": "files: [a]\n", "b.yaml": "", "c.yaml": "files: [a]\n" + spec, "d.yaml": "# syntax=sinter/minimal:1\n", "e\x1b.yaml": "# syntax=$SINTER\n",
			},
			err: "no file in DIR says that it is a spec, as `# syntax=sinterbuild/sinter:1` in its first line does; " +
				"looked at a.yaml, b.yaml, c.yaml, d.yaml, e\\x1b.yaml\n  fix: say which one is: --file NAME",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range test.files {
				write(t, filepath.Join(dir, name), text)
			}
			if err := os.Mkdir(filepath.Join(dir, "directory.yaml"), 0o755); err != nil {
				t.Fatal(err)
			}
			var stderr bytes.Buffer
			q, err := newQuestion(job.Settings{Context: dir, Progress: "plain"}, streams{errors: &stderr}, nil)
			if test.err != "" {
				if err == nil || strings.ReplaceAll(err.Error(), dir, "DIR") != test.err {
					t.Errorf("error %v\nwant %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if q.attrs["filename"] != test.want || q.locals["dockerfile"] != dir {
				t.Errorf("it is %s in %s", q.attrs["filename"], q.locals["dockerfile"])
			}
			if said := filepath.ToSlash(strings.ReplaceAll(stderr.String(), dir, "DIR")); said != test.said {
				t.Errorf("said %q, should be %q", said, test.said)
			}
		})
	}
}
