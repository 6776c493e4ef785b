//go:build linux && (amd64 || arm64)

package watch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// statusFile is the helper's end of the pipe that tells why it could not become the
// program. It closes by itself when it does.
const statusFile = 3

// Become turns this process into the program of args, with the filter on. It returns
// only when that fails, and has told its parent then.
func Become(args []string) {
	runtime.LockOSThread()
	unix.CloseOnExec(statusFile)
	status := os.NewFile(statusFile, "status")
	if err := install(filter(tables())); err != nil {
		fmt.Fprintf(status, "filter %d", errno(err))
		return
	}
	// Not [syscall.Exec] alone: the filter is on this thread.
	err := unix.Exec(args[0], args, os.Environ())
	fmt.Fprintf(status, "exec %d", errno(err))
}

func errno(err error) int {
	if n, ok := errors.AsType[unix.Errno](err); ok {
		return int(n)
	}
	return int(unix.EINVAL)
}

// Start starts a program and records what it asks for. The error is ErrUnavailable
// where that is not possible, and else why the program cannot be executed.
func Start(cmd Command, rec *Record) (*Process, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	type result struct {
		p   *Process
		err error
	}
	started := make(chan result)
	go func() {
		// All of ptrace is between two threads. This one ends with the goroutine.
		runtime.LockOSThread()
		p, err := launch(cmd, w)
		w.Close()
		started <- result{p, err}
		if err == nil {
			t := &tracer{Process: p, record: rec, helper: cmd.Helper[0], most: cmd.MaxTasks, tables: tables()}
			t.loop()
		}
	}()
	s := <-started
	if s.err != nil {
		return nil, s.err
	}
	told, err := io.ReadAll(io.LimitReader(r, 64))
	if err == nil && len(told) == 0 {
		return s.p, nil
	}
	s.p.Kill()
	<-s.p.gone
	step, number, _ := strings.Cut(string(told), " ")
	n, _ := strconv.Atoi(number)
	if step == "exec" && n > 0 {
		return nil, &os.PathError{Op: "exec", Path: cmd.Args[0], Err: unix.Errno(n)}
	}
	return nil, fmt.Errorf("%w: %s", ErrUnavailable, told)
}

