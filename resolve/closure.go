package resolve

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// load ships what the loader would load for a root. One that opens libraries at run
// time gets those that libraries.add names and those among the files.
func (r *resolver) load(p *root, opens bool) error {
	search := r.searchAhead
	if opens {
		search = r.searchOpened
	}
	s := search(p)
	if s.err != nil {
		return s.err
	}
	where, res := s.where, s.found
	r.checkExcluded(p, res)
	if res.Interp != nil {
		r.shipObject(where, *res.Interp, plan.Reason{Cause: plan.CauseInterpreter, At: p.at, Chain: []string{p.to, res.Interp.To}})
	}
	by := loadedFor(p, res)
	asked := r.asked(p, res)
	res.Objects = slices.DeleteFunc(res.Objects, func(o loader.Object) bool {
		return !r.serves(where.names[o.Tree], p, by.chains[o.To])
	})
	for _, o := range res.Objects {
		if r.isLibraryRoot(o.To) {
			continue
		}
		reason := plan.Reason{Cause: plan.CauseLibrary, At: asked[o.To], Via: o.Via, Chain: by.chains[o.To]}
		if o.Later {
			reason.Cause = plan.CauseOpened
		}
		r.shipObject(where, o, reason)
	}
	p.objects = res.Objects
	problems := slices.DeleteFunc(res.Problems, func(pr loader.Problem) bool {
		return leftToCheck(pr) || r.forgiven(p, by, pr)
	})
	for i, pr := range problems {
		if where.names[pr.Tree] != treeImage {
			problems[i].Path = ""
		}
	}
	r.reportProblems(p, by, problems)
	return nil
}

// searchOpened applies the loader's rules for the program that opens libraries.
func (r *resolver) searchOpened(p *root) searched {
	s := searched{where: r.libraryTrees(p.tree)}
	opt := r.withOpened(r.loaderOptions(), s.where)
	own := s.where.add(p.tree, plan.TreeName(p.tree), r.trees[p.tree])
	s.found, s.err = loader.Load(s.where.trees, loader.Program{Tree: own, Path: p.path, To: p.to}, opt)
	return s
}

// leftToCheck reports whether a problem is left to the check of the finished tree, which
// alone decides it: warnings would come twice.
func leftToCheck(pr loader.Problem) bool { return pr.Severity != diag.SeverityError }

// loaded says how the objects of a search came to be loaded.
type loaded struct {
	// chains gives for each object the objects by which it is needed, the program
	// first and itself last.
	chains map[string][]string
	// later are those that are opened at run time.
	later map[string]bool
}

func loadedFor(p *root, res *loader.Result) loaded {
	l := loaded{chains: map[string][]string{p.to: {p.to}}, later: map[string]bool{}}
	for _, o := range res.Objects {
		by := []string{p.to}
		if len(o.NeededBy) > 0 && len(l.chains[o.NeededBy[0]]) > 0 {
			by = l.chains[o.NeededBy[0]]
		}
		l.chains[o.To] = append(slices.Clone(by), o.To)
		l.later[o.To] = o.Later
	}
	return l
}

// openedFor returns the first object that is opened at run time, is of some kind, and
// for which another one is loaded; "" if there is none.
func (l loaded) openedFor(object string, is func(to string) bool) string {
	for _, to := range l.chains[object] {
		if l.later[to] && is(to) {
			return to
		}
	}
	return ""
}

// onlyFor reports whether all of a list of objects, separated by commas, are loaded for
// objects of some kind that are opened at run time.
func (l loaded) onlyFor(objects string, is func(to string) bool) bool {
	for object := range strings.SplitSeq(objects, ", ") {
		if l.openedFor(object, is) == "" {
			return false
		}
	}
	return true
}

// asked gives for each object the spec node that it is there for: the program's,
// unless it is there for an added library or a file of its own.
func (r *resolver) asked(p *root, res *loader.Result) map[string]string {
	out := map[string]string{p.to: p.at}
	known := func(to string) string {
		if lib := r.library(to); lib != nil {
			return lib.at
		}
		return out[to]
	}
	for _, o := range res.Objects {
		if at := known(o.To); at != "" {
			out[o.To] = at
			continue
		}
		out[o.To] = p.at
		if lib := r.added(o.Name); lib != nil && o.Later {
			out[o.To] = lib.At
		} else if len(o.NeededBy) > 0 {
			out[o.To] = cmp.Or(known(o.NeededBy[0]), p.at)
		}
	}
	return out
}

func (r *resolver) loaderOptions() loader.Options {
	return loader.Options{
		Env:          r.req.Env,
		WorkDir:      r.req.Workdir,
		UID:          r.req.User.UID,
		GID:          r.req.User.GID,
		CheckSymbols: r.req.Libraries.CheckSymbols,
		Exclude:      r.req.Exclude,
		Provided:     func(name string) bool { return r.providedAt(name) != "" },
		Memory:       &r.memory,
	}
}

