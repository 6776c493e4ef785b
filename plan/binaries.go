package plan

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/loader"
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
func (m *maker) addBinaries() error {
	for _, bin := range m.req.Binaries {
		if err := m.addBinary(bin); err != nil {
			return err
		}
	}
	return nil
}

func (m *maker) addBinary(bin spec.Binary) error {
	found, ok, err := m.locate(bin.From, bin.At+".from")
	if err != nil || !ok {
		return err
	}
	if !found.Info.Mode().IsRegular() {
		m.report(notAFile(bin.From, bin.At+".from", found.Info))
		return nil
	}
	p := program{tree: TreeOf(bin.From), path: bin.From.Path, to: bin.To, at: bin.At}
	if p.facts, err = classify(m.trees[p.tree], found, bin.To, m.req.Platform); err != nil {
		return err
	}
	if !m.acceptable(bin, p.facts) {
		return nil
	}
	m.shipProgram(bin, p, found)
	m.programs = append(m.programs, p)
	return nil
}

// shipProgram ships the program itself. At the path that it has in its source
// it ships as it is there, behind the same links; at another path, as a file.
func (m *maker) shipProgram(bin spec.Binary, p program, found rootfs.Resolved) {
	reason := Reason{Cause: CauseBinary, At: p.at}
	to := p.to
	if to == p.path {
		to = m.wantBehind(p.tree, found, to, reason)
	}
	m.wantCopy(p.tree, found.Path, to, found.Info, bin.Mode, bin.Owner, reason)
}

// classify reads what kind of program a file is.
func classify(tree rootfs.FS, found rootfs.Resolved, as, platform string) (*linkage.Report, error) {
	f, err := tree.Open(rootfs.Name(found.Path))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	at, ok := f.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("%s cannot be read at random", found.Path)
	}
	return linkage.Classify(at, found.Info.Size(), as, platform)
}

// acceptable reports a file that is not the kind of program it should be.
func (m *maker) acceptable(bin spec.Binary, f *linkage.Report) bool {
	found := f.Check(string(bin.Linkage))
	for _, d := range found {
		d.At = bin.At + ".from"
		if d.Code == linkage.CodeNotStatic || d.Code == linkage.CodeNotDynamic {
			d.At = bin.At + ".linkage"
		}
		m.report(d)
	}
	return found.Err() == nil
}

// addClosures ships what the loader would load for each program, those that
// came with directories included.
func (m *maker) addClosures() error {
	if err := m.addExtras(); err != nil {
		return err
	}
	for i, p := range m.programs {
		if !p.dynamic() {
			continue
		}
		if err := m.addClosure(p, m.firstDynamic() == i); err != nil {
			return err
		}
	}
	return nil
}

// firstDynamic is the index of the program that stands for all when it is about
// what is opened at run time, or -1.
func (m *maker) firstDynamic() int {
	return slices.IndexFunc(m.programs, func(p program) bool { return p.dynamic() && !p.extra })
}

