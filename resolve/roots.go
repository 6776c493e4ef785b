package resolve

import (
	"io/fs"
	"slices"

	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/loader"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
	"github.com/sinter-build/sinter/start"
)

// A root is a file that ships for a reason of its own and needs others: a program,
// a script or a shared library. The roots are gathered from what the spec names;
// following one can bring in more, a script its interpreter for one, until none
// is left.
type root struct {
	tree  string // TreeImage for what is in the image without being shipped as a root
	path  string // as asked for, in the tree
	to    string // in the image
	at    string // the spec node that asked for it
	facts *linkage.Report
	// extra roots came with a directory that the spec names. They get what they
	// need where it is found, and nothing is refused because of them.
	extra bool
	// need is set for what ships by evidence. Nothing is said of what is wrong with
	// it, for nobody has asked for it.
	need bool
	// command is set for those of them that a script starts, and brought for those that a
	// language has brought along.
	command, brought bool
	// module is set for those of them that an installer of modules has put there, and no
	// package: what they lack is told, for it is the user who installs it.
	module bool
	// starts is set for what the image's config starts, and for what runs that.
	starts bool

	// followed tells that what it needs has been found, opened for how many
	// libraries.
	followed bool
	opened   int
	// objects are what the loader loads for it in the trees that it comes from,
	// and shipped is what it does in the finished tree.
	objects []loader.Object
	shipped *loader.Result
}

// treeImage is the tree of what the spec names, on top of the base.
const treeImage = plan.TreeImage

// dynamic tells whether a loader is at work when the program starts.
func (p *root) dynamic() bool {
	return p.facts.Kind == linkage.Dynamic || p.facts.Kind == linkage.LoaderOnly
}

func (p *root) library() bool { return p.facts.Kind == linkage.SharedLibrary }

// nameImage settles what the spec names: what the loader of the finished image finds
// there need not come from elsewhere.
func (r *resolver) nameImage() error {
	t, _, err := r.settle()
	if err != nil {
		return err
	}
	r.image = t
	r.trees[treeImage] = rootfs.Cached(t.View)
	return nil
}

// addFileRoots looks for programs and libraries among the files that the spec names:
// they need what they need like any other.
func (r *resolver) addFileRoots() error {
	var loadable []*imagetree.Entry
	for i := range r.entries {
		if e := &r.entries[i]; looksLoadable(e) && r.image.Holds(e) {
			loadable = append(loadable, e)
		}
	}
	reports := make([]*linkage.Report, len(loadable))
	err := r.parallel(len(loadable), func(i int) (err error) {
		e := loadable[i]
		reports[i], err = linkage.ClassifyFile(r.trees[e.From.Tree], rootfs.Resolved{Path: e.From.Path, Info: e.Info}, e.Path, r.req.Platform)
		return err
	})
	if err != nil {
		return err
	}
	for i, e := range loadable {
		facts := reports[i]
		r.warnOfMachine(e, facts)
		p := root{tree: e.From.Tree, path: e.From.Path, to: e.Path, at: e.Reason.At, facts: facts, extra: true}
		if facts.Kind == linkage.Script {
			r.needs.scripts[e.Path] = facts.Shebang
		}
		if p.dynamic() || p.library() {
			r.addRoot(p)
		}
	}
	return r.noteTexts()
}

// noteTexts notes which scripts are texts of the spec itself.
func (r *resolver) noteTexts() error {
	for _, e := range r.entries {
		if e.From != nil || e.Reason.Cause != plan.CauseFile || e.Mode&0o111 == 0 {
			continue
		}
		found, ok, err := r.look(treeImage, e.Path)
		if err != nil {
			return err
		}
		if !ok || !found.Info.Mode().IsRegular() {
			continue
		}
		facts, err := linkage.ClassifyFile(r.trees[treeImage], found, e.Path, r.req.Platform)
		if err != nil {
			return err
		}
		if facts.Kind == linkage.Script {
			r.needs.scripts[e.Path] = facts.Shebang
		}
	}
	return nil
}

// looksLoadable tells by name and mode which files are worth opening.
func looksLoadable(e *imagetree.Entry) bool {
	return e.Kind == plan.KindFile && e.From != nil && e.Reason.Cause == plan.CauseFile &&
		(mayLoad(e.From.Path, e.Info.Mode()) || e.Mode&0o111 != 0)
}

// addCommandRoots adds what the config starts. It may be a program of the base or
// among the files.
func (r *resolver) addCommandRoots() error {
	for _, c := range r.req.Commands {
		_, found, ok, err := r.starter(r.trees[treeImage]).Find(c.Name)
		if err != nil {
			return err
		}
		if !ok {
			continue // the check of the finished tree says so
		}
		if err := r.addImageRoot(found, c.At); err != nil {
			return err
		}
	}
	return nil
}

