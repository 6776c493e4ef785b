//go:build linux && (amd64 || arm64)

package watch

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fork makes a copy of this process, which becomes the program of a command. Before it
// does, it asks to be traced and puts a filter on itself. Package os has no place for
// that, and a program of our own in between would take longer to start than many of
// those that are watched.
//
// The copy has one thread, and nothing of Go's runtime works in it. So it does nothing
// but the system calls that were prepared for it.
type fork struct {
	steps []rawCall
	// failure is what the copy writes to its end of a channel when a step fails, before it
	// ends: the step, and the number of the error.
	failure *[2]uint64
	channel uintptr
	// all and before are sets of signals.
	all, before *uint64
	// keep are the things that the steps point to.
	keep []any
}

// rawCall is a system call with its arguments.
type rawCall struct {
	name   string
	number uintptr
	args   [6]uintptr
}

// setSize is the size of a set of signals for the kernel.
const setSize = 8

// newFork prepares a copy with files for its input, output and error. It stops before the
// last step, in which it becomes the program, for its tracer to continue it. On its end
// of a channel it tells why it could not.
func newFork(cmd Command, files [3]int, channel int, program []instruction) (*fork, error) {
	name, err := unix.BytePtrFromString(cmd.Args[0])
	if err != nil {
		return nil, err
	}
	args, err := syscall.SlicePtrFromStrings(cmd.Args)
	if err != nil {
		return nil, err
	}
	env, err := syscall.SlicePtrFromStrings(cmd.Env)
	if err != nil {
		return nil, err
	}
	limit, err := openFiles()
	if err != nil {
		return nil, err
	}
	filter := &unix.SockFprog{Len: uint16(len(program)), Filter: (*unix.SockFilter)(unsafe.Pointer(&program[0]))}
	all, before := ^uint64(0), uint64(0)
	f := &fork{failure: new([2]uint64), channel: uintptr(channel), all: &all, before: &before}
	f.keep = []any{name, args, env, limit, filter, program}
	f.step("ptrace", unix.SYS_PTRACE, unix.PTRACE_TRACEME)
	f.step("setsid", unix.SYS_SETSID) // as attributes says
	for to, from := range files {
		f.step("dup3", unix.SYS_DUP3, uintptr(from), uintptr(to))
	}
	f.step("prlimit", unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, uintptr(unsafe.Pointer(limit)))
	f.step("prctl", unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1)
	f.step("seccomp", unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW, uintptr(unsafe.Pointer(filter)))
	f.step("sigprocmask", unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(f.before)), 0, setSize)
	f.step("kill", unix.SYS_KILL, 0, uintptr(unix.SIGSTOP)) // it is alone in its group
	f.step("execve", unix.SYS_EXECVE, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&args[0])), uintptr(unsafe.Pointer(&env[0])))
	return f, nil
}

func (f *fork) step(name string, number uintptr, args ...uintptr) {
	c := rawCall{name: name, number: number}
	copy(c.args[:], args)
	f.steps = append(f.steps, c)
}

// start makes the copy and returns its number. The calling thread is its parent. Signals
// are blocked meanwhile: this program's handlers are no good in the copy.
//
//go:norace
//go:nosplit
func (f *fork) start() (pid uintptr, err syscall.Errno) {
	_, _, _ = syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(f.all)), uintptr(unsafe.Pointer(f.before)), setSize, 0, 0)
	pid, _, err = syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if err != 0 || pid != 0 {
		_, _, _ = syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(f.before)), 0, setSize, 0, 0)
		return pid, err
	}
	for i := 0; i < len(f.steps); i++ {
		s := &f.steps[i]
		_, _, err := syscall.RawSyscall6(s.number, s.args[0], s.args[1], s.args[2], s.args[3], s.args[4], s.args[5])
		if err != 0 {
			f.failure[0], f.failure[1] = uint64(i), uint64(err)
			_, _, _ = syscall.RawSyscall6(unix.SYS_WRITE, f.channel, uintptr(unsafe.Pointer(f.failure)), unsafe.Sizeof(*f.failure), 0, 0, 0)
			break
		}
	}
	for {
		_, _, _ = syscall.RawSyscall6(unix.SYS_EXIT_GROUP, 127, 0, 0, 0, 0, 0)
	}
}

// openFiles is how many files a program may have open. Go gives its own programs one
// less than the most that they may have, and those that package os starts what there
// was before (package syscall, rlimit.go); one that is stopped at once tells what.
func openFiles() (*unix.Rlimit, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur != limit.Max-1 {
		return &limit, err
	}
	proc, err := os.StartProcess("/proc/self/exe", []string{"stopped"}, &os.ProcAttr{Sys: &syscall.SysProcAttr{Ptrace: true}})
	if err != nil {
		return nil, err
	}
	err = unix.Prlimit(proc.Pid, unix.RLIMIT_NOFILE, nil, &limit)
	_ = proc.Kill()
	_, _ = proc.Wait()
	return &limit, err
}
