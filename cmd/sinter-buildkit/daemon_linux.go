package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/google/shlex"
	"github.com/moby/buildkit/client"

	"github.com/sinter-build/sinter/cmd/internal/exit"
)

// flagsVariable holds more flags for buildkitd, as for buildctl-daemonless.sh of
// the BuildKit project.
const flagsVariable = "BUILDKITD_FLAGS"

// daemon is a buildkitd that was started for one job and ends with it.
type daemon struct {
	addr string
	cmd  *exec.Cmd
	// temp has its socket and its log. What it has built stays, in a directory of the
	// user's cache that one daemon at a time has locked.
	temp string
	lock *os.File
	// ended is closed when it has.
	ended chan struct{}
}

// startDaemon starts the buildkitd that is in PATH, without root's rights in a user
// namespace by rootlesskit; nil if there is none.
func startDaemon(ctx context.Context, stderr io.Writer) (*daemon, error) {
	command, err := daemonCommand()
	if command == nil || err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	root := filepath.Join(cache, "sinter", "buildkit")
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, err
	}
	d := &daemon{ended: make(chan struct{})}
	if d.lock, err = lockDir(ctx, root, stderr); err != nil {
		return nil, err
	}
	if err := d.start(command, root); err != nil {
		return nil, errors.Join(err, d.clean())
	}
	if err := d.ready(ctx); err != nil {
		log := d.log()
		d.stop()
		return nil, exit.Failure{Err: fmt.Errorf("%s does not start: %w\n%s", command[0], err, log)}
	}
	return d, nil
}

// daemonCommand is how buildkitd is started; nil if there is none.
func daemonCommand() ([]string, error) {
	buildkitd, err := exec.LookPath("buildkitd")
	if err != nil {
		return nil, nil
	}
	flags, err := shlex.Split(os.Getenv(flagsVariable))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flagsVariable, err)
	}
	command := append([]string{buildkitd}, flags...)
	if os.Geteuid() == 0 {
		return command, nil
	}
	rootlesskit, err := exec.LookPath("rootlesskit")
	if err != nil {
		return nil, errors.New("there is no BuildKit to ask, and buildkitd cannot be started: without root's rights it takes rootlesskit, which is not in PATH\n" +
			"  fix: install rootlesskit\n" +
			"  fix: say where a BuildKit is, with --addr tcp://HOST:PORT or in BUILDKIT_HOST")
	}
	return append([]string{rootlesskit}, command...), nil
}

// lockDir locks a directory for this process, after whoever has it now.
func lockDir(ctx context.Context, dir string, stderr io.Writer) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for said := false; ; said = true {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(err, f.Close())
		}
		if !said {
			fmt.Fprintln(stderr, "sinter: waiting for another sinter, which has a buildkitd of its own, too")
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// start starts the daemon. It is sent no signals of the terminal, so that it ends
// after this process is done with it, and ends with this process whatever comes.
func (d *daemon) start(command []string, root string) error {
	var err error
	if d.temp, err = os.MkdirTemp("", "sinter-buildkit"); err != nil {
		return err
	}
	log, err := os.Create(d.logFile())
	if err != nil {
		return err
	}
	defer log.Close()
	d.addr = "unix://" + filepath.Join(d.temp, "buildkitd.sock")
	d.cmd = exec.Command(command[0], append(command[1:], "--root", root, "--addr", d.addr,
		"--otel-socket-path", filepath.Join(d.temp, "otel.sock"), "--containerd-worker=false")...)
	d.cmd.Stdout, d.cmd.Stderr = log, log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := d.cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = d.cmd.Wait() // what is wrong stands in its log
		close(d.ended)
	}()
	return nil
}

func (d *daemon) logFile() string { return filepath.Join(d.temp, "log") }

// log is the end of what the daemon has logged.
func (d *daemon) log() string {
	const most = 30
	text, err := os.ReadFile(d.logFile())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(bytes.TrimSpace(text)), "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-most):], "\n  ")
}

// ready waits until the daemon answers.
func (d *daemon) ready(ctx context.Context) error {
	c, err := client.New(ctx, d.addr)
	if err != nil {
		return err
	}
	defer c.Close()
	for {
		if _, err := c.ListWorkers(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-d.ended:
			return errors.New(d.cmd.ProcessState.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// grace is how long the daemon may take to end.
const grace = 10 * time.Second

// stop ends the daemon. There may be none.
func (d *daemon) stop() {
	if d == nil {
		return
	}
	_ = d.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-d.ended:
	case <-time.After(grace):
		_ = d.cmd.Process.Kill()
		<-d.ended
	}
	_ = d.clean()
}

func (d *daemon) clean() error {
	var err error
	if d.temp != "" {
		err = os.RemoveAll(d.temp)
	}
	return errors.Join(err, d.lock.Close())
}
