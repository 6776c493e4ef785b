package rootfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
)

// View is a tree made of explicit entries, over an optional lower tree whose
// files they replace: an image as it will ship. The zero time stands for no
// time, since nothing ships with a build's clock in it.
//
// A View is filled first and read afterwards; it is not safe for both at once.
type View struct {
	lower   fs.ReadLinkFS // nil when there is none
	entries map[string]*entry
	// serial is set where a file is from a tree that one goroutine may use at a time.
	serial bool
}

// entry is one explicit file, or a directory implied by a file below it.
type entry struct {
	info     viewInfo
	target   string
	data     []byte
	src      fs.FS
	name     string
	implied  bool
	children map[string]bool
}

// NewView returns a view with nothing in it but the root directory.
func NewView() *View { return NewViewOver(nil) }

// NewViewOver returns a view of a lower tree to which entries can be added. The
// lower tree may be nil.
func NewViewOver(lower fs.ReadLinkFS) *View {
	v := &View{lower: lower, entries: map[string]*entry{}}
	if lower == nil {
		v.entries["."] = newEntry(".", fs.ModeDir|0o755, 0, 0)
		v.entries["."].implied = true
	}
	return v
}

// AddDir adds a directory, or changes mode and owner of one that is there. Like
// every Add method it makes missing parents, mode 0755 and owned by root, and
// puts the entry behind links that are already there: with /lib leading to
// usr/lib, an entry for /lib/x becomes /usr/lib/x.
func (v *View) AddDir(p string, mode fs.FileMode, uid, gid uint32) error {
	name, err := v.Physical(p, true)
	if err != nil {
		return &fs.PathError{Op: "add directory", Path: p, Err: err}
	}
	return v.add(name, newEntry(name, fs.ModeDir|permissions(mode), uid, gid))
}

// AddLink adds a symbolic link.
func (v *View) AddLink(p, target string) error {
	name, err := v.Physical(p, false)
	if err != nil {
		return &fs.PathError{Op: "add link", Path: p, Err: err}
	}
	e := newEntry(name, fs.ModeSymlink|0o777, 0, 0)
	e.target = target
	e.info.size = int64(len(target))
	return v.add(name, e)
}

// AddFile adds a regular file whose content is the file name in src, opened when
// it is read. Size, mode and owner are info's.
func (v *View) AddFile(p string, src fs.FS, name string, info fs.FileInfo) error {
	at, err := v.Physical(p, false)
	if err != nil {
		return &fs.PathError{Op: "add file", Path: p, Err: err}
	}
	st := StatOf(info)
	e := newEntry(at, permissions(info.Mode()), st.UID, st.GID)
	e.src, e.name = src, name
	v.serial = v.serial || !Parallel(src)
	e.info.size, e.info.time = info.Size(), info.ModTime()
	return v.add(at, e)
}

// AddData adds a regular file with the given content.
func (v *View) AddData(p string, data []byte, mode fs.FileMode, uid, gid uint32) error {
	name, err := v.Physical(p, false)
	if err != nil {
		return &fs.PathError{Op: "add file", Path: p, Err: err}
	}
	e := newEntry(name, permissions(mode), uid, gid)
	e.data = data
	e.info.size = int64(len(data))
	return v.add(name, e)
}

func newEntry(name string, mode fs.FileMode, uid, gid uint32) *entry {
	e := &entry{info: viewInfo{name: path.Base(name), mode: mode, stat: &Stat{UID: uid, GID: gid}}}
	if mode.IsDir() {
		e.children = map[string]bool{}
	}
	return e
}

func permissions(mode fs.FileMode) fs.FileMode {
	return mode & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
}

// Physical returns the name behind the links that a path goes through, whether
// or not the file is there. The last component is followed too when last is
// set, as mkdir -p does for a link to a directory.
func (v *View) Physical(p string, last bool) (string, error) {
	clean := path.Clean("/" + p)
	if clean == "/" {
		return ".", nil
	}
	full := clean
	if !last {
		full = path.Dir(clean)
	}
	w := walk{fsys: v, at: "/"}
	switch parent := path.Dir(full); {
	case v.isDir(full):
		w.at = full
	case v.isDir(parent):
		w.at, w.todo = parent, []string{path.Base(full)}
	default:
		if err := w.push(full); err != nil {
			return "", err
		}
	}
	for len(w.todo) > 0 {
		if w.info != nil && !w.info.IsDir() {
			return "", syscall.ENOTDIR // which is fs.ErrNotExist too on Windows
		}
		next := w.todo[len(w.todo)-1]
		err := w.step()
		if errors.Is(err, fs.ErrNotExist) {
			// Nothing is there, so nothing below it is a link either.
			w.at, w.info = path.Join(w.at, next), nil
			continue
		}
		if err != nil {
			return "", err
		}
	}
	if last {
		return Name(w.at), nil
	}
	if w.info != nil && !w.info.IsDir() {
		return "", syscall.ENOTDIR
	}
	return Name(path.Join(w.at, path.Base(clean))), nil
}

// isDir reports whether a directory has been added, which is to say that no link is on
// the way to it. To walk there each time would take a time that grows with the square of
// the depth.
func (v *View) isDir(p string) bool {
	e := v.entries[p[1:]]
	return e != nil && e.info.IsDir()
}

