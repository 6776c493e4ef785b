package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

// What becomes of an image is said as to buildx, and told to BuildKit in its words.
func TestOutputs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		export job.Export
		want   string // a line for each output, or the error
	}{
		{"nothing", job.Export{}, "image:"},
		{"a name alone", job.Export{Tags: []string{"app"}}, "image: name=docker.io/library/app:latest"},
		{"push", job.Export{Tags: []string{"r.example/app:1", "r.example/app"}, Push: true}, "image: name=r.example/app:1,r.example/app:latest push=true"},
		{
			"push to this machine", job.Export{Tags: []string{"127.0.0.1:5000/app"}, Push: true},
			"image: name=127.0.0.1:5000/app:latest push=true registry.insecure=true",
		},
		{"load", job.Export{Tags: []string{"app"}, Load: true}, "docker: name=docker.io/library/app:latest to file"},
		{"tree", job.Export{Tags: []string{"app"}, Outputs: []string{"out"}}, "local: to directory out"},
		{"tree on standard output", job.Export{Outputs: []string{"-"}}, "tar: to file"},
		{"layout", job.Export{Tags: []string{"app"}, Outputs: []string{"type=oci,dest=a.tar"}}, "oci: name=docker.io/library/app:latest to file"},
		{"unpacked layout", job.Export{Outputs: []string{"type=oci,tar=false,dest=dir"}}, "oci: tar=false to directory dir"},
		{"layout on standard output", job.Export{Outputs: []string{"type=oci"}}, "oci: to file"},
		{"archive of its own", job.Export{Outputs: []string{`type=docker,dest=a.tar,"name=x,y"`}}, "docker: name=x,y to file"},
		{"registry", job.Export{Outputs: []string{"type=registry,name=r.example/x"}}, "image: name=r.example/x push=true"},
		{"several", job.Export{Tags: []string{"r.example/a"}, Push: true, Outputs: []string{"out"}}, "local: to directory out\nimage: name=r.example/a:latest push=true"},
		{"push without a name", job.Export{Push: true}, "what is pushed needs a name: say --tag REGISTRY/NAME:TAG"},
		{"bad name", job.Export{Tags: []string{"A B"}}, "--tag A B: invalid reference format: repository name (library/A B) must be lowercase"},
		{"digest", job.Export{Tags: []string{"a@sha256:" + strings.Repeat("0", 64)}}, "--tag a@sha256:" + strings.Repeat("0", 64) + ": a digest cannot be given to an image"},
		{"no type", job.Export{Outputs: []string{"dest=a,b=c"}}, "--output dest=a,b=c: it says no type="},
		{"no directory", job.Export{Outputs: []string{"type=local"}}, "--output type=local: type=local needs a directory: dest=DIRECTORY"},
		{"no value", job.Export{Outputs: []string{"type=oci,x"}}, `--output type=oci,x: "x" is not KEY=VALUE`},
		{"no destination taken", job.Export{Outputs: []string{"type=image,dest=x"}}, "--output type=image,dest=x: type=image takes no dest="},
		{"standard output twice", job.Export{Outputs: []string{"-", "type=oci"}}, "--output: only one can be standard output"},
	} {
		all, err := outputs(test.export)
		got := ""
		for _, o := range all {
			e := o.entry(streams{}, &loading{})
			got += e.Type + ": " + pairs(e.Attrs)
			if e.Output != nil {
				got += "to file"
			}
			if e.OutputDir != "" {
				got += "to directory " + e.OutputDir
			}
			got = strings.TrimSpace(got) + "\n"
		}
		if err != nil {
			got = err.Error()
		}
		if got = strings.TrimSpace(got); got != test.want {
			t.Errorf("%s: got %s\nwant %s", test.name, got, test.want)
		}
	}
}

// A file is written only when there is something to write.
func TestOutputFile(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	file := filepath.Join(t.TempDir(), "a.tar")
	all, err := outputs(job.Export{Outputs: []string{"type=oci,dest=" + file, "type=tar"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		e := o.entry(streams{out: &stdout}, nil)
		if exists(file) && e.Type == "oci" {
			t.Error("the file is there before the build")
		}
		w, err := e.Output(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.Type); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if string(text) != "oci" || err != nil || stdout.String() != "tar" {
		t.Errorf("%q %v, %q", text, err, stdout.String())
	}
}

func TestOnLoopback(t *testing.T) {
	t.Parallel()
	for names, want := range map[string]bool{
		"localhost:5000/a:1": true, "localhost/a": true, "127.0.0.1:5000/a": true, "127.8.9.1/a": true, "[::1]:5000/a": true,
		"127.0.0.1:5000/a,localhost:1/b": true, "127.0.0.1:5000/a,r.example/b": false,
		"app": false, "docker.io/library/app": false, "localhost.example/a": false, "10.0.0.1:5000/a": false,
	} {
		if got := onLoopback(names); got != want {
			t.Errorf("%s: %v", names, got)
		}
	}
}
