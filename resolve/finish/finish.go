// Package finish makes a tree of a draft: it settles the entries, looks at whether what comes
// of them works, and adds the metadata of its packages and what the plan says of its files.
package finish

import (
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/resolve/evidence"
)

// A Finisher makes a tree of a draft.
type Finisher struct {
	*draft.Draft
	told evidence.Told
}

// New is the finisher of a draft, with what the gathering of evidence has found out.
func New(d *draft.Draft, told evidence.Told) *Finisher { return &Finisher{Draft: d, told: told} }

// Settled is the tree of all entries, checked as it will ship.
func (r *Finisher) Settled() (*imagetree.Tree, error) {
	tree, conflicts, err := r.Settle()
	if err != nil {
		return nil, err
	}
	r.Diags = append(r.Diags, conflicts...)
	r.checkPaths(tree)
	if r.Diags.Err() != nil {
		return tree, nil
	}
	return r.verified(tree)
}

// Documented adds to the tree what tells scanners of its packages.
func (r *Finisher) Documented(t *imagetree.Tree) (*imagetree.Tree, error) {
	if err := r.findOwners(t); err != nil {
		return nil, err
	}
	before := len(r.Entries)
	if err := r.wantMetadata(t); err != nil || len(r.Entries) == before {
		return t, err
	}
	t, _, err := r.Settle()
	if err != nil {
		return nil, err
	}
	r.checkPaths(t)
	r.warnOfHiddenMetadata(t, r.Entries[before:])
	return t, r.findOwners(t)
}

// verified checks the tree as it will ship. Where its loader would go astray
// without the sources' caches, it gets one of its own first.
func (r *Finisher) verified(t *imagetree.Tree) (*imagetree.Tree, error) {
	if err := r.loadShipped(t); err != nil {
		return nil, err
	}
	elsewhere, err := r.differs(t)
	if err != nil {
		return nil, err
	}
	if elsewhere || r.told.Listed {
		if err := r.wantCache(t); err != nil {
			return nil, err
		}
		if t, _, err = r.Settle(); err != nil {
			return nil, err
		}
		if err := r.loadShipped(t); err != nil {
			return nil, err
		}
	}
	return t, r.check(t)
}
