//go:build linux

// Package runner runs one test in the finished tree of an image: it is the first
// process of a container there, started as the image's user.
package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/tests"
	"github.com/sinter-build/sinter/watch"
)

// Place is where a test runs.
type Place struct {
	// Sources is the directory with the trees of sources that programs are from.
	Sources string
	// Env is the environment of the programs.
	Env []string
}

const (
	// maxTasks is how many processes and threads a test may have at once. It is for
	// programs that fork without end.
	maxTasks = 4096
	// grace is how long a service has to end when it is asked to.
	grace = 2 * time.Second
	// poll is the time between two looks at whether a service is ready.
	poll = 10 * time.Millisecond
)

// Run runs a test and judges what came of it.
func Run(t tests.Test, place Place) tests.Outcome {
	r := &run{Test: t, place: place, end: time.NewTimer(t.Timeout), starter: watch.Starter{Init: isInit() && t.Watch == tests.WatchNothing}}
	begun := time.Now()
	r.out.Started = begun.UnixNano()
	defer r.end.Stop()
	if r.startService() && r.awaitService() {
		r.ready = true
		if len(t.Run) > 0 {
			r.runProgram()
		}
	}
	r.out.Took = time.Since(begun)
	r.stopService()
	killAll()
	if len(r.out.Problems) == 0 {
		r.out.Problems = tests.JudgeFiles(rootfs.Dir("/"), t.Files)
	}
	r.out.Accesses, r.out.Cut = r.record.Accesses(), r.record.Full()
	return r.out
}

// run is a test that runs.
type run struct {
	tests.Test
	place   Place
	out     tests.Outcome
	record  watch.Record
	starter watch.Starter
	end     *time.Timer // fires when the time is over
	over    bool
	service *child
	ready   bool // the service was
}

func (r *run) problem(format string, args ...any) {
	r.out.Problems = append(r.out.Problems, fmt.Sprintf(format, args...))
}

// startService starts the service, if there is one.
func (r *run) startService() bool {
	if len(r.Service) == 0 {
		return true
	}
	service, err := r.start(r.Service, "", true)
	if err != nil {
		r.failedToStart("the service "+r.Service[0], r.Service[0], err)
		return false
	}
	r.service = service
	return true
}

// failedToStart says why a program could not be executed.
func (r *run) failedToStart(what, program string, err error) {
	if errors.Is(err, unix.ENOEXEC) {
		r.out.Unexecutable = true
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		err = number
	}
	if errors.Is(err, unix.ENOENT) {
		r.out.Absent = program
	}
	r.problem("%s cannot be executed: %v", what, err)
}

// awaitService waits until the service is ready.
func (r *run) awaitService() bool {
	if r.service == nil || r.Ready == nil {
		return true
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if isReady(r.Ready, r.service) {
			return true
		}
		select {
		case <-tick.C:
		case <-r.service.Ended():
			r.service.finish()
			r.problem("the service ended before it was ready: %s", describe(r.service))
			r.said(r.service)
			return false
		case <-r.end.C:
			r.over, r.out.Unready, r.out.Listening = true, true, listeningPorts()
			r.service.Kill()
			r.service.finish()
			r.problem("the service was not ready after %v: %s", r.Timeout, notReady(r.Ready))
			r.said(r.service)
			return false
		}
	}
}

// runProgram runs the program and judges what came of it.
func (r *run) runProgram() {
	c, err := r.start(r.Run, r.Stdin, r.Source == "")
	if err != nil {
		r.failedToStart(r.Run[0], r.Run[0], err)
		return
	}
	select {
	case <-c.Ended():
	case <-r.end.C:
		r.over, r.out.Late = true, true
	}
	c.Kill()
	if r.service == nil {
		killAll()
	}
	c.finish()
	switch {
	case c.TooMany():
		r.problem("it had more than %d processes and threads at once", maxTasks)
	case r.over:
		r.problem("it did not end within %v", r.Timeout)
	case c.Status().Signal != 0 || c.Status().Exit != r.Expect.Exit:
		r.problem("it ended with %s, not %d", describe(c), r.Expect.Exit)
	}
	if !r.over && !c.TooMany() {
		r.out.LineEnd, r.out.Letters = lineEnd(c, r.Expect), letters(c, r.Expect)
		r.out.Problems = append(r.out.Problems, c.stdout.output().Judge("its standard output", r.Expect.Stdout)...)
		r.out.Problems = append(r.out.Problems, c.stderr.output().Judge("its standard error", r.Expect.Stderr)...)
	}
	if len(r.out.Problems) > 0 {
		r.said(c)
	}
}

// stopService ends the service, which must still be there.
func (r *run) stopService() {
	if r.service == nil {
		return
	}
	select {
	case <-r.service.Ended():
		if r.ready {
			r.problem("the service ended while the test ran: %s", describe(r.service))
		}
	default:
		r.service.Signal(signalNamed(r.StopSignal))
		select {
		case <-r.service.Ended():
		case <-time.After(grace):
		}
	}
	r.service.Kill()
	killAll()
	r.service.finish()
	if len(r.out.Problems) > 0 && r.out.Said == "" {
		r.said(r.service)
	}
}

