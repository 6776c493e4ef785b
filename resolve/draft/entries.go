package draft

import (
	"io/fs"
	"slices"

	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// MaxFiles bounds how many paths one directory of the spec can bring, so that
// a hostile or mistaken tree fails with a message and not for lack of memory.
const MaxFiles = 200_000

// WantCopy asks for one regular file.
func (r *Draft) WantCopy(tree, from, to string, info fs.FileInfo, mode *uint32, owner *spec.NamedOwner, reason plan.Reason) {
	w := imagetree.Entry{Source: r.Trees[tree], Info: info}
	w.Entry = plan.Entry{
		Path:   to,
		Kind:   plan.KindFile,
		Size:   info.Size(),
		From:   &plan.Origin{Tree: tree, Path: from},
		Reason: reason,
	}
	w.Mode, w.UID, w.GID = imagetree.Attributes(info)
	if mode != nil {
		w.Mode = *mode
	}
	if owner != nil {
		w.UID, w.GID = owner.UID, owner.GID
	}
	r.Want(w)
}

// WantBehind asks for the links that lead to a file which is to have the path
// that it has in its source, and returns where the file itself goes. Where the
// base has a directory in place of a link (one without a merged /usr), nothing
// would lead there, and the file goes to its path as it is. So does one of a tree
// whose links decide nothing.
func (r *Draft) WantBehind(tree string, found rootfs.Resolved, to string, reason plan.Reason) string {
	if !r.RunsCodeOf(tree) || r.baseHasDirectory(found.Links) {
		return to
	}
	r.WantLinks(tree, found, reason)
	return found.Path
}

// baseHasDirectory reports whether the base has a directory in the place of one of some
// links.
func (r *Draft) baseHasDirectory(links []rootfs.Link) bool {
	base, ok := r.Trees[plan.TreeBase]
	return ok && slices.ContainsFunc(links, func(l rootfs.Link) bool {
		info, err := base.Lstat(rootfs.Name(l.Path))
		return err == nil && info.IsDir()
	})
}

// WantLinks asks for the symlinks that were followed to reach a file.
func (r *Draft) WantLinks(tree string, found rootfs.Resolved, reason plan.Reason) {
	for _, l := range found.Links {
		r.Want(imagetree.Entry{Source: r.Trees[tree], Entry: plan.Entry{
			Path:   l.Path,
			Kind:   plan.KindSymlink,
			From:   &plan.Origin{Tree: tree, Path: l.Path},
			Target: l.Target,
			Reason: plan.Reason{Cause: plan.CauseLink, At: reason.At, Chain: reason.Chain, Path: found.Path},
		}})
	}
}
