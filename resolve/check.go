package resolve

import (
	"github.com/sinter-build/sinter/imagecheck"
	"github.com/sinter-build/sinter/imagetree"
)

// check looks at the tree as it will ship: whether its programs load, and whether the image
// works.
func (r *resolver) check(t *imagetree.Tree) error {
	r.checkSteering(t)
	for _, p := range r.roots {
		if p.shipped != nil {
			r.reportProblems(p, loadedFor(p, p.shipped), p.shipped.Problems)
		}
	}
	if r.diags.Err() != nil {
		return nil
	}
	found, err := r.finished(t).Check()
	if err != nil {
		return err
	}
	r.diags = append(r.diags, found...)
	return r.checkBareRuntimes(t)
}

// checkPaths reports what has a path at which it cannot be.
func (r *resolver) checkPaths(t *imagetree.Tree) {
	r.diags = append(r.diags, r.finished(t).CheckPaths()...)
}

// finished is the image of a tree.
func (r *resolver) finished(t *imagetree.Tree) *imagecheck.Image {
	img := &imagecheck.Image{
		Tree: t, Process: r.process(), Sources: r.trees, From: r.req.Trees, Unused: r.req.Others,
		Binaries: r.req.Binaries, Files: r.req.Files, Directories: r.req.Directories,
		Commands: r.req.Commands, Volumes: r.req.Volumes,
		Called: r.needs.called, NoZone: r.needs.noZone,
	}
	for _, p := range r.roots {
		img.Programs = append(img.Programs, imagecheck.Program{
			To: p.to, At: p.at, Facts: p.facts, Named: !p.extra && p.tree != treeImage, Starts: p.starts,
		})
	}
	for _, h := range r.needs.handed {
		if h.sure {
			img.Handed = append(img.Handed, imagecheck.Handed{Words: h.words, By: h.by, At: h.at})
		}
	}
	return img
}
