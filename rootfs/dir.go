package rootfs

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
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
	return &dirFS{dirs: map[string]*keptDir{}, max: maxOpenDirs, open: sync.OnceValues(func() (*os.Root, error) { return os.OpenRoot(dir) })}
}

type dirFS struct {
	open func() (*os.Root, error)
	mu   sync.Mutex
	// dirs are directories that are kept open, so that reaching a file in them
	// is one step and not one for each part of its path; order is that in which they
	// were opened. There are max of them at most.
	dirs  map[string]*keptDir
	order []string
	max   int
}

// maxOpenDirs is how many directories are kept open. A tree is mostly walked in the
// order of its paths, so that the ones that were opened last are those that count.
const maxOpenDirs = 64

// keptDir is a directory that is kept open.
type keptDir struct {
	directory
	root *os.Root
	// users are those who are using it. When it is given up, the last of them closes it.
	users   int
	givenUp bool
}

func (k *keptDir) shut() { _ = errors.Join(k.directory.close(), k.root.Close()) }

// directory looks at files by their names relative to it. Errors name the file
// in that way, too.
type directory interface {
	lstat(name string) (fs.FileInfo, error)
	readLink(name string) (string, error)
	// open opens a regular file or a directory. If known is not nil, it is what
	// lstat said of the file before.
	open(name string, known fs.FileInfo) (fs.File, error)
	// close closes what the directory itself has opened.
	close() error
}

// in looks at a name in the directory that it is in. What cannot be opened as a
// directory is left to the look to find out.
func (d *dirFS) in(op, name string, look func(dir directory, base string) error) error {
	if !fs.ValidPath(name) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	root, err := d.open()
	if err != nil {
		return err
	}
	dir, base := path.Split(name)
	kept := d.keep(root, strings.TrimSuffix(dir, "/"))
	if kept == nil {
		return named(look(rootDir{root}, name), name)
	}
	defer d.release(kept)
	return named(look(kept, base), name)
}

// keep is a directory that is kept open from now on, nil for one that cannot be opened.
// The caller has to release it.
func (d *dirFS) keep(root *os.Root, dir string) *keptDir {
	if d.max == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.hold(root, dir)
}

// hold is keep for one who has the lock.
func (d *dirFS) hold(root *os.Root, dir string) *keptDir {
	kept := d.dirs[dir]
	if kept == nil {
		if kept = d.openBelow(root, dir); kept == nil {
			return nil
		}
		d.dirs[dir] = kept
		if d.order = append(d.order, dir); len(d.order) > d.max {
			d.giveUp(d.order[0])
			d.order = d.order[1:]
		}
	}
	kept.users++
	return kept
}

// openBelow opens a directory from the one above it, which is kept open, too: a deep tree
// has the same directories on the way to many of its files.
func (d *dirFS) openBelow(root *os.Root, dir string) *keptDir {
	if up, base := path.Split(dir); up != "" {
		if above := d.hold(root, strings.TrimSuffix(up, "/")); above != nil {
			kept := openKept(above.root, base)
			d.letGo(above)
			if kept != nil {
				return kept
			}
		}
	}
	return openKept(root, cmp.Or(dir, ".")) // by a link that leads out of the directory above
}

func openKept(from *os.Root, name string) *keptDir {
	at, err := localName("open", name)
	if err != nil {
		return nil
	}
	root, err := from.OpenRoot(at)
	if err != nil {
		return nil
	}
	dir, err := openDirectory(root)
	if err != nil {
		_ = root.Close()
		return nil
	}
	return &keptDir{directory: dir, root: root}
}

func (d *dirFS) giveUp(dir string) {
	kept := d.dirs[dir]
	delete(d.dirs, dir)
	if kept.givenUp = true; kept.users == 0 {
		kept.shut()
	}
}

func (d *dirFS) release(kept *keptDir) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.letGo(kept)
}

// letGo is release for one who has the lock.
func (d *dirFS) letGo(kept *keptDir) {
	if kept.users--; kept.users == 0 && kept.givenUp {
		kept.shut()
	}
}

// named gives an error the whole name.
func named(err error, name string) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: e.Op, Path: name, Err: e.Err}
	}
	return err
}

func (d *dirFS) Lstat(name string) (info fs.FileInfo, err error) {
	err = d.in("lstat", name, func(dir directory, base string) (err error) {
		info, err = dir.lstat(base)
		return err
	})
	return info, err
}

func (d *dirFS) ReadLink(name string) (target string, err error) {
	err = d.in("readlink", name, func(dir directory, base string) (err error) {
		target, err = dir.readLink(base)
		return err
	})
	return target, err
}

func (d *dirFS) Open(name string) (fs.File, error) { return d.openKnown(name, nil) }

// openKnown implements knownOpener.
func (d *dirFS) openKnown(name string, known fs.FileInfo) (f fs.File, err error) {
	err = d.in("open", name, func(dir directory, base string) (err error) {
		f, err = dir.open(base, known)
		return err
	})
	return f, err
}

// rootDir reaches files through os.Root, on any operating system.
type rootDir struct{ root *os.Root }

func (d rootDir) close() error { return nil }

func (d rootDir) lstat(name string) (fs.FileInfo, error) {
	at, err := localName("lstat", name)
	if err != nil {
		return nil, err
	}
	info, err := d.root.Lstat(at)
	if err != nil {
		return nil, err
	}
	return localInfo(info), nil
}

func (d rootDir) readLink(name string) (string, error) {
	at, err := localName("readlink", name)
	if err != nil {
		return "", err
	}
	target, err := d.root.Readlink(at)
	return filepath.ToSlash(target), err
}

// localName returns a name as the operating system writes it. Where it cannot, as
// `a\b` on Windows, there is no such file.
func localName(op, name string) (string, error) {
	at, err := filepath.Localize(name)
	if err != nil {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return at, nil
}

func (d rootDir) open(name string, known fs.FileInfo) (fs.File, error) {
	at, err := localName("open", name)
	if err != nil {
		return nil, err
	}
	if known == nil {
		info, err := d.root.Lstat(at)
		if err != nil {
			return nil, err
		}
		known = info
	}
	if err := openable(known); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	// The flags hold off a file that is exchanged for a link or a FIFO after
	// the check above.
	f, err := d.root.OpenFile(at, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
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

// statInfo replaces the platform's Sys by a *Stat.
type statInfo struct {
	fs.FileInfo
	stat *Stat
}

func (i statInfo) Name() string { return path.Base(i.FileInfo.Name()) }
func (i statInfo) Sys() any     { return i.stat }

var (
	_ FS             = (*dirFS)(nil)
	_ knownOpener    = (*dirFS)(nil)
	_ io.ReaderAt    = (*dirFile)(nil)
	_ fs.ReadDirFile = (*dirFile)(nil)
)
