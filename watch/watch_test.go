//go:build linux && (amd64 || arm64)

package watch

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Programs in C, and what is recorded of what they ask for below their working
// directory, as "USE PATH ERROR by PROGRAM".
var cases = []struct {
	name, program string
	want          string
	exit          int
}{
	{
		"opens, looks and is refused",
		`close(open("there", O_RDONLY)); open("missing", O_RDONLY); struct stat st; stat("missing", &st);
		 open("new", O_WRONLY | O_CREAT, 0644); mkdir("no/dir", 0755); access("there", R_OK); return 3;`,
		`open there by program
open missing ENOENT by program
look missing ENOENT by program
open new for writing by program
change no/dir ENOENT by program
look there by program`, 3,
	},
	{
		"a directory, relative paths and one that leads up",
		`int fd = open(".", O_RDONLY | O_DIRECTORY); openat(fd, "./there", O_RDONLY); chdir("sub"); open("../there", O_RDONLY); open("../gone", O_RDONLY); return 0;`,
		`open . by program
open there by program
look sub by program
open gone ENOENT by program`, 0,
	},
	{
		"a program that vfork starts, and one that is not there",
		`if (vfork() == 0) { char *a[] = {"other", 0}; execv("missing", a); execv("other", a); _exit(9); }
		 int st; wait(&st); return WEXITSTATUS(st);`,
		`exec missing ENOENT by program
exec other by program
open there by other`, 7,
	},
	{
		"a thread that executes another program",
		`pthread_t t; pthread_create(&t, 0, run, 0); pause(); return 1;`,
		`exec other by program
open there by other`, 7,
	},
	{
		"three hundred threads",
		`for (int i = 0; i < 300; i++) { pthread_t t; pthread_create(&t, 0, look, 0); pthread_join(t, 0); } return 0;`,
		`look missing ENOENT by program`, 0,
	},
	{
		"a child that outlives its parent",
		`if (fork() == 0) { setsid(); if (fork() == 0) { open("there", O_RDONLY); _exit(0); } _exit(0); } wait(0); return 0;`,
		`open there by program`, 0,
	},
	{
		"a signal to itself",
		`signal(SIGTERM, on); kill(getpid(), SIGTERM); return 0;`,
		`look missing ENOENT by program`, 0,
	},
	{
		"a socket that is not there",
		`struct sockaddr_un a = {AF_UNIX}; snprintf(a.sun_path, sizeof a.sun_path, "%s/socket", getcwd(0, 0)); connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, sizeof a); return 0;`,
		`connect socket ENOENT by program`, 0,
	},
	{
		"an open file",
		`int fd = open("there", O_RDONLY); struct stat st; fstatat(fd, "", &st, AT_EMPTY_PATH); fstatat(AT_FDCWD, "missing", &st, AT_SYMLINK_NOFOLLOW); struct statx x; statx(fd, "", AT_EMPTY_PATH, 0, &x); statx(AT_FDCWD, "gone", 0, 0, &x); return 0;`,
		`open there by program
look missing ENOENT by program
look gone ENOENT by program`, 0,
	},
	{
		"a path that is not in memory",
		`syscall(SYS_openat, AT_FDCWD, 1, 0); syscall(SYS_openat, 12345, "there", 0); return 0;`,
		``, 0,
	},
}

const prelude = `#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
void *run(void *x) { char *a[] = {"other", 0}; execv("other", a); return 0; }
void *look(void *x) { struct stat st; stat("missing", &st); return 0; }
void on(int sig) { look(0); }
int main(void) {
`

func TestRecord(t *testing.T) {
	t.Parallel()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			compile(t, dir, "program", c.program)
			compile(t, dir, "other", `close(open("there", O_RDONLY)); return 7;`)
			if err := errors.Join(os.WriteFile(dir+"/there", nil, 0o644), os.Mkdir(dir+"/sub", 0o755)); err != nil {
				t.Fatal(err)
			}
			compile(t, dir, "enter", fmt.Sprintf(`chdir(%q); char *a[] = {"program", 0}; execv("program", a); return 99;`, dir))
			var rec Record
			p, err := Start(command(t, filepath.Join(dir, "enter")), &rec)
			if err != nil {
				t.Fatal(err)
			}
			<-p.Gone()
			if got := p.Status().Exit; got != c.exit {
				t.Errorf("%v, want %d", p.Status(), c.exit)
			}
			if got := listed(rec.Accesses(), dir); got != c.want {
				t.Errorf("recorded\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// listed are the accesses that are not those of the start.
func listed(all []Access, dir string) string {
	var lines []string
	for _, a := range all {
		name, ok := strings.CutPrefix(a.Path, dir)
		if !ok || a.By == "" || filepath.Base(a.By) == "enter" {
			continue
		}
		line := string(a.Use) + " " + strings.TrimPrefix(name, "/")
		if name == "" {
			line += "."
		}
		if a.Write {
			line += " for writing"
		}
		if a.Error != "" {
			line += " " + a.Error
		}
		lines = append(lines, line+" by "+filepath.Base(a.By))
	}
	return strings.Join(lines, "\n")
}

func compile(t *testing.T, dir, name, body string, flags ...string) {
	t.Helper()
	source := filepath.Join(dir, name+".c")
	if err := os.WriteFile(source, []byte(prelude+body+"\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", append(flags, "-w", "-static", "-pthread", "-o", filepath.Join(dir, name), source)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Remove(source); err != nil {
		t.Fatal(err)
	}
}

func command(t *testing.T, args ...string) Command {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { null.Close() })
	return Command{Args: args, Files: [3]*os.File{null, null, null}}
}

func TestNotExecutable(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]error{"/no/such/program": unix.ENOENT, "/dev/null": unix.EACCES} {
		if _, err := Start(command(t, name), &Record{}); !errors.Is(err, want) || errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

// A program that forks without end is stopped, and nothing of it is left.
func TestTooMany(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	compile(t, dir, "bomb", `for (;;) fork();`)
	cmd := command(t, filepath.Join(dir, "bomb"))
	cmd.MaxTasks = 50
	p, err := Start(cmd, &Record{})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Gone()
	if !p.TooMany() || p.Status().Signal != unix.SIGKILL {
		t.Errorf("%v, too many %v", p.Status(), p.TooMany())
	}
}

// What is killed is gone, though it ignores what it can.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ready := filepath.Join(dir, "ready")
	compile(t, dir, "deaf", `signal(SIGTERM, SIG_IGN); signal(SIGHUP, SIG_IGN); fork(); mkdir("`+ready+`", 0700); for (;;) pause();`)
	p, err := Start(command(t, filepath.Join(dir, "deaf")), &Record{})
	if err != nil {
		t.Fatal(err)
	}
	for !exists(ready) {
		time.Sleep(time.Millisecond)
	}
	p.Signal(unix.SIGTERM)
	p.Kill()
	<-p.Gone()
	if p.Status().Signal != unix.SIGKILL {
		t.Errorf("%v", p.Status())
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func TestRecordIsBounded(t *testing.T) {
	t.Parallel()
	var r Record
	for i := range maxAccesses + 10 {
		r.add(Access{Path: fmt.Sprint("/", i)})
	}
	if n := len(r.Accesses()); n != maxAccesses || !r.Full() {
		t.Errorf("%d accesses, full %v", n, r.Full())
	}
}
