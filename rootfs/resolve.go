package rootfs

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"
)

// Limits of a path, as in Linux (limits.h, fs/namei.c).
const (
	MaxPath      = 4096
	MaxComponent = 255
	MaxLinks     = 40
)

// Link is one symbolic link on the way to a file.
type Link struct {
	// Path is the absolute physical path of the link itself.
	Path string `json:"path"`
	// Target is the link's literal text.
	Target string `json:"target"`
}

// Resolved is where a path leads.
type Resolved struct {
	// Path is absolute and physical: none of its components is a link.
	Path string
	// Info describes the file at Path; it is never a symbolic link.
	Info fs.FileInfo
	// Links are the symbolic links that were followed, in order.
	Links []Link
}

// Resolve follows a path to its end inside a tree, as the kernel would in a
// process whose root directory is the tree's. A relative path starts at the
// root, a link's absolute target too, and ".." at the root stays there.
//
// Errors are *fs.PathError values that wrap fs.ErrNotExist for a missing file or
// a dangling link, and syscall.ENOTDIR, ELOOP or ENAMETOOLONG. The result then
// still holds the links that were followed.
func Resolve(fsys fs.ReadLinkFS, name string) (Resolved, error) {
	res, err := resolve(fsys, name)
	if err != nil {
		return Resolved{Links: res.Links}, &fs.PathError{Op: "resolve", Path: name, Err: err}
	}
	return res, nil
}

// Search is told of every directory in which a path has a name looked up, with its
// physical path. An error of it ends the way.
type Search func(dir string, info fs.FileInfo) error

// ResolveFrom is Resolve for a path that starts in a directory, given by its
// physical path, unless it is absolute. Search may be nil.
func ResolveFrom(fsys fs.ReadLinkFS, dir, name string, search Search) (Resolved, error) {
	w := walk{fsys: fsys, at: dir, search: search}
	res, err := w.run(name)
	if err != nil {
		return Resolved{Links: res.Links}, &fs.PathError{Op: "resolve", Path: name, Err: err}
	}
	return res, nil
}

// resolve is Resolve with bare errors. A tree that remembers the directories
// that paths went through lets the next one start where they lead.
func resolve(fsys fs.ReadLinkFS, name string) (Resolved, error) {
	dir, base := path.Split(name)
	if cached, ok := fsys.(*cachedFS); ok && len(dir) > 1 && base != "" && len(name) < MaxPath {
		res, err := cached.directory(dir)
		if err != nil {
			return res, err
		}
		w := walk{fsys: fsys, at: res.Path, info: res.Info, links: slices.Clip(res.Links)}
		return w.run(base)
	}
	w := walk{fsys: fsys, at: "/"}
	return w.run(name)
}

// walk is the state of one resolution.
type walk struct {
	fsys  fs.ReadLinkFS
	at    string      // physical path reached so far
	info  fs.FileInfo // of at; nil when at is known to be a directory
	todo  []string    // components still to walk, last one first
	links []Link
	// search is asked before a name is looked up in a directory; it may be nil.
	search Search
}

// run walks a path to its end.
func (w *walk) run(name string) (Resolved, error) {
	if err := w.push(name); err != nil {
		return Resolved{}, err
	}
	for len(w.todo) > 0 {
		if err := w.step(); err != nil {
			return Resolved{Links: w.links}, err
		}
	}
	if err := w.stat(); err != nil {
		return Resolved{Links: w.links}, err
	}
	return Resolved{Path: w.at, Info: w.info, Links: w.links}, nil
}

// stat sees that info is there.
func (w *walk) stat() error {
	if w.info != nil {
		return nil
	}
	info, err := w.fsys.Lstat(Name(w.at))
	if err != nil {
		return cause(err)
	}
	w.info = info
	return nil
}

// push puts a path in front of what is still to be walked.
func (w *walk) push(p string) error {
	if p == "" {
		return fs.ErrNotExist
	}
	if len(p) >= MaxPath {
		return syscall.ENAMETOOLONG
	}
	if strings.HasPrefix(p, "/") {
		w.at, w.info = "/", nil
	}
	if strings.HasSuffix(p, "/") {
		w.todo = append(w.todo, ".") // it asks for a directory
	}
	for p != "" {
		last := strings.LastIndexByte(p, '/')
		if part := p[last+1:]; part != "" {
			w.todo = append(w.todo, part)
		}
		p = p[:max(last, 0)]
	}
	return nil
}

func (w *walk) step() error {
	if w.info != nil && !w.info.IsDir() {
		return syscall.ENOTDIR
	}
	if w.search != nil {
		if err := w.stat(); err != nil {
			return err
		}
		if err := w.search(w.at, w.info); err != nil {
			return err
		}
	}
	next := w.todo[len(w.todo)-1]
	w.todo = w.todo[:len(w.todo)-1]
	switch {
	case next == ".":
		return nil
	case next == "..":
		w.at, w.info = path.Dir(w.at), nil
		return nil
	case len(next) > MaxComponent:
		return syscall.ENAMETOOLONG
	case !utf8.ValidString(next):
		return fs.ErrNotExist // io/fs has no such names
	}
	child := w.at + "/" + next
	if w.at == "/" {
		child = w.at + next
	}
	info, err := w.fsys.Lstat(Name(child))
	if err != nil {
		return cause(err)
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		w.at, w.info = child, info
		return nil
	}
	return w.follow(child)
}

func (w *walk) follow(link string) error {
	if len(w.links) >= MaxLinks {
		return syscall.ELOOP
	}
	target, err := w.fsys.ReadLink(Name(link))
	if err != nil {
		return cause(err)
	}
	w.links = append(w.links, Link{Path: link, Target: target})
	return w.push(target)
}

// cause strips the physical name from an error, since the caller names the path
// that was asked for.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
