// Package resolve makes plans: from what a spec asks for and from source trees it decides
// which files an image holds, and why each of them ships.
//
// [Make] goes through these stages, all of them methods of one resolver that gathers
// entries, each with its reason:
//
//	spec        what the spec names: binaries, files, directories, links
//	roots       a work list: each program, library and script is followed to what it
//	            needs, which can add others, until none is left. What the loader maps
//	            comes from package loader, what programs open when they run from
//	            packages needs and runtimes
//	parts       ready-made files, such as the accounts
//	tree        entries become a tree, by package imagetree: links are placed first, each
//	            path is there once, and what cannot be is a finding
//	check       the finished tree alone: do its programs load, and does the image work?
//	            The latter is package imagecheck
//	packages    which package owns each file, and the metadata that ships for it
//	layers      the split of the entries into layers
//
// Only trees are read, and nothing of them is executed. The same request and trees give
// the same plan. What is wrong is a finding in [Result]; an error means that a tree cannot
// be read.
package resolve

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/loader"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// Make computes the plan of a request over its source trees, by name: one for
// each of req.AllTrees, and TreeBase when req.Base is set. What is wrong with the
// spec's entries is in the result's diagnostics; the error is for trees that
// cannot be read.
func Make(req Request, trees map[string]rootfs.FS) (*Result, error) {
	res, err := makePlan(req, trees)
	if errors.Is(err, imagetree.ErrContent) {
		return &Result{NeedsContent: true}, nil
	}
	return res, err
}

