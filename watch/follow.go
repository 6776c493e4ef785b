//go:build linux && (amd64 || arm64)

package watch

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Follow starts a program and records nothing. It stops only where it starts processes
// and threads, so that they can be counted and all of them be killed. The error is
// ErrUnavailable where that is not possible, and else why the program cannot be executed.
func Follow(cmd Command) (*Process, error) {
	if err := silenceStops(); err != nil {
		return nil, fmt.Errorf("%w: sigaction: %w", ErrUnavailable, err)
	}
	t := &tracer{most: cmd.MaxTasks}
	begun := make(chan error)
	go onChildlessThread(func() {
		err := t.follow(cmd)
		begun <- err
		if err == nil {
			t.loop()
		}
	})
	if err := <-begun; err != nil {
		return nil, err
	}
	return t.Process, nil
}

// follow starts the program, which stops as soon as it is executed.
func (t *tracer) follow(cmd Command) error {
	attr := attributes()
	attr.Ptrace = true
	proc, err := os.StartProcess(cmd.Args[0], cmd.Args, &os.ProcAttr{Env: cmd.Env, Files: cmd.Files[:], Sys: attr})
	if errors.Is(err, unix.EPERM) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err) // to trace, or to execute
	}
	if err != nil {
		return err
	}
	pid := proc.Pid
	_ = proc.Release()
	var ws unix.WaitStatus
	if _, err = unix.Wait4(pid, &ws, unix.WALL, nil); err == nil && ws.Stopped() {
		err = unix.PtraceSetOptions(pid, unix.PTRACE_O_TRACEFORK|unix.PTRACE_O_TRACEVFORK|unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_TRACEEXEC|unix.PTRACE_O_EXITKILL)
	}
	if err == nil {
		t.Process = newProcess(pid)
		t.tasks[pid] = &task{attached: true}
		err = unix.PtraceCont(pid, 0)
	}
	if err != nil {
		_ = unix.Kill(pid, unix.SIGKILL)
		_, _ = unix.Wait4(pid, &ws, unix.WALL, nil)
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}
