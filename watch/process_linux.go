package watch

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Status is how the program ended, once it has.
func (p *Process) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.status.Signaled() {
		return Status{Exit: 128 + int(p.status.Signal()), Signal: p.status.Signal()}
	}
	return Status{Exit: p.status.ExitStatus()}
}

// Signal sends a signal to the program.
func (p *Process) Signal(sig syscall.Signal) {
	select {
	case <-p.ended: // the number may be another's by now
	default:
		_ = unix.Kill(p.pid, sig)
	}
}

// Kill ends the program and all that it has started, however often it forks.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killed = true
	for pid := range p.tasks {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
	_ = unix.Kill(-p.pid, unix.SIGKILL)
}

// attributes give the program a session of its own, as a container's first process has:
// signals that it sends to its group do not reach us.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
