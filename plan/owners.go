package plan

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/packages"
	"github.com/sinter-build/sinter/spec"
)

// owners knows which packages the files of the sources belong to.
type owners struct {
	databases map[string]*packages.DB // by tree, nil for what cannot be read
	packages  map[string]*packages.Package
	// home is the tree that a package was first met in.
	home map[string]string
	of   map[Origin]string // PURLs; empty for what no package owns
}

func newOwners() *owners {
	return &owners{
		databases: map[string]*packages.DB{},
		packages:  map[string]*packages.Package{},
		home:      map[string]string{},
		of:        map[Origin]string{},
	}
}

// database opens the package data of a tree, once; it is nil when it cannot be
// read, which is reported.
func (m *maker) database(tree string) (*packages.DB, error) {
	if db, ok := m.owners.databases[tree]; ok {
		return db, nil
	}
	db, err := packages.Open(m.trees[tree])
	if err != nil {
		db, err = nil, m.unreadable(tree, err)
	}
	m.owners.databases[tree] = db
	return db, err
}

// unreadable reports package data that cannot be read. A build goes on without it
// only if the image is to carry none: scanners would see nothing of its packages.
func (m *maker) unreadable(tree string, err error) error {
	if errors.Is(err, errContent) {
		return err
	}
	d := diag.Diagnostic{
		Code:    "package-data-unreadable",
		At:      "sources." + tree,
		Message: fmt.Sprintf("package data of %s cannot be read: %v", describe(tree), err),
		Fixes: []string{
			"repair the package manager's database there",
			"write metadata: none, and scanners will know of no packages in the image",
		},
	}
	if tree == TreeBase {
		d.At = "base"
	}
	if m.req.Metadata == spec.MetadataNone {
		d.Severity, d.Fixes = diag.SeverityWarning, nil
	}
	m.report(d)
	return nil
}

// warnOfData reports what was wrong with the package data that has been read. It
// is known only after the last question to it.
func (m *maker) warnOfData() {
	for _, tree := range slices.Sorted(maps.Keys(m.owners.databases)) {
		db := m.owners.databases[tree]
		if db == nil {
			continue
		}
		for _, text := range db.Warnings() {
			m.report(diag.Diagnostic{
				Code:     "package-data-damaged",
				Severity: diag.SeverityWarning,
				Message:  fmt.Sprintf("package data of %s: %s", describe(tree), text),
			})
		}
	}
}

// own finds the packages of all entries that come from a source.
func (m *maker) own(t *tree) error {
	unknown := map[string][]string{}
	for _, name := range t.paths() {
		w := t.entries[name]
		if !w.mayBeOwned() {
			continue
		}
		if _, ok := m.owners.of[*w.From]; !ok {
			unknown[w.From.Tree] = append(unknown[w.From.Tree], w.From.Path)
		}
	}
	for _, tree := range slices.Sorted(maps.Keys(unknown)) {
		if err := m.lookUp(tree, unknown[tree]); err != nil {
			return err
		}
	}
	for _, w := range t.entries {
		if w.mayBeOwned() {
			w.Package = m.ownerOf(w)
		}
	}
	return nil
}

// ownerOf is the package of an entry that comes from a source. Data about a
// package is that package's, though the file that it is copied from can be
// another's: documentation directories are links into each other.
func (m *maker) ownerOf(w *wish) string {
	if w.Reason.Cause == CauseMetadata && m.owners.packages[w.Reason.For] != nil {
		return w.Reason.For
	}
	return m.owners.of[*w.From]
}

// mayBeOwned tells entries whose package is worth asking for. Directories belong
// to many, and the build context has no packages: what it holds of a database is
// something that is developed there.
func (w *wish) mayBeOwned() bool {
	return w.Kind != KindDir && w.From != nil && w.From.Tree != TreeContext
}

func (m *maker) lookUp(tree string, names []string) error {
	found, err := m.ownersIn(tree, names)
	if err != nil {
		return err
	}
	o := m.owners
	for _, name := range names {
		origin := Origin{Tree: tree, Path: name}
		pkg := found[name]
		if pkg == nil {
			o.of[origin] = ""
			continue
		}
		o.of[origin] = pkg.PURL
		if o.packages[pkg.PURL] == nil {
			o.packages[pkg.PURL], o.home[pkg.PURL] = pkg, tree
		}
	}
	return nil
}

// ownersIn are the packages of files of a tree, none if its data cannot be read.
func (m *maker) ownersIn(tree string, names []string) (map[string]*packages.Package, error) {
	db, err := m.database(tree)
	if err != nil || db == nil {
		return nil, err
	}
	found, err := db.Owners(names)
	if err != nil {
		return nil, m.unreadable(tree, err)
	}
	return found, nil
}

// basePackages lists what the base image has.
func (m *maker) basePackages() ([]packages.Package, error) {
	if m.trees[TreeBase] == nil {
		return nil, nil
	}
	db, err := m.database(TreeBase)
	if err != nil || db == nil {
		return nil, err
	}
	all, err := db.All()
	if err != nil {
		return nil, m.unreadable(TreeBase, err)
	}
	return values(all), nil
}

// owned lists the packages that entries of the tree belong to, sorted by PURL.
func (m *maker) owned(t *tree) []packages.Package {
	used := map[string]*packages.Package{}
	for _, w := range t.entries {
		if w.Package != "" {
			used[w.Package] = m.owners.packages[w.Package]
		}
	}
	var out []*packages.Package
	for _, purl := range slices.Sorted(maps.Keys(used)) {
		out = append(out, used[purl])
	}
	return values(out)
}

func values(all []*packages.Package) []packages.Package {
	var out []packages.Package
	for _, p := range all {
		out = append(out, *p)
	}
	return out
}
