package evidence

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/linkage"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
	"github.com/sinter-build/sinter/spec"
)

// needsOfSources ships the programs that scripts and modules start which are not the
// shell's: those that the app's own files start by name, whatever package has them; and of a
// program that a package has, what the files of its source package start of their own
// programs, of the packages that theirs depends on, and of what every system has.
func (r *Gatherer) needsOfSources() error {
	if r.Req.Runtime.Needs != spec.NeedsAuto || !r.runsSources() {
		return nil
	}
	app, err := r.appFiles()
	if err != nil {
		return err
	}
	for _, f := range app {
		if f.Own && runtimes.Starts(f.Path, f.Interpreter) && !r.hasRead(r.treeNamed(f.Tree), f.To) {
			if err := r.needsOfOwnSource(f); err != nil {
				return err
			}
		}
	}
	for _, p := range r.Roots {
		if p.Facts.Kind != linkage.Script || p.Tree == plan.TreeImage || p.Tree == plan.TreeContext {
			continue
		}
		found, ok, err := r.Look(p.Tree, p.Path)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		o := draft.Object{Tree: p.Tree, Path: found.Path, To: p.To, At: p.At, Chain: []string{p.To}, Info: found.Info, File: &elffile.File{}}
		if err := r.needsOfPackagedSource(o, r.InterpreterOf(p.Facts.Shebang)); err != nil {
			return err
		}
	}
	for i := range r.Entries { // what is added meanwhile are programs
		e := &r.Entries[i].Entry
		if e.Kind != plan.KindFile || e.Reason.Cause != plan.CauseNeed || e.From == nil || !runtimes.Starts(e.Path, "") || r.Entries[i].Info == nil {
			continue
		}
		o := draft.Object{Tree: e.From.Tree, Path: e.From.Path, To: e.Path, At: e.Reason.At, Chain: []string{e.Path}, Info: r.Entries[i].Info, File: &elffile.File{}}
		if err := r.needsOfPackagedSource(o, ""); err != nil {
			return err
		}
	}
	return nil
}

// runsSources tells whether the image has an interpreter of a language that is not the shell's.
func (r *Gatherer) runsSources() bool {
	for _, rt := range r.needs.runtimes {
		if rt.language.Name() != "shell" {
			return true
		}
	}
	return false
}

// runsSource reports whether the image has an interpreter for a file of source.
func (r *Gatherer) runsSource(o draft.Object, interpreter string) bool {
	for _, rt := range r.needs.runtimes {
		if rt.language.Reads(o.Path) || interpreter != "" && rt.language.Runs(interpreter, "") {
			return true
		}
	}
	return false
}

// hasRead tells whether a source was read before for what it starts.
func (r *Gatherer) hasRead(tree, name string) bool {
	key := plan.Origin{Tree: tree, Path: name}
	read := r.needs.read[key]
	r.needs.read[key] = true
	return read
}

// treeNamed is the name of a tree.
func (r *Gatherer) treeNamed(tree rootfs.FS) string {
	for _, name := range sortedKeys(r.Trees) {
		if r.Trees[name] == tree {
			return name
		}
	}
	return ""
}

// needsOfOwnSource ships what a file of the app starts.
func (r *Gatherer) needsOfOwnSource(f runtimes.AppFile) error {
	text, err := f.Read(maxScript)
	if err != nil || text == nil {
		return err
	}
	found := runtimes.ReadStarted(f.Path, f.Interpreter, text)
	if err := r.needNamedFonts(f, found.Words); err != nil {
		return err
	}
	names := slices.Concat(found.Commands, unusual(found.Handed))
	if found.Shell || found.LaterShell {
		names = append(names, needspkg.Shell)
	}
	for _, name := range names {
		c := runtimes.Program{Name: name, For: f, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: f.To, Name: name}}
		for _, rt := range r.needs.runtimes {
			if err := r.shipCommand(c, rt.object.Tree); err != nil {
				return err
			}
		}
	}
	return nil
}

// unusual are those of names that are no words for much else, too.
func unusual(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return needspkg.Ordinary(path.Base(name)) })
}

