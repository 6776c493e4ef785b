package watch

import "golang.org/x/sys/unix"

// tables are the calls of programs that this kernel runs.
func tables() map[uint32]map[uint32]call {
	arm64 := native()
	arm64[unix.SYS_FSTATAT] = statAt(3)
	arm64[unix.SYS_RENAMEAT] = second(Change, 2)
	return map[uint32]map[uint32]call{
		unix.AUDIT_ARCH_AARCH64: arm64,
		unix.AUDIT_ARCH_ARM: {
			5: openCall, 8: creatCall, 322: openatCall, 437: openat2Call,
			11: plainCall(Exec), 387: atCall(Exec),
			33: plainCall(Look), 85: plainCall(Look), 195: plainCall(Look), 196: plainCall(Look), // access, readlink, stat64, lstat64
			327: atCall(Look), 332: atCall(Look), 334: atCall(Look), 397: atCall(Look), 439: atCall(Look), // fstatat64, readlinkat, faccessat, statx, faccessat2
			12: plainCall(Look), 99: plainCall(Look), // chdir, statfs
			10: plainCall(Change), 39: plainCall(Change), 40: plainCall(Change), 15: plainCall(Change), // unlink, mkdir, rmdir, chmod
			323: atCall(Change), 328: atCall(Change), 333: atCall(Change), // mkdirat, unlinkat, fchmodat
			38: newPlainCall, 9: newPlainCall, 83: newPlainCall, // rename, link, symlink
			329: second(Change, 2), 330: second(Change, 2), 331: second(Change, 1), 382: second(Change, 2), // renameat, linkat, symlinkat, renameat2
			282: bindCall, 283: connectCall,
		},
	}
}
