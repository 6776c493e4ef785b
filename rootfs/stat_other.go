//go:build !unix

package rootfs

import "io/fs"

const openFlags = 0

func localStat(fs.FileInfo) *Stat { return &Stat{} }
