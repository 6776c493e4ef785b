//go:build linux && (amd64 || arm64)

package watch

import (
	"os"
	"path"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// tracer follows a process, on one thread.
type tracer struct {
	*Process
	// record is where to record paths; nil when nothing is recorded.
	record *Record
	// self is this program: what a copy of it asks for is no program's.
	self   string
	most   int
	tables map[uint32]map[uint32]call
	// chrooted is set once a task may have another root directory than this process.
	chrooted bool
}

// loop follows the process until all of it is gone.
func (t *tracer) loop() {
	defer close(t.gone)
	for {
		var ws unix.WaitStatus
		// Only the children of this thread: other threads trace others.
		pid, err := unix.Wait4(-1, &ws, unix.WALL|unix.WNOTHREAD, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			t.end(t.pid, ws)
			return
		case ws.Exited() || ws.Signaled():
			t.end(pid, ws)
		case ws.Stopped():
			t.stopped(pid, ws)
		}
	}
}

// end forgets a task. With the first process the program has ended.
func (t *tracer) end(pid int, ws unix.WaitStatus) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.tasks, pid)
	if pid != t.pid {
		return
	}
	select {
	case <-t.ended:
	default:
		t.status = syscall.WaitStatus(ws)
		close(t.ended)
	}
}

// stopped looks why a task has stopped and lets it go on.
func (t *tracer) stopped(pid int, ws unix.WaitStatus) {
	task := t.task(pid)
	sig := ws.StopSignal()
	switch {
	case sig == unix.SIGTRAP|0x80:
		t.returned(pid, task)
		sig = 0
	case sig == unix.SIGTRAP && ws.TrapCause() > 0:
		if ws.TrapCause() == unix.PTRACE_EVENT_SECCOMP && t.called(pid, task) {
			_ = unix.PtraceSyscall(pid, 0) // until the call returns
			return
		}
		if ws.TrapCause() == unix.PTRACE_EVENT_EXEC {
			t.executed(pid, task)
		}
		if created(ws.TrapCause()) && t.record != nil {
			t.creates(pid, task)
		}
		sig = 0
	case sig == unix.SIGSTOP && !task.attached:
		task.attached = true
		sig = 0
	}
	_ = unix.PtraceCont(pid, int(sig))
}

func created(cause int) bool {
	return cause == unix.PTRACE_EVENT_FORK || cause == unix.PTRACE_EVENT_VFORK || cause == unix.PTRACE_EVENT_CLONE
}

// task is what is known of a task. A new one can stop before its creator does.
func (t *tracer) task(pid int) *task {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tasks[pid] == nil {
		t.tasks[pid] = &task{}
	}
	if t.most > 0 && len(t.tasks) > t.most {
		t.tooMany, t.killed = true, true
		for pid := range t.tasks {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
	if t.killed {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
	return t.tasks[pid]
}

// creates notes what the new task runs: the same as its creator.
func (t *tracer) creates(pid int, creator *task) {
	if child, err := unix.PtraceGetEventMsg(pid); err == nil {
		if task := t.task(int(child)); task.exe == "" {
			task.exe = creator.exe
		}
	}
}

// executed notes that a task has become another program. When a thread does that, it
// gets the number of its process.
func (t *tracer) executed(pid int, now *task) {
	if former, err := unix.PtraceGetEventMsg(pid); err == nil && int(former) != pid {
		t.mu.Lock()
		if thread := t.tasks[int(former)]; thread != nil {
			now.pending, now.exe = thread.pending, thread.exe
			delete(t.tasks, int(former))
		}
		t.mu.Unlock()
	}
	now.exe = program(pid)
	if now.pending == nil {
		return
	}
	// An emulator is outside of the tree.
	if unix.Faccessat(unix.AT_FDCWD, now.exe, unix.F_OK, 0) == unix.ENOENT {
		now.exe = now.pending.Path
	}
	t.record.add(*now.pending)
	now.pending = nil
}

// program is what a task runs.
func program(pid int) string {
	name, _ := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
	return name
}

// called notes a call that begins, and tells whether its result is to be waited for.
func (t *tracer) called(pid int, task *task) bool {
	var info syscallInfo
	if err := info.read(pid); err != nil || info.op != opSeccomp {
		return false
	}
	c, ok := t.tables[info.arch][uint32(info.number())]
	if !ok {
		return false
	}
	name := info.path(pid, c)
	if name == "" {
		return false
	}
	if task.exe == "" {
		task.exe = program(pid) // its creator has not told yet
	}
	a := &Access{Path: path.Clean(name), Use: c.use, Write: c.kind == creat}
	if task.exe != t.self {
		a.By = task.exe
	}
	if c.kind == newRoot {
		t.chrooted = true
	}
	if c.flags != none {
		a.Write = info.opensForWriting(pid, c)
	}
	if t.foreseen(c, a, name) {
		t.record.add(*a)
		return false
	}
	task.pending = a
	return true
}

// foreseen reports whether it is known what will come of a call to read or to look, without
// waiting for it: to ask the kernel ourselves takes a fraction of the time of another
// stop. Name is the path before it was cleaned.
func (t *tracer) foreseen(c call, a *Access, name string) bool {
	if a.Write || t.chrooted || c.use != Open && c.use != Look {
		return false
	}
	right := uint32(unix.F_OK)
	if c.use == Open {
		right = unix.R_OK
	}
	err := unix.Faccessat(unix.AT_FDCWD, name, right, 0)
	if err == nil {
		return true
	}
	// A link that leads nowhere is there for those who look at the link.
	var st unix.Stat_t
	if err != unix.ENOENT || unix.Fstatat(unix.AT_FDCWD, name, &st, unix.AT_SYMLINK_NOFOLLOW) != unix.ENOENT {
		return false
	}
	a.Error = unix.ErrnoName(unix.ENOENT)
	return true
}

// returned notes what came of a call.
func (t *tracer) returned(pid int, task *task) {
	a := task.pending
	task.pending = nil
	var info syscallInfo
	if err := info.read(pid); a == nil || err != nil || info.op != opExit {
		return
	}
	if failed, n := info.result(); failed {
		if n >= 512 {
			return // the kernel's own numbers: the call begins anew
		}
		a.Error = unix.ErrnoName(n)
	}
	t.record.add(*a)
}

// syscallInfo is struct ptrace_syscall_info (linux/ptrace.h, since Linux 5.3).
type syscallInfo struct {
	op   uint8
	_    [3]uint8
	arch uint32
	_    [2]uint64 // the instruction and the stack pointer
	data [8]uint64
}

// What a syscallInfo is about.
const (
	opExit    = 2
	opSeccomp = 3
)

func (i *syscallInfo) read(pid int) error {
	_, _, err := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(pid), unsafe.Sizeof(*i), uintptr(unsafe.Pointer(i)), 0, 0)
	if err != 0 {
		return err
	}
	return nil
}

func (i *syscallInfo) number() uint64       { return i.data[0] }
func (i *syscallInfo) arg(index int) uint64 { return i.data[1+index] }

// result reports whether a call failed, and its error number then.
func (i *syscallInfo) result() (failed bool, number syscall.Errno) {
	if uint8(i.data[1]) == 0 {
		return false, 0
	}
	return true, syscall.Errno(-int64(i.data[0]))
}
