package draft

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/start"
)

// A Root is a file that ships for a reason of its own and needs others: a program,
// a script or a shared library. The roots are gathered from what the spec names;
// following one can bring in more, a script its interpreter for one, until none
// is left.
type Root struct {
	Tree  string // TreeImage for what is in the image without being shipped as a root
	Path  string // as asked for, in the tree
	To    string // in the image
	At    string // the spec node that asked for it
	Facts *linkage.Report
	// Extra roots came with a directory that the spec names. They get what they
	// need where it is found, and nothing is refused because of them.
	Extra bool
	// Need is set for what ships by evidence. Nothing is said of what is wrong with
	// it, for nobody has asked for it.
	Need bool
	// Command is set for those of them that a script starts, and Brought for those that a
	// language has brought along.
	Command, Brought bool
	// Module is set for those of them that an installer of modules has put there, and no
	// package: what they lack is told, for it is the user who installs it.
	Module bool
	// Starts is set for what the image's config starts, and for what runs that.
	Starts bool

	// followed tells that what it needs has been found, opened for how many
	// libraries.
	followed bool
	opened   int
	// Objects are what the loader loads for it in the trees that it comes from,
	// and Shipped is what it does in the finished tree.
	Objects []loader.Object
	Shipped *loader.Result
}

// Dynamic tells whether a loader is at work when the program starts.
func (p *Root) Dynamic() bool {
	return p.Facts.Kind == linkage.Dynamic || p.Facts.Kind == linkage.LoaderOnly
}

// Library tells whether it is a shared library.
func (p *Root) Library() bool { return p.Facts.Kind == linkage.SharedLibrary }

// A Follower finds what roots need besides what the loader maps.
type Follower interface {
	// NoteRoot is told of each root when it is followed, and NoteObject of what the loader
	// maps for them.
	NoteRoot(p *Root) error
	NoteObject(o Object)
	// FindNeeds adds what has been noted needs, which can be further roots.
	FindNeeds() error
}

// NameImage settles what the spec names: what the loader of the finished image finds
// there need not come from elsewhere.
func (r *Draft) NameImage() error {
	t, _, err := r.Settle()
	if err != nil {
		return err
	}
	r.Image = t
	r.Trees[plan.TreeImage] = rootfs.Cached(t.View)
	return nil
}

// AddFileRoots looks for programs and libraries among the files that the spec names:
// they need what they need like any other.
func (r *Draft) AddFileRoots() error {
	var loadable []*imagetree.Entry
	for i := range r.Entries {
		if e := &r.Entries[i]; looksLoadable(e) && r.Image.Holds(e) {
			loadable = append(loadable, e)
		}
	}
	reports := make([]*linkage.Report, len(loadable))
	err := r.Parallel(len(loadable), func(i int) (err error) {
		e := loadable[i]
		reports[i], err = linkage.ClassifyFile(r.Trees[e.From.Tree], rootfs.Resolved{Path: e.From.Path, Info: e.Info}, e.Path, r.Req.Platform)
		return err
	})
	if err != nil {
		return err
	}
	for i, e := range loadable {
		facts := reports[i]
		r.warnOfMachine(e, facts)
		p := Root{Tree: e.From.Tree, Path: e.From.Path, To: e.Path, At: e.Reason.At, Facts: facts, Extra: true}
		if facts.Kind == linkage.Script {
			r.Scripts[e.Path] = facts.Shebang
		}
		if p.Dynamic() || p.Library() {
			r.AddRoot(p)
		}
	}
	return r.noteTexts()
}

// noteTexts notes which scripts are texts of the spec itself.
func (r *Draft) noteTexts() error {
	for _, e := range r.Entries {
		if e.From != nil || e.Reason.Cause != plan.CauseFile || e.Mode&0o111 == 0 {
			continue
		}
		found, ok, err := r.Look(plan.TreeImage, e.Path)
		if err != nil {
			return err
		}
		if !ok || !found.Info.Mode().IsRegular() {
			continue
		}
		facts, err := linkage.ClassifyFile(r.Trees[plan.TreeImage], found, e.Path, r.Req.Platform)
		if err != nil {
			return err
		}
		if facts.Kind == linkage.Script {
			r.Scripts[e.Path] = facts.Shebang
		}
	}
	return nil
}