// isInit reports whether this is the first process of a container.
func isInit() bool { return os.Getpid() == 1 }

// killAll ends every process of the container, if this is its first one.
func killAll() {
	if isInit() {
		_ = unix.Kill(-1, unix.SIGKILL)
	}
}

// said keeps the end of what a program wrote.
func (r *run) said(c *child) {
	for _, text := range []string{c.stderr.end(), c.stdout.end()} {
		if strings.TrimSpace(text) != "" {
			r.out.Said = text
			return
		}
	}
}

// describe says how a program ended: "1", "SIGSEGV".
func describe(c *child) string {
	status := c.Status()
	if status.Signal != 0 {
		return unix.SignalName(status.Signal)
	}
	return fmt.Sprintf("exit status %d", status.Exit)
}

func notReady(r *spec.Ready) string {
	switch {
	case r.Port > 0:
		return fmt.Sprintf("nothing listens on port %d", r.Port)
	case r.HTTP != "":
		return r.HTTP + " does not answer with a status below 400"
	}
	return fmt.Sprintf("it has not printed %q", r.Log)
}

// signalNamed is the signal of that name or number; SIGTERM when there is none.
func signalNamed(name string) syscall.Signal {
	var number int
	if _, err := fmt.Sscan(name, &number); err == nil && number > 0 {
		return syscall.Signal(number)
	}
	if sig := unix.SignalNum(name); sig != 0 {
		return sig
	}
	return syscall.SIGTERM
}

// child is a program that was started.
type child struct {
	*watch.Process
	stdout, stderr *buffer
}

// finish waits for what the program has written, once it has been killed. Where it was not
// watched, what it has started in another session may still be there, beside a service, and
// could write.
func (c *child) finish() {
	<-c.Ended()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c.stdout.wait(ctx)
	c.stderr.wait(ctx)
}

// start starts a program, of which what it asks for is recorded if it is one of the
// image.
func (r *run) start(args []string, stdin string, ofImage bool) (*child, error) {
	c := &child{}
	in, err := input(stdin)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	cmd := watch.Command{Args: args, Env: r.env(), MaxTasks: maxTasks}
	cmd.Files[0] = in
	if c.stdout, cmd.Files[1], err = newBuffer(); err != nil {
		return nil, err
	}
	defer cmd.Files[1].Close()
	if c.stderr, cmd.Files[2], err = newBuffer(); err != nil {
		return nil, err
	}
	defer cmd.Files[2].Close()
	if !ofImage {
		if cmd.Args, err = fromSource(r.place.Sources+"/"+r.Source, args); err != nil {
			return nil, err
		}
	} else {
		if cmd.Args, err = lookedUp(args, cmd.Env); err != nil {
			return nil, err
		}
		if c.Process, err = r.startWatched(cmd); !errors.Is(err, watch.ErrUnavailable) {
			return c, err
		}
	}
	c.Process, err = r.starter.Start(cmd)
	return c, err
}

// lookedUp is a command with the path of its program: a name without a slash is looked up
// in the PATH of the image, as runc does.
func lookedUp(args, env []string) ([]string, error) {
	if strings.Contains(args[0], "/") {
		return args, nil
	}
	for _, setting := range env {
		if dirs, ok := strings.CutPrefix(setting, "PATH="); ok {
			if err := os.Setenv("PATH", dirs); err != nil {
				return nil, err
			}
		}
	}
	found, err := exec.LookPath(args[0])
	if errors.Is(err, exec.ErrNotFound) {
		return nil, unix.ENOENT
	}
	return append([]string{found}, args[1:]...), err
}

// startWatched starts a program of the image as the test says how it is watched. The error
// is watch.ErrUnavailable when it is not.
func (r *run) startWatched(cmd watch.Command) (p *watch.Process, err error) {
	switch {
	case r.Watch == tests.WatchTasks:
		return watch.Follow(cmd)
	case r.Watch == tests.WatchPaths && r.out.Unwatched == "":
		if p, err = watch.Start(cmd, &r.record); errors.Is(err, watch.ErrUnavailable) {
			r.out.Unwatched = diag.Plain(err.Error())
		}
		return p, err
	}
	return nil, watch.ErrUnavailable
}

// env is the image's environment with the settings of the test.
func (r *run) env() []string {
	out := slices.Clone(r.place.Env)
	for _, setting := range r.Env {
		name, _, _ := strings.Cut(setting, "=")
		out = slices.DeleteFunc(out, func(old string) bool { return strings.HasPrefix(old, name+"=") })
		out = append(out, setting)
	}
	return out
}

// input is a file with a text to read.
func input(text string) (*os.File, error) {
	if text == "" {
		return os.Open(os.DevNull)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	go func() {
		_, _ = w.WriteString(text) // a program need not read all of it
		w.Close()
	}()
	return r, nil
}

// trimmed are the last lines of a text.
func trimmed(text []byte, most int) string {
	text = bytes.TrimRight(text, "\n\r\t ")
	if len(text) > most {
		text = text[len(text)-most:]
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			text = text[i+1:]
		}
	}
	return string(text)
}