// addClosure ships what the loader would load for a program. Added libraries
// and plugins are opened by the first program.
func (m *maker) addClosure(p program, first bool) error {
	where := m.libraryTrees(p.tree)
	opt := m.loaderOptions()
	if first {
		opt = m.withOpened(opt, where)
	}
	own := where.add(p.tree, m.trees[p.tree])
	res, err := loader.Load(where.trees, loader.Program{Tree: own, Path: p.path, As: p.to}, opt)
	if err != nil {
		return err
	}
	if res.Interp != nil {
		m.shipObject(p, where, *res.Interp, Reason{Cause: CauseInterpreter, At: p.at, Chain: []string{p.to, res.Interp.Dest}})
	}
	chains := chains(p, res)
	asked := m.asked(p, res)
	for _, o := range res.Objects {
		if m.isPlugin(o.Dest) {
			continue
		}
		reason := Reason{Cause: CauseLibrary, At: asked[o.Dest], Via: o.Via, Chain: chains[o.Dest]}
		if o.Later {
			reason.Cause = CauseOpened
		}
		m.shipObject(p, where, o, reason)
	}
	m.expected = append(m.expected, expectation{p, res.Objects})
	m.reportProblems(p, chains, slices.DeleteFunc(res.Problems, func(pr loader.Problem) bool {
		return leftToCheck(pr) || m.forgiven(p, chains, pr)
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
func (m *maker) asked(p program, res *loader.Result) map[string]string {
	out := map[string]string{p.to: p.at}
	for _, plugin := range m.plugins {
		out[plugin.to] = plugin.at
	}
	for _, o := range res.Objects {
		if out[o.Dest] != "" {
			continue
		}
		out[o.Dest] = p.at
		if lib := m.added(o.Name); lib != nil && o.Later {
			out[o.Dest] = lib.At
		} else if len(o.NeededBy) > 0 && out[o.NeededBy[0]] != "" {
			out[o.Dest] = out[o.NeededBy[0]]
		}
	}
	return out
}

func (m *maker) loaderOptions() loader.Options {
	return loader.Options{
		Env:          m.req.Env,
		WorkDir:      m.req.Workdir,
		UID:          m.req.User.UID,
		GID:          m.req.User.GID,
		CheckSymbols: m.req.Libraries.CheckSymbols,
		Exclude:      m.req.Exclude,
		Memory:       &m.memory,
	}
}

// withOpened adds what is opened at run time to a search. The trees that plugins
// are in come after those in which libraries are looked for.
func (m *maker) withOpened(opt loader.Options, where *forest) loader.Options {
	for _, lib := range m.req.Libraries.Add {
		opt.Add = append(opt.Add, lib.Name)
	}
	for _, p := range m.plugins {
		opt.Plugins = append(opt.Plugins, loader.Program{Tree: where.add(p.tree, m.trees[p.tree]), Path: p.path, As: p.to})
	}
	return opt
}

func (m *maker) isPlugin(dest string) bool {
	return slices.ContainsFunc(m.plugins, func(p program) bool { return p.to == dest })
}

// shipObject ships an interpreter or library, unless the base has it.
func (m *maker) shipObject(p program, where *forest, o loader.Object, reason Reason) {
	tree := where.names[o.Tree]
	if tree == TreeBase {
		return
	}
	to := o.Dest
	if o.Dest == o.Path {
		m.wantLinks(tree, rootfs.Resolved{Path: o.Real, Links: o.Links}, reason)
		to = o.Real
	}
	m.wantCopy(tree, o.Real, to, o.Info, nil, nil, reason)
}

// reportProblems turns the loader's findings into diagnostics. What only
// concerns files that came along with a directory is a warning.
func (m *maker) reportProblems(p program, chains map[string][]string, problems []loader.Problem) {
	for _, pr := range problems {
		d := pr.Diagnostic()
		d.At = p.at
		if lib := m.added(pr.Name); lib != nil {
			d.At = lib.At
		}
		if m.forgiven(p, chains, pr) {
			if m.isPluginName(pr.Name) {
				// The program opens that one first, by its path: an object that
				// is loaded already serves its SONAME.
				continue
			}
			d.Severity = diag.SeverityWarning
		}
		m.report(d)
	}
}

// forgiven tells whether a problem only concerns files that came along with a
// directory.
func (m *maker) forgiven(p program, chains map[string][]string, pr loader.Problem) bool {
	return p.extra || m.onlyPlugins(chains, pr.NeededBy)
}

func (m *maker) isPluginName(name string) bool {
	return slices.ContainsFunc(m.plugins, func(p program) bool { return path.Base(p.to) == name })
}

// onlyPlugins tells whether what a list of objects, separated by commas, needs is
// needed because of plugins alone.
func (m *maker) onlyPlugins(chains map[string][]string, neededBy string) bool {
	for by := range strings.SplitSeq(neededBy, ", ") {
		if !slices.ContainsFunc(chains[by], m.isPlugin) {
			return false
		}
	}
	return true
}

// added is the libraries.add entry of a name.
func (m *maker) added(name string) *spec.Library {
	i := slices.IndexFunc(m.req.Libraries.Add, func(l spec.Library) bool { return l.Name == name })
	if i < 0 {
		return nil
	}
	return &m.req.Libraries.Add[i]
}

// checkAdded reports added libraries that no program could open.
func (m *maker) checkAdded() {
	if len(m.req.Libraries.Add) == 0 || m.firstDynamic() >= 0 {
		return
	}
	var names []string
	for _, lib := range m.req.Libraries.Add {
		names = append(names, lib.Name)
	}
	m.report(diag.Diagnostic{
		Code:    "nothing-loads-libraries",
		At:      m.req.Libraries.Add[0].At,
		Message: fmt.Sprintf("no program of the image loads shared libraries, so nothing can open %s", strings.Join(names, ", ")),
		Fixes:   []string{"name the program that opens it under binaries", "ship it as a plain file under files"},
	})
}

// looksLoadable tells by name and mode which files are worth opening.
func looksLoadable(w wish) bool {
	return w.Kind == KindFile && w.From != nil && w.Reason.Cause == CauseFile &&
		(Telling(w.From.Path, w.info.Mode()) || w.Mode&0o111 != 0)
}

// addExtras looks for programs and libraries among the files that the spec
// names: they need what they need like any other.
func (m *maker) addExtras() error {
	for _, w := range slices.Clone(m.wishes) {
		if !looksLoadable(w) {
			continue
		}
		facts, err := classify(m.trees[w.From.Tree], rootfs.Resolved{Path: w.From.Path, Info: w.info}, w.Path, m.req.Platform)
		if err != nil {
			return err
		}
		p := program{tree: w.From.Tree, path: w.From.Path, to: w.Path, at: w.Reason.At, facts: facts, extra: true}
		switch {
		case p.dynamic():
			m.programs = append(m.programs, p)
		case facts.Kind == linkage.SharedLibrary:
			m.plugins = append(m.plugins, p)
		}
	}
	return nil
}
