package rootfs

import (
	"io/fs"
	"path"
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
	w := walk{fsys: fsys, at: "/"}
	if err := w.push(name); err != nil {
		return Resolved{}, &fs.PathError{Op: "resolve", Path: name, Err: err}
	}
	for len(w.todo) > 0 {
		if err := w.step(); err != nil {
			return Resolved{Links: w.links}, &fs.PathError{Op: "resolve", Path: name, Err: err}
		}
	}
	if w.info == nil {
		info, err := fsys.Lstat(Name(w.at))
		if err != nil {
			return Resolved{Links: w.links}, &fs.PathError{Op: "resolve", Path: name, Err: cause(err)}
		}
		w.info = info
	}
	return Resolved{Path: w.at, Info: w.info, Links: w.links}, nil
}

// walk is the state of one resolution.
type walk struct {
	fsys  fs.ReadLinkFS
	at    string      // physical path reached so far
	info  fs.FileInfo // of at; nil when at is known to be a directory
	todo  []string    // components still to walk, last one first
	links []Link
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
	parts := strings.Split(p, "/")
	if parts[len(parts)-1] == "" {
		// A trailing slash asks for a directory, as "." does.
		parts[len(parts)-1] = "."
	}
	for i := len(parts) - 1; i >= 0; i-- {
		if parts[i] != "" {
			w.todo = append(w.todo, parts[i])
		}
	}
	return nil
}

func (w *walk) step() error {
	if w.info != nil && !w.info.IsDir() {
		return syscall.ENOTDIR
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
	child := path.Join(w.at, next)
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
	if pe, ok := err.(*fs.PathError); ok {
		return pe.Err
	}
	return err
}
