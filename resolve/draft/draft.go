// Package draft holds an image while it is decided what is in it: the entries with their
// reasons, the roots that need others, and what was found wrong. It follows each root to what
// the loader maps for it; what else roots open when they run a [Follower] finds.
package draft

import (
	"fmt"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/installed"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// A Draft is an image of which it is not yet decided what is in it.
type Draft struct {
	*installed.Index
	Req request.Request
	// Entries are what ships so far, each with its reason.
	Entries []imagetree.Entry
	// Left are entries of the spec that were taken out, and LeftOut what is told of them.
	Left    []imagetree.Entry
	LeftOut []plan.LeftOut
	// Diags are the findings.
	Diags diag.List

	// Image is the image as far as the spec's own items make it.
	Image *imagetree.Tree
	// Scripts are the first lines of the scripts among the files, by their paths in the image.
	Scripts map[string]*linkage.Shebang
	// UserNamed is the account of the image's user, where the spec names it.
	UserNamed *Account
	// Accounts are those of trees, as far as they were asked for.
	Accounts map[string]*Accounts

	// Roots are what has needs, in the order in which they were met: see Root. Libraries
	// are the shared libraries among them, and RootsByPath has them by their paths in the image.
	Roots       []*Root
	Libraries   []*Root
	RootsByPath map[string]*Root
	// Follower finds what else roots need.
	Follower Follower
	// passed is how many of the first roots have nothing left to follow, and knownOpener
	// is the program that opener has found, as long as openerKnown says so.
	passed      int
	knownOpener *Root
	openerKnown bool
	// addedRoots are the names in libraries.add that have become roots.
	addedRoots map[string]bool
	// memory lets programs share what is read of their libraries.
	memory loader.Memory
	// ahead are the searches of roots, of which some are still to be followed.
	ahead map[*Root]searched

	// NeededExclusions are those of the excluded libraries that are needed.
	NeededExclusions map[string]bool
	// UsedExclusions are the indices of those that leave something out which would ship
	// by evidence.
	UsedExclusions map[int]bool
}

// New is the draft of a request over trees, with nothing in it.
func New(req request.Request, trees map[string]rootfs.FS) *Draft {
	d := &Draft{
		Req:              req,
		Scripts:          map[string]*linkage.Shebang{},
		Accounts:         map[string]*Accounts{},
		RootsByPath:      map[string]*Root{},
		addedRoots:       map[string]bool{},
		NeededExclusions: map[string]bool{},
		UsedExclusions:   map[int]bool{},
	}
	d.Index = installed.New(trees, req.Metadata == spec.MetadataNone, d.Report)
	return d
}

// Settle is the tree of all entries. The directories of those that were taken out are not
// as they are in their source.
func (r *Draft) Settle() (*imagetree.Tree, diag.List, error) {
	t, conflicts, err := imagetree.Settle(r.Entries, r.Trees[plan.TreeBase])
	if err == nil {
		for _, e := range r.Left {
			t.Alter(e.Path)
		}
	}
	return t, conflicts, err
}

// Report adds a finding.
func (r *Draft) Report(d diag.Diagnostic) {
	r.Diags = append(r.Diags, d)
}

// Want adds an entry.
func (r *Draft) Want(w imagetree.Entry) {
	r.Entries = append(r.Entries, w)
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
	f.trees = append(f.trees, loader.Tree{Name: label, FS: fsys, Whole: name == plan.TreeImage})
	return len(f.names) - 1
}

// libraryTrees lists where libraries of a program from tree own are looked for:
// what the image has already, the program's own tree, then libraries.from.
func (r *Draft) libraryTrees(own string) *forest {
	f := &forest{}
	switch {
	case len(r.Req.Files)+len(r.Req.Links) > 0:
		f.add(plan.TreeImage, plan.TreeName(plan.TreeImage), r.Trees[plan.TreeImage])
	case r.Trees[plan.TreeBase] != nil:
		f.add(plan.TreeImage, plan.TreeName(plan.TreeBase), r.Trees[plan.TreeImage])
	}
	for _, name := range slices.Concat([]string{own}, r.Req.Libraries.From) {
		if fsys, ok := r.Trees[name]; ok {
			f.add(name, plan.TreeName(name), fsys)
		}
	}
	return f
}

// DescribeRef names a file of a source for a person.
func DescribeRef(r spec.Ref) string {
	return fmt.Sprintf("%s in %s", r.Path, plan.TreeName(request.TreeOf(r)))
}

// Look finds what a path of a tree leads to; ok is false where nothing is there. A package
// can name more than was installed.
func (r *Draft) Look(tree, name string) (found rootfs.Resolved, ok bool, err error) {
	found, err = rootfs.Resolve(r.Trees[tree], name)
	return found, err == nil, rootfs.UnlessAbsent(err)
}

// Generated is a file that is made here, owned by root.
func Generated(name string, data []byte) plan.Entry {
	return plan.Entry{Path: name, Kind: plan.KindFile, Mode: 0o644, Size: int64(len(data)), Data: data}
}

// HasBase tells whether there is something at a path of the base.
func (r *Draft) HasBase(name string) bool {
	base, ok := r.Trees[plan.TreeBase]
	if !ok {
		return false
	}
	_, err := rootfs.Resolve(base, name)
	return err == nil
}
