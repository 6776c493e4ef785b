// Package installed knows what the package databases of trees say: which package a file is of,
// which files a package has, and which packages it depends on. It reads, and decides nothing.
package installed

import (
	"errors"
	"fmt"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/packages"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// An Index answers questions about the packages of trees. Each tree is read once.
type Index struct {
	// Trees are the trees by their names, plan.TreeBase and plan.TreeImage among them.
	Trees  map[string]rootfs.FS
	Owners *Owners
	// WithoutMetadata tells that the image is to carry no metadata of packages, so that what cannot
	// be read of it is a warning.
	WithoutMetadata bool
	// Report takes what is wrong with a database.
	Report func(diag.Diagnostic)
}

// New is the index of trees.
func New(trees map[string]rootfs.FS, withoutMetadata bool, report func(diag.Diagnostic)) *Index {
	owners := &Owners{
		Databases: map[string]*packages.DB{},
		Packages:  map[string]*plan.Package{},
		In:        map[string]map[string]*plan.Package{},
		Of:        map[plan.Origin]string{},
		contents:  map[string][]string{},
	}
	return &Index{Trees: trees, Owners: owners, WithoutMetadata: withoutMetadata, Report: report}
}

// Owners knows which packages the files of the sources belong to.
type Owners struct {
	// Databases are by tree, nil for what cannot be read.
	Databases map[string]*packages.DB
	// Packages are by PURL, as the tree with the best claim to it has each.
	Packages map[string]*plan.Package
	// In are the packages as each tree has them, by PURL: what two trees say of one
	// package need not agree.
	In map[string]map[string]*plan.Package
	// Of are the PURLs of the packages that files are of, "" for what no package owns.
	Of map[plan.Origin]string
	// contents are the files of packages, by tree and PURL.
	contents map[string][]string
}

// Database opens the package metadata of a tree, once; it is nil when it cannot be
// read, which is reported.
func (r *Index) Database(tree string) (*packages.DB, error) {
	if db, ok := r.Owners.Databases[tree]; ok {
		return db, nil
	}
	db, err := packages.Open(r.Trees[tree])
	if err != nil {
		db, err = nil, r.Unreadable(tree, err)
	}
	r.Owners.Databases[tree] = db
	return db, err
}

// Unreadable reports package metadata that cannot be read. A build goes on without it
// only if the image is to carry none: scanners would see nothing of its packages.
func (r *Index) Unreadable(tree string, err error) error {
	if errors.Is(err, imagetree.ErrContent) {
		return err
	}
	d := diag.Diagnostic{
		Code:    "package-metadata-unreadable",
		At:      "sources." + tree,
		Message: fmt.Sprintf("package metadata of %s cannot be read: %v", plan.TreeName(tree), err),
		Fixes: []string{
			"repair the package manager's database there",
			"write metadata: none, and scanners will know of no packages in the image",
		},
	}
	if tree == plan.TreeBase {
		d.At = "base"
	}
	if r.WithoutMetadata {
		d.Severity, d.Fixes = diag.SeverityWarning, nil
	}
	r.Report(d)
	return nil
}

// LookUp finds out which packages physical paths of a tree are of, for Owners.
func (r *Index) LookUp(tree string, names []string) error {
	found, err := r.OwnersIn(tree, names)
	if err != nil {
		return err
	}
	o := r.Owners
	for _, name := range names {
		origin := plan.Origin{Tree: tree, Path: name}
		pkg := found[name]
		if pkg == nil {
			o.Of[origin] = ""
			continue
		}
		o.Of[origin] = pkg.PURL
		if o.In[tree] == nil {
			o.In[tree] = map[string]*plan.Package{}
		}
		o.In[tree][pkg.PURL] = pkg
		if o.Packages[pkg.PURL] == nil {
			o.Packages[pkg.PURL] = pkg
		}
	}
	return nil
}

// OwnersIn are the packages of files of a tree, none if its data cannot be read.
func (r *Index) OwnersIn(tree string, names []string) (map[string]*plan.Package, error) {
	db, err := r.Database(tree)
	if err != nil || db == nil {
		return nil, err
	}
	found, err := db.Owners(names)
	if err != nil {
		return nil, r.Unreadable(tree, err)
	}
	return found, nil
}
