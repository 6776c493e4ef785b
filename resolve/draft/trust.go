package draft

import (
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/imagecheck"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// RunsCodeOf reports whether the image runs code of a tree: the spec takes programs
// or libraries from it, or what the image starts, or it is the base. Such a tree can do what it likes anyway,
// and so its links ship as they are. From any other tree the image takes data, and
// what the spec names there goes to the path that it is named by and nowhere else.
// A link of such a tree could make a file of /usr/share one that steers programs:
// the loader's list of libraries to preload, a module that Python runs at its start.
func (r *Draft) RunsCodeOf(tree string) bool {
	return tree == plan.TreeBase || tree == plan.TreeImage || slices.Contains(r.Req.Libraries.From, tree) ||
		slices.ContainsFunc(r.Req.Binaries, func(b spec.Binary) bool { return request.TreeOf(b.From) == tree }) ||
		slices.ContainsFunc(r.Req.Commands, func(c imagecheck.Command) bool { return r.bringer(c.Name) == tree })
}

// bringer is the tree of the item of files that brings what is at a path of the image: the
// one that says most of the path. It is "" where none does.
func (r *Draft) bringer(name string) string {
	tree, longest := "", 0
	for _, f := range r.Req.Files {
		if to := path.Clean(f.To); f.Content == nil && to != "/" && rootfs.Within(name, to) && len(to) > longest {
			tree, longest = request.TreeOf(f.From), len(to)
		}
	}
	return tree
}

// keepsLinks reports whether an object of a tree ships behind the links that lead to
// it there. Of a tree that the image takes data from, whose files can be programs
// all the same, this holds for links between the directories of libraries.
func (r *Draft) keepsLinks(tree string, found rootfs.Resolved) bool {
	return r.RunsCodeOf(tree) || inLibraryDir(found.Path) && !slices.ContainsFunc(found.Links, func(l rootfs.Link) bool {
		target := l.Target
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(l.Path), target)
		}
		return !inLibraryDir(l.Path) || !inLibraryDir(path.Clean(target))
	})
}

// inLibraryDir reports whether a path is a directory in which every loader looks, or
// a file in one: /lib, /usr/lib64, /usr/lib/x86_64-linux-gnu.
func inLibraryDir(p string) bool { return isLibraryDir(p) || isLibraryDir(path.Dir(p)) }

func isLibraryDir(dir string) bool {
	parts := strings.Split(strings.TrimPrefix(strings.TrimPrefix(dir, "/usr"), "/local"), "/")
	if len(parts) < 2 || len(parts) > 3 || parts[0] != "" {
		return false
	}
	switch parts[1] {
	case "lib", "lib32", "lib64", "libx32":
	default:
		return false
	}
	return len(parts) == 2 || strings.Contains(parts[2], "-linux-")
}

// serves reports whether an object of a tree is there for who needs it. A library
// among the files brings its tree into the search of the program that opens it; a
// tree that the image takes data from then serves that library alone.
func (r *Draft) serves(tree string, p *Root, chain []string) bool {
	return r.RunsCodeOf(tree) || tree == p.Tree || slices.ContainsFunc(chain, func(to string) bool {
		lib := r.Library(to)
		return lib != nil && lib.Tree == tree
	})
}
