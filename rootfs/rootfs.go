// Package rootfs gives read-only access to the file trees of images: a local
// directory, a base image with files put on top, or anything else that
// implements FS. A tree's symbolic links never lead out of it.
//
// Backends are simple because they see only physical names, in which no
// component is a symbolic link. Resolve turns any other path into one.
package rootfs

import (
	"cmp"
	"io/fs"
	"path"
	"strings"
)

// FS is a read-only tree. Names are physical and in io/fs form: "usr/lib", and
// "." for the root. Regular files that Open returns implement io.ReaderAt, and
// every FileInfo's Sys returns a *Stat.
type FS interface {
	fs.ReadLinkFS
	fs.ReadDirFS
}

// Stat is what Sys returns for the files of every backend.
type Stat struct {
	UID, GID uint32
	// Dev and Ino identify the file within its tree. Both are zero when the
	// backend cannot tell.
	Dev, Ino uint64
	// Nlink is the number of hard links, or zero when unknown.
	Nlink uint64
	// Rdev is the device number of a device file.
	Rdev uint64
}

// StatOf returns what is known about the owner and identity of a file, which is
// nothing when info comes from a foreign file system.
func StatOf(info fs.FileInfo) Stat {
	if st, ok := info.Sys().(*Stat); ok && st != nil {
		return *st
	}
	return Stat{}
}

// Name returns the io/fs form of an absolute path: "usr/lib" for "/usr/lib" and
// "." for "/". It cleans the path lexically.
func Name(abs string) string {
	name := strings.TrimPrefix(abs, "/")
	if fs.ValidPath(name) {
		return name // as nearly all are: to clean it would take longer
	}
	return cmp.Or(path.Clean("/" + name)[1:], ".")
}

// Within reports whether an absolute path is that of a directory or of something in it.
func Within(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, strings.TrimSuffix(path.Clean(dir), "/")+"/")
}

// Abs returns the absolute path of an io/fs name, the reverse of Name.
func Abs(name string) string {
	return path.Clean("/" + name)
}
