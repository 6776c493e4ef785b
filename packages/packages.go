// Package packages tells which distribution package owns a file of a tree, and
// what an image that ships the file should carry so that scanners see the
// package: its data, its licence, and the distribution's marker.
//
// It reads the databases of dpkg, apk and rpm from files alone. Everything it
// reads is taken as hostile: files are bounded, names are checked before they
// become paths, and what is damaged is an error or a warning, never a panic.
package packages

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// database is one package manager's data in a tree.
type database interface {
	// list puts the files that its packages have into an index, by the names of these.
	list(x *index) error
	// packages lists what is installed, sorted, the licences not yet filled in.
	packages() ([]*plan.Package, error)
	// fillLicenses fills in the licences of packages, which are its own.
	fillLicenses(pkgs []*plan.Package) error
	// metadata is what its packages bring into an image.
	metadata(r *metadataRequest) ([]MetadataFile, error)
}

// DB is the package metadata of one tree. It is safe for concurrent use.
type DB struct {
	tree      rootfs.FS
	distro    Distro
	mu        sync.Mutex
	databases []database
	index     *index // when it is first asked
	warnings  warnings
}

// Warning is something wrong with a tree's package metadata that did not stop its
// reading.
type Warning struct {
	// Text is one line.
	Text string
	// Outside is set when a file is left out because links lead from the place
	// that it should have to another.
	Outside bool
}

// warnings collects warnings. A damaged database may be wrong on every line, so
// their number is bounded.
type warnings struct {
	mu  sync.Mutex
	all map[Warning]bool
}

const maxWarnings = 20

func (w *warnings) add(format string, args ...any) {
	w.put(Warning{Text: fmt.Sprintf(format, args...)})
}

// outside warns of a file that is left out.
func (w *warnings) outside(title, name, leadsTo string) {
	w.put(Warning{Text: fmt.Sprintf("the %s is left out: %s leads to %s", title, name, leadsTo), Outside: true})
}

func (w *warnings) put(one Warning) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[Warning]bool{}
	}
	if len(w.all) < maxWarnings {
		w.all[one] = true
	}
}

// Open finds the package databases of a tree; a tree may have none. The heavy
// reading is left to the first question.
func Open(tree rootfs.FS) (*DB, error) {
	db := &DB{tree: rootfs.Cached(tree)}
	var err error
	if db.distro, err = readDistro(db.tree); err != nil {
		return nil, err
	}
	for _, open := range []func(*DB) (database, error){openDpkg, openAPK, openRPM} {
		d, err := open(db)
		if err != nil {
			return nil, err
		}
		if d != nil {
			db.databases = append(db.databases, d)
		}
	}
	return db, nil
}

// Distro is the distribution that the tree's os-release names.
func (db *DB) Distro() Distro { return db.distro }

// Warnings are what was wrong with the metadata read so far, sorted.
func (db *DB) Warnings() []Warning {
	db.warnings.mu.Lock()
	defer db.warnings.mu.Unlock()
	return slices.SortedFunc(maps.Keys(db.warnings.all), func(a, b Warning) int { return cmp.Compare(a.Text, b.Text) })
}

// Owners tells which packages own files, given by their physical absolute paths
// in the tree. Files that no package owns are absent.
//
// A symbolic link that no package lists belongs to the owner of the file that it
// leads to: update-alternatives and ldconfig make such links. A directory, or a
// link to one, has an owner only if a single package lists it.
func (db *DB) Owners(paths []string) (map[string]*plan.Package, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	o, err := db.ownership(paths)
	if err != nil {
		return nil, err
	}
	owners := make(map[string]*plan.Package, len(paths))
	for _, p := range paths {
		if pkg, ok := o.owner(p); ok {
			owners[p] = pkg
		}
	}
	return owners, db.fillLicenses(slices.Collect(maps.Values(owners)))
}

// ownership asks every database who owns files.
func (db *DB) ownership(paths []string) (*ownership, error) {
	if db.index == nil {
		x, err := newIndex(db.databases)
		if err != nil {
			return nil, err
		}
		db.index = x
	}
	o := newOwnership(db.tree, paths)
	db.index.answer(o)
	return o, nil
}

// fillLicenses fills in the licences of packages.
func (db *DB) fillLicenses(pkgs []*plan.Package) error {
	slices.SortFunc(pkgs, byPURL)
	pkgs = slices.Compact(pkgs)
	for _, d := range db.databases {
		if err := d.fillLicenses(pkgs); err != nil {
			return err
		}
	}
	return nil
}

// All lists every installed package, sorted by PURL.
func (db *DB) All() ([]*plan.Package, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	var all []*plan.Package
	for _, d := range db.databases {
		pkgs, err := d.packages()
		if err != nil {
			return nil, err
		}
		all = append(all, pkgs...)
	}
	slices.SortStableFunc(all, byPURL)
	return all, db.fillLicenses(slices.Clone(all))
}

func byPURL(a, b *plan.Package) int { return cmp.Compare(a.PURL, b.PURL) }
