package start

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/sinter-build/sinter/rootfs"
)

// View is a tree as a user sees it: nothing can be reached through a directory that
// the user may not search. It remembers directories, and is for one goroutine.
type View struct {
	tree rootfs.FS
	user User
	dirs map[string]directory
}

// directory is where the path of a directory leads.
type directory struct {
	res rootfs.Resolved
	err error
}

// NewView returns what a user sees of a tree.
func NewView(tree fs.ReadLinkFS, u User) *View {
	return &View{tree: rootfs.Cached(tree), user: u, dirs: map[string]directory{}}
}

// Unsearchable is the error of a way through a directory that the user may not
// search. It wraps syscall.EACCES.
type Unsearchable struct {
	// Dir is the directory's physical path.
	Dir  string
	Info fs.FileInfo
}

func (e *Unsearchable) Error() string { return "permission denied: " + e.Dir }

// Unwrap returns syscall.EACCES.
func (e *Unsearchable) Unwrap() error { return syscall.EACCES }

// Resolve is rootfs.Resolve for the user. Its error wraps an *Unsearchable where
// permission ends the way.
func (v *View) Resolve(name string) (rootfs.Resolved, error) {
	if v.user.UID == 0 {
		return rootfs.Resolve(v.tree, name)
	}
	dir, _ := path.Split(name)
	if dir == "" {
		return v.ResolveFrom("/", name)
	}
	d := v.directory(dir)
	if d.err != nil {
		return d.res, d.err
	}
	res, err := rootfs.Resolve(v.tree, name)
	if len(res.Links) > len(d.res.Links) { // the way goes on through other directories
		return v.ResolveFrom("/", name)
	}
	return res, err
}

// directory follows a path that ends in a slash, and sees that names may be looked
// up where it leads.
func (v *View) directory(name string) directory {
	d, ok := v.dirs[name]
	if !ok {
		if d, ok = v.below(name); !ok {
			d.res, d.err = v.ResolveFrom("/", name)
		}
		v.dirs[name] = d
	}
	return d
}

// below follows the path of a directory from where the directory above it leads, for to
// walk all of the way each time would take a time that grows with the square of the depth.
// It is false where that is not all that there is to tell.
func (v *View) below(name string) (d directory, ok bool) {
	up, base := path.Split(strings.TrimRight(name, "/"))
	if len(up) < 2 || len(name) >= rootfs.MaxPath {
		return d, false
	}
	above := v.directory(up)
	if above.err != nil {
		return d, false
	}
	d.res, d.err = v.ResolveFrom(above.res.Path, base+"/")
	d.res.Links = slices.Concat(above.res.Links, d.res.Links)
	return d, d.err == nil && len(d.res.Links) <= rootfs.MaxLinks
}

// ResolveFrom is Resolve for a path that starts in a directory, given by its
// physical path, unless it is absolute. Whether the user could get to the directory
// does not matter.
func (v *View) ResolveFrom(dir, name string) (rootfs.Resolved, error) {
	search := v.search
	if v.user.UID == 0 {
		search = nil
	}
	return rootfs.ResolveFrom(v.tree, dir, name, search)
}

func (v *View) search(dir string, info fs.FileInfo) error {
	if v.user.May(info, Execute) {
		return nil
	}
	return &Unsearchable{Dir: dir, Info: info}
}
