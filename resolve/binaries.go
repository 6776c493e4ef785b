package resolve

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// program is a file that can start on the platform.
type program struct {
	tree  string
	path  string // as asked for, in the tree
	to    string // in the image
	at    string // the spec node that asked for it
	facts *linkage.Report
	// extra programs came with a directory that the spec names. They get what
	// they need where it is found, and nothing is refused because of them.
	extra bool
}

// dynamic tells whether a loader is at work when the program starts.
func (p program) dynamic() bool {
	return p.facts.Kind == linkage.Dynamic || p.facts.Kind == linkage.LoaderOnly
}

// addBinaries adds the programs that the spec names.
func (r *resolver) addBinaries() error {
	for _, bin := range r.req.Binaries {
		if err := r.addBinary(bin); err != nil {
			return err
		}
	}
	return nil
}

func (r *resolver) addBinary(bin spec.Binary) error {
	found, ok, err := r.locate(bin.From, bin.At+".from")
	if err != nil || !ok {
		return err
	}
	if !found.Info.Mode().IsRegular() {
		r.report(notAFile(bin.From, bin.At+".from", found.Info))
		return nil
	}
	p := program{tree: TreeOf(bin.From), path: bin.From.Path, to: bin.To, at: bin.At}
	if p.facts, err = classify(r.trees[p.tree], found, bin.To, r.req.Platform); err != nil {
		return err
	}
	if !r.acceptable(bin, p.facts) {
		return nil
	}
	r.shipProgram(bin, p, found)
	r.programs = append(r.programs, p)
	return nil
}

// shipProgram ships the program itself. At the path that it has in its source
// it ships as it is there, behind the same links; at another path, as a file.
func (r *resolver) shipProgram(bin spec.Binary, p program, found rootfs.Resolved) {
	reason := plan.Reason{Cause: plan.CauseBinary, At: p.at}
	to := p.to
	if to == p.path {
		to = r.wantBehind(p.tree, found, to, reason)
	}
	r.wantCopy(p.tree, found.Path, to, found.Info, bin.Mode, bin.Owner, reason)
}

