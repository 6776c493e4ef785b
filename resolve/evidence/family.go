package evidence

import (
	"maps"
	"slices"
	"strings"
	"sync"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
)

// shipsObjectOf tells whether a loader maps some file of a package.
func (r *Gatherer) shipsObjectOf(p *plan.Package, tree string) bool {
	for origin := range r.needs.seen {
		if origin.Tree == tree && r.Owners.Of[origin] == p.PURL {
			return true
		}
	}
	return false
}

// A family is the files of the packages whose files an object may have as needs: those
// of its own source package, those that these depend on, and those that depend on its
// package, as plugins and dictionaries do.
type family struct {
	of *plan.Package // nil for what a language names
	// load fills in names and files, when they are first asked for: few objects name
	// anything, and the lists of files are long.
	load  func() error
	names []string // physical paths, sorted
	files map[string]familyFile
	// libraries are those of names that the loader finds by their names, by the PURLs of their
	// packages, and pathPrograms is how many programs packages have in the directories of PATH.
	libraries    map[string][]string
	pathPrograms map[*plan.Package]int
	// direct are the packages that the package depends on; depends are those of them of
	// the same source package.
	direct, depends []*plan.Package
	// starts are the packages whose programs those of the family can start: direct, and
	// what depends depend on.
	starts []*plan.Package
	// plugins depend on the package, or are said to complete it. They are known when the files are.
	plugins []*plan.Package
	// asked are those of them that the spec asks for by name.
	asked []*plan.Package
}

type familyFile struct {
	pkg *plan.Package
	own bool // of the object's own source package
}

// family gathers the packages whose files objects of a package may have as needs.
func (r *Gatherer) family(tree string, pkg *plan.Package) (*family, error) {
	key := tree + "\x00" + pkg.PURL
	if f := r.needs.families[key]; f != nil {
		return f, nil
	}
	f := &family{of: pkg, files: map[string]familyFile{}, load: func() error { return nil }}
	r.needs.families[key] = f
	db, err := r.Database(tree)
	if err != nil || db == nil {
		return f, err
	}
	own, err := db.SameSource(pkg)
	if err != nil {
		return f, r.Unreadable(tree, err)
	}
	var depends []*plan.Package
	dependsOf := map[string][]*plan.Package{}
	for _, p := range own {
		// What a program's package depends on is there for its library, too.
		more, err := db.Depends(p)
		if err != nil {
			return f, r.Unreadable(tree, err)
		}
		if p.PURL == pkg.PURL {
			f.direct = more
		}
		dependsOf[p.PURL] = more
		depends = append(depends, more...)
		for _, dep := range more {
			parts, err := r.PartsOf(tree, dep)
			if err != nil {
				return f, err
			}
			depends = append(depends, parts...)
		}
	}
	f.relate(own, dependsOf)
	asked, err := r.askedFor(tree)
	if err != nil {
		return f, err
	}
	f.starts = append(f.starts, asked...)
	f.asked = asked
	f.load = sync.OnceValue(func() error {
		for _, p := range own {
			plugins, err := db.DependedOnBy(p, maxPlugins)
			if err != nil {
				return r.Unreadable(tree, err)
			}
			f.plugins = append(f.plugins, plugins...)
			f.plugins = append(f.plugins, db.CompletedBy(p)...)
		}
		f.plugins = append(f.plugins, asked...)
		for _, p := range slices.Clone(f.plugins) {
			// PostGIS has the scripts of its extension in a package of their own.
			parts, err := r.PartsOf(tree, p)
			if err != nil {
				return err
			}
			f.plugins = append(f.plugins, parts...)
		}
		for i, p := range slices.Concat(own, depends, f.plugins) {
			names, err := r.PhysicalContents(tree, p)
			if err != nil {
				return err
			}
			f.add(names, familyFile{p, i < len(own)})
		}
		f.index()
		return nil
	})
	return f, nil
}

// relate decides which of the packages of its own source package the family's depends on,
// and whose programs it can start.
func (f *family) relate(own []*plan.Package, dependsOf map[string][]*plan.Package) {
	has := func(list []*plan.Package, p *plan.Package) bool {
		return slices.ContainsFunc(list, func(q *plan.Package) bool { return q.PURL == p.PURL })
	}
	f.starts = slices.Clone(f.direct)
	for _, p := range own {
		if strings.HasPrefix(f.of.Name, p.Name+"-") && strings.HasSuffix(f.of.Name, "-linux-gnu") && has(dependsOf[p.PURL], f.of) {
			// gcc-14 has the names by which the programs of gcc-14-x86-64-linux-gnu are called.
			f.starts = append(f.starts, dependsOf[p.PURL]...)
		}
		if has(f.direct, p) {
			f.depends = append(f.depends, p)
			f.starts = append(f.starts, dependsOf[p.PURL]...)
		}
	}
}

// index sorts the files, and notes what is asked of the family for each object and each
// dependency.
func (f *family) index() {
	f.names = slices.Sorted(maps.Keys(f.files))
	f.libraries, f.pathPrograms = map[string][]string{}, map[*plan.Package]int{}
	for _, name := range f.names {
		pkg := f.files[name].pkg
		if needspkg.LoadedByName(name) {
			f.libraries[pkg.PURL] = append(f.libraries[pkg.PURL], name)
		}
		if needspkg.Program(name) {
			f.pathPrograms[pkg]++
		}
	}
}

// maxPlugins is how many packages can depend on one whose directories they put something
// into that is taken for its own. What more depend on is a library for all.
const maxPlugins = 32

// add notes files by their physical paths. The package's own come before others'.
func (f *family) add(names []string, file familyFile) {
	for _, name := range names {
		if old, ok := f.files[name]; !ok || file.own && !old.own {
			f.files[name] = file
		}
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

// maxSharing is of how many packages files can be in a directory that is still taken for
// one's own with what others put there: data, plugins.
const maxSharing = 4

// shared tells whether files in a directory are of so many packages that those of others
// are no part of what the directory is named for. However many packages the spec asks for, they are.
func (f *family) shared(names []string) bool {
	of := map[*plan.Package]bool{}
	for _, name := range names {
		if p := f.files[name].pkg; !slices.Contains(f.asked, p) {
			of[p] = true
		}
	}
	return len(of) > maxSharing
}

// dependsOnProgramsOf tells whether objects of the family may start the programs of another package
// that they name by their paths because they depend on it.
func (f *family) dependsOnProgramsOf(p *plan.Package) bool {
	return p != nil && f.pathPrograms[p] <= maxHelpers && slices.ContainsFunc(f.starts, func(q *plan.Package) bool { return q.PURL == p.PURL })
}

// near tells whether a package is the family's own, one that this depends on, or one that
// depends on it.
func (f *family) near(p *plan.Package) bool {
	same := func(q *plan.Package) bool { return q.PURL == p.PURL }
	return same(f.of) || slices.ContainsFunc(f.direct, same) || slices.ContainsFunc(f.plugins, same)
}
