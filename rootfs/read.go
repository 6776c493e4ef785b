package rootfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
)

// ErrTooLarge is wrapped by the error of ReadFile for a file larger than its
// limit.
var ErrTooLarge = errors.New("the file is larger than Sinter reads")

// IsAbsent reports whether an error only says that a path leads to no file: the file
// or a directory on the way is missing, is no directory, or is a link that loops.
// Other errors mean that the tree cannot be read.
func IsAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) ||
		errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.ENAMETOOLONG)
}

// UnlessAbsent returns an error, or nil if it IsAbsent.
func UnlessAbsent(err error) error {
	if IsAbsent(err) {
		return nil
	}
	return err
}

// ReadFile reads a regular file of at most limit bytes by its physical absolute
// path, as Resolve yields it.
func ReadFile(tree fs.FS, name string, limit int64) ([]byte, error) {
	f, err := tree.Open(Name(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", name)
	case info.Size() > limit:
		return nil, fmt.Errorf("%s: %w (%d bytes)", name, ErrTooLarge, limit)
	}
	var b bytes.Buffer
	b.Grow(int(info.Size()) + bytes.MinRead)
	n, err := b.ReadFrom(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case n > limit: // it has grown, or its size was not known
		return nil, fmt.Errorf("%s: %w (%d bytes)", name, ErrTooLarge, limit)
	}
	return b.Bytes(), nil
}

// ReaderAt is an open file of which any part can be read.
type ReaderAt interface {
	fs.File
	io.ReaderAt
}

// OpenAt opens a regular file by its physical absolute path, for reading parts of
// it.
func OpenAt(tree fs.FS, name string) (ReaderAt, error) {
	f, err := tree.Open(Name(name))
	if err != nil {
		return nil, err
	}
	at, ok := f.(ReaderAt)
	if !ok {
		f.Close()
		return nil, fmt.Errorf("%s: %w", name, errors.ErrUnsupported)
	}
	return at, nil
}

// Walk calls visit for a physical name and all that is below it, as fs.WalkDir does. That
// would open the first directory, which not every tree lets one do.
func Walk(tree FS, name string, visit fs.WalkDirFunc) error {
	return fs.WalkDir(statFS{tree}, name, visit)
}

// statFS is a tree whose first name fs.WalkDir can look at.
type statFS struct{ FS }

// Stat implements fs.StatFS for physical names.
func (t statFS) Stat(name string) (fs.FileInfo, error) { return t.Lstat(name) }
