//go:build !unix

package rootfs

import "io/fs"

const openFlags = 0

func localInfo(info fs.FileInfo) fs.FileInfo { return statInfo{executableInfo{info}, &Stat{}} }

// executableInfo makes files executable. Windows keeps no such bit, and BuildKit
// sets it too when it reads a directory there.
type executableInfo struct{ fs.FileInfo }

func (i executableInfo) Mode() fs.FileMode {
	mode := i.FileInfo.Mode()
	if mode.IsRegular() || mode.IsDir() {
		mode |= 0o111
	}
	return mode
}