// needsOfPackagedSource ships what a file of the source package of a program starts that the
// spec names.
func (r *Gatherer) needsOfPackagedSource(o draft.Object, interpreter string) error {
	if !runtimes.Starts(o.Path, interpreter) || !r.runsSource(o, interpreter) || o.Info.Size() > maxScript || !r.RunsCodeOf(o.Tree) || r.hasRead(o.Tree, o.Path) {
		return nil
	}
	of, err := r.PackagesOf(o.Tree, []string{o.Path})
	if err != nil {
		return err
	}
	pkg := r.Owners.Packages[of[o.Path]]
	if pkg == nil {
		return r.needsOfModule(o, nil, interpreter)
	}
	ok, err := r.isOfProgram(o.Tree, pkg)
	if err != nil {
		return err
	}
	if !ok {
		return r.needsOfModule(o, pkg, interpreter)
	}
	own, err := r.family(o.Tree, pkg)
	if err != nil {
		return err
	}
	text, err := rootfs.ReadFile(r.Trees[o.Tree], o.Path, maxScript)
	if err != nil {
		return err
	}
	found := runtimes.ReadStarted(o.Path, interpreter, text)
	for _, list := range []struct {
		names  []string
		called bool
	}{{found.Commands, true}, {unusual(found.Handed), true}, {found.Words, false}} {
		for _, name := range list.names {
			if err := r.startedBy(o, name, list.called, r.countedOn(o, own, list.called)); err != nil {
				return err
			}
		}
	}
	for _, name := range found.Paths {
		if err := r.needNamed(o, own, needspkg.Named{Path: path.Clean(name)}); err != nil {
			return err
		}
	}
	if found.Shell {
		return r.shipShell(o)
	}
	if found.LaterShell {
		r.noteLaterShell(o)
	}
	return nil
}

// noteLaterShell notes that source of a program has a shell run what it finds out. Much that does so has
// other uses: a backup that can run a command before it begins.
func (r *Gatherer) noteLaterShell(o draft.Object) {
	known := func(w plan.Wanted) bool { return w.Path == needspkg.Shell && w.At == o.At }
	if !slices.ContainsFunc(r.wanted, known) {
		r.wanted = append(r.wanted, plan.Wanted{Path: needspkg.Shell, Tree: o.Tree, By: o.To, Why: "has a shell run commands", At: o.At, Told: true})
	}
}

// isOfProgram reports whether a package is of the source of a program that the spec names,
// other than an interpreter: what the modules that come with a language can start says
// nothing of what the app does.
func (r *Gatherer) isOfProgram(tree string, pkg *plan.Package) (bool, error) {
	for _, p := range r.Roots {
		if p.Need && !p.Command || p.Tree != tree {
			continue
		}
		found, err := rootfs.Resolve(r.Trees[tree], p.Path)
		if err != nil {
			continue // it is told elsewhere
		}
		if needspkg.Interprets(found.Path) {
			continue
		}
		of, err := r.PackagesOf(tree, []string{found.Path})
		if err != nil {
			return false, err
		}
		q := r.Owners.Packages[of[found.Path]]
		if q != nil && cmp.Or(q.Source, q.Name) == cmp.Or(pkg.Source, pkg.Name) {
			return true, nil
		}
	}
	return false, nil
}

// startedBy ships a program that source of a package names, if it counts on it. A word that stands in a
// call may also be the name of a program that every system has.
func (r *Gatherer) startedBy(o draft.Object, name string, called bool, counts func(at, program string) (bool, error)) error {
	if needspkg.Ordinary(path.Base(name)) && !called || path.Base(name) == name && needspkg.IsShell(name) {
		return nil
	}
	at, found, ok, err := r.Starter(r.Trees[o.Tree]).Find(name)
	if err != nil || !ok || !needspkg.Program(at) || found.Path == o.Path {
		return err
	}
	if found.Info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
		return nil
	}
	if ok, err := counts(at, found.Path); err != nil || !ok {
		return err
	}
	facts, err := linkage.ClassifyFile(r.Trees[o.Tree], found, at, r.Req.Platform)
	if err != nil || !facts.Runs() {
		return err
	}
	if facts.Kind == linkage.Script {
		if runs, err := r.runsAlready(o.Tree, r.InterpreterOf(facts.Shebang)); err != nil || !runs {
			return err // it would bring another language
		}
	}
	c := runtimes.Program{Name: name, For: runtimes.AppFile{To: o.To, At: o.At}, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: o.To, Name: name}}
	return r.shipCommand(c, o.Tree)
}

