package packages

import (
	"io/fs"
	"path"
	"slices"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// ownership collects which packages list the files of a question.
type ownership struct {
	tree  rootfs.FS
	files map[string]*listedFile // by physical absolute path
	// names are the last components of the files' paths.
	names map[string]bool
	// dirs remembers where directories are, "" for nowhere.
	dirs map[string]string
}

// listedFile is one file of a question and the packages that list it.
type listedFile struct {
	// target is the physical path that a symbolic link leads to.
	target  string
	isDir   bool // a directory, or a link to one
	records []fileRecord
}

// fileRecord says that a package lists a file as its own.
type fileRecord struct {
	pkg *plan.Package
	// name is the file's name as the database has it, with a leading slash. It
	// differs from the physical path through linked directories and diversions.
	name string
}

func newOwnership(tree rootfs.FS, paths []string) *ownership {
	o := &ownership{tree: tree, files: map[string]*listedFile{}, names: map[string]bool{}, dirs: map[string]string{}}
	for _, p := range paths {
		o.add(p)
	}
	return o
}

func (o *ownership) add(p string) {
	if o.files[p] != nil || !path.IsAbs(p) || !fs.ValidPath(rootfs.Name(p)) {
		return
	}
	f := &listedFile{}
	o.files[p] = f
	o.names[path.Base(p)] = true
	info, err := o.tree.Lstat(rootfs.Name(p))
	if err != nil {
		return
	}
	f.isDir = info.IsDir()
	if info.Mode()&fs.ModeSymlink == 0 {
		return
	}
	r, err := rootfs.Resolve(o.tree, p)
	if err != nil {
		return
	}
	f.isDir = r.Info.IsDir()
	if !f.isDir {
		f.target = r.Path
		o.add(r.Path)
	}
}

// locate returns the file of the question that a database's absolute name means,
// or nil. The directories on the way may be links, as /lib is with merged /usr.
func (o *ownership) locate(name string) *listedFile {
	dir, base := path.Split(name)
	if f := o.files[name]; f != nil {
		return f // the question's paths are physical, so this one is too
	}
	at := o.physical(path.Clean(dir))
	if at == "" {
		return nil
	}
	return o.files[path.Join(at, base)]
}

func (o *ownership) physical(dir string) string {
	at, ok := o.dirs[dir]
	if !ok {
		if r, err := rootfs.Resolve(o.tree, dir); err == nil && r.Info.IsDir() {
			at = r.Path
		}
		o.dirs[dir] = at
	}
	return at
}

// maxRecords is how many records of a file are kept. Directories have many, and
// of those two are enough.
const maxRecords = 100

// list notes that a package lists a file that is placed at a path.
func (o *ownership) list(placed string, l fileRecord) {
	if f := o.locate(placed); f != nil && len(f.records) < maxRecords {
		f.records = append(f.records, l)
	}
}

// owner decides between the packages that list a file. Databases are read in the
// order of their packages' names, so the first record is the same in every run;
// several are common only for what the architectures of one package share.
func (o *ownership) owner(p string) (*plan.Package, bool) {
	f := o.files[p]
	switch {
	case f == nil:
	case f.isDir && slices.ContainsFunc(f.records, func(l fileRecord) bool { return l.pkg != f.records[0].pkg }):
	case len(f.records) > 0:
		return f.records[0].pkg, true
	case f.target != "" && f.target != p:
		return o.owner(f.target)
	}
	return nil, false
}

// listedName is the name under which a package lists a file, "" if it does not.
func (o *ownership) listedName(pkg *plan.Package, p string) string {
	if f := o.files[p]; f != nil {
		for _, l := range f.records {
			if l.pkg == pkg {
				return l.name
			}
		}
	}
	return ""
}
