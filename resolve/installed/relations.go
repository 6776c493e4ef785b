package installed

import (
	"cmp"
	"path"
	"slices"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// PartsOf are the packages that a package depends on and that are of its own source package:
// a distribution splits what belongs together.
func (r *Index) PartsOf(tree string, p *plan.Package) ([]*plan.Package, error) {
	depends, err := r.DependsOf(tree, p)
	if err != nil {
		return nil, err
	}
	source := func(p *plan.Package) string { return cmp.Or(p.Source, p.Name) }
	return slices.DeleteFunc(slices.Clone(depends), func(q *plan.Package) bool { return source(q) != source(p) }), nil
}

// maxReached is how many packages are looked at for whether one depends on another by way of them.
const maxReached = 512

// Reaches tells whether a package depends on another one, directly or by way of others.
func (r *Index) Reaches(tree string, from, to *plan.Package) (bool, error) {
	if from == nil {
		return false, nil
	}
	seen, next := map[string]bool{from.PURL: true}, []*plan.Package{from}
	for len(next) > 0 && len(seen) < maxReached {
		depends, err := r.DependsOf(tree, next[0])
		if err != nil {
			return false, err
		}
		next = next[1:]
		for _, p := range depends {
			if p.PURL == to.PURL {
				return true, nil
			}
			if !seen[p.PURL] {
				seen[p.PURL] = true
				next = append(next, p)
			}
		}
	}
	return false, nil
}

// DependsOf are the packages that a package of a tree depends on.
func (r *Index) DependsOf(tree string, p *plan.Package) ([]*plan.Package, error) {
	db, err := r.Database(tree)
	if err != nil {
		return nil, err
	}
	depends, err := db.Depends(p)
	if err != nil {
		return nil, r.Unreadable(tree, err)
	}
	return depends, nil
}

// PhysicalContents are the files of a package of a tree by their physical paths. Many
// families have the same packages in them.
func (r *Index) PhysicalContents(tree string, p *plan.Package) ([]string, error) {
	key := tree + "\x00" + p.PURL
	if names, ok := r.Owners.contents[key]; ok {
		return names, nil
	}
	db, err := r.Database(tree)
	if err != nil || db == nil {
		return nil, err
	}
	listed, err := db.Contents(p)
	if err != nil {
		return nil, r.Unreadable(tree, err)
	}
	names := make([]string, 0, len(listed))
	for _, name := range listed {
		dir, err := rootfs.Resolve(r.Trees[tree], path.Dir(name))
		if err == nil {
			names = append(names, path.Join(dir.Path, path.Base(name)))
		}
	}
	r.Owners.contents[key] = names
	return names, nil
}

// PackagesOf are the PURLs of the packages that own files of a tree, by their names
// there.
func (r *Index) PackagesOf(tree string, names []string) (map[string]string, error) {
	var unknown []string
	for _, name := range names {
		if _, ok := r.Owners.Of[plan.Origin{Tree: tree, Path: name}]; !ok {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 && tree != plan.TreeContext && tree != plan.TreeImage {
		if err := r.LookUp(tree, unknown); err != nil {
			return nil, err
		}
	}
	out := make(map[string]string, len(names))
	for _, name := range names {
		if purl := r.Owners.Of[plan.Origin{Tree: tree, Path: name}]; purl != "" {
			out[name] = purl
		}
	}
	return out, nil
}

// ContentsOf are the files of a package of a tree.
func (r *Index) ContentsOf(tree, purl string) ([]string, error) {
	pkg := r.Owners.Packages[purl]
	db, err := r.Database(tree)
	if err != nil || db == nil || pkg == nil {
		return nil, err
	}
	names, err := db.Contents(pkg)
	if err != nil {
		return nil, r.Unreadable(tree, err)
	}
	return names, nil
}

// DependenciesOf are the packages of a tree that one of its packages depends on.
func (r *Index) DependenciesOf(tree, purl string) ([]string, error) {
	pkg := r.Owners.Packages[purl]
	db, err := r.Database(tree)
	if err != nil || db == nil || pkg == nil {
		return nil, err
	}
	depends, err := db.Depends(pkg)
	if err != nil {
		return nil, r.Unreadable(tree, err)
	}
	out := make([]string, len(depends))
	for i, p := range depends {
		out[i] = p.PURL
		if r.Owners.Packages[p.PURL] == nil {
			r.Owners.Packages[p.PURL] = p
		}
	}
	return out, nil
}
