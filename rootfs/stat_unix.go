//go:build unix

package rootfs

import (
	"io/fs"
	"syscall"
)

const openFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

func localInfo(info fs.FileInfo) fs.FileInfo {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return statInfo{info, &Stat{}}
	}
	// The field types differ between operating systems.
	return statInfo{info, &Stat{
		UID: st.Uid, GID: st.Gid,
		Dev: uint64(st.Dev), Ino: uint64(st.Ino),
		Nlink: uint64(st.Nlink), Rdev: uint64(st.Rdev),
	}}
}
