package resolve

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagecheck"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// runsCodeOf reports whether the image runs code of a tree: the spec takes programs
// or libraries from it, or what the image starts, or it is the base. Such a tree can do what it likes anyway,
// and so its links ship as they are. From any other tree the image takes data, and
// what the spec names there goes to the path that it is named by and nowhere else.
// A link of such a tree could make a file of /usr/share one that steers programs:
// the loader's list of libraries to preload, a module that Python runs at its start.
func (r *resolver) runsCodeOf(tree string) bool {
	return tree == plan.TreeBase || tree == treeImage || slices.Contains(r.req.Libraries.From, tree) ||
		slices.ContainsFunc(r.req.Binaries, func(b spec.Binary) bool { return TreeOf(b.From) == tree }) ||
		slices.ContainsFunc(r.req.Commands, func(c imagecheck.Command) bool { return r.bringer(c.Name) == tree })
}

// bringer is the tree of the item of files that brings what is at a path of the image: the
// one that says most of the path. It is "" where none does.
func (r *resolver) bringer(name string) string {
	tree, longest := "", 0
	for _, f := range r.req.Files {
		if to := path.Clean(f.To); f.Content == nil && to != "/" && rootfs.Within(name, to) && len(to) > longest {
			tree, longest = TreeOf(f.From), len(to)
		}
	}
	return tree
}

// keepsLinks reports whether an object of a tree ships behind the links that lead to
// it there. Of a tree that the image takes data from, whose files can be programs
// all the same, this holds for links between the directories of libraries.
func (r *resolver) keepsLinks(tree string, found rootfs.Resolved) bool {
	return r.runsCodeOf(tree) || inLibraryDir(found.Path) && !slices.ContainsFunc(found.Links, func(l rootfs.Link) bool {
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
func (r *resolver) serves(tree string, p *root, chain []string) bool {
	return r.runsCodeOf(tree) || tree == p.tree || slices.ContainsFunc(chain, func(to string) bool {
		lib := r.library(to)
		return lib != nil && lib.tree == tree
	})
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
func (r *resolver) checkSteering(t *imagetree.Tree) {
	for _, name := range t.Paths() {
		e := t.Entries[name]
		asked := e.Reason.Cause == plan.CauseFile || e.Reason.Cause == plan.CauseSymlink || e.Reason.Cause == plan.CauseCache
		if !steersLoader(name) || asked {
			continue
		}
		r.report(diag.Diagnostic{
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
