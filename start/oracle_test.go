//go:build linux && amd64

package start

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sinter-build/sinter/rootfs"
)

// A startCase starts something in a tree. Lines of the tree are
//
//	PATH/ MODE OWNER        a directory
//	PATH -> TARGET          a symbolic link
//	PATH MODE OWNER "TEXT"  a file with that text
//	PATH MODE OWNER WORD    a program: see programs
//
// with parents of mode 0755 owned by root. What happens is written down, and
// tried on the kernel and the real env when the tests run as root.
type startCase struct {
	name    string
	tree    []string
	command string // looked up by a runtime
	exec    string // or a path for execve
	user    User   // 65532:65532 unless set
	root    bool   // user 0:0
	env     map[string]string
	workdir string
	// steps are the paths that are executed.
	steps string
	// code is that of the failure.
	code string
	// out is what the last program prints, its arguments, or how the failure shows.
	out string
	// message is the failure's; not compared when empty.
	message string
}

const someone = 65532

// killed is the output of a start that has no end.
const killed = "(killed)"

// programs are files that have to be made: "args" prints its arguments, "arm64" is
// the same for another machine, and the others are this machine's.
var programs = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "sinter-start-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "args")
	cmd := exec.Command("gcc", "-static", "-nostdlib", "-ffreestanding", "-O1", "-fno-stack-protector", "-fno-tree-loop-distribute-patterns",
		"-Wl,--build-id=none", "-x", "c", "-", "-o", out)
	cmd.Stdin = strings.NewReader(printsArguments)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("these tests need a C compiler, gcc: %w\n%s", err, text)
	}
	made := map[string][]byte{}
	for word, file := range map[string]string{
		"args": out, "env": "/usr/bin/env", "dash": "/bin/dash", "libc": "/lib/x86_64-linux-gnu/libc.so.6", "ld.so": "/lib64/ld-linux-x86-64.so.2",
	} {
		if made[word], err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	made["arm64"] = slices.Clone(made["args"])
	made["arm64"][18] = 183
	return made, nil
})

const printsArguments = `
__asm__(".globl _start\n_start: mov %rsp,%rdi\n and $-16,%rsp\n call run\n");
static long call(long n, long a, const void *b, long c) {
	long r;
	__asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return r;
}
void run(long *sp) {
	char **argv = (char **)(sp + 1);
	for (long i = 0; i < sp[0]; i++) {
		long n = 0;
		while (argv[i][n]) n++;
		if (i) call(1, 1, "|", 1);
		call(1, 1, argv[i], n);
	}
	call(60, 0, 0, 0);
}
`

// withEnv is a tree in which env and dash run.
func withEnv(lines ...string) []string {
	return append(lines, "/usr/bin/env 0755 0:0 env", "/lib/x86_64-linux-gnu/libc.so.6 0755 0:0 libc", "/lib64/ld-linux-x86-64.so.2 0755 0:0 ld.so")
}

func TestStart(t *testing.T) {
	t.Parallel()
	made, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range startCases {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			if !c.root && c.user == (User{}) {
				c.user = User{someone, someone}
			}
			c.checkModel(t, made)
			if os.Geteuid() == 0 {
				c.checkKernel(t, made)
			}
		})
	}
}

func (c *startCase) checkModel(t *testing.T, made map[string][]byte) {
	t.Helper()
	s := New(c.view(t, made), Process{User: c.user, Env: c.env, Workdir: c.workdir, Platform: "linux/amd64"})
	begin, name := s.Command, c.command
	if c.exec != "" {
		begin, name = s.Exec, c.exec
	}
	got, err := begin(name)
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, step := range got.Steps {
		steps = append(steps, step.Path)
	}
	if text := strings.Join(steps, " "); text != c.steps {
		t.Errorf("executed are %q, should be %q", text, c.steps)
	}
	if got.Failure == nil {
		if c.code != "" {
			t.Errorf("it starts, and should fail with %s: %s", c.code, c.out)
		}
		return
	}
	out := got.Failure.Runtime
	if out == "" {
		out = killed
	}
	if got.Failure.Code != c.code || out != c.out {
		t.Errorf("it fails with %s: %q, should with %s: %q", got.Failure.Code, out, c.code, c.out)
	}
	if text := got.Failure.Message(); c.message != "" && text != c.message {
		t.Errorf("the message is\n%s\nand should be\n%s", text, c.message)
	}
	if len(got.Failure.Fixes) == 0 {
		t.Error("there is no way out")
	}
}

