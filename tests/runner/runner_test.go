//go:build linux

package runner

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/tests"
)

// withoutPtrace is the environment variable with which this program forbids itself, and
// what it starts, to trace, as container runtimes may.
const withoutPtrace = "SINTER_WITHOUT_PTRACE"

func TestMain(m *testing.M) {
	if os.Getenv(withoutPtrace) != "" {
		if err := forbidPtrace(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	os.Exit(m.Run())
}

// forbidPtrace has the kernel refuse ptrace to all threads, by a filter.
func forbidPtrace() error {
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the call's number
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_PTRACE, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if _, _, err := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program))); err != 0 {
		return err
	}
	return nil
}

// Where programs cannot be traced, the same tests come to the same, and say so.
func TestRunWithoutPtrace(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestRun$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), withoutPtrace+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestRun") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Tests run on this machine: e2e has them in images.
func TestRun(t *testing.T) {
	t.Parallel()
	unwatched := ""
	if os.Getenv(withoutPtrace) != "" {
		unwatched = "programs cannot be watched here: ptrace: operation not permitted"
	}
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
		{"leaves a process in another session", tests.Test{Run: []string{"/bin/sh", "-c", "setsid sleep 5 & echo done"}, Expect: spec.Expect{Stdout: &spec.Text{Equals: new("done\n")}}}, "", ""},
		{"a service", tests.Test{Service: []string{"/bin/sh", "-c", "echo ready; sleep 1000"}, Ready: &spec.Ready{Log: "ready"}, Run: []string{"/bin/true"}}, "", ""},
		{"a service that ends", tests.Test{Service: []string{"/bin/sh", "-c", "echo why; exit 4"}, Ready: &spec.Ready{Log: "ready"}, Run: []string{"/bin/true"}}, "the service ended before it was ready: exit status 4", "why"},
		{"files", tests.Test{Run: []string{"/bin/true"}, Files: []tests.File{{Path: "/no/file"}}}, "/no/file is not there", ""},
	} {
		for _, c.test.Watch = range []tests.Watch{tests.WatchNothing, tests.WatchTasks, tests.WatchPaths} {
			c.test.Timeout = time.Minute
			out := Run(c.test, Place{Env: os.Environ()})
			if got := strings.Join(out.Problems, "; "); got != c.wants || out.Said != c.said {
				t.Errorf("%s, watch %s: %q, said %q", c.name, c.test.Watch, got, out.Said)
			}
			want, recorded := "", false
			if c.test.Watch == tests.WatchPaths {
				want, recorded = unwatched, unwatched == ""
			}
			if out.Unwatched != want || recorded != (len(out.Accesses) > 0) {
				t.Errorf("%s, watch %s: not watched: %q, %d accesses", c.name, c.test.Watch, out.Unwatched, len(out.Accesses))
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
	b.wait(t.Context())
	if out := b.output(); len(out.Text) != maxBegin || out.Size != 10<<20+9 || len(b.tail) > 2*maxEnd || b.end() != "the end" {
		t.Errorf("%d of %d bytes, %q", len(out.Text), out.Size, b.end())
	}
}
