package llbgen

import (
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"

	"github.com/sinter-build/sinter/plan"
)

// Directory is a directory of a tree that is a layer by itself, with all that is in it as
// the tree has it but for its owner and its time. One copy makes such a layer, which does
// not depend on what is in the directory: it can be made while the plan still is.
type Directory struct {
	Tree     llb.State
	From, To string // absolute paths in the tree and in the image
	UID, GID uint32
}

// Layer is the layer that Assemble makes of the directory where a plan has nothing else in
// one.
func (d Directory) Layer(epoch time.Time, named ...llb.ConstraintsOpt) llb.State {
	owner := llb.WithUIDGID(int(d.UID), int(d.GID)).(llb.ChownOpt)
	info := &llb.CopyInfo{CreateDestPath: true, CreatedTime: &epoch, ChownOpt: &owner}
	return llb.Scratch().File(llb.Copy(d.Tree, d.From, d.To, info), named...)
}

// OwnsAbove reports whether the directories above the one in the image have its owner,
// as root's do: a copy gives them that.
func (d Directory) OwnsAbove() bool {
	return d.UID == 0 && d.GID == 0 || strings.Count(d.To, "/") == 1
}

// CopiesWhole reports whether a daemon makes a Layer as it is to be. A copy makes the
// directories above the one that it goes to, and in BuildKit 0.12 these get the time at
// which that is done. The first capability that came after that was mended tells these
// daemons from others.
func CopiesWhole(caps apicaps.CapSet) bool { return caps.Supports(pb.CapFileSymlinkCreate) == nil }

// wholeDirectory is the directory that the layer consists of; nil if there is more in it,
// or if a copy would not make the directories above it as the plan has them.
func (a *assembler) wholeDirectory(entries []plan.Entry) *Directory {
	if !CopiesWhole(a.Caps) || len(a.copies) != 1 || len(a.times) != 1 {
		return nil
	}
	var root plan.Entry
	for _, e := range entries {
		if a.groups[e.Path] == e.Path {
			root = e
		}
	}
	if !a.oneOwner(root, entries) || !a.time(root).Equal(a.Epoch) {
		return nil
	}
	for _, e := range entries {
		if a.inSkeleton(e) && e.Path != root.Path && !a.comesAbove(root, e) {
			return nil
		}
	}
	return &Directory{a.Trees[root.From.Tree], root.From.Path, root.Path, root.UID, root.GID}
}

// comesAbove reports whether a copy of a directory makes an entry: those above it, with
// its owner and its time.
func (a *assembler) comesAbove(root, e plan.Entry) bool {
	return e.Kind == plan.KindDir && strings.HasPrefix(root.Path, e.Path+"/") &&
		e.Mode == 0o755 && e.UID == root.UID && e.GID == root.GID && a.time(e).Equal(a.Epoch)
}