// add puts an entry at its physical name and makes its parents.
func (v *View) add(name string, e *entry) error {
	if old, err := v.Lstat(name); err == nil && old.IsDir() != e.info.IsDir() {
		what := fmt.Errorf("cannot replace %s by %s", kind(old.Mode()), kind(e.info.mode))
		return &fs.PathError{Op: "add", Path: Abs(name), Err: what}
	}
	if old := v.entries[name]; old != nil && e.info.IsDir() {
		e.children = old.children
	}
	v.entries[name] = e
	for name != "." {
		dir := path.Dir(name)
		parent := v.entries[dir]
		if parent == nil {
			parent = newEntry(dir, fs.ModeDir|0o755, 0, 0)
			parent.implied = true
			v.entries[dir] = parent
		}
		base := path.Base(name)
		if parent.children[base] {
			break // and so have all above
		}
		parent.children[base] = true
		name = dir
	}
	return nil
}

func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	}
	return "a file"
}

// Lstat implements fs.ReadLinkFS.
func (v *View) Lstat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrInvalid}
	}
	e := v.entries[name]
	if e != nil && !e.implied {
		return e.info, nil
	}
	if v.lower != nil {
		info, err := v.lower.Lstat(name)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return info, err
		}
	}
	if e != nil {
		return e.info, nil
	}
	return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
}

// ReadLink implements fs.ReadLinkFS.
func (v *View) ReadLink(name string) (string, error) {
	e := v.entries[name]
	switch {
	case e == nil && v.lower != nil:
		return v.lower.ReadLink(name)
	case e == nil:
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrNotExist}
	case e.info.mode&fs.ModeSymlink == 0:
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return e.target, nil
}

// Open implements fs.FS.
func (v *View) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	e := v.entries[name]
	switch {
	case e == nil && v.lower != nil:
		return v.lower.Open(name)
	case e == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case e.info.mode&fs.ModeSymlink != 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: errIsSymlink}
	case e.info.IsDir():
		return v.openDir(name)
	case e.src == nil:
		return &dataFile{bytes.NewReader(e.data), e.info}, nil
	}
	f, err := e.src.Open(e.name)
	if err != nil {
		return nil, err
	}
	return &sourceFile{f, e.info}, nil
}

func (v *View) openDir(name string) (fs.File, error) {
	info, err := v.Lstat(name)
	if err != nil {
		return nil, err
	}
	entries, err := v.ReadDir(name)
	if err != nil {
		return nil, err
	}
	return &viewDir{info: info, entries: entries}, nil
}

// ReadDir implements fs.ReadDirFS. The entries are sorted by name.
func (v *View) ReadDir(name string) ([]fs.DirEntry, error) {
	info, err := v.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: syscall.ENOTDIR}
	}
	found := map[string]fs.DirEntry{}
	if v.lower != nil {
		lower, err := fs.ReadDir(v.lower, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, d := range lower {
			found[d.Name()] = d
		}
	}
	if e := v.entries[name]; e != nil {
		for child := range e.children {
			info, err := v.Lstat(path.Join(name, child))
			if err != nil {
				return nil, err
			}
			found[child] = fs.FileInfoToDirEntry(info)
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b fs.DirEntry) int {
		return strings.Compare(a.Name(), b.Name())
	}), nil
}

// viewInfo implements fs.FileInfo for explicit entries.
type viewInfo struct {
	name string
	size int64
	mode fs.FileMode
	time time.Time
	stat *Stat
}

func (i viewInfo) Name() string       { return i.name }
func (i viewInfo) Size() int64        { return i.size }
func (i viewInfo) Mode() fs.FileMode  { return i.mode }
func (i viewInfo) ModTime() time.Time { return i.time }
func (i viewInfo) IsDir() bool        { return i.mode.IsDir() }
func (i viewInfo) Sys() any           { return i.stat }

// dataFile is an open AddData entry.
type dataFile struct {
	*bytes.Reader
	info viewInfo
}

func (f *dataFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *dataFile) Close() error               { return nil }

// sourceFile is an open AddFile entry: content from below, the rest its own.
type sourceFile struct {
	fs.File
	info viewInfo
}

func (f *sourceFile) Stat() (fs.FileInfo, error) { return f.info, nil }

func (f *sourceFile) ReadAt(p []byte, off int64) (int, error) {
	at, ok := f.File.(io.ReaderAt)
	if !ok {
		return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: errors.ErrUnsupported}
	}
	return at.ReadAt(p, off)
}

// viewDir is an open directory of a view.
type viewDir struct {
	info    fs.FileInfo
	entries []fs.DirEntry
}

func (d *viewDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *viewDir) Close() error               { return nil }

func (d *viewDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.info.Name(), Err: syscall.EISDIR}
}

func (d *viewDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(d.entries) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.entries) {
		n = len(d.entries)
	}
	out := d.entries[:n]
	d.entries = d.entries[n:]
	return out, nil
}

var (
	_ FS          = (*View)(nil)
	_ FS          = (*cachedFS)(nil)
	_ io.ReaderAt = (*dataFile)(nil)
	_ io.ReaderAt = (*sourceFile)(nil)
)

// Origin returns the tree and the name that a file's content is read from: of a
// file that was added to a View, the tree that it was added from, and else the
// tree itself. Two files of one origin are one.
func Origin(fsys fs.FS, name string) (fs.FS, string) {
	inner := fsys
	if c, ok := fsys.(*cachedFS); ok {
		inner = c.ReadLinkFS
	}
	v, ok := inner.(*View)
	if !ok {
		return fsys, name
	}
	switch e := v.entries[name]; {
	case e == nil && v.lower != nil:
		return Origin(v.lower, name)
	case e != nil && e.src != nil:
		return Origin(e.src, e.name)
	}
	return fsys, name
}