// classify reads what kind of program a file is.
func classify(tree rootfs.FS, found rootfs.Resolved, as, platform string) (*linkage.Report, error) {
	f, err := rootfs.OpenAt(tree, found.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return linkage.Classify(f, found.Info.Size(), as, platform)
}

// acceptable reports a file that is not the kind of program it should be.
func (r *resolver) acceptable(bin spec.Binary, f *linkage.Report) bool {
	found := f.Check(string(bin.Linkage))
	for _, d := range found {
		d.At = bin.At + ".from"
		if d.Code == linkage.CodeNotStatic || d.Code == linkage.CodeNotDynamic {
			d.At = bin.At + ".linkage"
		}
		r.report(d)
	}
	return found.Err() == nil
}

// addClosures ships what the loader would load for each program, those that
// came with directories included.
func (r *resolver) addClosures() error {
	if err := r.addExtras(); err != nil {
		return err
	}
	for i, p := range r.programs {
		if !p.dynamic() {
			continue
		}
		if err := r.addClosure(p, r.firstDynamic() == i); err != nil {
			return err
		}
	}
	return nil
}

// firstDynamic is the index of the program that stands for all when it is about
// what is opened at run time, or -1.
func (r *resolver) firstDynamic() int {
	return slices.IndexFunc(r.programs, func(p program) bool { return p.dynamic() && !p.extra })
}

// addClosure ships what the loader would load for a program. Added libraries
// and plugins are opened by the first program.
func (r *resolver) addClosure(p program, first bool) error {
	where := r.libraryTrees(p.tree)
	opt := r.loaderOptions()
	if first {
		opt = r.withOpened(opt, where)
	}
	own := where.add(p.tree, r.trees[p.tree])
	res, err := loader.Load(where.trees, loader.Program{Tree: own, Path: p.path, As: p.to}, opt)
	if err != nil {
		return err
	}
	if res.Interp != nil {
		r.shipObject(p, where, *res.Interp, plan.Reason{Cause: plan.CauseInterpreter, At: p.at, Chain: []string{p.to, res.Interp.Dest}})
	}
	chains := chains(p, res)
	asked := r.asked(p, res)
	for _, o := range res.Objects {
		if r.isPlugin(o.Dest) {
			continue
		}
		reason := plan.Reason{Cause: plan.CauseLibrary, At: asked[o.Dest], Via: o.Via, Chain: chains[o.Dest]}
		if o.Later {
			reason.Cause = plan.CauseOpened
		}
		r.shipObject(p, where, o, reason)
	}
	r.sourceLoads = append(r.sourceLoads, sourceLoad{p, res.Objects})
	r.reportProblems(p, chains, slices.DeleteFunc(res.Problems, func(pr loader.Problem) bool {
		return leftToCheck(pr) || r.forgiven(p, chains, pr)
	}))
	return nil
}

// leftToCheck tells what only the finished tree decides: warnings would come
// twice, and the spec may set another mode.
func leftToCheck(pr loader.Problem) bool {
	return pr.Severity != diag.SeverityError || pr.Code == loader.CodeProgramNoExec
}

// chains gives for each object the objects by which it is needed, the program
// first and itself last.
func chains(p program, res *loader.Result) map[string][]string {
	out := map[string][]string{p.to: {p.to}}
	for _, o := range res.Objects {
		by := []string{p.to}
		if len(o.NeededBy) > 0 && len(out[o.NeededBy[0]]) > 0 {
			by = out[o.NeededBy[0]]
		}
		out[o.Dest] = append(slices.Clone(by), o.Dest)
	}
	return out
}

// asked gives for each object the spec node that it is there for: the program's,
// unless it is there for an added library or a file of its own.
func (r *resolver) asked(p program, res *loader.Result) map[string]string {
	out := map[string]string{p.to: p.at}
	for _, plugin := range r.plugins {
		out[plugin.to] = plugin.at
	}
	for _, o := range res.Objects {
		if out[o.Dest] != "" {
			continue
		}
		out[o.Dest] = p.at
		if lib := r.added(o.Name); lib != nil && o.Later {
			out[o.Dest] = lib.At
		} else if len(o.NeededBy) > 0 && out[o.NeededBy[0]] != "" {
			out[o.Dest] = out[o.NeededBy[0]]
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
		Memory:       &r.memory,
	}
}

// withOpened adds what is opened at run time to a search. The trees that plugins
// are in come after those in which libraries are looked for.
func (r *resolver) withOpened(opt loader.Options, where *forest) loader.Options {
	for _, lib := range r.req.Libraries.Add {
		opt.Add = append(opt.Add, lib.Name)
	}
	for _, p := range r.plugins {
		opt.Plugins = append(opt.Plugins, loader.Program{Tree: where.add(p.tree, r.trees[p.tree]), Path: p.path, As: p.to})
	}
	return opt
}

func (r *resolver) isPlugin(dest string) bool {
	return slices.ContainsFunc(r.plugins, func(p program) bool { return p.to == dest })
}

// shipObject ships an interpreter or library, unless the base has it.
func (r *resolver) shipObject(p program, where *forest, o loader.Object, reason plan.Reason) {
	tree := where.names[o.Tree]
	if tree == plan.TreeBase {
		return
	}
	to := o.Dest
	if o.Dest == o.Path {
		r.wantLinks(tree, rootfs.Resolved{Path: o.Real, Links: o.Links}, reason)
		to = o.Real
	}
	r.wantCopy(tree, o.Real, to, o.Info, nil, nil, reason)
}

// reportProblems turns the loader's findings into diagnostics. What only
// concerns files that came along with a directory is a warning.
func (r *resolver) reportProblems(p program, chains map[string][]string, problems []loader.Problem) {
	for _, pr := range problems {
		d := pr.Diagnostic()
		d.At = p.at
		if lib := r.added(pr.Name); lib != nil {
			d.At = lib.At
		}
		if r.forgiven(p, chains, pr) {
			if r.isPluginName(pr.Name) {
				// The program opens that one first, by its path: an object that
				// is loaded already serves its SONAME.
				continue
			}
			d.Severity = diag.SeverityWarning
		}
		r.report(d)
	}
}

// forgiven tells whether a problem only concerns files that came along with a
// directory.
func (r *resolver) forgiven(p program, chains map[string][]string, pr loader.Problem) bool {
	return p.extra || r.onlyPlugins(chains, pr.NeededBy)
}

func (r *resolver) isPluginName(name string) bool {
	return slices.ContainsFunc(r.plugins, func(p program) bool { return path.Base(p.to) == name })
}

// onlyPlugins tells whether what a list of objects, separated by commas, needs is
// needed because of plugins alone.
func (r *resolver) onlyPlugins(chains map[string][]string, neededBy string) bool {
	for by := range strings.SplitSeq(neededBy, ", ") {
		if !slices.ContainsFunc(chains[by], r.isPlugin) {
			return false
		}
	}
	return true
}

// added is the libraries.add entry of a name.
func (r *resolver) added(name string) *spec.Library {
	i := slices.IndexFunc(r.req.Libraries.Add, func(l spec.Library) bool { return l.Name == name })
	if i < 0 {
		return nil
	}
	return &r.req.Libraries.Add[i]
}

// checkAdded reports added libraries that no program could open.
func (r *resolver) checkAdded() {
	if len(r.req.Libraries.Add) == 0 || r.firstDynamic() >= 0 {
		return
	}
	var names []string
	for _, lib := range r.req.Libraries.Add {
		names = append(names, lib.Name)
	}
	r.report(diag.Diagnostic{
		Code:    "nothing-loads-libraries",
		At:      r.req.Libraries.Add[0].At,
		Message: fmt.Sprintf("no program of the image loads shared libraries, so nothing can open %s", strings.Join(names, ", ")),
		Fixes:   []string{"name the program that opens it under binaries", "ship it as a plain file under files"},
	})
}

// looksLoadable tells by name and mode which files are worth opening.
func looksLoadable(w entry) bool {
	return w.Kind == plan.KindFile && w.From != nil && w.Reason.Cause == plan.CauseFile &&
		(ContentMatters(w.From.Path, w.info.Mode()) || w.Mode&0o111 != 0)
}

// addExtras looks for programs and libraries among the files that the spec
// names: they need what they need like any other.
func (r *resolver) addExtras() error {
	for _, w := range slices.Clone(r.entries) {
		if !looksLoadable(w) {
			continue
		}
		facts, err := classify(r.trees[w.From.Tree], rootfs.Resolved{Path: w.From.Path, Info: w.info}, w.Path, r.req.Platform)
		if err != nil {
			return err
		}
		p := program{tree: w.From.Tree, path: w.From.Path, to: w.Path, at: w.Reason.At, facts: facts, extra: true}
		switch {
		case p.dynamic():
			r.programs = append(r.programs, p)
		case facts.Kind == linkage.SharedLibrary:
			r.plugins = append(r.plugins, p)
		}
	}
	return nil
}
