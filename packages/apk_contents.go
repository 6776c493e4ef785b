package packages

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// known is the database's own record of a package.
func (a *apk) known(p *plan.Package) *apkEntry {
	if e := a.byPackage[p]; e != nil {
		return e
	}
	i := slices.IndexFunc(a.entries, func(e *apkEntry) bool { return e.PURL == p.PURL })
	if i < 0 {
		return nil
	}
	return a.entries[i]
}

// contents implements contentsLister: F lines name directories, and R lines files in the
// one before them.
func (a *apk) contents(p *plan.Package) ([]string, error) {
	e := a.known(p)
	if e == nil {
		return nil, nil
	}
	names, dir := []string{}, "/"
	add := func(name string) {
		if name != "/" && fs.ValidPath(rootfs.Name(name)) {
			names = append(names, name)
		}
	}
	for letter, value := range apkFields(e.text) {
		if len(names) >= maxListed {
			break
		}
		switch letter {
		case 'F':
			dir = path.Join("/", value)
			add(dir)
		case 'R':
			add(path.Join(dir, value))
		}
	}
	return names, nil
}

// depends implements contentsLister. Dependencies name packages and what these provide:
// "so:libc.musl-x86_64.so.1", "cmd:sh", "musl>=1.2".
func (a *apk) depends(p *plan.Package) ([]*plan.Package, error) {
	return a.related(p, func(e, other *apkEntry) bool { return needsOne(e.relations('D'), other) })
}

// dependedOnBy implements contentsLister.
func (a *apk) dependedOnBy(p *plan.Package) ([]*plan.Package, error) {
	return a.related(p, func(e, other *apkEntry) bool { return needsOne(other.relations('D'), e) })
}

// related lists the packages that have to do with one, sorted by PURL.
func (a *apk) related(p *plan.Package, has func(e, other *apkEntry) bool) ([]*plan.Package, error) {
	e := a.known(p)
	if e == nil {
		return nil, nil
	}
	out := []*plan.Package{}
	for _, other := range a.entries {
		if other != e && has(e, other) {
			out = append(out, &other.Package)
		}
	}
	slices.SortFunc(out, byPURL)
	return out, nil
}

// needsOne reports whether one of some dependencies is met by a package.
func needsOne(dependencies []string, e *apkEntry) bool {
	provides := append(e.relations('p'), e.Name)
	return slices.ContainsFunc(dependencies, func(name string) bool { return slices.Contains(provides, name) })
}

// relations are the names in a field of dependencies or of what is provided, without
// versions. Those that must not be there begin with an exclamation mark.
func (e *apkEntry) relations(field byte) []string {
	var out []string
	for letter, value := range apkFields(e.text) {
		if letter != field {
			continue
		}
		for name := range strings.FieldsSeq(value) {
			if name[0] == '!' {
				continue
			}
			if i := strings.IndexAny(name, "<>=~"); i > 0 {
				name = name[:i]
			}
			out = append(out, name)
		}
	}
	return out
}