// withOpened adds what is opened at run time to a search. The trees that libraries
// among the files are in come after those in which libraries are looked for.
func (r *resolver) withOpened(opt loader.Options, where *forest) loader.Options {
	for _, lib := range r.req.Libraries.Add {
		opt.Add = append(opt.Add, lib.Name)
	}
	for _, p := range r.libraries {
		opt.Plugins = append(opt.Plugins, loader.Program{Tree: where.add(p.tree, plan.TreeName(p.tree), r.trees[p.tree]), Path: p.path, To: p.to})
	}
	return opt
}

// isLibraryRoot reports whether a path of the image is a library among the files.
func (r *resolver) isLibraryRoot(to string) bool { return r.library(to) != nil }

// mayBeOpened reports whether a path of the image is a library among the files of which
// nobody says that it is opened.
func (r *resolver) mayBeOpened(to string) bool {
	return r.isLibraryRoot(to) && r.added(to) == nil && r.added(path.Base(to)) == nil
}

// shipObject ships an interpreter or library, unless the image has it already.
func (r *resolver) shipObject(where *forest, o loader.Object, reason plan.Reason) {
	tree := where.names[o.Tree]
	if tree == treeImage {
		return
	}
	to := o.To
	found := rootfs.Resolved{Path: o.Real, Links: o.Links}
	if o.To == o.Path && r.keepsLinks(tree, found) {
		r.wantLinks(tree, found, reason)
		to = o.Real
	}
	for _, links := range o.Also {
		if way := (rootfs.Resolved{Path: o.Real, Links: links}); to == o.Real && r.keepsLinks(tree, way) {
			r.wantLinks(tree, way, reason)
		}
	}
	r.noteObject(object{tree: tree, path: o.Real, to: o.To, at: reason.At, chain: reason.Chain, info: o.Info, file: o.File})
	r.wantCopy(tree, o.Real, to, o.Info, nil, nil, reason)
}

// reportProblems turns the loader's findings into diagnostics. What only
// concerns files that came along with a directory is a warning. The paths of files that
// are in the way are those of the image.
func (r *resolver) reportProblems(p *root, by loaded, problems []loader.Problem) {
	for _, pr := range problems {
		if p.need && !p.module || by.onlyFor(pr.NeededBy, r.isNeed) {
			continue // nobody has asked for it, and its package lacks the same
		}
		if r.foreign(p) {
			continue
		}
		d := pr.Diagnostic()
		d.At = cmp.Or(r.openedAt(by, pr.NeededBy), p.at)
		if lib := r.added(pr.Name); lib != nil {
			d.At = lib.At
		}
		if at := r.broughtAt(pr.Path); at != "" {
			d.At = at
		}
		if r.forgiven(p, by, pr) {
			if r.isLibraryName(pr.Name) {
				// The program opens that one first, by its path: an object that
				// is loaded already serves its SONAME.
				continue
			}
			d.Severity = diag.SeverityWarning
		}
		r.report(d)
	}
}

// openedAt is the item of the spec for which what a list of objects needs is needed, if
// that is a library which is opened at run time; otherwise "".
func (r *resolver) openedAt(by loaded, neededBy string) string {
	first, _, _ := strings.Cut(neededBy, ", ")
	to := by.openedFor(first, r.isLibraryRoot)
	if to == "" {
		return ""
	}
	if lib := cmp.Or(r.added(to), r.added(path.Base(to))); lib != nil {
		return lib.At
	}
	return r.library(to).at
}

// broughtAt is the item of the spec that puts a file at a path of the image; "" for a file
// of the base and for no path.
func (r *resolver) broughtAt(name string) string {
	found, err := rootfs.Resolve(r.image.View, name)
	if err != nil || r.image.Entries[found.Path] == nil {
		return ""
	}
	return r.image.Entries[found.Path].Reason.At
}

// foreign reports whether a program that came along with a directory is for another C
// library than those that the spec names: packages hold builds for several, and this
// one is for others' images.
func (r *resolver) foreign(p *root) bool {
	libc := loader.Libc(p.facts.File)
	if !p.extra || libc == "" {
		return false
	}
	known := false
	for _, named := range r.roots {
		if named.dynamic() && !named.extra {
			if loader.Libc(named.facts.File) == libc {
				return false
			}
			known = true
		}
	}
	return known
}

// forgiven reports whether a problem only concerns files that came along with a
// directory.
func (r *resolver) forgiven(p *root, by loaded, pr loader.Problem) bool {
	return p.extra || by.onlyFor(pr.NeededBy, r.mayBeOpened)
}

func (r *resolver) isLibraryName(name string) bool {
	return slices.ContainsFunc(r.libraries, func(p *root) bool { return path.Base(p.to) == name })
}

// isNeed reports whether a path of the image is that of a program or library that ships by
// evidence alone, with all that it needs.
func (r *resolver) isNeed(to string) bool {
	p := r.rootsByPath[to]
	return p != nil && p.need && !p.module
}

// added is the libraries.add entry of a name.
func (r *resolver) added(name string) *spec.Library {
	i := slices.IndexFunc(r.req.Libraries.Add, func(l spec.Library) bool { return l.Name == name })
	if i < 0 {
		return nil
	}
	return &r.req.Libraries.Add[i]
}