// countedOn tells of programs whether source of a family can count on them.
func (r *Gatherer) countedOn(o draft.Object, own *family, calls bool) func(at, program string) (bool, error) {
	return func(at, program string) (bool, error) {
		if needspkg.NeverShip(at) || needspkg.NeverShip(program) {
			return r.managesWith(o, own, at, program, calls)
		}
		return r.countsOn(o, own, at, program, calls)
	}
}

// managesWith tells whether source of a family may start a program that manages packages: it is of the
// same package, or of one that this depends on and the source calls it, as what makes packages does. No
// word that means something else has the name of a program like dpkg-deb.
func (r *Gatherer) managesWith(o draft.Object, own *family, called, program string, calls bool) (bool, error) {
	if !needspkg.Manages(called) || !needspkg.Manages(program) {
		return false, nil
	}
	if err := own.load(); err != nil {
		return false, err
	}
	of, err := r.PackagesOf(o.Tree, []string{program})
	pkg := r.Owners.Packages[of[program]]
	if err != nil || pkg == nil || own.of == nil {
		return false, err
	}
	same := func(p *plan.Package) bool { return p.PURL == pkg.PURL }
	calls = calls || strings.Contains(path.Base(program), "-")
	return same(own.of) || calls && slices.ContainsFunc(own.direct, same), nil
}

// countsOn tells whether source of a family can count on a program: by the package of the file, or by
// that of the link which is called so. pdflatex is a link of a package of LaTeX to pdftex, a program of
// another one; a link to a version of itself, as erb is to erb3.1, says nothing more.
func (r *Gatherer) countsOn(o draft.Object, own *family, called, program string, calls bool) (bool, error) {
	names := []string{program}
	if dir, err := rootfs.Resolve(r.Trees[o.Tree], path.Dir(called)); err == nil && !strings.HasPrefix(path.Base(program), path.Base(called)) {
		names = append(names, path.Join(dir.Path, path.Base(called)))
	}
	of, err := r.PackagesOf(o.Tree, names)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		pkg := r.Owners.Packages[of[name]]
		if pkg == nil {
			continue
		}
		beside := own.of != nil && pkg.PURL == own.of.PURL
		if calls && needspkg.Essential(pkg.Name) || beside && (calls || own.pathPrograms[own.files[program].pkg] <= maxHelpers) {
			return true, nil
		}
		if ok, err := r.startsFrom(o.Tree, own, pkg, calls); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

// runsAlready tells whether an interpreter ships, or is a shell.
func (r *Gatherer) runsAlready(tree, interpreter string) (bool, error) {
	if needspkg.IsShell(interpreter) {
		return true, nil
	}
	_, found, ok, err := r.Starter(r.Trees[tree]).Find(interpreter)
	if err != nil || !ok {
		return false, err
	}
	return r.needs.seen[plan.Origin{Tree: tree, Path: found.Path}], nil
}

// startsFrom tells whether source of a family can start the programs of a package: of one
// that it depends on, or of a part of such a one. What packages depend on for their installation alone
// counts where calls name its program.
func (r *Gatherer) startsFrom(tree string, own *family, pkg *plan.Package, calls bool) (bool, error) {
	if err := own.load(); err != nil {
		return false, err
	}
	if own.startsProgramsOf(pkg) || calls && own.dependsOnProgramsOf(pkg) {
		return true, nil
	}
	if needspkg.Installs(pkg.Name) {
		return false, nil
	}
	direct := slices.Clone(own.direct)
	for _, dep := range own.direct {
		if !strings.HasPrefix(dep.Name, "default-") {
			continue
		}
		// Debian's name for whatever is the one that it prefers: default-jre has no files.
		depends, err := r.DependsOf(tree, dep)
		if err != nil {
			return false, err
		}
		direct = append(direct, depends...)
	}
	if slices.ContainsFunc(direct[len(own.direct):], func(p *plan.Package) bool { return p.PURL == pkg.PURL }) {
		return true, nil
	}
	for _, dep := range direct {
		parts, err := r.PartsOf(tree, dep)
		if err != nil {
			return false, err
		}
		for _, part := range parts {
			if part.PURL == pkg.PURL {
				return true, nil
			}
		}
	}
	return false, nil
}
