//go:build linux

package runner

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/tests"
	"github.com/sinter-build/sinter/watch"
)

const become = "become"

// The test's own program is the helper.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == become {
		watch.Become(os.Args[2:])
		os.Exit(127)
	}
	os.Exit(m.Run())
}

// Tests run on this machine: e2e has them in images.
func TestRun(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, helper := range [][]string{{self, become}, {"/no/such/helper"}} {
		for _, c := range []struct {
			name  string
			test  tests.Test
			wants string // the problems
			said  string
		}{
			{"passes", tests.Test{Run: []string{"/bin/sh", "-c", "read x; echo $x; exit 3"}, Stdin: "hello\n", Expect: spec.Expect{Exit: 3, Stdout: &spec.Text{Equals: new("hello\n")}}}, "", ""},
			{"ends otherwise", tests.Test{Run: []string{"/bin/sh", "-c", "echo one >&2; kill -9 $$"}}, "it ended with SIGKILL, not 0", "one"},
			{"is not there", tests.Test{Run: []string{"/no/program"}}, "/no/program cannot be executed: no such file or directory", ""},
			{"leaves a process", tests.Test{Run: []string{"/bin/sh", "-c", "sleep 1000 & echo done"}}, "", ""},
			{"a service", tests.Test{Service: []string{"/bin/sh", "-c", "echo ready; sleep 1000"}, Ready: &spec.Ready{Log: "ready"}, Run: []string{"/bin/true"}}, "", ""},
			{"a service that ends", tests.Test{Service: []string{"/bin/sh", "-c", "echo why; exit 4"}, Ready: &spec.Ready{Log: "ready"}, Run: []string{"/bin/true"}}, "the service ended before it was ready: exit status 4", "why"},
			{"files", tests.Test{Run: []string{"/bin/true"}, Files: []tests.File{{Path: "/no/file"}}}, "/no/file is not there", ""},
		} {
			c.test.Timeout = time.Minute
			out := Run(c.test, Place{Helper: helper, Env: os.Environ()})
			if got := strings.Join(out.Problems, "; "); got != c.wants || out.Said != c.said {
				t.Errorf("%s: %q, said %q", c.name, got, out.Said)
			}
			if watched := helper[0] == self; (out.Unwatched == "") != watched || watched != (len(out.Accesses) > 0) {
				t.Errorf("%s: not watched: %q, %d accesses", c.name, out.Unwatched, len(out.Accesses))
			}
		}
	}
}

func TestBufferIsBounded(t *testing.T) {
	t.Parallel()
	b, w, err := newBuffer()
	if err != nil {
		t.Fatal(err)
	}
	piece := strings.Repeat("x", 1<<20)
	for _, text := range append(slices.Repeat([]string{piece}, 10), "\nthe end\n") {
		if _, err := w.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	b.wait()
	if out := b.output(); len(out.Text) != maxBegin || out.Size != 10<<20+9 || len(b.tail) > 2*maxEnd || b.end() != "the end" {
		t.Errorf("%d of %d bytes, %q", len(out.Text), out.Size, b.end())
	}
}
