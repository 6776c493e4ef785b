package runtimes

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// reader looks at a tree by paths that may go through links. It keeps the first
// error that is more than the absence of a file, after which it finds nothing.
type reader struct {
	tree rootfs.FS
	dirs map[string][]string // what was listed
	err  error
}

func newReader(tree rootfs.FS) *reader { return &reader{tree: tree, dirs: map[string][]string{}} }

// maxText bounds a file of text, in bytes.
const maxText = 8 << 20

// failed keeps an error, and tells whether there is one.
func (r *reader) failed(err error) bool {
	if r.err == nil {
		r.err = rootfs.UnlessAbsent(err)
	}
	return err != nil || r.err != nil
}

// find follows a path to its end.
func (r *reader) find(name string) (rootfs.Resolved, bool) {
	if r.err != nil {
		return rootfs.Resolved{}, false
	}
	found, err := rootfs.Resolve(r.tree, path.Clean(name))
	return found, !r.failed(err)
}

func (r *reader) isDir(name string) bool {
	found, ok := r.find(name)
	return ok && found.Info.IsDir()
}

func (r *reader) isFile(name string) bool {
	found, ok := r.find(name)
	return ok && found.Info.Mode().IsRegular()
}

// list gives the sorted names in a directory; none for what is no directory.
func (r *reader) list(dir string) []string {
	if names, ok := r.dirs[dir]; ok {
		return names
	}
	found, ok := r.find(dir)
	if !ok || !found.Info.IsDir() {
		return nil
	}
	entries, err := fs.ReadDir(r.tree, rootfs.Name(found.Path))
	if r.failed(err) {
		return nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	r.dirs[dir] = names
	return names
}

// text is what is in a file; nil for none, and for one that is too long.
func (r *reader) text(name string) []byte {
	found, ok := r.find(name)
	if !ok || !found.Info.Mode().IsRegular() {
		return nil
	}
	text, err := rootfs.ReadFile(r.tree, found.Path, maxText)
	if errors.Is(err, rootfs.ErrTooLarge) || r.failed(err) {
		return nil
	}
	return text
}

// head is the first n bytes of a regular file by its physical path; fewer if it is
// shorter.
func (r *reader) head(name string, n int) []byte {
	f, err := rootfs.OpenAt(r.tree, name)
	if r.failed(err) {
		return nil
	}
	defer f.Close()
	head := make([]byte, n)
	got, _ := f.ReadAt(head, 0) // the end of the file is an error, too
	return head[:got]
}

// walk calls visit for the regular files below a directory, by their paths there, until
// it returns false. Links are not followed.
func (r *reader) walk(dir string, depth int, visit func(name string) bool) bool {
	if depth > 40 {
		return true
	}
	for _, base := range r.list(dir) {
		name := path.Join(dir, base)
		info, err := r.tree.Lstat(rootfs.Name(name))
		if r.failed(err) {
			return false
		}
		switch {
		case info.IsDir():
			if !r.walk(name, depth+1, visit) {
				return false
			}
		case info.Mode().IsRegular():
			if !visit(name) {
				return false
			}
		}
	}
	return true
}

// glob lists what is below a prefix by patterns in which * is within a name.
func glob(r *reader, prefix string, patterns ...string) []string {
	var out []string
	for _, pattern := range patterns {
		at := []string{prefix}
		for part := range strings.SplitSeq(pattern, "/") {
			var next []string
			for _, dir := range at {
				if !strings.Contains(part, "*") {
					next = append(next, path.Join(dir, part))
					continue
				}
				for _, base := range r.list(dir) {
					if ok, _ := path.Match(part, base); ok {
						next = append(next, path.Join(dir, base))
					}
				}
			}
			at = next
		}
		for _, dir := range at {
			if _, ok := r.find(dir); ok {
				out = append(out, dir)
			}
		}
	}
	return out
}

// lineAt is the number of the line of an offset, from 1.
func lineAt(text []byte, at int) int { return 1 + bytes.Count(text[:at], []byte("\n")) }
