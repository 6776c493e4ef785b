package watch

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// Command is a program to start.
type Command struct {
	// Args are the program, by an absolute path, and its arguments.
	Args []string
	Env  []string
	// Files are its standard input, output and error.
	Files [3]*os.File
	// MaxTasks is how many processes and threads there may be at once of a program that
	// is watched; 0 for any number.
	MaxTasks int
}

// ErrUnavailable is the error of Start where programs cannot be watched.
var ErrUnavailable = errors.New("programs cannot be watched here")

// Process is a program that was started, and all that it has started.
type Process struct {
	pid int
	// ended is closed when the program has ended, gone when nothing that it started is
	// left.
	ended, gone chan struct{}

	mu      sync.Mutex
	status  syscall.WaitStatus
	tasks   map[int]*task
	killed  bool
	tooMany bool
}

// task is a process or a thread.
type task struct {
	// exe is the program that it runs.
	exe string
	// attached is set once its first stop, which its creator caused, is over.
	attached bool
	// pending is the call whose result is awaited.
	pending *Access
}

// Status is how a program ended.
type Status struct {
	// Exit is its exit status, or 128 and the number of the signal.
	Exit int
	// Signal is what killed it; 0 for nothing.
	Signal syscall.Signal
}

// String is "exit status 1" or "signal: killed".
func (s Status) String() string {
	if s.Signal != 0 {
		return "signal: " + s.Signal.String()
	}
	return fmt.Sprintf("exit status %d", s.Exit)
}

func newProcess(pid int) *Process {
	return &Process{pid: pid, ended: make(chan struct{}), gone: make(chan struct{}), tasks: map[int]*task{}}
}

// Ended is closed when the program has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Gone is closed when nothing that the program started is left.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// TooMany reports whether it was killed for having more tasks than MaxTasks.
func (p *Process) TooMany() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tooMany
}
