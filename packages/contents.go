package packages

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// contentsLister is a database that can say what a package consists of and what it
// depends on.
type contentsLister interface {
	// contents lists the absolute names of the package's files, as the database has
	// them. It is nil for a package of another database.
	contents(p *plan.Package) ([]string, error)
	// depends lists the installed packages that one depends on, sorted by PURL.
	depends(p *plan.Package) ([]*plan.Package, error)
	// dependedOnBy lists the installed packages that depend on one, sorted by PURL.
	dependedOnBy(p *plan.Package) ([]*plan.Package, error)
}

// Contents lists the files and directories of a package by their absolute names, in
// the order of its database. Names can lead through symbolic links, as /lib/x does
// with a merged /usr. It is empty for a package whose database keeps no such list.
func (db *DB) Contents(p *plan.Package) ([]string, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, d := range db.databases {
		if l, ok := d.(contentsLister); ok {
			if names, err := l.contents(p); err != nil || names != nil {
				return names, err
			}
		}
	}
	return nil, nil
}

// Depends lists the installed packages that a package depends on, directly, sorted
// by PURL. Recommendations do not count.
func (db *DB) Depends(p *plan.Package) ([]*plan.Package, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, d := range db.databases {
		if l, ok := d.(contentsLister); ok {
			if pkgs, err := l.depends(p); err != nil || pkgs != nil {
				return pkgs, err
			}
		}
	}
	return nil, nil
}

// CompletedBy lists the installed packages that a package recommends or suggests, and those that
// say that they enhance it, sorted by PURL; none where the database has no such relations. It has
// only those that no other package depends on: where recommendations are not installed by themselves,
// somebody has asked for these.
func (db *DB) CompletedBy(p *plan.Package) []*plan.Package {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, d := range db.databases {
		if l, ok := d.(*dpkg); ok {
			if e := l.known(p); e != nil {
				return l.completedBy(e)
			}
		}
	}
	return nil
}

// DependedOnBy lists the installed packages that depend on a package, directly, sorted by
// PURL; none if there are more than limit.
func (db *DB) DependedOnBy(p *plan.Package, limit int) ([]*plan.Package, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, d := range db.databases {
		if l, ok := d.(contentsLister); ok {
			if pkgs, err := l.dependedOnBy(p); err != nil || pkgs != nil {
				if len(pkgs) > limit {
					pkgs = nil
				}
				return pkgs, err
			}
		}
	}
	return nil, nil
}

// SameSource lists the installed packages that are built from the same source package
// as one, itself included, sorted by PURL. Their licences are not filled in.
func (db *DB) SameSource(p *plan.Package) ([]*plan.Package, error) {
	return db.those(func(q *plan.Package) bool { return q.Manager == p.Manager && sourceName(q) == sourceName(p) })
}

// AskedFor lists the installed packages that a package manager is asked for by names, sorted by
// PURL. A name that no package has is that of what dpkg's provide: apt-get installs
// monitoring-plugins-basic for nagios-plugins-basic. Their licences are not filled in.
func (db *DB) AskedFor(names []string) ([]*plan.Package, error) {
	named := map[string]bool{}
	out, err := db.those(func(p *plan.Package) bool {
		asked := false
		for _, name := range names {
			if p.IsAskedFor(name) {
				asked, named[name] = true, true
			}
		}
		return asked
	})
	if err != nil || len(named) == len(names) {
		return out, err
	}
	virtual := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return named[name] })
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, d := range db.databases {
		if d, ok := d.(*dpkg); ok {
			out = append(out, d.installed(nil, virtual)...)
		}
	}
	slices.SortFunc(out, byPURL)
	return slices.Compact(out), nil
}

// those lists the installed packages of which something holds, sorted by PURL.
func (db *DB) those(holds func(*plan.Package) bool) ([]*plan.Package, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	var out []*plan.Package
	for _, d := range db.databases {
		all, err := d.packages()
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			if holds(p) {
				out = append(out, p)
			}
		}
	}
	slices.SortFunc(out, byPURL)
	return out, nil
}

// sourceName is the name of a package's source package.
func sourceName(p *plan.Package) string { return cmp.Or(p.Source, p.Name) }

// Installer is the script that a package runs when it has been installed; nothing where it has
// none, or its database keeps none.
func (db *DB) Installer(p *plan.Package) []byte {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, d := range db.databases {
		if l, ok := d.(*dpkg); ok {
			if e := l.known(p); e != nil {
				return l.installer(e)
			}
		}
	}
	return nil
}

// maxInstaller bounds a maintainer script, in bytes.
const maxInstaller = 1 << 20

// installer is the maintainer script of a package beside its list: Debian policy 6.1.
func (d *dpkg) installer(e *dpkgEntry) []byte {
	for _, l := range e.lists {
		name, ok := strings.CutSuffix(l.path, ".list")
		if !ok {
			continue
		}
		// What cannot be read says nothing.
		if data, _, err := readFile(d.db.tree, name+".postinst", maxInstaller); err == nil {
			return data
		}
	}
	return nil
}