func (c *startCase) checkKernel(t *testing.T, made map[string][]byte) {
	t.Helper()
	job := job{Root: c.onDisk(t, made), User: c.user, Workdir: c.workdir, Env: c.env, Command: c.command, Exec: c.exec}
	data, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	var cmd *exec.Cmd
	var text string
	// A test that forks elsewhere may still hold a file open that was just written.
	for try := 0; try == 0 || try < 50 && strings.HasSuffix(text, syscall.ETXTBSY.Error()); try++ {
		time.Sleep(time.Duration(try) * time.Millisecond)
		cmd = exec.Command("/proc/self/exe")
		cmd.Env = []string{jobVariable + "=" + string(data)}
		var out []byte
		out, err = cmd.CombinedOutput()
		text, _, _ = strings.Cut(string(out), "\n")
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		text = killed
	} else if (err != nil) != (c.code != "") {
		t.Errorf("the kernel: %v, printing %q; should fail: %v", err, text, c.code != "")
	}
	if text != c.out {
		t.Errorf("the kernel: %q, should be %q", text, c.out)
	}
}

// job is what a child process is to do: start something as a runtime does.
type job struct {
	Root          string
	User          User
	Workdir       string
	Env           map[string]string
	Command, Exec string
}

const jobVariable = "SINTER_START_JOB"

func TestMain(m *testing.M) {
	if text, ok := os.LookupEnv(jobVariable); ok {
		fmt.Println(child(text))
		os.Exit(126)
	}
	os.Exit(m.Run())
}

// child follows runc's init: libcontainer/standard_init_linux.go.
func child(text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	if j.Workdir == "" {
		j.Workdir = "/"
	}
	limit := syscall.Rlimit{Cur: 1, Max: 1} // a second of processor time, against what has no end
	for _, step := range []func() error{
		func() error { return syscall.Chroot(j.Root) },
		func() error { return syscall.Chdir(j.Workdir) },
		func() error { return syscall.Setgroups(nil) },
		func() error { return syscall.Setgid(int(j.User.GID)) },
		func() error { return syscall.Setuid(int(j.User.UID)) },
		func() error { return syscall.Setrlimit(syscall.RLIMIT_CPU, &limit) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	os.Clearenv()
	if _, ok := j.Env["PATH"]; !ok {
		os.Setenv("PATH", DefaultPath)
	}
	for name, value := range j.Env {
		os.Setenv(name, value)
	}
	at, args := j.Exec, []string{j.Exec}
	if j.Command != "" {
		found, err := exec.LookPath(j.Command)
		if err != nil {
			return err
		}
		at, args = found, []string{j.Command}
	}
	return &os.PathError{Op: "exec", Path: at, Err: syscall.Exec(at, args, os.Environ())}
}

// node is a line of a tree.
type node struct {
	path, target string
	dir          bool
	mode         fs.FileMode
	uid, gid     int
	data         []byte
}

func (c *startCase) nodes(t *testing.T, made map[string][]byte) []node {
	t.Helper()
	var out []node
	for _, line := range c.tree {
		at, rest, _ := strings.Cut(line, " ")
		n := node{path: strings.TrimSuffix(at, "/"), dir: strings.HasSuffix(at, "/")}
		if target, ok := strings.CutPrefix(rest, "-> "); ok {
			n.target = target
			out = append(out, n)
			continue
		}
		var mode uint32
		var what string
		if _, err := fmt.Sscanf(rest, "%o %d:%d", &mode, &n.uid, &n.gid); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		n.mode = fs.FileMode(mode)
		if fields := strings.SplitN(rest, " ", 3); len(fields) == 3 {
			what = fields[2]
		}
		if n.data = made[what]; n.data == nil && !n.dir {
			text, err := strconv.Unquote(what)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			n.data = []byte(text)
		}
		out = append(out, n)
	}
	return out
}

func (c *startCase) view(t *testing.T, made map[string][]byte) rootfs.FS {
	t.Helper()
	v := rootfs.NewView()
	for _, n := range c.nodes(t, made) {
		var err error
		switch {
		case n.target != "":
			err = v.AddLink(n.path, n.target)
		case n.dir:
			err = v.AddDir(n.path, n.mode, uint32(n.uid), uint32(n.gid))
		default:
			err = v.AddData(n.path, n.data, n.mode, uint32(n.uid), uint32(n.gid))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return v
}

func (c *startCase) onDisk(t *testing.T, made map[string][]byte) string {
	t.Helper()
	root := t.TempDir()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	must(os.Chmod(root, 0o755))
	nodes := c.nodes(t, made)
	for _, n := range nodes {
		at := filepath.Join(root, n.path)
		must(os.MkdirAll(filepath.Dir(at), 0o755))
		switch {
		case n.target != "":
			must(os.Symlink(n.target, at))
		case n.dir:
			must(os.MkdirAll(at, 0o755))
		default:
			must(os.WriteFile(at, n.data, 0o600))
		}
	}
	for _, n := range nodes {
		if n.target != "" {
			continue
		}
		at := filepath.Join(root, n.path)
		must(os.Chown(at, n.uid, n.gid))
		must(os.Chmod(at, n.mode))
	}
	return root
}
