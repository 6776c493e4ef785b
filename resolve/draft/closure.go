package draft

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
func (r *Draft) load(p *Root, opens bool) error {
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
		r.shipObject(where, *res.Interp, plan.Reason{Cause: plan.CauseInterpreter, At: p.At, Chain: []string{p.To, res.Interp.To}})
	}
	by := LoadedFor(p, res)
	asked := r.asked(p, res)
	res.Objects = slices.DeleteFunc(res.Objects, func(o loader.Object) bool {
		return !r.serves(where.names[o.Tree], p, by.chains[o.To])
	})
	for _, o := range res.Objects {
		if r.IsLibraryRoot(o.To) {
			continue
		}
		reason := plan.Reason{Cause: plan.CauseLibrary, At: asked[o.To], Via: o.Via, Chain: by.chains[o.To]}
		if o.Later {
			reason.Cause = plan.CauseOpened
		}
		r.shipObject(where, o, reason)
	}
	p.Objects = res.Objects
	problems := slices.DeleteFunc(res.Problems, func(pr loader.Problem) bool {
		return leftToCheck(pr) || r.forgiven(p, by, pr)
	})
	for i, pr := range problems {
		if where.names[pr.Tree] != plan.TreeImage {
			problems[i].Path = ""
		}
	}
	r.ReportProblems(p, by, problems)
	return nil
}

// searchOpened applies the loader's rules for the program that opens libraries.
func (r *Draft) searchOpened(p *Root) searched {
	s := searched{where: r.libraryTrees(p.Tree)}
	opt := r.withOpened(r.LoaderOptions(), s.where)
	own := s.where.add(p.Tree, plan.TreeName(p.Tree), r.Trees[p.Tree])
	s.found, s.err = loader.Load(s.where.trees, loader.Program{Tree: own, Path: p.Path, To: p.To}, opt)
	return s
}

// leftToCheck reports whether a problem is left to the check of the finished tree, which
// alone decides it: warnings would come twice.
func leftToCheck(pr loader.Problem) bool { return pr.Severity != diag.SeverityError }

// Loaded says how the objects of a search came to be loaded.
type Loaded struct {
	// chains gives for each object the objects by which it is needed, the program
	// first and itself last.
	chains map[string][]string
	// later are those that are opened at run time.
	later map[string]bool
}

// LoadedFor is how the objects came to be loaded which the loader maps for a root.
func LoadedFor(p *Root, res *loader.Result) Loaded {
	l := Loaded{chains: map[string][]string{p.To: {p.To}}, later: map[string]bool{}}
	for _, o := range res.Objects {
		by := []string{p.To}
		if len(o.NeededBy) > 0 && len(l.chains[o.NeededBy[0]]) > 0 {
			by = l.chains[o.NeededBy[0]]
		}
		l.chains[o.To] = append(slices.Clone(by), o.To)
		l.later[o.To] = o.Later
	}
	return l
}

// OpenedFor returns the first object that is opened at run time, is of some kind, and
// for which another one is loaded; "" if there is none.
func (l Loaded) OpenedFor(object string, is func(to string) bool) string {
	for _, to := range l.chains[object] {
		if l.later[to] && is(to) {
			return to
		}
	}
	return ""
}

// onlyFor reports whether all of a list of objects, separated by commas, are loaded for
// objects of some kind that are opened at run time.
func (l Loaded) onlyFor(objects string, is func(to string) bool) bool {
	for object := range strings.SplitSeq(objects, ", ") {
		if l.OpenedFor(object, is) == "" {
			return false
		}
	}
	return true
}

// asked gives for each object the spec node that it is there for: the program's,
// unless it is there for an added library or a file of its own.
func (r *Draft) asked(p *Root, res *loader.Result) map[string]string {
	out := map[string]string{p.To: p.At}
	known := func(to string) string {
		if lib := r.Library(to); lib != nil {
			return lib.At
		}
		return out[to]
	}
	for _, o := range res.Objects {
		if at := known(o.To); at != "" {
			out[o.To] = at
			continue
		}
		out[o.To] = p.At
		if lib := r.added(o.Name); lib != nil && o.Later {
			out[o.To] = lib.At
		} else if len(o.NeededBy) > 0 {
			out[o.To] = cmp.Or(known(o.NeededBy[0]), p.At)
		}
	}
	return out
}

// LoaderOptions are what the loader goes by in a container of the image.
func (r *Draft) LoaderOptions() loader.Options {
	return loader.Options{
		Env:          r.Req.Env,
		WorkDir:      r.Req.Workdir,
		UID:          r.Req.User.UID,
		GID:          r.Req.User.GID,
		CheckSymbols: r.Req.Libraries.CheckSymbols,
		Exclude:      r.Req.Exclude,
		Provided:     func(name string) bool { return r.ProvidedAt(name) != "" },
		Memory:       &r.memory,
	}
}

