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

// program is a binary of the spec that was found and can run on the platform.
type program struct {
	bin   spec.Binary
	tree  string
	path  string // as the spec names it, in the tree
	to    string // in the image
	facts linkage.Facts
}

// addBinaries adds the programs that the spec names, and what they load.
func (m *maker) addBinaries() error {
	for _, bin := range m.req.Binaries {
		if err := m.addBinary(bin); err != nil {
			return err
		}
	}
	return nil
}

func (m *maker) addBinary(bin spec.Binary) error {
	found, ok, err := m.locate(bin.From, bin.At)
	if err != nil || !ok {
		return err
	}
	if !found.Info.Mode().IsRegular() {
		m.report(notAFile(bin.From, bin.At, found.Info))
		return nil
	}
	p := program{bin: bin, tree: TreeOf(bin.From), path: bin.From.Path, to: bin.To}
	if p.facts, err = m.classify(p.tree, found, bin.To); err != nil {
		return err
	}
	if !m.acceptable(p) {
		return nil
	}
	m.shipProgram(p, found)
	m.programs = append(m.programs, p)
	return m.addClosure(p)
}

// shipProgram ships the program itself. At the path that it has in its source
// it ships as it is there, behind the same links; at another path, as a file.
func (m *maker) shipProgram(p program, found rootfs.Resolved) {
	reason := Reason{Cause: CauseBinary, At: p.bin.At}
	to := p.to
	if to == p.path {
		m.wantLinks(p.tree, found, reason, LayerApp)
		to = found.Path
	}
	m.wantCopy(p.tree, found.Path, to, found.Info, p.bin.Mode, p.bin.Owner, LayerApp, reason)
}

// classify reads what kind of program a file is.
func (m *maker) classify(tree string, found rootfs.Resolved, as string) (linkage.Facts, error) {
	f, err := m.trees[tree].Open(rootfs.Name(found.Path))
	if err != nil {
		return linkage.Facts{}, err
	}
	defer f.Close()
	at, ok := f.(io.ReaderAt)
	if !ok {
		return linkage.Facts{}, fmt.Errorf("%s of %s cannot be read at random", found.Path, describe(tree))
	}
	return linkage.Classify(at, found.Info.Size(), as, m.req.Platform)
}

// acceptable reports a file that is not the kind of program it should be.
func (m *maker) acceptable(p program) bool {
	f := p.facts
	refuse := func(code, message, runtime string, fixes ...string) bool {
		m.report(diag.Diagnostic{Code: code, At: p.bin.At + ".from", Message: message, Runtime: runtime, Fixes: fixes})
		return false
	}
	if !f.Kind.Runnable() {
		return refuse(string(f.Kind), fmt.Sprintf("%s: %s", describeRef(p.bin.From), f.Text), f.Runtime, f.Fixes...)
	}
	static := f.Kind.Static()
	switch {
	case p.bin.Linkage == spec.LinkageStatic && !static:
		return refuse("not-static", fmt.Sprintf("%s is not static: %s", describeRef(p.bin.From), f.Text), f.Runtime,
			append(slices.Clone(f.Fixes), "or say linkage: dynamic, and Sinter ships what it needs")...)
	case p.bin.Linkage == spec.LinkageDynamic && static:
		return refuse("not-dynamic", fmt.Sprintf("%s is not dynamic: %s", describeRef(p.bin.From), f.Text), "",
			"say linkage: static, or link it dynamically")
	}
	return true
}

// addClosure ships what the loader would load for a program.
func (m *maker) addClosure(p program) error {
	if p.facts.Kind == linkage.Script || p.facts.Kind.Static() {
		return nil
	}
	trees := m.libraryTrees(p.tree)
	own := slices.IndexFunc(trees, func(t loader.Tree) bool { return t.Name == p.tree })
	res, err := loader.Load(trees, loader.Program{Tree: own, Path: p.path, As: p.to}, m.loaderOptions())
	if err != nil {
		return err
	}
	if res.Interp != nil {
		m.shipObject(p, trees, *res.Interp, CauseInterpreter, nil)
	}
	needs := map[string][]string{p.to: {p.to}}
	for _, o := range res.Objects {
		chain := chainTo(needs, o)
		needs[o.Dest] = chain
		m.shipObject(p, trees, o, CauseLibrary, chain)
	}
	m.reportProblems(p.bin.At, res.Problems)
	return nil
}

// chainTo is the chain of objects by which an object is needed, itself last.
func chainTo(needs map[string][]string, o loader.Object) []string {
	if len(o.NeededBy) == 0 {
		return []string{o.Dest}
	}
	return append(slices.Clone(needs[o.NeededBy[0]]), o.Dest)
}

func (m *maker) loaderOptions() loader.Options {
	opt := loader.Options{
		Env:          m.req.Env,
		WorkDir:      m.req.Workdir,
		UID:          m.req.User.UID,
		GID:          m.req.User.GID,
		CheckSymbols: m.req.Libraries.CheckSymbols,
	}
	for _, lib := range m.req.Libraries.Add {
		opt.Add = append(opt.Add, lib.Name)
	}
	return opt
}

// shipObject ships an interpreter or library, unless the base has it.
func (m *maker) shipObject(p program, trees []loader.Tree, o loader.Object, cause Cause, chain []string) {
	tree := trees[o.Tree].Name
	if tree == TreeBase {
		return
	}
	reason := Reason{Cause: cause, At: p.bin.At, Via: o.Via, Chain: chain}
	to := o.Dest
	if o.Dest == o.Path {
		m.wantLinks(tree, rootfs.Resolved{Path: o.Real, Links: o.Links}, reason, LayerLibraries)
		to = o.Real
	}
	m.wantCopy(tree, o.Real, to, o.Info, nil, nil, LayerLibraries, reason)
}

// reportProblems turns the loader's findings into diagnostics of a spec node.
func (m *maker) reportProblems(at string, problems []loader.Problem) {
	for _, pr := range problems {
		m.report(diag.Diagnostic{
			Code:     pr.Code,
			Severity: pr.Severity,
			At:       at,
			Message:  pr.Message,
			Runtime:  pr.Runtime,
			Fixes:    pr.Fixes,
		})
	}
}

// addLibraries checks that what the spec adds can be opened by something.
func (m *maker) addLibraries() error {
	if len(m.req.Libraries.Add) == 0 {
		return nil
	}
	for _, p := range m.programs {
		if !p.facts.Kind.Static() && p.facts.Kind != linkage.Script {
			return nil
		}
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
	return nil
}

// base name of a program, for messages.
func (p program) name() string { return path.Base(p.to) }
