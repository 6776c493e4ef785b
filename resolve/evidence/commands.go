package evidence

import (
	"io/fs"
	"slices"

	"github.com/sinter-build/sinter/linkage"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
)

// commanded tells whether a script that calls a program is evidence enough for it. None
// brings what runs with others' rights. One that ships by evidence itself, and that may
// never be started, brings no further interpreters, and of other packages' programs
// those that its own package depends on, and what every system has.
func (r *Gatherer) commanded(p *draft.Root, tree string, found rootfs.Resolved) (bool, error) {
	if found.Info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
		r.notePrivileged(draft.Object{Tree: tree, To: p.To, At: p.At, Chain: []string{p.To}}, found.Path)
		return false, nil
	}
	if !p.Need || p.Command {
		return true, nil
	}
	if needspkg.NeverShip(found.Path) && !needspkg.IsAwk(found.Path) {
		return false, nil
	}
	of, err := r.PackagesOf(tree, []string{found.Path, p.Path})
	if err != nil {
		return false, err
	}
	called := r.Owners.Packages[of[found.Path]]
	if called == nil || tree != p.Tree {
		return false, nil
	}
	if called.PURL == of[p.Path] || needspkg.Essential(called.Name) || r.isAskedFor(tree, called) {
		return true, nil
	}
	depends, err := r.DependenciesOf(tree, of[p.Path])
	return slices.Contains(depends, called.PURL), err
}

// shipCommand ships a program that a shell script calls, unless the image has it: from the
// script's own source, those of libraries.from, or the shell's.
func (r *Gatherer) shipCommand(c runtimes.Program, shell string) error {
	i := slices.IndexFunc(r.Roots, func(p *draft.Root) bool { return p.To == c.For.To })
	p := &draft.Root{Tree: plan.TreeImage, Path: c.For.To, To: c.For.To, At: c.For.At}
	if i >= 0 {
		p = r.Roots[i]
	} else if j := slices.IndexFunc(r.needs.sourced, func(o draft.Object) bool { return o.To == c.For.To }); j >= 0 {
		// Functions for many scripts, few of which this one calls, unless they are the user's.
		o := r.needs.sourced[j]
		of, err := r.PackagesOf(o.Tree, []string{o.Path})
		if err != nil {
			return err
		}
		p.Tree, p.Path, p.Need = o.Tree, o.Path, of[o.Path] != ""
	}
	_, _, ok, err := r.Starter(r.Trees[plan.TreeImage]).Find(c.Name)
	if ok || err != nil {
		return err
	}
	if c.Line > 0 {
		r.needs.called = append(r.needs.called, c)
	}
	q := draft.Root{At: c.For.At, Extra: true, Need: true, Command: true}
	trees := slices.Concat([]string{r.SourceOf(p)}, r.Req.Libraries.From, []string{shell})
	enough := func(q draft.Root, found rootfs.Resolved) (bool, error) {
		if ok, err := r.commanded(p, q.Tree, found); !ok || err != nil {
			return false, err
		}
		// It would bring another language.
		another := p.Need && !p.Command && q.Facts.Kind == linkage.Script && !needspkg.IsShell(r.InterpreterOf(q.Facts.Shebang))
		return !another, nil
	}
	return r.ShipStarted(p, c.Name, trees, q, plan.Reason{Cause: plan.CauseNeed, At: c.For.At, Evidence: &c.Evidence}, enough)
}