// withOpened adds what is opened at run time to a search. The trees that libraries
// among the files are in come after those in which libraries are looked for.
func (r *Draft) withOpened(opt loader.Options, where *forest) loader.Options {
	for _, lib := range r.Req.Libraries.Add {
		opt.Add = append(opt.Add, lib.Name)
	}
	for _, p := range r.Libraries {
		opt.Plugins = append(opt.Plugins, loader.Program{Tree: where.add(p.Tree, plan.TreeName(p.Tree), r.Trees[p.Tree]), Path: p.Path, To: p.To})
	}
	return opt
}

// IsLibraryRoot reports whether a path of the image is a library among the files.
func (r *Draft) IsLibraryRoot(to string) bool { return r.Library(to) != nil }

// mayBeOpened reports whether a path of the image is a library among the files of which
// nobody says that it is opened.
func (r *Draft) mayBeOpened(to string) bool {
	return r.IsLibraryRoot(to) && r.added(to) == nil && r.added(path.Base(to)) == nil
}

// shipObject ships an interpreter or library, unless the image has it already.
func (r *Draft) shipObject(where *forest, o loader.Object, reason plan.Reason) {
	tree := where.names[o.Tree]
	if tree == plan.TreeImage {
		return
	}
	to := o.To
	found := rootfs.Resolved{Path: o.Real, Links: o.Links}
	if o.To == o.Path && r.keepsLinks(tree, found) {
		r.WantLinks(tree, found, reason)
		to = o.Real
	}
	for _, links := range o.Also {
		if way := (rootfs.Resolved{Path: o.Real, Links: links}); to == o.Real && r.keepsLinks(tree, way) {
			r.WantLinks(tree, way, reason)
		}
	}
	r.Follower.NoteObject(Object{Tree: tree, Path: o.Real, To: o.To, At: reason.At, Chain: reason.Chain, Info: o.Info, File: o.File})
	r.WantCopy(tree, o.Real, to, o.Info, nil, nil, reason)
}

// ReportProblems turns the loader's findings into diagnostics. What only
// concerns files that came along with a directory is a warning. The paths of files that
// are in the way are those of the image.
func (r *Draft) ReportProblems(p *Root, by Loaded, problems []loader.Problem) {
	for _, pr := range problems {
		if p.Need && !p.Module || by.onlyFor(pr.NeededBy, r.IsNeed) {
			continue // nobody has asked for it, and its package lacks the same
		}
		if r.Foreign(p) {
			continue
		}
		d := pr.Diagnostic()
		d.At = cmp.Or(r.openedAt(by, pr.NeededBy), p.At)
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
		r.Report(d)
	}
}

// openedAt is the item of the spec for which what a list of objects needs is needed, if
// that is a library which is opened at run time; otherwise "".
func (r *Draft) openedAt(by Loaded, neededBy string) string {
	first, _, _ := strings.Cut(neededBy, ", ")
	to := by.OpenedFor(first, r.IsLibraryRoot)
	if to == "" {
		return ""
	}
	if lib := cmp.Or(r.added(to), r.added(path.Base(to))); lib != nil {
		return lib.At
	}
	return r.Library(to).At
}

// broughtAt is the item of the spec that puts a file at a path of the image; "" for a file
// of the base and for no path.
func (r *Draft) broughtAt(name string) string {
	found, err := rootfs.Resolve(r.Image.View, name)
	if err != nil || r.Image.Entries[found.Path] == nil {
		return ""
	}
	return r.Image.Entries[found.Path].Reason.At
}

// Foreign reports whether a program that came along with a directory is for another C
// library than those that the spec names: packages hold builds for several, and this
// one is for others' images.
func (r *Draft) Foreign(p *Root) bool {
	libc := loader.Libc(p.Facts.File)
	if !p.Extra || libc == "" {
		return false
	}
	known := false
	for _, named := range r.Roots {
		if named.Dynamic() && !named.Extra {
			if loader.Libc(named.Facts.File) == libc {
				return false
			}
			known = true
		}
	}
	return known
}

// forgiven reports whether a problem only concerns files that came along with a
// directory.
func (r *Draft) forgiven(p *Root, by Loaded, pr loader.Problem) bool {
	return p.Extra || by.onlyFor(pr.NeededBy, r.mayBeOpened)
}

func (r *Draft) isLibraryName(name string) bool {
	return slices.ContainsFunc(r.Libraries, func(p *Root) bool { return path.Base(p.To) == name })
}

// IsNeed reports whether a path of the image is that of a program or library that ships by
// evidence alone, with all that it needs.
func (r *Draft) IsNeed(to string) bool {
	p := r.RootsByPath[to]
	return p != nil && p.Need && !p.Module
}

// added is the libraries.add entry of a name.
func (r *Draft) added(name string) *spec.Library {
	i := slices.IndexFunc(r.Req.Libraries.Add, func(l spec.Library) bool { return l.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Req.Libraries.Add[i]
}
