package finish

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
)

// WarnOfDamagedMetadata reports what was wrong with the package metadata that has been read. It
// is known only after the last question to it.
func (r *Finisher) WarnOfDamagedMetadata() {
	for _, tree := range slices.Sorted(maps.Keys(r.Owners.Databases)) {
		db := r.Owners.Databases[tree]
		if db == nil {
			continue
		}
		for _, w := range db.Warnings() {
			message := fmt.Sprintf("package metadata of %s: %s", plan.TreeName(tree), w.Text)
			if w.Outside {
				r.Report(misplacedMetadata(message))
				continue
			}
			r.Report(diag.Diagnostic{Code: "package-metadata-damaged", Severity: diag.SeverityWarning, Message: message})
		}
	}
}

// findOwners finds the packages of all entries that come from a source.
func (r *Finisher) findOwners(t *imagetree.Tree) error {
	unknown := map[string][]string{}
	for _, name := range t.Paths() {
		w := t.Entries[name]
		if !mayBeOwned(w) {
			continue
		}
		if _, ok := r.Owners.Of[*w.From]; !ok {
			unknown[w.From.Tree] = append(unknown[w.From.Tree], w.From.Path)
		}
	}
	for _, tree := range r.byClaim(slices.Sorted(maps.Keys(unknown))) {
		if err := r.LookUp(tree, unknown[tree]); err != nil {
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
func (r *Finisher) byClaim(trees []string) []string {
	slices.SortStableFunc(trees, func(a, b string) int {
		switch runsA, runsB := r.RunsCodeOf(a), r.RunsCodeOf(b); {
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
func (r *Finisher) ownerOf(w *imagetree.Entry) string {
	if w.Reason.Cause == plan.CauseMetadata && r.Owners.Packages[w.Reason.Package] != nil {
		return w.Reason.Package
	}
	return r.Owners.Of[*w.From]
}

// mayBeOwned reports whether it is worth asking which package an entry is of. Directories
// belong to many, and the build context has no packages: what it holds of a database is
// something that is developed there.
func mayBeOwned(w *imagetree.Entry) bool {
	return w.Kind != plan.KindDir && w.From != nil && w.From.Tree != plan.TreeContext
}

// BasePackages lists what the base image has.
func (r *Finisher) BasePackages() ([]plan.Package, error) {
	if r.Trees[plan.TreeBase] == nil {
		return nil, nil
	}
	db, err := r.Database(plan.TreeBase)
	if err != nil || db == nil {
		return nil, err
	}
	all, err := db.All()
	if err != nil {
		return nil, r.Unreadable(plan.TreeBase, err)
	}
	return values(all), nil
}

// ShippedPackages lists the packages that entries of the tree belong to, sorted by PURL.
func (r *Finisher) ShippedPackages(t *imagetree.Tree) []plan.Package {
	used := map[string]*plan.Package{}
	for _, w := range t.Entries {
		if w.Package != "" {
			used[w.Package] = r.Owners.Packages[w.Package]
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
