package evidence

import (
	"cmp"
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
	wrapped, err := r.wrappedBy(o.Tree, pkg)
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
	return nil
}

// isModule tells of files that are not of a language itself: those that installers of modules have put
// there, and those that Debian has in directories of their own.
func isModule(name string) bool {
	return runtimes.ThirdParty(nil)(name) || slices.ContainsFunc([]string{"/usr/share/nodejs/", "/usr/share/perl5/", "/usr/share/php/", "/usr/lib/ruby/vendor_ruby/"}, func(dir string) bool { return strings.HasPrefix(name, dir) })
}

// isOneOf tells whether a program is of one of some packages, or the link that it is called by is. The
// name of a program that is that of a module beside it, as rake is, is a word for the module.
func (r *Gatherer) isOneOf(tree string, packages map[string]*plan.Package, at, program string) (bool, error) {
	if needspkg.NeverShip(at) || needspkg.NeverShip(program) {
		return false, nil
	}
	names := []string{program}
	if dir, err := rootfs.Resolve(r.Trees[tree], path.Dir(at)); err == nil {
		names = append(names, path.Join(dir.Path, path.Base(at)))
	}
	of, err := r.PackagesOf(tree, names)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		p := packages[of[name]]
		if p == nil {
			continue
		}
		contents, err := r.PhysicalContents(tree, p)
		return !slices.ContainsFunc(contents, func(file string) bool { return isModule(file) && isNamed(file, path.Base(at)) }), err
	}
	return false, nil
}

// isNamed tells whether a file or a directory that it is in has a name, perhaps with a version or an ending.
func isNamed(file, name string) bool {
	return slices.ContainsFunc(strings.Split(file, "/"), func(part string) bool {
		rest, ok := strings.CutPrefix(part, name)
		return ok && (rest == "" || rest[0] == '-' || rest[0] == '.')
	})
}

// wrappedBy are the packages, by PURL, whose programs modules of a package can be there for: of those that
// it depends on and those that the spec asks for, with the parts that these consist of. What has the
// interpreter is none of them, and neither is a compiler, or what starts the modules themselves: a package
// of the same source, as gunicorn is for python3-gunicorn.
func (r *Gatherer) wrappedBy(tree string, pkg *plan.Package) (map[string]*plan.Package, error) {
	key := tree
	if pkg != nil {
		key += "\x00" + pkg.PURL
	}
	if known, ok := r.needs.wrapped[key]; ok {
		return known, nil
	}
	out := map[string]*plan.Package{}
	r.needs.wrapped[key] = out
	list, err := r.askedFor(tree)
	if err != nil {
		return nil, err
	}
	if pkg != nil {
		depends, err := r.DependsOf(tree, pkg)
		if err != nil {
			return nil, err
		}
		list = slices.Concat(depends, list)
	}
	for _, p := range list {
		parts, err := r.PartsOf(tree, p)
		if err != nil {
			return nil, err
		}
		for _, q := range append([]*plan.Package{p}, parts...) {
			ok, err := r.bringsTools(tree, q)
			if err != nil {
				return nil, err
			}
			if ok && (pkg == nil || cmp.Or(q.Source, q.Name) != cmp.Or(pkg.Source, pkg.Name)) {
				out[q.PURL] = q
			}
		}
	}
	return out, nil
}

// bringsTools tells whether a package has programs, and neither an interpreter among them nor a compiler.
func (r *Gatherer) bringsTools(tree string, p *plan.Package) (bool, error) {
	names, err := r.PhysicalContents(tree, p)
	if err != nil || needspkg.Compiles(p.Name) {
		return false, err
	}
	return slices.ContainsFunc(names, needspkg.Program) && !slices.ContainsFunc(names, needspkg.Interprets), nil
}