func makePlan(req Request, trees map[string]rootfs.FS) (*Result, error) {
	r := &resolver{
		req:        req,
		trees:      cached(trees),
		excluded:   map[string]bool{},
		owners:     newOwners(),
		accounts:   map[string]*accounts{},
		needs:      newNeeds(),
		addedRoots: map[string]bool{},

		rootsByPath: map[string]*root{},

		listedMentions:   mentionsOf(req.Listings),
		neededExclusions: map[string]bool{},
		usedExclusions:   map[int]bool{},
	}
	for _, name := range req.Exclude {
		r.excluded[name] = true
	}
	for _, step := range []func() error{
		// What the spec names.
		r.numberUser, r.numberOwners, r.addBinaries, r.addFiles, r.addDirectories, r.addLinks, r.numberSingle,
		// What that needs.
		r.nameImage, r.leaveOut, r.addFileRoots, r.addCommandRoots, r.followRoots, r.reportMissing,
		r.addParts, r.addVolumes, r.addWorkdir,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r.finish()
}

// resolver gathers entries, then settles them into a tree.
type resolver struct {
	req   Request
	trees map[string]rootfs.FS
	// userNamed is the account of the image's user and userGroup the name of its group,
	// where the spec names them.
	userNamed *account
	userGroup string
	excluded  map[string]bool
	// neededExclusions are those of the excluded libraries that are needed.
	neededExclusions map[string]bool
	// usedExclusions are the indices of those that leave something out which would ship
	// by evidence.
	usedExclusions map[int]bool
	entries        []imagetree.Entry
	// left are entries of the spec that were taken out, and leftOut what is told of them.
	left    []imagetree.Entry
	leftOut []plan.LeftOut
	// wanted is what programs may open and no evidence is enough for.
	wanted []plan.Wanted
	// beside is what lies beside programs that name it.
	beside []beside
	// image is the image as far as the spec's own items make it.
	image *imagetree.Tree
	// roots are what has needs, in the order in which they were met: see root. Libraries
	// are the shared libraries among them.
	roots       []*root
	libraries   []*root
	rootsByPath map[string]*root // in the image
	// passed is how many of the first roots have nothing left to follow, and knownOpener
	// is the program that opener has found, as long as openerKnown says so.
	passed      int
	knownOpener *root
	openerKnown bool
	needs       needs
	// addedRoots are the names in libraries.add that have become roots.
	addedRoots map[string]bool
	owners     *owners
	// accounts are those of trees, as far as they were asked for.
	accounts map[string]*accounts
	// listedMentions are what configurations of listed trees say.
	listedMentions map[plan.Origin]*needspkg.Mentions
	diags          diag.List
	// memory lets programs share what is read of their libraries.
	memory loader.Memory
	// ahead are the searches of roots, of which some are still to be followed.
	ahead map[*root]searched
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
	tree, err := r.settled()
	if err != nil {
		return nil, err
	}
	if r.diags.Err() != nil {
		return &Result{Diagnostics: diag.Unique(r.diags)}, nil
	}
	if tree, err = r.documented(tree); err != nil {
		return nil, err
	}
	if err := r.findPrivileges(tree); err != nil {
		return nil, err
	}
	if err := r.addFacts(tree); err != nil {
		return nil, err
	}
	p, err := r.plan(tree)
	if err != nil {
		return nil, err
	}
	if r.diags.Err() != nil {
		return &Result{Diagnostics: diag.Unique(r.diags)}, nil
	}
	answer, err := r.answer(tree)
	if err != nil {
		return nil, err
	}
	sizes, err := r.referenceSizes()
	if err != nil {
		return nil, err
	}
	r.warnOfDamagedMetadata()
	r.reportUnusedExclusions(&p)
	return &Result{Plan: p, User: r.req.User.Owner, References: sizes, Answer: answer, Diagnostics: diag.Unique(r.diags)}, p.Check()
}

// settle is the tree of all entries. The directories of those that were taken out are not
// as they are in their source.
func (r *resolver) settle() (*imagetree.Tree, diag.List, error) {
	t, conflicts, err := imagetree.Settle(r.entries, r.trees[plan.TreeBase])
	if err == nil {
		for _, e := range r.left {
			t.Alter(e.Path)
		}
	}
	return t, conflicts, err
}

// settled is the tree of all entries, checked as it will ship.
func (r *resolver) settled() (*imagetree.Tree, error) {
	tree, conflicts, err := r.settle()
	if err != nil {
		return nil, err
	}
	r.diags = append(r.diags, conflicts...)
	r.checkPaths(tree)
	if r.diags.Err() != nil {
		return tree, nil
	}
	return r.verified(tree)
}

// plan splits the finished tree into layers and says what it holds.
func (r *resolver) plan(t *imagetree.Tree) (plan.Plan, error) {
	base, err := r.basePackages()
	if err != nil {
		return plan.Plan{}, err
	}
	baseFiles, err := r.baseFiles()
	if err != nil {
		return plan.Plan{}, err
	}
	if err := t.MarkVerbatim(); err != nil {
		return plan.Plan{}, err
	}
	if err := r.noteIdleRuntimes(); err != nil {
		return plan.Plan{}, err
	}
	if err := r.warnOfBeside(t); err != nil {
		return plan.Plan{}, err
	}
	layers := t.Partition(r.owners.packages, r.req.MaxLayers)
	entries := t.Sorted()
	if err := r.nameEntryOwners(entries); err != nil {
		return plan.Plan{}, err
	}
	return plan.Plan{
		Version:      plan.Version,
		Platform:     r.req.Platform,
		Entries:      entries,
		Layers:       layers,
		Packages:     r.shippedPackages(t),
		Provided:     r.provided(),
		LeftOut:      r.leftOut,
		Wanted:       r.wantedOf(t),
		BasePackages: base,
		BaseFiles:    baseFiles,
	}, nil
}

// documented adds to the tree what tells scanners of its packages.
func (r *resolver) documented(t *imagetree.Tree) (*imagetree.Tree, error) {
	if err := r.findOwners(t); err != nil {
		return nil, err
	}
	before := len(r.entries)
	if err := r.wantMetadata(t); err != nil || len(r.entries) == before {
		return t, err
	}
	t, _, err := r.settle()
	if err != nil {
		return nil, err
	}
	r.checkPaths(t)
	r.warnOfHiddenMetadata(t, r.entries[before:])
	return t, r.findOwners(t)
}

// verified checks the tree as it will ship. Where its loader would go astray
// without the sources' caches, it gets one of its own first.
func (r *resolver) verified(t *imagetree.Tree) (*imagetree.Tree, error) {
	if err := r.loadShipped(t); err != nil {
		return nil, err
	}
	elsewhere, err := r.differs(t)
	if err != nil {
		return nil, err
	}
	if elsewhere || r.needs.listed {
		if err := r.wantCache(t); err != nil {
			return nil, err
		}
		if t, _, err = r.settle(); err != nil {
			return nil, err
		}
		if err := r.loadShipped(t); err != nil {
			return nil, err
		}
	}
	return t, r.check(t)
}

func (r *resolver) report(d diag.Diagnostic) {
	r.diags = append(r.diags, d)
}

func (r *resolver) want(w imagetree.Entry) {
	r.entries = append(r.entries, w)
}

// forest is the trees of one search, in order.
type forest struct {
	names []string // as in the request
	trees []loader.Tree
}

// add appends a tree that is not there yet and returns its index. The label names
// it for a person.
func (f *forest) add(name, label string, fsys rootfs.FS) int {
	if i := slices.Index(f.names, name); i >= 0 {
		return i
	}
	f.names = append(f.names, name)
	f.trees = append(f.trees, loader.Tree{Name: label, FS: fsys, Whole: name == treeImage})
	return len(f.names) - 1
}

// libraryTrees lists where libraries of a program from tree own are looked for:
// what the image has already, the program's own tree, then libraries.from.
func (r *resolver) libraryTrees(own string) *forest {
	f := &forest{}
	switch {
	case len(r.req.Files)+len(r.req.Links) > 0:
		f.add(treeImage, plan.TreeName(treeImage), r.trees[treeImage])
	case r.trees[plan.TreeBase] != nil:
		f.add(treeImage, plan.TreeName(plan.TreeBase), r.trees[treeImage])
	}
	for _, name := range slices.Concat([]string{own}, r.req.Libraries.From) {
		if fsys, ok := r.trees[name]; ok {
			f.add(name, plan.TreeName(name), fsys)
		}
	}
	return f
}

// describeRef names a file of a source for a person.
func describeRef(r spec.Ref) string {
	return fmt.Sprintf("%s in %s", r.Path, plan.TreeName(TreeOf(r)))
}