// warnOfMachine warns of a library for other processors that the spec names by itself.
// In directories there may be builds for several.
func (r *Draft) warnOfMachine(e *imagetree.Entry, facts *linkage.Report) {
	if facts.Kind != linkage.WrongMachine || e.Item == 0 || e.Item > len(r.Req.Files) {
		return
	}
	f := r.Req.Files[e.Item-1]
	if path.Base(e.From.Path) != path.Base(f.From.Path) || !slices.Contains([]string{e.Path, path.Dir(e.Path)}, path.Clean(f.To)) {
		return
	}
	for _, d := range facts.Check(string(spec.LinkageAny)).Errors() {
		d.Severity, d.At = diag.SeverityWarning, f.At+".from"
		if strings.Contains(path.Base(e.Path), ".so") {
			d.Runtime = "" // no loader gets as far as to say so
		}
		r.Report(d)
	}
}

// looksLoadable tells by name and mode which files are worth opening.
func looksLoadable(e *imagetree.Entry) bool {
	return e.Kind == plan.KindFile && e.From != nil && e.Reason.Cause == plan.CauseFile &&
		(request.MayLoad(e.From.Path, e.Info.Mode()) || e.Mode&0o111 != 0)
}

// AddCommandRoots adds what the config starts. It may be a program of the base or
// among the files.
func (r *Draft) AddCommandRoots() error {
	for _, c := range r.Req.Commands {
		_, found, ok, err := r.Starter(r.Trees[plan.TreeImage]).Find(c.Name)
		if err != nil {
			return err
		}
		if !ok {
			continue // the check of the finished tree says so
		}
		if err := r.AddImageRoot(found, c.At); err != nil {
			return err
		}
	}
	return nil
}

// AddImageRoot makes a root of a program in the named image that is started.
func (r *Draft) AddImageRoot(found rootfs.Resolved, at string) error {
	if !found.Info.Mode().IsRegular() {
		return nil
	}
	for _, p := range r.Roots {
		if known, err := rootfs.Resolve(r.Image.View, p.To); err == nil && known.Path == found.Path {
			p.Starts, p.Extra = true, false
			r.openerKnown = false
			return nil
		}
	}
	facts, err := linkage.ClassifyFile(r.Trees[plan.TreeImage], found, found.Path, r.Req.Platform)
	if err != nil || !facts.Runs() {
		return err
	}
	r.AddRoot(Root{Tree: plan.TreeImage, Path: found.Path, To: found.Path, At: at, Facts: facts, Starts: true})
	return nil
}

// AddRoot puts a root on the work list, unless it is there already.
func (r *Draft) AddRoot(p Root) {
	if known := r.RootsByPath[p.To]; known != nil {
		// It may have been one of a package's files alone, and now a script starts it.
		known.Command = known.Command || p.Command
		return
	}
	r.Roots = append(r.Roots, &p)
	r.RootsByPath[p.To] = &p
	if p.Library() {
		r.Libraries = append(r.Libraries, &p)
	}
	if p.Dynamic() {
		r.openerKnown = r.openerKnown && p.Extra
	}
}

// Library is the shared library among the roots that is at a path of the image, or nil.
func (r *Draft) Library(to string) *Root {
	if p := r.RootsByPath[to]; p != nil && p.Library() {
		return p
	}
	return nil
}

// Opener is the program that is taken to open what is opened at run time: what the
// config starts, or else the first one. It is nil where nothing has a loader.
func (r *Draft) Opener() *Root {
	if !r.openerKnown {
		r.knownOpener, r.openerKnown, r.passed = r.findOpener(), true, 0
	}
	return r.knownOpener
}

func (r *Draft) findOpener() *Root {
	var first *Root
	for _, p := range r.Roots {
		switch {
		case !p.Dynamic() || p.Extra:
		case p.Starts:
			return p
		case first == nil:
			first = p
		}
	}
	return first
}

