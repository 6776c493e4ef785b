package finish

import (
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagecheck"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
)

// check looks at the tree as it will ship: whether its programs load, and whether the image
// works.
func (r *Finisher) check(t *imagetree.Tree) error {
	r.checkSteering(t)
	for _, p := range r.Roots {
		if p.Shipped != nil {
			r.ReportProblems(p, draft.LoadedFor(p, p.Shipped), p.Shipped.Problems)
		}
	}
	if r.Diags.Err() != nil {
		return nil
	}
	found, err := r.finished(t).Check()
	if err != nil {
		return err
	}
	r.Diags = append(r.Diags, found...)
	return nil
}

// checkPaths reports what has a path at which it cannot be.
func (r *Finisher) checkPaths(t *imagetree.Tree) {
	r.Diags = append(r.Diags, r.finished(t).CheckPaths()...)
}

// finished is the image of a tree.
func (r *Finisher) finished(t *imagetree.Tree) *imagecheck.Image {
	img := &imagecheck.Image{
		WithPackage: r.Req.WithPackage,
		Tree:        t, Process: r.Process(), Sources: r.Trees, From: r.Req.Trees, Unused: r.Req.Others,
		Binaries: r.Req.Binaries, Files: r.Req.Files, Directories: r.Req.Directories,
		Commands: r.Req.Commands, Volumes: r.Req.Volumes,
		Called: r.told.Called, NoZone: r.told.NoZone, Handed: r.told.Handed,
	}
	for _, p := range r.Roots {
		img.Programs = append(img.Programs, imagecheck.Program{
			To: p.To, At: p.At, Facts: p.Facts, Named: !p.Extra && p.Tree != plan.TreeImage, Starts: p.Starts,
		})
	}
	return img
}

// steersLoader reports whether a path is one of the files by which a loader finds out
// what else to load into every program: ld.so(8), FILES, and musl ldso/dynlink.c,
// load_library. The loaders make sense of nearly anything in them.
func steersLoader(p string) bool {
	return p == "/etc/ld.so.preload" || p == ldCache ||
		strings.HasPrefix(p, "/etc/ld-musl-") && strings.HasSuffix(p, ".path")
}

// checkSteering refuses the loader's files where no item of the spec names them:
// they would be there because a header or a link in a source says so.
func (r *Finisher) checkSteering(t *imagetree.Tree) {
	for _, name := range t.Paths() {
		e := t.Entries[name]
		asked := e.Reason.Cause == plan.CauseFile || e.Reason.Cause == plan.CauseSymlink || e.Reason.Cause == plan.CauseCache
		if !steersLoader(name) || asked {
			continue
		}
		r.Report(diag.Diagnostic{
			Code:    "loader-file-unasked",
			At:      e.Reason.At,
			Message: fmt.Sprintf("%s would be %s, which is in the image as %s: what it lists is loaded into every program", name, e.Origin(), e.Reason),
			Fixes: []string{
				fmt.Sprintf("if it is meant, name it: files: [{from: …, to: %s}]", name),
				"do without the file that leads to it",
			},
		})
	}
}
