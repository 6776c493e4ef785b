package rootfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
)

var (
	errNotRegular = errors.New("neither a regular file nor a directory")
	errIsSymlink  = errors.New("is a symbolic link, not a physical name")
)

// Dir returns the tree below a local directory. No name leads outside it, and
// only regular files and directories can be opened: opening a FIFO would block,
// and opening a device may have side effects.
//
// A directory that cannot be opened shows as an error at first use.
func Dir(dir string) FS {
	return &dirFS{open: sync.OnceValues(func() (*os.Root, error) { return os.OpenRoot(dir) })}
}

type dirFS struct {
	open func() (*os.Root, error)
}

func (d *dirFS) Lstat(name string) (fs.FileInfo, error) {
	root, err := d.check("lstat", name)
	if err != nil {
		return nil, err
	}
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	return localInfo(info), nil
}

func (d *dirFS) ReadLink(name string) (string, error) {
	root, err := d.check("readlink", name)
	if err != nil {
		return "", err
	}
	return root.Readlink(name)
}

func (d *dirFS) Open(name string) (fs.File, error) {
	root, err := d.check("open", name)
	if err != nil {
		return nil, err
	}
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if err := openable(info); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	// The flags hold off a file that is exchanged for a link or a FIFO after
	// the check above.
	f, err := root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = openable(info)
	}
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "open", Path: name, Err: err}, f.Close())
	}
	return &dirFile{f: f, info: localInfo(info)}, nil
}

func (d *dirFS) ReadDir(name string) ([]fs.DirEntry, error) {
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	dir, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	entries, err := dir.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

func (d *dirFS) check(op, name string) (*os.Root, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return d.open()
}

func openable(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular(), mode.IsDir():
		return nil
	case mode&fs.ModeSymlink != 0:
		return errIsSymlink
	}
	return errNotRegular
}

// dirFile narrows an *os.File to what a reader of a tree may do.
type dirFile struct {
	f    *os.File
	info fs.FileInfo
}

func (f *dirFile) Stat() (fs.FileInfo, error)              { return f.info, nil }
func (f *dirFile) Read(p []byte) (int, error)              { return f.f.Read(p) }
func (f *dirFile) ReadAt(p []byte, off int64) (int, error) { return f.f.ReadAt(p, off) }
func (f *dirFile) Close() error                            { return f.f.Close() }

func (f *dirFile) ReadDir(n int) ([]fs.DirEntry, error) {
	entries, err := f.f.ReadDir(n)
	for i, e := range entries {
		entries[i] = localEntry{e}
	}
	return entries, err
}

// localEntry is a directory entry whose Info has a *Stat.
type localEntry struct{ fs.DirEntry }

func (e localEntry) Info() (fs.FileInfo, error) {
	info, err := e.DirEntry.Info()
	if err != nil {
		return nil, err
	}
	return localInfo(info), nil
}

func localInfo(info fs.FileInfo) fs.FileInfo {
	return statInfo{info, localStat(info)}
}

// statInfo replaces the platform's Sys by a *Stat.
type statInfo struct {
	fs.FileInfo
	stat *Stat
}

func (i statInfo) Name() string { return path.Base(i.FileInfo.Name()) }
func (i statInfo) Sys() any     { return i.stat }

var (
	_ FS             = (*dirFS)(nil)
	_ io.ReaderAt    = (*dirFile)(nil)
	_ fs.ReadDirFile = (*dirFile)(nil)
)
