package plan

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// Make computes the plan of a request over its source trees, by name: one for
// each of req.AllTrees, and TreeBase when req.Base is set. What is wrong with the
// spec's wishes is in the result's diagnostics; the error is for trees that
// cannot be read.
func Make(req Request, trees map[string]rootfs.FS) (*Result, error) {
	res, err := makePlan(req, trees)
	if errors.Is(err, errContent) {
		return &Result{NeedsContent: true}, nil
	}
	return res, err
}

func makePlan(req Request, trees map[string]rootfs.FS) (*Result, error) {
	m := &maker{
		req:      req,
		trees:    remembering(trees),
		excluded: map[string]bool{},
		env:      map[string]string{},
		owners:   newOwners(),
	}
	for _, name := range req.Exclude {
		m.excluded[name] = true
	}
	steps := []func() error{
		m.addBinaries,
		m.addFiles,
		m.addClosures,
		m.addParts,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	m.addDirectories()
	m.addLinks()
	m.checkAdded()
	return m.finish()
}

// maker gathers wishes, then settles them into a tree.
type maker struct {
	req      Request
	trees    map[string]rootfs.FS
	excluded map[string]bool
	wishes   []wish
	programs []program
	plugins  []program
	expected []expectation
	env      map[string]string
	owners   *owners
	// shipped is what the loader does in the finished tree.
	shipped []loads
	diags   diag.List
	// memory lets programs share what is read of their libraries.
	memory loader.Memory
}

// remembering are trees of which every look at a file is taken once.
func remembering(trees map[string]rootfs.FS) map[string]rootfs.FS {
	out := make(map[string]rootfs.FS, len(trees))
	for name, tree := range trees {
		out[name] = rootfs.Cached(tree)
	}
	return out
}

// finish turns the wishes into a plan, if they make a tree that works.
func (m *maker) finish() (*Result, error) {
	tree, err := m.settled()
	if err != nil {
		return nil, err
	}
	if m.diags.Err() != nil {
		return &Result{Diagnostics: diag.Unique(m.diags)}, nil
	}
	if tree, err = m.documented(tree); err != nil {
		return nil, err
	}
	p, err := m.plan(tree)
	if err != nil {
		return nil, err
	}
	if m.diags.Err() != nil {
		return &Result{Diagnostics: diag.Unique(m.diags)}, nil
	}
	answer, err := m.answer(tree)
	if err != nil {
		return nil, err
	}
	m.warnOfData()
	return &Result{Plan: p, Answer: answer, Diagnostics: diag.Unique(m.diags)}, p.Check()
}

// settled is the tree of all wishes, checked as it will ship.
func (m *maker) settled() (*tree, error) {
	tree, conflicts, err := settle(m.wishes, m.trees[TreeBase])
	if err != nil {
		return nil, err
	}
	m.diags = append(m.diags, conflicts...)
	if m.diags.Err() != nil {
		return tree, nil
	}
	return m.verified(tree)
}

// plan splits the finished tree into layers and says what it holds.
func (m *maker) plan(t *tree) (Plan, error) {
	base, err := m.basePackages()
	if err != nil {
		return Plan{}, err
	}
	layers := t.partition(m.owners.packages, m.req.MaxLayers)
	t.regroup()
	return Plan{
		Platform:     m.req.Platform,
		Entries:      t.sorted(),
		Env:          m.env,
		Layers:       layers,
		Packages:     m.owned(t),
		BasePackages: base,
	}, nil
}

// documented adds to the tree what tells scanners of its packages.
func (m *maker) documented(t *tree) (*tree, error) {
	if err := m.own(t); err != nil {
		return nil, err
	}
	before := len(m.wishes)
	if err := m.wantEvidence(t); err != nil || len(m.wishes) == before {
		return t, err
	}
	t, _, err := settle(m.wishes, m.trees[TreeBase])
	if err != nil {
		return nil, err
	}
	m.warnOfHidden(t, m.wishes[before:])
	return t, m.own(t)
}

// verified checks the tree as it will ship. Where its loader would go astray
// without the sources' caches, it gets one of its own first.
func (m *maker) verified(t *tree) (*tree, error) {
	shipped, err := m.loadShipped(t)
	if err != nil {
		return nil, err
	}
	astray, err := m.differs(t, shipped)
	if err != nil {
		return nil, err
	}
	if astray {
		if err := m.wantCache(t); err != nil {
			return nil, err
		}
		if t, _, err = settle(m.wishes, m.trees[TreeBase]); err != nil {
			return nil, err
		}
		if shipped, err = m.loadShipped(t); err != nil {
			return nil, err
		}
	}
	m.shipped = shipped
	return t, m.check(t, shipped)
}

func (m *maker) report(d diag.Diagnostic) {
	m.diags = append(m.diags, d)
}

func (m *maker) want(w wish) {
	m.wishes = append(m.wishes, w)
}

// forest is the trees of one search, in order.
type forest struct {
	names []string // as in the request
	trees []loader.Tree
}

// add appends a tree that is not there yet and returns its index.
func (f *forest) add(name string, fsys rootfs.FS) int {
	if i := slices.Index(f.names, name); i >= 0 {
		return i
	}
	f.names = append(f.names, name)
	f.trees = append(f.trees, loader.Tree{Name: describe(name), FS: fsys, Whole: name == TreeBase})
	return len(f.names) - 1
}

// libraryTrees lists where libraries of a program from tree own are looked for:
// the base, the program's own tree, then libraries.from.
func (m *maker) libraryTrees(own string) *forest {
	f := &forest{}
	for _, name := range slices.Concat([]string{TreeBase, own}, m.req.Libraries.From) {
		if fsys, ok := m.trees[name]; ok {
			f.add(name, fsys)
		}
	}
	return f
}

// describe names a tree for a person.
func describe(tree string) string {
	switch tree {
	case TreeBase:
		return "the base image"
	case TreeContext:
		return "the build context"
	}
	return "source " + tree
}

// describeRef names a file of a source for a person.
func describeRef(r spec.Ref) string {
	return fmt.Sprintf("%s in %s", r.Path, describe(TreeOf(r)))
}
