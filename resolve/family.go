package resolve

import (
	"maps"
	"path"
	"slices"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// ships tells whether a loader maps some file of a package.
func (f *family) ships(p *plan.Package, tree string, seen map[plan.Origin]bool) bool {
	for origin := range seen {
		if origin.Tree == tree && f.files[origin.Path].pkg != nil && f.files[origin.Path].pkg.PURL == p.PURL {
			return true
		}
	}
	return false
}

// A family is the files of the packages whose files an object may have as needs: those
// of its own source package and those that its package depends on.
type family struct {
	names []string // physical paths, sorted
	files map[string]familyFile
	// depends are packages of the same source package that the package depends on,
	// or that its runtime is made of.
	depends []*plan.Package
}

type familyFile struct {
	pkg *plan.Package
	own bool // of the object's own source package
}

// family gathers the files that objects of a package may have as needs.
func (r *resolver) family(tree string, pkg *plan.Package) (*family, error) {
	key := tree + "\x00" + pkg.PURL
	if f := r.needs.families[key]; f != nil {
		return f, nil
	}
	f := &family{files: map[string]familyFile{}}
	r.needs.families[key] = f
	db, err := r.database(tree)
	if err != nil || db == nil {
		return f, err
	}
	own, err := db.SameSource(pkg)
	if err != nil {
		return f, r.unreadable(tree, err)
	}
	depends, err := db.Depends(pkg)
	if err != nil {
		return f, r.unreadable(tree, err)
	}
	for _, p := range own {
		isDep := slices.ContainsFunc(depends, func(d *plan.Package) bool { return d.PURL == p.PURL })
		if isDep || needspkg.Runtime(pkg.Name, p.Name) {
			f.depends = append(f.depends, p)
		}
	}
	for i, p := range slices.Concat(own, depends) {
		names, err := db.Contents(p)
		if err != nil {
			return f, r.unreadable(tree, err)
		}
		for _, name := range names {
			f.add(r.trees[tree], name, familyFile{p, i < len(own)})
		}
	}
	f.names = slices.Sorted(maps.Keys(f.files))
	return f, nil
}

// add notes a file by its physical path. The package's own come before others'.
func (f *family) add(tree rootfs.FS, name string, file familyFile) {
	dir, err := rootfs.Resolve(tree, path.Dir(name))
	if err != nil {
		return
	}
	at := path.Join(dir.Path, path.Base(name))
	if old, ok := f.files[at]; !ok || file.own && !old.own {
		f.files[at] = file
	}
}

// below lists the files of the family in a directory, and all below it.
func (f *family) below(dir string) []string {
	i, _ := slices.BinarySearch(f.names, dir+"/")
	j := i
	for j < len(f.names) && strings.HasPrefix(f.names[j], dir+"/") {
		j++
	}
	return f.names[i:j]
}