// contents implements contentsLister.
func (d *dpkg) contents(p *plan.Package) ([]string, error) {
	e := d.known(p)
	if e == nil {
		return nil, nil
	}
	names := []string{}
	for _, l := range e.lists {
		data, err := d.readInfo(l.path)
		if err != nil {
			continue // with a warning
		}
		for name := range listedNames(string(data), l.sums) {
			names = append(names, d.placed(e, name))
		}
	}
	return append(names, d.managedOf(e.Name)...), nil
}

// ucfRegistry has a line for each configuration that a package's scripts have put into the tree
// by ucf(1), which dpkg knows nothing of: the package and the path.
const ucfRegistry = "/var/lib/ucf/registry"

// managedOf are the configurations of a package that ucf has put there.
func (d *dpkg) managedOf(name string) []string {
	if d.managed == nil {
		d.managed = map[string][]string{}
		data, _, err := readFile(d.db.tree, ucfRegistry, maxList)
		if err != nil && !rootfs.IsAbsent(err) {
			d.db.warnings.add("%s is left out: %v", ucfRegistry, err)
		}
		for line := range strings.Lines(string(data)) {
			line = strings.TrimSpace(line)
			end := strings.IndexAny(line, " \t")
			if end < 0 {
				continue
			}
			of, file := line[:end], strings.TrimSpace(line[end:])
			if path.IsAbs(file) && file != "/" && file == path.Clean(file) {
				d.managed[of] = append(d.managed[of], file)
			}
		}
	}
	return d.managed[name]
}

// known is the database's own record of a package.
func (d *dpkg) known(p *plan.Package) *dpkgEntry {
	if e := d.byPackage[p]; e != nil {
		return e
	}
	i := slices.IndexFunc(d.entries, func(e *dpkgEntry) bool { return e.PURL == p.PURL })
	if i < 0 {
		return nil
	}
	return d.entries[i]
}

// depends implements contentsLister: Debian policy 7.1, 7.2 and 7.5. Versions are not
// compared, for what is installed together has been checked by dpkg.
func (d *dpkg) depends(p *plan.Package) ([]*plan.Package, error) {
	e := d.known(p)
	if e == nil {
		return nil, nil
	}
	return d.installed(e, e.relations()), nil
}

// completedBy are what Debian policy 7.2 has such relations for.
func (d *dpkg) completedBy(e *dpkgEntry) []*plan.Package {
	names := slices.Concat(relationNames(e.stanza.get("Recommends")), relationNames(e.stanza.get("Suggests")))
	for _, other := range d.entries {
		if slices.Contains(relationNames(other.stanza.get("Enhances")), e.Name) {
			names = append(names, other.Name)
		}
	}
	return slices.DeleteFunc(d.installed(e, names), func(p *plan.Package) bool {
		others, err := d.dependedOnBy(p)
		return err != nil || len(others) > 0
	})
}

// installed are the packages other than one that have names or provide them, sorted by PURL.
func (d *dpkg) installed(but *dpkgEntry, names []string) []*plan.Package {
	if d.serving == nil {
		d.serving = map[string][]*dpkgEntry{}
		for _, other := range d.entries {
			for _, name := range append(relationNames(other.stanza.get("Provides")), other.Name) {
				d.serving[name] = append(d.serving[name], other)
			}
		}
	}
	out := []*plan.Package{}
	for _, name := range names {
		for _, other := range d.serving[name] {
			if other != but {
				out = append(out, &other.Package)
			}
		}
	}
	slices.SortFunc(out, byPURL)
	return slices.Compact(out)
}

// relations are the names of the packages that one depends on.
func (e *dpkgEntry) relations() []string {
	if e.depends == nil {
		e.depends = slices.Concat(relationNames(e.stanza.get("Depends")), relationNames(e.stanza.get("Pre-Depends")))
	}
	return e.depends
}

// dependedOnBy implements contentsLister.
func (d *dpkg) dependedOnBy(p *plan.Package) ([]*plan.Package, error) {
	e := d.known(p)
	if e == nil {
		return nil, nil
	}
	names := append(relationNames(e.stanza.get("Provides")), e.Name)
	out := []*plan.Package{}
	for _, other := range d.entries {
		if other != e && slices.ContainsFunc(other.relations(), func(name string) bool { return slices.Contains(names, name) }) {
			out = append(out, &other.Package)
		}
	}
	slices.SortFunc(out, byPURL)
	return out, nil
}

// relationNames are the names of packages in a relationship field, alternatives
// included: "libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0".
func relationNames(field string) []string {
	var out []string
	for one := range strings.FieldsFuncSeq(field, func(r rune) bool { return r == ',' || r == '|' }) {
		name, _, _ := strings.Cut(strings.TrimSpace(one), " ")
		name, _, _ = strings.Cut(name, ":") // python3:any
		name, _, _ = strings.Cut(name, "(")
		if debName.matches(name) {
			out = append(out, name)
		}
	}
	return out
}
