package evidence

import (
	"fmt"
	"path"
	"slices"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
)

// needsOfModule ships the programs that a module starts which the app reaches, where it is good for
// nothing without them: those that it names of the packages that its own depends on, as python3-git on
// git, and of those that the spec asks for. Pkg is its package, nil for what none has.
func (r *Gatherer) needsOfModule(o draft.Object, pkg *plan.Package, interpreter string) error {
	if !isModule(o.Path) {
		return nil
	}
	asked, err := r.askedFor(o.Tree)
	if err != nil {
		return err
	}
	wrapped, err := r.wrappedBy(o.Tree, pkg, asked)
	if err != nil || len(wrapped) == 0 {
		return err
	}
	text, err := rootfs.ReadFile(r.Trees[o.Tree], o.Path, maxScript)
	if err != nil {
		return err
	}
	found := runtimes.ReadStarted(o.Path, interpreter, text)
	counts := func(at, program string) (bool, error) { return r.isOneOf(o.Tree, wrapped, at, program) }
	for _, name := range slices.Concat(found.Commands, found.Handed, found.Words) {
		if err := r.startedBy(o, name, false, counts); err != nil {
			return err
		}
	}
	if pkg == nil || !found.Shell && !found.LaterShell {
		return nil
	}
	own, err := r.wrappedBy(o.Tree, pkg, nil)
	if err != nil || len(own) == 0 {
		return err
	}
	return r.shipShell(o)
}

// isModule tells of files that are not of a language itself: those that installers of modules have put
// there, and those that Debian has in directories of their own.
func isModule(name string) bool {
	return runtimes.ThirdParty(nil)(name) || slices.ContainsFunc([]string{"/usr/share/nodejs/", "/usr/share/perl5/", "/usr/share/php/", "/usr/lib/ruby/vendor_ruby/"}, func(dir string) bool { return strings.HasPrefix(name, dir) })
}

// isOneOf tells whether a program is of one of some packages, or the link that it is called by is.
func (r *Gatherer) isOneOf(tree string, packages map[string]bool, at, program string) (bool, error) {
	if needspkg.NeverShip(at) || needspkg.NeverShip(program) {
		return false, nil
	}
	names := []string{program}
	if dir, err := rootfs.Resolve(r.Trees[tree], path.Dir(at)); err == nil {
		names = append(names, path.Join(dir.Path, path.Base(at)))
	}
	of, err := r.PackagesOf(tree, names)
	return slices.ContainsFunc(names, func(name string) bool { return packages[of[name]] }), err
}

// wrappedBy are the PURLs of the packages whose programs modules of a package can be there for: of those
// that it depends on, and of some others, with the parts that these consist of. What has the interpreter
// is none of them, and neither is a compiler, or what the module imports.
func (r *Gatherer) wrappedBy(tree string, pkg *plan.Package, others []*plan.Package) (map[string]bool, error) {
	key := fmt.Sprintf("%s\x00%d", tree, len(others))
	if pkg != nil {
		key += "\x00" + pkg.PURL
	}
	if known, ok := r.needs.wrapped[key]; ok {
		return known, nil
	}
	out := map[string]bool{}
	r.needs.wrapped[key] = out
	list := others
	if pkg != nil {
		depends, err := r.DependsOf(tree, pkg)
		if err != nil {
			return nil, err
		}
		list = slices.Concat(depends, others)
	}
	for _, p := range list {
		parts, err := r.PartsOf(tree, p)
		if err != nil {
			return nil, err
		}
		for _, q := range append([]*plan.Package{p}, parts...) {
			if ok, err := r.bringsTools(tree, q); err != nil {
				return nil, err
			} else if ok {
				out[q.PURL] = true
			}
		}
	}
	return out, nil
}

// bringsTools tells whether a package has programs that are for themselves: no interpreter is among them,
// no compiler, and it has no modules that ship.
func (r *Gatherer) bringsTools(tree string, p *plan.Package) (bool, error) {
	names, err := r.PhysicalContents(tree, p)
	if err != nil || needspkg.Compiles(p.Name) {
		return false, err
	}
	isLibrary := func(name string) bool {
		return needspkg.Interprets(name) || isModule(name) && r.needs.asked[plan.Origin{Tree: tree, Path: name}]
	}
	return slices.ContainsFunc(names, needspkg.Program) && !slices.ContainsFunc(names, isLibrary), nil
}
