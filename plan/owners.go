package plan

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/packages"
	"github.com/sinter-build/sinter/rootfs"
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

// wantEvidence asks for what tells scanners which packages the files are from. It
// gives way to what the spec puts in its place.
func (m *maker) wantEvidence(t *tree) error {
	if m.req.Metadata == spec.MetadataNone {
		return nil
	}
	shipped := map[string]map[*packages.Package][]packages.Shipped{} // by tree
	for _, name := range t.paths() {
		w := t.entries[name]
		pkg := m.owners.packages[w.Package]
		if pkg == nil {
			continue
		}
		home := m.owners.home[w.Package]
		if shipped[home] == nil {
			shipped[home] = map[*packages.Package][]packages.Shipped{}
		}
		shipped[home][pkg] = append(shipped[home][pkg], packages.Shipped{
			Path:   w.Path,
			Origin: w.From.Path,
			Link:   w.Kind == KindSymlink,
		})
	}
	var homes []string
	var sets [][]packages.Evidence
	for _, tree := range m.evidenceTrees(t) {
		if len(shipped[tree]) == 0 {
			continue
		}
		set, err := m.owners.databases[tree].EvidenceOver(m.trees[TreeBase], shipped[tree])
		if err != nil {
			if err := m.unreadable(tree, err); err != nil {
				return err
			}
			continue
		}
		homes, sets = append(homes, tree), append(sets, set)
	}
	if err := m.warnOfMixing(homes); err != nil {
		return err
	}
	for _, e := range packages.Combine(sets...) {
		if err := m.wantOneEvidence(homes[e.Set], e); err != nil {
			return err
		}
	}
	return nil
}

// evidenceTrees lists the trees that packages come from, in the order in which
// they may mark the image as their distribution's. What the image is made of is
// told best by its C library.
func (m *maker) evidenceTrees(t *tree) []string {
	var first []string
	for _, name := range t.paths() {
		if w := t.entries[name]; w.From != nil && w.Reason.Cause == CauseInterpreter {
			first = append(first, w.From.Tree)
		}
	}
	var out []string
	for _, tree := range slices.Concat(first, m.partTrees()) {
		if tree != TreeContext && !slices.Contains(out, tree) {
			out = append(out, tree)
		}
	}
	return out
}

// warnOfMixing warns of packages of several distributions: an image names one, by
// which scanners judge all of them.
func (m *maker) warnOfMixing(trees []string) error {
	if m.trees[TreeBase] != nil && len(trees) > 0 {
		trees = slices.Concat([]string{TreeBase}, trees)
	}
	var names, from []string
	for _, tree := range trees {
		db, err := m.database(tree)
		if err != nil {
			return err
		}
		if db == nil || db.Distro().ID == "" {
			continue
		}
		name := strings.TrimSpace(db.Distro().ID + " " + db.Distro().VersionID)
		if !slices.Contains(names, name) {
			names, from = append(names, name), append(from, describe(tree))
		}
	}
	for i := 1; i < len(names); i++ {
		m.report(diag.Diagnostic{
			Code:     "distributions-mixed",
			Severity: diag.SeverityWarning,
			Message: fmt.Sprintf("the image says that it is %s, as %s, and has packages of %s from %s: scanners judge them all as %s's",
				names[0], from[0], names[i], from[i], names[0]),
			Fixes: []string{"take everything from one release of a distribution"},
		})
	}
	return nil
}

func (m *maker) wantOneEvidence(tree string, e packages.Evidence) error {
	reason := Reason{Cause: CauseMetadata, Via: e.What}
	if e.Package != nil {
		reason.For = e.Package.PURL
	}
	if e.From == "" {
		entry := generated(e.Path, e.Data)
		entry.Reason = reason
		m.want(wish{Entry: entry, soft: true})
		return nil
	}
	info, err := m.trees[tree].Lstat(rootfs.Name(e.From))
	if err != nil {
		return fmt.Errorf("%s of %s: %w", e.From, describe(tree), err)
	}
	before := len(m.wishes)
	m.wantLinks(tree, rootfs.Resolved{Path: e.Path, Links: e.Links}, reason)
	m.wantCopy(tree, e.From, e.Path, info, nil, nil, reason)
	for i := range m.wishes[before:] {
		m.wishes[before+i].soft = true
	}
	return nil
}

// warnOfHidden reports package data in whose place the spec puts something else:
// scanners would not see the package.
func (m *maker) warnOfHidden(t *tree, evidence []wish) {
	for _, e := range evidence {
		got := t.entries[e.Path]
		if e.Data == nil || got == nil || got.Reason.Cause == CauseMetadata {
			continue
		}
		m.report(diag.Diagnostic{
			Code:     "package-data-hidden",
			Severity: diag.SeverityWarning,
			At:       got.Reason.At,
			Message:  fmt.Sprintf("%s is in the place of the %s: scanners will not see the package as it is", e.Path, e.Reason.Via),
			Fixes:    []string{"leave it to the build, or write metadata: none if the image brings package data of its own"},
		})
	}
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