// addImageRoot makes a root of a program in the named image that is started.
func (r *resolver) addImageRoot(found rootfs.Resolved, at string) error {
	if !found.Info.Mode().IsRegular() {
		return nil
	}
	for _, p := range r.roots {
		if known, err := rootfs.Resolve(r.image.View, p.to); err == nil && known.Path == found.Path {
			p.starts, p.extra = true, false
			r.openerKnown = false
			return nil
		}
	}
	facts, err := linkage.ClassifyFile(r.trees[treeImage], found, found.Path, r.req.Platform)
	if err != nil || !facts.Runs() {
		return err
	}
	r.addRoot(root{tree: treeImage, path: found.Path, to: found.Path, at: at, facts: facts, starts: true})
	return nil
}

// addRoot puts a root on the work list, unless it is there already.
func (r *resolver) addRoot(p root) {
	if known := r.rootsByPath[p.to]; known != nil {
		// It may have been one of a package's files alone, and now a script starts it.
		known.command = known.command || p.command
		return
	}
	r.roots = append(r.roots, &p)
	r.rootsByPath[p.to] = &p
	if p.library() {
		r.libraries = append(r.libraries, &p)
	}
	if p.dynamic() {
		r.openerKnown = r.openerKnown && p.extra
	}
}

// library is the shared library among the roots that is at a path of the image, or nil.
func (r *resolver) library(to string) *root {
	if p := r.rootsByPath[to]; p != nil && p.library() {
		return p
	}
	return nil
}

// opener is the program that is taken to open what is opened at run time: what the
// config starts, or else the first one. It is nil where nothing has a loader.
func (r *resolver) opener() *root {
	if !r.openerKnown {
		r.knownOpener, r.openerKnown, r.passed = r.findOpener(), true, 0
	}
	return r.knownOpener
}

func (r *resolver) findOpener() *root {
	var first *root
	for _, p := range r.roots {
		switch {
		case !p.dynamic() || p.extra:
		case p.starts:
			return p
		case first == nil:
			first = p
		}
	}
	return first
}

// followRoots ships what the roots need, until there are no more. The program that
// opens libraries comes last, when they are known.
func (r *resolver) followRoots() error {
	for {
		p := r.nextRoot()
		if p == nil {
			before := len(r.roots)
			if err := r.findNeeds(); err != nil {
				return err
			}
			if len(r.roots) > before {
				continue
			}
			if r.opener() != nil {
				return nil
			}
			if err := r.addLibraries(); err != nil || len(r.roots) == before {
				return err
			}
			continue
		}
		if err := r.follow(p); err != nil {
			return err
		}
	}
}

// nextRoot is a root whose needs have not been found, or nil.
func (r *resolver) nextRoot() *root {
	opener := r.opener()
	for ; r.passed < len(r.roots); r.passed++ {
		if p := r.roots[r.passed]; !p.followed && p != opener && (!p.library() || opener == nil) {
			return p
		}
	}
	if opener != nil && (!opener.followed || opener.opened != len(r.libraries)) {
		return opener
	}
	return nil
}

// follow ships what a root needs.
func (r *resolver) follow(p *root) error {
	p.followed = true
	if err := r.noteRoot(p); err != nil {
		return err
	}
	switch {
	case p.facts.Kind == linkage.Script:
		return r.followScript(p)
	case p.library():
		return r.load(p, false) // no program opens it
	case !p.dynamic():
		return nil
	case p == r.opener():
		p.opened = len(r.libraries)
		return r.load(p, true)
	}
	return r.load(p, false)
}

// followScript sees to the programs that run a script: those that are in the image,
// or else those of the script's own source or of libraries.from.
func (r *resolver) followScript(p *root) error {
	for _, name := range start.Needs(p.facts.Shebang, r.req.Env) {
		_, found, ok, err := r.starter(r.trees[treeImage]).Find(name)
		if err != nil {
			return err
		}
		if ok {
			if !p.starts {
				continue
			}
			if err := r.addImageRoot(found, p.at); err != nil {
				return err
			}
			continue
		}
		if err := r.shipInterpreter(p, name); err != nil {
			return err
		}
	}
	return nil
}

// sourceOf is the source that a root is from.
func (r *resolver) sourceOf(p *root) string {
	if p.tree == treeImage {
		if e := r.image.Entries[p.path]; e != nil && e.From != nil {
			return e.From.Tree
		}
	}
	return p.tree
}

