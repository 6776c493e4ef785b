// Package resolve makes plans: from what a spec asks for and from source trees it decides
// which files an image holds, and why each of them ships.
//
// What is decided so far is a [draft.Draft], which [Make] takes through these stages:
//
//	spec        what the spec names: binaries, files, directories, links. This package
//	roots       a work list: each program, library and script is followed to what it
//	            needs, which can add others, until none is left. What the loader maps
//	            comes from package draft, what programs open when they run from
//	            package evidence
//	parts       ready-made files, such as the accounts. This package
//	tree        entries become a tree: links are placed first, each path is there once,
//	            and what cannot be is a finding. Then the finished tree alone is looked
//	            at: do its programs load, and does the image work? Which package owns each
//	            file, and the metadata that ships for it. Package finish
//	layers      the split of the entries into layers, and the plan. This package
//
// Only trees are read, and nothing of them is executed. The same request and trees give
// the same plan. What is wrong is a finding in [Result]; an error means that a tree cannot
// be read.
package resolve

import (
	"errors"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/resolve/evidence"
	"github.com/sinter-build/sinter/resolve/finish"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
)

// Make computes the plan of a request over its source trees, by name: one for
// each of req.AllTrees, and TreeBase when req.Base is set. What is wrong with the
// spec's entries is in the result's diagnostics; the error is for trees that
// cannot be read.
func Make(req request.Request, trees map[string]rootfs.FS) (*Result, error) {
	res, err := makePlan(req, trees)
	if errors.Is(err, imagetree.ErrContent) {
		return &Result{NeedsContent: true}, nil
	}
	return res, err
}

func makePlan(req request.Request, trees map[string]rootfs.FS) (*Result, error) {
	d := draft.New(req, cached(trees))
	r := &resolver{Draft: d, evidence: evidence.New(d)}
	for _, step := range []func() error{
		// What the spec names.
		r.numberUser, r.numberOwners, r.addBinaries, r.addFiles, r.addDirectories, r.addLinks, r.numberSingle,
		// What that needs.
		r.NameImage, r.evidence.LeaveOut, r.AddFileRoots, r.AddCommandRoots, r.FollowRoots, r.evidence.ReportMissing,
		r.addParts, r.addVolumes, r.addWorkdir,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r.finish()
}

// resolver fills a draft with what the spec says.
type resolver struct {
	*draft.Draft
	evidence *evidence.Gatherer
	// userGroup is the name of the group of the image's user, where the spec names it.
	userGroup string
}

// cached are the trees with a cache before each, so that no file is looked up twice.
func cached(trees map[string]rootfs.FS) map[string]rootfs.FS {
	out := make(map[string]rootfs.FS, len(trees))
	for name, tree := range trees {
		out[name] = rootfs.Cached(tree)
	}
	return out
}

// finish turns the entries into a plan, if they make a tree that works.
func (r *resolver) finish() (*Result, error) {
	f := finish.New(r.Draft, r.evidence.Told())
	tree, err := f.Settled()
	if err != nil {
		return nil, err
	}
	if r.Diags.Err() != nil {
		return &Result{Diagnostics: diag.Unique(r.Diags)}, nil
	}
	if err := r.evidence.CheckBareRuntimes(tree); err != nil {
		return nil, err
	}
	if tree, err = f.Documented(tree); err != nil {
		return nil, err
	}
	if err := f.FindPrivileges(tree); err != nil {
		return nil, err
	}
	if err := f.AddFacts(tree); err != nil {
		return nil, err
	}
	p, err := r.plan(f, tree)
	if err != nil {
		return nil, err
	}
	if r.Diags.Err() != nil {
		return &Result{Diagnostics: diag.Unique(r.Diags)}, nil
	}
	answer, err := f.Answer(tree)
	if err != nil {
		return nil, err
	}
	sizes, err := f.ReferenceSizes()
	if err != nil {
		return nil, err
	}
	f.WarnOfDamagedMetadata()
	f.ReportUnusedExclusions(&p)
	return &Result{Plan: p, User: r.Req.User.Owner, References: sizes, Answer: answer, Diagnostics: diag.Unique(r.Diags)}, p.Check()
}

// plan splits the finished tree into layers and says what it holds.
func (r *resolver) plan(f *finish.Finisher, t *imagetree.Tree) (plan.Plan, error) {
	base, err := f.BasePackages()
	if err != nil {
		return plan.Plan{}, err
	}
	baseFiles, err := f.BaseFiles()
	if err != nil {
		return plan.Plan{}, err
	}
	if err := t.MarkVerbatim(); err != nil {
		return plan.Plan{}, err
	}
	if err := r.evidence.NoteIdleRuntimes(); err != nil {
		return plan.Plan{}, err
	}
	if err := r.evidence.WarnOfBeside(t); err != nil {
		return plan.Plan{}, err
	}
	layers := t.Partition(r.Owners.Packages, r.Req.MaxLayers)
	entries := t.Sorted()
	if err := r.nameEntryOwners(entries); err != nil {
		return plan.Plan{}, err
	}
	return plan.Plan{
		Version:      plan.Version,
		Platform:     r.Req.Platform,
		Entries:      entries,
		Layers:       layers,
		Packages:     f.ShippedPackages(t),
		Provided:     f.Provided(),
		LeftOut:      r.LeftOut,
		Wanted:       r.evidence.WantedOf(t),
		BasePackages: base,
		BaseFiles:    baseFiles,
	}, nil
}
