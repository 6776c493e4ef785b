//go:build linux && (amd64 || arm64)

package watch

import "golang.org/x/sys/unix"

// The calls that take a path, by their numbers. Those of 32-bit programs have numbers
// of their own (arch/x86/entry/syscalls/syscall_32.tbl, arch/arm/tools/syscall.tbl).

// plainCall takes a path alone, or first.
func plainCall(use Use) call { return call{use: use, path: 0, dir: none, flags: none} }

// atCall takes a directory, then a path.
func atCall(use Use) call { return call{use: use, path: 1, dir: 0, flags: none} }

// statAt takes a directory, then a path, and flags.
func statAt(flags int) call { return call{use: Look, path: 1, dir: 0, flags: none, at: flags} }

// second is a call whose path is its second argument, or that makes what its second
// argument names.
func second(use Use, dir int) call { return call{use: use, path: dir + 1, dir: dir, flags: none} }

var (
	openCall     = call{use: Open, path: 0, dir: none, flags: 1}
	openatCall   = call{use: Open, path: 1, dir: 0, flags: 2}
	openat2Call  = call{use: Open, path: 1, dir: 0, flags: 2, kind: openHow}
	creatCall    = call{use: Open, path: 0, dir: none, flags: none, kind: creat}
	connectCall  = call{use: Connect, path: 1, dir: none, flags: none, kind: socket}
	bindCall     = call{use: Change, path: 1, dir: none, flags: none, kind: socket}
	newPlainCall = call{use: Change, path: 1, dir: none, flags: none}
)

// native are the calls that every architecture of Linux has.
func native() map[uint32]call {
	return map[uint32]call{
		unix.SYS_OPENAT:     openatCall,
		unix.SYS_OPENAT2:    openat2Call,
		unix.SYS_EXECVE:     plainCall(Exec),
		unix.SYS_EXECVEAT:   atCall(Exec),
		unix.SYS_STATX:      statAt(2),
		unix.SYS_FACCESSAT:  atCall(Look),
		unix.SYS_FACCESSAT2: atCall(Look),
		unix.SYS_READLINKAT: atCall(Look),
		unix.SYS_STATFS:     plainCall(Look),
		unix.SYS_CHDIR:      plainCall(Look),
		unix.SYS_CHROOT:     {use: Look, path: 0, dir: none, flags: none, kind: newRoot},
		unix.SYS_MKDIRAT:    atCall(Change),
		unix.SYS_MKNODAT:    atCall(Change),
		unix.SYS_UNLINKAT:   atCall(Change),
		unix.SYS_FCHMODAT:   atCall(Change),
		unix.SYS_FCHOWNAT:   atCall(Change),
		unix.SYS_UTIMENSAT:  atCall(Change),
		unix.SYS_TRUNCATE:   plainCall(Change),
		unix.SYS_RENAMEAT2:  second(Change, 2),
		unix.SYS_LINKAT:     second(Change, 2),
		unix.SYS_SYMLINKAT:  second(Change, 1),
		unix.SYS_CONNECT:    connectCall,
		unix.SYS_BIND:       bindCall,
	}
}
