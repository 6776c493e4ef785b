package packages

import (
	"io/fs"
	"path"
	"slices"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// wanted are the files whose owners are looked for.
type wanted struct {
	tree  rootfs.FS
	files map[string]*want
	// bases are the last components of the files' names. Databases have tens of
	// thousands of names and a question has hundreds, so this sieves first.
	bases map[string]bool
	// dirs remembers where directories are, "" for nowhere.
	dirs map[string]string
}

// want is one file and the packages that say it is theirs.
type want struct {
	// target is the physical path that a symbolic link leads to.
	target string
	isDir  bool // a directory, or a link to one
	claims []claim
}

// claim is a package's word that a file is its own.
type claim struct {
	pkg *plan.Package
	// listed is the file's name as the database has it, with a leading slash: it
	// differs from the physical one through linked directories and diversions.
	listed string
}

func newWanted(tree rootfs.FS, paths []string) *wanted {
	w := &wanted{tree: tree, files: map[string]*want{}, bases: map[string]bool{}, dirs: map[string]string{}}
	for _, p := range paths {
		w.add(p)
	}
	return w
}

func (w *wanted) add(p string) {
	if w.files[p] != nil || !path.IsAbs(p) || !fs.ValidPath(rootfs.Name(p)) {
		return
	}
	f := &want{}
	w.files[p] = f
	w.bases[path.Base(p)] = true
	info, err := w.tree.Lstat(rootfs.Name(p))
	if err != nil {
		return
	}
	f.isDir = info.IsDir()
	if info.Mode()&fs.ModeSymlink == 0 {
		return
	}
	r, err := rootfs.Resolve(w.tree, p)
	if err != nil {
		return
	}
	f.isDir = r.Info.IsDir()
	if !f.isDir {
		f.target = r.Path
		w.add(r.Path)
	}
}

// locate returns the file that a database's absolute name means, if it is
// wanted. The directories on the way may be links, as /lib is with merged /usr.
func (w *wanted) locate(listed string) *want {
	dir, base := path.Split(listed)
	if !w.bases[base] {
		return nil
	}
	if f := w.files[listed]; f != nil {
		return f // wanted names are physical, so this one is too
	}
	at := w.physical(path.Clean(dir))
	if at == "" {
		return nil
	}
	return w.files[path.Join(at, base)]
}

func (w *wanted) physical(dir string) string {
	at, ok := w.dirs[dir]
	if !ok {
		if r, err := rootfs.Resolve(w.tree, dir); err == nil && r.Info.IsDir() {
			at = r.Path
		}
		w.dirs[dir] = at
	}
	return at
}

// maxClaims is how many claims to a file are kept. Directories have many, and
// of those two are enough.
const maxClaims = 100

// claim notes that a package lists a file.
func (w *wanted) claim(listed string, c claim) {
	if f := w.locate(listed); f != nil && len(f.claims) < maxClaims {
		f.claims = append(f.claims, c)
	}
}

// owner decides between the claims to a file. Databases claim in the order of
// their packages' names, so the first claim is the same in every run; several
// are common only for what the architectures of one package share.
func (w *wanted) owner(p string) (claim, bool) {
	f := w.files[p]
	switch {
	case f == nil:
	case f.isDir && slices.ContainsFunc(f.claims, func(c claim) bool { return c.pkg != f.claims[0].pkg }):
	case len(f.claims) > 0:
		return f.claims[0], true
	case f.target != "" && f.target != p:
		return w.owner(f.target)
	}
	return claim{}, false
}