// shipInterpreter ships a program that runs a script. Where no source has it, the
// check of the finished tree says so.
func (r *resolver) shipInterpreter(p *root, name string) error {
	q := root{at: p.at, starts: p.starts}
	trees := slices.Concat([]string{r.sourceOf(p)}, r.req.Libraries.From)
	return r.shipStarted(p, name, trees, q, plan.Reason{Cause: plan.CauseScriptInterpreter, At: p.at})
}

// shipStarted ships a program that a script starts, by its path or by its name, from the
// first tree that has it. Q is what kind of root it is.
func (r *resolver) shipStarted(p *root, name string, trees []string, q root, reason plan.Reason) error {
	for _, tree := range trees {
		if r.trees[tree] == nil || tree == plan.TreeContext || tree == treeImage {
			continue
		}
		at, found, ok, err := r.starter(r.trees[tree]).Find(name)
		if err != nil {
			return err
		}
		if !ok || !found.Info.Mode().IsRegular() {
			continue
		}
		q.tree, q.path, q.to = tree, at, at
		if q.facts, err = linkage.ClassifyFile(r.trees[tree], found, at, r.req.Platform); err != nil {
			return err
		}
		if !q.facts.Runs() {
			return nil
		}
		if q.command {
			if ok, err := r.commanded(p, tree, found); !ok || err != nil {
				return err
			}
			if p.need && !p.command && q.facts.Kind == linkage.Script && !needspkg.IsShell(r.interpreterOf(q.facts.Shebang)) {
				return nil // it would bring another language
			}
		}
		reason.Chain = []string{p.to, at}
		before := len(r.entries)
		to := r.wantBehind(tree, found, at, reason)
		r.wantCopy(tree, found.Path, to, found.Info, nil, nil, reason)
		if q.command {
			for i := range r.entries[before:] {
				r.entries[before+i].Soft = true
			}
		}
		r.addRoot(q)
		return nil
	}
	return nil
}

// commanded tells whether a script that calls a program is evidence enough for it. None
// brings what runs with others' rights. One that ships by evidence itself, and that may
// never be started, brings no further interpreters, and of other packages' programs
// those that its own package depends on, and what every system has.
func (r *resolver) commanded(p *root, tree string, found rootfs.Resolved) (bool, error) {
	if found.Info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
		r.notePrivileged(object{tree: tree, to: p.to, at: p.at, chain: []string{p.to}}, found.Path)
		return false, nil
	}
	if !p.need || p.command {
		return true, nil
	}
	if needspkg.NeverShip(found.Path) && !needspkg.IsAwk(found.Path) {
		return false, nil
	}
	of, err := r.packagesOf(tree, []string{found.Path, p.path})
	if err != nil {
		return false, err
	}
	called := r.owners.packages[of[found.Path]]
	if called == nil || tree != p.tree {
		return false, nil
	}
	if called.PURL == of[p.path] || needspkg.Essential(called.Name) || r.isAskedFor(tree, called) {
		return true, nil
	}
	depends, err := r.dependenciesOf(tree, of[p.path])
	return slices.Contains(depends, called.PURL), err
}

// shipCommand ships a program that a shell script calls, unless the image has it: from the
// script's own source, those of libraries.from, or the shell's.
func (r *resolver) shipCommand(c runtimes.Program, shell string) error {
	i := slices.IndexFunc(r.roots, func(p *root) bool { return p.to == c.For.To })
	p := &root{tree: treeImage, path: c.For.To, to: c.For.To, at: c.For.At}
	if i >= 0 {
		p = r.roots[i]
	} else if j := slices.IndexFunc(r.needs.sourced, func(o object) bool { return o.to == c.For.To }); j >= 0 {
		// Functions for many scripts, few of which this one calls, unless they are the user's.
		o := r.needs.sourced[j]
		of, err := r.packagesOf(o.tree, []string{o.path})
		if err != nil {
			return err
		}
		p.tree, p.path, p.need = o.tree, o.path, of[o.path] != ""
	}
	_, _, ok, err := r.starter(r.trees[treeImage]).Find(c.Name)
	if ok || err != nil {
		return err
	}
	if c.Line > 0 {
		r.needs.called = append(r.needs.called, c)
	}
	q := root{at: c.For.At, extra: true, need: true, command: true}
	trees := slices.Concat([]string{r.sourceOf(p)}, r.req.Libraries.From, []string{shell})
	return r.shipStarted(p, c.Name, trees, q, plan.Reason{Cause: plan.CauseNeed, At: c.For.At, Evidence: &c.Evidence})
}
