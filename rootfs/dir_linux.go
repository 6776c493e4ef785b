package rootfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// openDirectory opens a directory whose files are then reached with one system
// call each. Package os takes several: it prepares every file for waiting and
// for being collected, neither of which regular files that are closed need.
func openDirectory(root *os.Root) (directory, error) {
	f, err := root.OpenFile(".", os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return &fdDir{f: f, fd: int(f.Fd()), root: root}, nil
}

// fdDir is an open directory. Names have one component, so that they cannot lead
// out of it, and links are not followed.
type fdDir struct {
	f    *os.File // keeps fd open
	fd   int
	root *os.Root
}

func (d *fdDir) close() error { return d.f.Close() }

func (d *fdDir) lstat(name string) (fs.FileInfo, error) {
	defer runtime.KeepAlive(d.f)
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return newFDInfo(name, &st), nil
}

func (d *fdDir) readLink(name string) (string, error) {
	defer runtime.KeepAlive(d.f)
	var short [256]byte // enough for nearly all, and the stack need not grow
	buf := short[:]
	for {
		n := 0
		err := retry(func() (err error) {
			n, err = unix.Readlinkat(d.fd, name, buf)
			return err
		})
		if err != nil {
			return "", &fs.PathError{Op: "readlink", Path: name, Err: err}
		}
		if n < len(buf) || len(buf) >= MaxPath {
			return string(buf[:n]), nil
		}
		buf = make([]byte, MaxPath) // no link in Linux is longer
	}
}

func (d *fdDir) open(name string, known fs.FileInfo) (fs.File, error) {
	defer runtime.KeepAlive(d.f)
	if known == nil {
		info, err := d.lstat(name)
		if err != nil {
			return nil, err
		}
		known = info
	}
	if err := openable(known); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	if known.IsDir() {
		return rootDir{d.root}.open(name, known)
	}
	// The flags hold off a file that was exchanged for a link or a FIFO since.
	fd := -1
	err := retry(func() (err error) {
		fd, err = unix.Openat(d.fd, name, unix.O_RDONLY|unix.O_CLOEXEC|openFlags, 0)
		return err
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &fdFile{fd: fd, info: known}, nil
}

// fdFile is an open regular file. What was exchanged for something else between
// a look at it and its opening gives errors when it is read.
type fdFile struct {
	fd   int // -1 when closed
	off  int64
	info fs.FileInfo
}

func (f *fdFile) Stat() (fs.FileInfo, error) { return f.info, nil }

func (f *fdFile) Read(p []byte) (int, error) {
	n, err := f.pread(p, f.off)
	f.off += int64(n)
	if n == 0 && err == nil && len(p) > 0 {
		err = io.EOF
	}
	return n, err
}

func (f *fdFile) ReadAt(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		n, err := f.pread(p[done:], off+int64(done))
		if err != nil {
			return done, err
		}
		if n == 0 {
			return done, io.EOF
		}
		done += n
	}
	return done, nil
}

func (f *fdFile) pread(p []byte, off int64) (n int, err error) {
	if f.fd < 0 {
		return 0, &fs.PathError{Op: "read", Path: f.info.Name(), Err: fs.ErrClosed}
	}
	err = retry(func() (err error) {
		n, err = unix.Pread(f.fd, p, off)
		return err
	})
	if err != nil {
		return 0, &fs.PathError{Op: "read", Path: f.info.Name(), Err: err}
	}
	return n, nil
}

func (f *fdFile) Close() error {
	if f.fd < 0 {
		return &fs.PathError{Op: "close", Path: f.info.Name(), Err: fs.ErrClosed}
	}
	fd := f.fd
	f.fd = -1
	return unix.Close(fd)
}

// retry calls again what a signal interrupted.
func retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// fdInfo is what fstatat says of a file.
type fdInfo struct {
	name  string
	size  int64
	mode  fs.FileMode
	mtime unix.Timespec
	stat  Stat
}

func newFDInfo(name string, st *unix.Stat_t) *fdInfo {
	return &fdInfo{
		name: name, size: st.Size, mode: fileMode(st.Mode), mtime: st.Mtim,
		// The field types differ between machines.
		stat: Stat{
			UID: st.Uid, GID: st.Gid, Dev: uint64(st.Dev), Ino: st.Ino,
			Nlink: uint64(st.Nlink), Rdev: uint64(st.Rdev),
		},
	}
}

func (i *fdInfo) Name() string       { return i.name }
func (i *fdInfo) Size() int64        { return i.size }
func (i *fdInfo) Mode() fs.FileMode  { return i.mode }
func (i *fdInfo) ModTime() time.Time { return time.Unix(i.mtime.Unix()) }
func (i *fdInfo) IsDir() bool        { return i.mode.IsDir() }
func (i *fdInfo) Sys() any           { return &i.stat }

// fileMode translates st_mode.
func fileMode(mode uint32) fs.FileMode {
	out := fs.FileMode(mode & 0o777)
	for _, bit := range []struct {
		linux uint32
		mode  fs.FileMode
	}{{unix.S_ISUID, fs.ModeSetuid}, {unix.S_ISGID, fs.ModeSetgid}, {unix.S_ISVTX, fs.ModeSticky}} {
		if mode&bit.linux != 0 {
			out |= bit.mode
		}
	}
	switch mode & unix.S_IFMT {
	case unix.S_IFDIR:
		out |= fs.ModeDir
	case unix.S_IFLNK:
		out |= fs.ModeSymlink
	case unix.S_IFIFO:
		out |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		out |= fs.ModeSocket
	case unix.S_IFBLK:
		out |= fs.ModeDevice
	case unix.S_IFCHR:
		out |= fs.ModeDevice | fs.ModeCharDevice
	}
	return out
}

var (
	_ fs.File     = (*fdFile)(nil)
	_ io.ReaderAt = (*fdFile)(nil)
)
