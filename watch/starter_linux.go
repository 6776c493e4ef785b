package watch

import (
	"errors"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Starter starts programs and records nothing. The zero value is ready for use.
type Starter struct {
	// Init tells that this is the first process of a container, and that nothing in it
	// is watched. The kernel then makes all processes its children that outlive their
	// parents, and it waits for them.
	Init bool

	mu      sync.Mutex
	started map[int]*Process
	waiting bool
}

// Start starts a program.
func (s *Starter) Start(cmd Command) (*Process, error) {
	before := countTasks()
	s.mu.Lock() // the program may have ended before it is known here
	defer s.mu.Unlock()
	proc, err := os.StartProcess(cmd.Args[0], cmd.Args, &os.ProcAttr{Env: cmd.Env, Files: cmd.Files[:], Sys: attributes()})
	if err != nil {
		return nil, err
	}
	p := newProcess(proc.Pid)
	if err := proc.Release(); err != nil {
		return nil, err
	}
	s.wait(p)
	if cmd.MaxTasks > 0 {
		// The kernel counts all tasks of the user, and root's not at all.
		limit := unix.Rlimit{Cur: uint64(cmd.MaxTasks), Max: uint64(cmd.MaxTasks)}
		_ = unix.Prlimit(p.pid, unix.RLIMIT_NPROC, &limit, nil)
		go s.bound(p, before+cmd.MaxTasks)
	}
	return p, nil
}

// wait sees to it that somebody waits for a program.
func (s *Starter) wait(p *Process) {
	if !s.Init {
		go func() {
			_, ws := waitFor(p.pid)
			p.end(ws)
		}()
		return
	}
	if s.started == nil {
		s.started = map[int]*Process{}
	}
	s.started[p.pid] = p
	if !s.waiting {
		s.waiting = true
		go s.reap()
	}
}

// reap waits for everything that ends, until nothing is left.
func (s *Starter) reap() {
	for {
		pid, ws := waitFor(-1)
		s.mu.Lock()
		p := s.started[pid]
		delete(s.started, pid)
		s.waiting = pid > 0 || len(s.started) > 0
		goesOn := s.waiting
		s.mu.Unlock()
		if p != nil {
			p.end(ws)
		}
		if !goesOn {
			return
		}
	}
}

// waitFor waits until a child ends, or with -1 any of them. It returns -1 when there is
// none.
func waitFor(pid int) (int, syscall.WaitStatus) {
	for {
		var ws syscall.WaitStatus
		ended, err := syscall.Wait4(pid, &ws, 0, nil)
		switch {
		case err == nil:
			return ended, ws
		case !errors.Is(err, unix.EINTR):
			return -1, 0xff00 // exit status 255
		}
	}
}

// end notes that a program has ended, and how.
func (p *Process) end(ws syscall.WaitStatus) {
	p.mu.Lock()
	p.status = ws
	p.mu.Unlock()
	close(p.ended)
	close(p.gone)
}

// look is the time between two looks at how many tasks there are.
const look = 20 * time.Millisecond

// bound kills a program that has more processes and threads than it may.
func (s *Starter) bound(p *Process, most int) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-p.ended:
			return
		case <-tick.C:
		}
		if countTasks() <= most {
			continue
		}
		p.mu.Lock()
		p.tooMany = true
		p.mu.Unlock()
		p.Kill()
		if s.Init {
			_ = unix.Kill(-1, unix.SIGKILL)
		}
	}
}

// countTasks is how many processes and threads there are, as far as this one sees. It is
// 0 where that cannot be known.
func countTasks() int {
	proc, err := os.Open("/proc")
	if err != nil {
		return 0
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1)
	tasks := 0
	for _, name := range names {
		if _, err := strconv.Atoi(name); err != nil {
			continue
		}
		var st unix.Stat_t
		if unix.Stat("/proc/"+name+"/task", &st) == nil {
			tasks += max(1, int(st.Nlink)-2) // a directory for each thread
		}
	}
	return tasks
}
