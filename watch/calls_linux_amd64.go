package watch

import (
	"maps"

	"golang.org/x/sys/unix"
)

// tables are the calls of programs that this kernel runs.
func tables() map[uint32]map[uint32]call {
	x86 := native()
	maps.Copy(x86, map[uint32]call{
		unix.SYS_OPEN:       openCall,
		unix.SYS_CREAT:      creatCall,
		unix.SYS_STAT:       plainCall(Look),
		unix.SYS_LSTAT:      plainCall(Look),
		unix.SYS_NEWFSTATAT: statAt(3),
		unix.SYS_ACCESS:     plainCall(Look),
		unix.SYS_READLINK:   plainCall(Look),
		unix.SYS_MKDIR:      plainCall(Change),
		unix.SYS_RMDIR:      plainCall(Change),
		unix.SYS_UNLINK:     plainCall(Change),
		unix.SYS_MKNOD:      plainCall(Change),
		unix.SYS_CHMOD:      plainCall(Change),
		unix.SYS_CHOWN:      plainCall(Change),
		unix.SYS_LCHOWN:     plainCall(Change),
		unix.SYS_RENAME:     newPlainCall,
		unix.SYS_LINK:       newPlainCall,
		unix.SYS_SYMLINK:    newPlainCall,
		unix.SYS_RENAMEAT:   second(Change, 2),
	})
	return map[uint32]map[uint32]call{
		unix.AUDIT_ARCH_X86_64: x86,
		unix.AUDIT_ARCH_I386: {
			5: openCall, 8: creatCall, 295: openatCall, 437: openat2Call,
			11: plainCall(Exec), 358: atCall(Exec),
			33: plainCall(Look), 85: plainCall(Look), 106: plainCall(Look), 107: plainCall(Look), // access, readlink, stat, lstat
			195: plainCall(Look), 196: plainCall(Look), 300: statAt(3), // stat64, lstat64, fstatat64
			305: atCall(Look), 307: atCall(Look), 383: atCall(Look), 439: atCall(Look), // readlinkat, faccessat, statx, faccessat2
			12: plainCall(Look), 99: plainCall(Look), // chdir, statfs
			10: plainCall(Change), 39: plainCall(Change), 40: plainCall(Change), 15: plainCall(Change), // unlink, mkdir, rmdir, chmod
			296: atCall(Change), 301: atCall(Change), 306: atCall(Change), // mkdirat, unlinkat, fchmodat
			38: newPlainCall, 9: newPlainCall, 83: newPlainCall, // rename, link, symlink
			302: second(Change, 2), 303: second(Change, 2), 304: second(Change, 1), 353: second(Change, 2), // renameat, linkat, symlinkat, renameat2
			361: bindCall, 362: connectCall,
		},
	}
}
