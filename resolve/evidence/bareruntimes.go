package evidence

import (
	"cmp"
	"fmt"
	"path"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
	"github.com/sinter-build/sinter/spec"
)

// CheckBareRuntimes warns of interpreters that the spec names and of whose language nothing is
// in the image, where runtime: closure leaves that to the spec.
func (r *Gatherer) CheckBareRuntimes(t *imagetree.Tree) error {
	if r.Req.Runtime.Needs != spec.NeedsClosure {
		return nil
	}
	for _, p := range r.Roots {
		if p.Extra || p.Library() || p.Facts.File == nil || p.Tree == plan.TreeImage || p.Tree == plan.TreeContext {
			continue
		}
		found, err := rootfs.Resolve(r.Trees[p.Tree], p.Path)
		if err != nil {
			return err
		}
		for _, l := range runtimes.All() {
			if l.Name() == "shell" || !l.Runs(found.Path, "") {
				continue
			}
			o := draft.Object{Tree: p.Tree, Path: found.Path, To: p.To, At: p.At, Chain: []string{p.To}, Info: found.Info, File: p.Facts.File}
			result, err := r.askRuntime(&languageRuntime{language: l, object: o}, nil)
			if err != nil {
				return err
			}
			if lib := r.bareOf(t, result.Needs); lib != "" {
				r.Report(diag.Diagnostic{
					Code: "runtime-bare", Severity: diag.SeverityWarning, At: "runtime",
					Message: fmt.Sprintf("%s ships without what it opens when it starts, such as %s: runtime: closure leaves that to the spec", p.To, lib),
					Fixes: []string{"leave runtime out: what is needed of it ships by itself",
						fmt.Sprintf("or name it, under files: - %s", plan.Origin{Tree: p.Tree, Path: lib}.Reference())},
				})
			}
		}
	}
	return nil
}

// bareOf is the first of what a runtime opens, if the image has nothing of it in its place.
func (r *Gatherer) bareOf(t *imagetree.Tree, needs []runtimes.Need) string {
	for _, n := range needs {
		if _, err := rootfs.Resolve(t.View, cmp.Or(n.To, n.Path)); err == nil {
			return ""
		}
	}
	for _, n := range needs {
		if n.Made == nil {
			return path.Clean(n.Path)
		}
	}
	return ""
}
