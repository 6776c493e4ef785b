package step

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/tests"
	"github.com/sinter-build/sinter/tests/runner"
)

// runTest runs a test in the image that is this step's root directory. That the test
// fails is no error of the step: what came of it is in its outcome.
func runTest() error {
	var t tests.Test
	if err := readJSON(filepath.Join(TestDir, TestFile), &t); err != nil {
		return err
	}
	if os.Getuid() == 0 && t.User.UID != 0 {
		return restartAs(t)
	}
	outcome := runner.Run(t, runner.Place{Sources: TestSources, Env: os.Environ()})
	fmt.Println(outcome.Line())
	data, err := json.Marshal(outcome)
	if err != nil {
		return err
	}
	// No program of the test is left, but one may have been here.
	name := filepath.Join(TestOut, OutcomeFile)
	if err := os.RemoveAll(name); err != nil {
		return err
	}
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	return errors.Join(err, out.Close())
}

// restartAs starts this step anew as the image's user. Container runtimes let every
// user listen on ports below 1024. A build's step has no such setting, but the one
// capability for it does the same.
func restartAs(t tests.Test) error {
	runtime.LockOSThread() // capabilities are a thread's, and it is this one that executes
	_ = unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0)
	gid, uid := int(t.User.GID), int(t.User.UID)
	if err := errors.Join(unix.Setgroups(nil), unix.Setresgid(gid, gid, gid), unix.Setresuid(uid, uid, uid)); err != nil {
		return fmt.Errorf("becoming the image's user %d:%d: %w", uid, gid, err)
	}
	// Where the builder does not have it to give, tests go without.
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	const bit = 1 << unix.CAP_NET_BIND_SERVICE
	one, none := [2]unix.CapUserData{{Effective: bit, Permitted: bit, Inheritable: bit}}, [2]unix.CapUserData{}
	if unix.Capset(&header, &one[0]) == nil {
		_ = unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, unix.CAP_NET_BIND_SERVICE, 0, 0)
	} else if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("giving up capabilities: %w", err)
	}
	env := os.Environ()
	if !t.Home {
		env = append(slices.DeleteFunc(env, func(s string) bool { return strings.HasPrefix(s, "HOME=") }), "HOME="+homeOf(uid))
	}
	return unix.Exec(TestSelf+Program, os.Args, env)
}

// homeOf is the home of the first account with a number in the image, as runc has it.
func homeOf(uid int) string {
	file, err := rootfs.Dir("/").Open("etc/passwd")
	if err != nil {
		return "/"
	}
	defer file.Close()
	lines := bufio.NewScanner(io.LimitReader(file, 1<<20))
	for lines.Scan() {
		if f := strings.Split(lines.Text(), ":"); len(f) > 5 && f[2] == strconv.Itoa(uid) {
			return f[5]
		}
	}
	return "/"
}