// FollowRoots ships what the roots need, until there are no more. The program that
// opens libraries comes last, when they are known.
func (r *Draft) FollowRoots() error {
	for {
		p := r.nextRoot()
		if p == nil {
			before := len(r.Roots)
			if err := r.Follower.FindNeeds(); err != nil {
				return err
			}
			if len(r.Roots) > before {
				continue
			}
			if r.Opener() != nil {
				return nil
			}
			if err := r.addLibraries(); err != nil || len(r.Roots) == before {
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
func (r *Draft) nextRoot() *Root {
	opener := r.Opener()
	for ; r.passed < len(r.Roots); r.passed++ {
		if p := r.Roots[r.passed]; !p.followed && p != opener && (!p.Library() || opener == nil) {
			return p
		}
	}
	if opener != nil && (!opener.followed || opener.opened != len(r.Libraries)) {
		return opener
	}
	return nil
}

// follow ships what a root needs.
func (r *Draft) follow(p *Root) error {
	p.followed = true
	if err := r.Follower.NoteRoot(p); err != nil {
		return err
	}
	switch {
	case p.Facts.Kind == linkage.Script:
		return r.followScript(p)
	case p.Library():
		return r.load(p, false) // no program opens it
	case !p.Dynamic():
		return nil
	case p == r.Opener():
		p.opened = len(r.Libraries)
		return r.load(p, true)
	}
	return r.load(p, false)
}

// followScript sees to the programs that run a script: those that are in the image,
// or else those of the script's own source or of libraries.from.
func (r *Draft) followScript(p *Root) error {
	for _, name := range start.Needs(p.Facts.Shebang, r.Req.Env) {
		_, found, ok, err := r.Starter(r.Trees[plan.TreeImage]).Find(name)
		if err != nil {
			return err
		}
		if ok {
			if !p.Starts {
				continue
			}
			if err := r.AddImageRoot(found, p.At); err != nil {
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

// SourceOf is the source that a root is from.
func (r *Draft) SourceOf(p *Root) string {
	if p.Tree == plan.TreeImage {
		if e := r.Image.Entries[p.Path]; e != nil && e.From != nil {
			return e.From.Tree
		}
	}
	return p.Tree
}

// shipInterpreter ships a program that runs a script. Where no source has it, the
// check of the finished tree says so.
func (r *Draft) shipInterpreter(p *Root, name string) error {
	q := Root{At: p.At, Starts: p.Starts}
	trees := slices.Concat([]string{r.SourceOf(p)}, r.Req.Libraries.From)
	return r.ShipStarted(p, name, trees, q, plan.Reason{Cause: plan.CauseScriptInterpreter, At: p.At}, nil)
}

// ShipStarted ships a program that a script starts, by its path or by its name, from the
// first tree that has it. Q is what kind of root it is, and enough tells whether the script is
// evidence enough for it; nil if it is.
func (r *Draft) ShipStarted(p *Root, name string, trees []string, q Root, reason plan.Reason, enough func(q Root, found rootfs.Resolved) (bool, error)) error {
	for _, tree := range trees {
		if r.Trees[tree] == nil || tree == plan.TreeContext || tree == plan.TreeImage {
			continue
		}
		at, found, ok, err := r.Starter(r.Trees[tree]).Find(name)
		if err != nil {
			return err
		}
		if !ok || !found.Info.Mode().IsRegular() {
			continue
		}
		q.Tree, q.Path, q.To = tree, at, at
		if q.Facts, err = linkage.ClassifyFile(r.Trees[tree], found, at, r.Req.Platform); err != nil {
			return err
		}
		if !q.Facts.Runs() {
			return nil
		}
		if enough != nil {
			if ok, err := enough(q, found); !ok || err != nil {
				return err
			}
		}
		reason.Chain = []string{p.To, at}
		before := len(r.Entries)
		to := r.WantBehind(tree, found, at, reason)
		r.WantCopy(tree, found.Path, to, found.Info, nil, nil, reason)
		if q.Command {
			for i := range r.Entries[before:] {
				r.Entries[before+i].Soft = true
			}
		}
		r.AddRoot(q)
		return nil
	}
	return nil
}

// An Object is an ELF file that ships from a source. What it opens at run time
// besides libraries is known by the paths that stand in it: those that are of its own
// source package, or of one that its package depends on, ship too.
type Object struct {
	Tree  string
	Path  string // physical, in the tree
	To    string // in the image
	At    string // the spec node that it is there for
	Chain []string
	Info  fs.FileInfo
	File  *elffile.File
	// Need is set for what ships by evidence and of which nothing says that it starts.
	Need bool
	// Helper is set for programs that ship because another one may start them.
	Helper bool
}

// InterpreterOf is what runs a script: what its first line names, or what env starts for
// that.
func (r *Draft) InterpreterOf(line *linkage.Shebang) string {
	if names := start.Needs(line, r.Req.Env); len(names) > 0 {
		return names[len(names)-1]
	}
	return line.Interp
}
