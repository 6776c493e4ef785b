package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// command is a program to start.
type command struct {
	path string
	args []string
	env  []string // besides the process's own
	log  string   // file for its output
}

// process is a running program in namespaces of its own.
type process struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// start starts c in a mount and a PID namespace of its own. When the program,
// or this process, ends, everything it has started and mounted goes with it.
func start(c command) (*process, error) {
	log, err := os.Create(c.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := Enclosed(c.path, c.args...)
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Stdout, cmd.Stderr = log, log
	// Everything in the namespace inherits the pipe's writing end, so its
	// reading end tells when the last of it is gone.
	alive, held, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer held.Close()
	cmd.ExtraFiles = []*os.File{held}
	p := &process{name: c.path, log: c.log, cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel sends the parent-death signal when the thread that
		// started the child ends, so that thread must stay.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it ends by being killed
			_, _ = alive.Read(make([]byte, 1))
		}
		_ = alive.Close()
		close(p.done)
	}()
	return p, <-started
}

// Enclosed is a command for a program in a mount and a PID namespace of its own.
// It must be started from a locked thread that outlives it.
func Enclosed(path string, args ...string) *exec.Cmd {
	unshare := []string{"--mount", "--pid", "--fork", "--mount-proc", "--kill-child=SIGKILL", "--", path}
	cmd := exec.Command("unshare", append(unshare, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL,
		// Away from the terminal's interrupts: ours to end, in order.
		Setpgid: true,
	}
	return cmd
}

// kill ends p and waits until it is gone. A nil p was never started.
func (p *process) kill() {
	if p == nil {
		return
	}
	if p.cmd.Process != nil {
		Kill(p.cmd.Process)
	}
	<-p.done
}

// Kill kills an Enclosed program: the first process of its namespace, so that
// unshare, whose child that is, reaps it and ends too.
func Kill(unshare *os.Process) {
	pid := unshare.Pid
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if child, parseErr := strconv.Atoi(strings.TrimSpace(string(children))); err == nil && parseErr == nil {
		_ = syscall.Kill(child, syscall.SIGKILL) // an error means that it has ended already
		return
	}
	_ = unshare.Kill() // which kills its child, if there is one yet
}

// ready waits until check succeeds.
func (p *process) ready(ctx context.Context, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := check(attempt)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended: %s", p.name, tail(p.log))
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w: %s", p.name, err, tail(p.log))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// tail returns the end of a log file.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	const enough = 2000
	return string(text[max(0, len(text)-enough):])
}
