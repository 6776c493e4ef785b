//go:build linux && (amd64 || arm64)

package watch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Start starts a program and records what it asks for. The error is ErrUnavailable
// where that is not possible, and else why the program cannot be executed.
func Start(cmd Command, rec *Record) (*Process, error) {
	l, err := newLaunch(cmd)
	defer l.close()
	if err != nil {
		return nil, err
	}
	if err := silenceStops(); err != nil {
		return nil, fmt.Errorf("%w: sigaction: %w", ErrUnavailable, err)
	}
	t := &tracer{record: rec, most: cmd.MaxTasks, tables: tables(), self: program(os.Getpid())}
	begun := make(chan error)
	go onChildlessThread(func() {
		err := l.begin(t)
		begun <- err
		if err == nil {
			t.loop()
		}
	})
	if err := <-begun; err != nil {
		return nil, err
	}
	if err := l.failure(); err != nil {
		t.Kill()
		<-t.gone
		return nil, err
	}
	return t.Process, nil
}

// onChildlessThread calls f on a thread of its own, which ends with it: all of ptrace is
// between two threads. Another goroutine may have started a process on the thread that
// this one happens to be on, and waits for it: f would get to see its end instead.
func onChildlessThread(f func()) {
	runtime.LockOSThread()
	err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT|unix.WALL|unix.WNOTHREAD, nil)
	if err == unix.ECHILD {
		f()
		return
	}
	taken := make(chan struct{})
	go onChildlessThread(func() {
		close(taken)
		f()
	})
	<-taken // it cannot be this thread
	runtime.UnlockOSThread()
}

// silenceStops has the kernel send no signal when a task stops, only when one ends. Each
// would interrupt some thread of this program, whose handler takes longer than all that
// the tracer does.
func silenceStops() error {
	var action struct { // struct sigaction of the kernel
		handler, flags, restorer, mask uint64
	}
	const noStops = 1 // SA_NOCLDSTOP
	if _, _, err := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGCHLD), 0, uintptr(unsafe.Pointer(&action)), setSize, 0, 0); err != 0 {
		return err
	}
	action.flags |= noStops
	if _, _, err := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGCHLD), uintptr(unsafe.Pointer(&action)), 0, setSize, 0, 0); err != 0 {
		return err
	}
	return nil
}

// launch is a program that is about to be started.
type launch struct {
	cmd  Command
	fork *fork
	// channel is our end of the one with the copy, and its are the files that the copy has
	// from us: the program's, and its end.
	channel int
	its     [4]int
}

func newLaunch(cmd Command) (*launch, error) {
	l := &launch{cmd: cmd, channel: -1, its: [4]int{-1, -1, -1, -1}}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return l, err
	}
	l.channel = pipe[0]
	defer unix.Close(pipe[1])
	from := [4]int{0, 0, 0, pipe[1]}
	for i, file := range cmd.Files {
		from[i] = int(file.Fd())
	}
	var err error
	for i := range from {
		// Above the numbers that the program's files get.
		if l.its[i], err = unix.FcntlInt(uintptr(from[i]), unix.F_DUPFD_CLOEXEC, len(cmd.Files)); err != nil {
			return l, err
		}
	}
	l.fork, err = newFork(cmd, [3]int(l.its[:3]), l.its[3], filter(tables()))
	return l, err
}

func (l *launch) close() {
	l.closeIts()
	if l.channel >= 0 {
		_ = unix.Close(l.channel)
	}
}

func (l *launch) closeIts() {
	for i, fd := range l.its {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
		l.its[i] = -1
	}
}

// begin makes the copy, whose tracer is the calling thread, and lets it become the
// program.
func (l *launch) begin(t *tracer) error {
	number, errno := l.fork.start()
	runtime.KeepAlive(l.fork)
	l.closeIts()
	if errno != 0 {
		return fmt.Errorf("%w: clone: %w", ErrUnavailable, errno)
	}
	pid := int(number)
	var ws unix.WaitStatus
	if _, err := unix.Wait4(pid, &ws, unix.WALL, nil); err != nil {
		return fmt.Errorf("%w: the first stop: %w", ErrUnavailable, err)
	}
	if !ws.Stopped() {
		if err := l.failure(); err != nil {
			return err
		}
		return fmt.Errorf("%w: it ended at once", ErrUnavailable)
	}
	t.Process = newProcess(pid)
	err := l.follow(t)
	if err != nil {
		_ = unix.Kill(pid, unix.SIGKILL)
		_, _ = unix.Wait4(pid, &ws, unix.WALL, nil)
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// follow lets the copy go on, with all in place that watches it.
func (l *launch) follow(t *tracer) error {
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_TRACEFORK |
		unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL
	if err := unix.PtraceSetOptions(t.pid, options); err != nil {
		return err
	}
	// Linux before 5.3 does not tell what a call is in a way that all architectures
	// share.
	var info syscallInfo
	if err := info.read(t.pid); err != nil {
		return err
	}
	// Its memory may be closed to us all the same.
	var set [setSize]byte
	if read(t.pid, uintptr(unsafe.Pointer(l.fork.all)), set[:]) != len(set) {
		return errors.New("its memory cannot be read")
	}
	t.tasks[t.pid] = &task{exe: t.self, attached: true}
	return unix.PtraceCont(t.pid, 0)
}

// failure is why the copy could not become the program. It waits for the end of the
// channel, which closes by itself when it does.
func (l *launch) failure() error {
	told := make([]byte, unsafe.Sizeof(*l.fork.failure))
	for {
		n, err := unix.Read(l.channel, told)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil || n < len(told):
			return nil
		}
		break
	}
	step, number := int(binary.NativeEndian.Uint64(told)), unix.Errno(binary.NativeEndian.Uint64(told[8:]))
	if step == len(l.fork.steps)-1 {
		return &os.PathError{Op: "exec", Path: l.cmd.Args[0], Err: number}
	}
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, l.fork.steps[step].name, number)
}
