package resolve

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/packages"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// owners knows which packages the files of the sources belong to.
type owners struct {
	databases map[string]*packages.DB // by tree, nil for what cannot be read
	// packages are by PURL, as the tree with the best claim to it has each.
	packages map[string]*plan.Package
	// in are the packages as each tree has them, by PURL: what two trees say of one
	// package need not agree.
	in map[string]map[string]*plan.Package
	of map[plan.Origin]string // PURLs; empty for what no package owns
}

func newOwners() *owners {
	return &owners{
		databases: map[string]*packages.DB{},
		packages:  map[string]*plan.Package{},
		in:        map[string]map[string]*plan.Package{},
		of:        map[plan.Origin]string{},
	}
}

// database opens the package metadata of a tree, once; it is nil when it cannot be
// read, which is reported.
func (r *resolver) database(tree string) (*packages.DB, error) {
	if db, ok := r.owners.databases[tree]; ok {
		return db, nil
	}
	db, err := packages.Open(r.trees[tree])
	if err != nil {
		db, err = nil, r.unreadable(tree, err)
	}
	r.owners.databases[tree] = db
	return db, err
}

// unreadable reports package metadata that cannot be read. A build goes on without it
// only if the image is to carry none: scanners would see nothing of its packages.
func (r *resolver) unreadable(tree string, err error) error {
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
	if r.req.Metadata == spec.MetadataNone {
		d.Severity, d.Fixes = diag.SeverityWarning, nil
	}
	r.report(d)
	return nil
}

// warnOfDamagedMetadata reports what was wrong with the package metadata that has been read. It
// is known only after the last question to it.
func (r *resolver) warnOfDamagedMetadata() {
	for _, tree := range slices.Sorted(maps.Keys(r.owners.databases)) {
		db := r.owners.databases[tree]
		if db == nil {
			continue
		}
		for _, w := range db.Warnings() {
			message := fmt.Sprintf("package metadata of %s: %s", plan.TreeName(tree), w.Text)
			if w.Outside {
				r.report(misplacedMetadata(message))
				continue
			}
			r.report(diag.Diagnostic{Code: "package-metadata-damaged", Severity: diag.SeverityWarning, Message: message})
		}
	}
}

// findOwners finds the packages of all entries that come from a source.
func (r *resolver) findOwners(t *imagetree.Tree) error {
	unknown := map[string][]string{}
	for _, name := range t.Paths() {
		w := t.Entries[name]
		if !mayBeOwned(w) {
			continue
		}
		if _, ok := r.owners.of[*w.From]; !ok {
			unknown[w.From.Tree] = append(unknown[w.From.Tree], w.From.Path)
		}
	}
	for _, tree := range r.byClaim(slices.Sorted(maps.Keys(unknown))) {
		if err := r.lookUp(tree, unknown[tree]); err != nil {
			return err
		}
	}
	for _, w := range t.Entries {
		if mayBeOwned(w) {
			w.Package = r.ownerOf(w)
		}
	}
	return nil
}

// byClaim puts trees that the image runs code of before others.
func (r *resolver) byClaim(trees []string) []string {
	slices.SortStableFunc(trees, func(a, b string) int {
		switch runsA, runsB := r.runsCodeOf(a), r.runsCodeOf(b); {
		case runsA == runsB:
			return 0
		case runsA:
			return -1
		}
		return 1
	})
	return trees
}

// ownerOf is the package of an entry that comes from a source. Data about a
// package is that package's, though the file that it is copied from can be
// another's: documentation directories are links into each other.
func (r *resolver) ownerOf(w *imagetree.Entry) string {
	if w.Reason.Cause == plan.CauseMetadata && r.owners.packages[w.Reason.Package] != nil {
		return w.Reason.Package
	}
	return r.owners.of[*w.From]
}

// mayBeOwned reports whether it is worth asking which package an entry is of. Directories
// belong to many, and the build context has no packages: what it holds of a database is
// something that is developed there.
func mayBeOwned(w *imagetree.Entry) bool {
	return w.Kind != plan.KindDir && w.From != nil && w.From.Tree != plan.TreeContext
}

func (r *resolver) lookUp(tree string, names []string) error {
	found, err := r.ownersIn(tree, names)
	if err != nil {
		return err
	}
	o := r.owners
	for _, name := range names {
		origin := plan.Origin{Tree: tree, Path: name}
		pkg := found[name]
		if pkg == nil {
			o.of[origin] = ""
			continue
		}
		o.of[origin] = pkg.PURL
		if o.in[tree] == nil {
			o.in[tree] = map[string]*plan.Package{}
		}
		o.in[tree][pkg.PURL] = pkg
		if o.packages[pkg.PURL] == nil {
			o.packages[pkg.PURL] = pkg
		}
	}
	return nil
}

// ownersIn are the packages of files of a tree, none if its data cannot be read.
func (r *resolver) ownersIn(tree string, names []string) (map[string]*plan.Package, error) {
	db, err := r.database(tree)
	if err != nil || db == nil {
		return nil, err
	}
	found, err := db.Owners(names)
	if err != nil {
		return nil, r.unreadable(tree, err)
	}
	return found, nil
}

// basePackages lists what the base image has.
func (r *resolver) basePackages() ([]plan.Package, error) {
	if r.trees[plan.TreeBase] == nil {
		return nil, nil
	}
	db, err := r.database(plan.TreeBase)
	if err != nil || db == nil {
		return nil, err
	}
	all, err := db.All()
	if err != nil {
		return nil, r.unreadable(plan.TreeBase, err)
	}
	return values(all), nil
}

// shippedPackages lists the packages that entries of the tree belong to, sorted by PURL.
func (r *resolver) shippedPackages(t *imagetree.Tree) []plan.Package {
	used := map[string]*plan.Package{}
	for _, w := range t.Entries {
		if w.Package != "" {
			used[w.Package] = r.owners.packages[w.Package]
		}
	}
	var out []*plan.Package
	for _, purl := range slices.Sorted(maps.Keys(used)) {
		out = append(out, used[purl])
	}
	return values(out)
}

func values(all []*plan.Package) []plan.Package {
	var out []plan.Package
	for _, p := range all {
		out = append(out, *p)
	}
	return out
}