// launch starts the helper, which is traced from its first instruction on.
func launch(cmd Command, status *os.File) (*Process, error) {
	sys := attributes()
	sys.Ptrace = true
	proc, err := os.StartProcess(cmd.Helper[0], slices.Concat(cmd.Helper, cmd.Args), &os.ProcAttr{
		Env: cmd.Env, Sys: sys,
		Files: []*os.File{cmd.Files[0], cmd.Files[1], cmd.Files[2], status},
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	p := newProcess(proc.Pid)
	_ = proc.Release()
	var ws unix.WaitStatus
	if _, err := unix.Wait4(p.pid, &ws, unix.WALL, nil); err != nil || !ws.Stopped() {
		return nil, fmt.Errorf("%w: the first stop: %w", ErrUnavailable, err)
	}
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_TRACEFORK |
		unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL
	err = unix.PtraceSetOptions(p.pid, options)
	if err == nil {
		// Linux before 5.3 does not tell what a call is in a way that all architectures
		// share.
		var info syscallInfo
		err = info.read(p.pid)
	}
	if err == nil {
		p.tasks[p.pid] = &task{exe: cmd.Helper[0], attached: true}
		err = unix.PtraceCont(p.pid, 0)
	}
	if err != nil {
		_ = unix.Kill(p.pid, unix.SIGKILL)
		_, _ = unix.Wait4(p.pid, &ws, unix.WALL, nil)
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return p, nil
}

// tracer follows a process, on one thread.
type tracer struct {
	*Process
	record *Record
	helper string
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
		if created(ws.TrapCause()) {
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
	if now.pending != nil {
		t.record.add(*now.pending)
		now.pending = nil
	}
	now.exe = program(pid)
}

// program is what a task runs.
func program(pid int) string {
	name, _ := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
	return name
}

// called notes a call that begins, and tells whether its result matters.
func (t *tracer) called(pid int, task *task) bool {
	var info syscallInfo
	if err := info.read(pid); err != nil || info.op != opSeccomp {
		return false
	}
	c, ok := t.tables[info.arch][uint32(info.number())]
	if !ok {
		return false
	}
	name := t.path(pid, c, &info)
	if name == "" {
		return false
	}
	if task.exe == "" {
		task.exe = program(pid) // its creator has not told yet
	}
	a := &Access{Path: path.Clean(name), Use: c.use, Write: c.kind == creat}
	if task.exe != t.helper {
		a.By = task.exe
	}
	if c.kind == newRoot {
		t.chrooted = true
	}
	if c.flags != none {
		a.Write = openWrites(pid, c, &info)
	}
	if t.foreseen(c, a, name) {
		t.record.add(*a)
		return false
	}
	task.pending = a
	return true
}

// foreseen tells whether it is known what will come of a call to read or to look, without
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

func openWrites(pid int, c call, info *syscallInfo) bool {
	flags := info.arg(c.flags)
	if c.kind == openHow {
		var how [8]byte // its first field
		if read(pid, uintptr(flags), how[:]) != len(how) {
			return false
		}
		flags = *(*uint64)(unsafe.Pointer(&how[0]))
	}
	return flags&(unix.O_WRONLY|unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC) != 0
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

// path is the path that a call is about, absolute but not clean; empty if there is none.
func (t *tracer) path(pid int, c call, info *syscallInfo) string {
	at := uintptr(info.arg(c.path))
	if c.kind == socket {
		return socketPath(pid, at, info.arg(c.path+1))
	}
	name := readString(pid, at)
	if name == "" || strings.HasPrefix(name, "/") {
		return name
	}
	dir := "cwd"
	if c.dir != none {
		if fd := int32(info.arg(c.dir)); fd != unix.AT_FDCWD {
			dir = "fd/" + strconv.Itoa(int(fd))
		}
	}
	above, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/" + dir)
	if err != nil || !strings.HasPrefix(above, "/") {
		return ""
	}
	return above + "/" + name
}

// socketPath is the path of a Unix socket's address.
func socketPath(pid int, at uintptr, size uint64) string {
	var address [110]byte // struct sockaddr_un
	n := read(pid, at, address[:min(int(size&0xffff), len(address))])
	if n < 3 || *(*uint16)(unsafe.Pointer(&address[0])) != unix.AF_UNIX {
		return ""
	}
	name, _, _ := bytes.Cut(address[2:n], []byte{0})
	if !bytes.HasPrefix(name, []byte("/")) {
		return "" // one without a file, or relative, which nobody uses
	}
	return string(name)
}

// readString reads text up to its end, of no more than a path has.
func readString(pid int, at uintptr) string {
	const page = 4096
	var out []byte
	for len(out) < unix.PathMax {
		// Not beyond the page: the next may not be there.
		piece := make([]byte, min(256, page-int(at)%page))
		n := read(pid, at, piece)
		if n <= 0 {
			return ""
		}
		if end := bytes.IndexByte(piece[:n], 0); end >= 0 {
			return string(append(out, piece[:end]...))
		}
		out = append(out, piece[:n]...)
		at += uintptr(n)
	}
	return ""
}

// read reads memory of a task and returns how many bytes it got.
func read(pid int, at uintptr, into []byte) int {
	if len(into) == 0 {
		return 0
	}
	local := []unix.Iovec{{Base: &into[0]}}
	local[0].SetLen(len(into))
	n, err := unix.ProcessVMReadv(pid, local, []unix.RemoteIovec{{Base: at, Len: len(into)}}, 0)
	if err != nil {
		return 0
	}
	return n
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

// result tells whether a call failed, and its error number then.
func (i *syscallInfo) result() (failed bool, number syscall.Errno) {
	if uint8(i.data[1]) == 0 {
		return false, 0
	}
	return true, syscall.Errno(-int64(i.data[0]))
}
