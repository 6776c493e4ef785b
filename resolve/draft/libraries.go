package draft

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// addLibraries makes roots of what libraries.add names in an image in which no program
// opens libraries: one of libraries alone, for others to build on.
func (r *Draft) addLibraries() error {
	for _, lib := range r.Req.Libraries.Add {
		if r.addedRoots[lib.Name] {
			continue
		}
		r.addedRoots[lib.Name] = true
		if err := r.addLibrary(lib); err != nil {
			return err
		}
	}
	return nil
}

// addLibrary ships a library with what it needs. It is looked for as the C library of
// the trees would, for there is no program that asks for it.
func (r *Draft) addLibrary(lib spec.Library) error {
	where := r.libraryTrees("")
	libc, at, err := r.findLibc(where)
	if err != nil {
		return err
	}
	if libc < 0 {
		r.Report(nothingLoads(lib))
		return nil
	}
	opt := r.LoaderOptions()
	opt.Add = []string{lib.Name}
	res, err := loader.Load(where.trees, loader.Program{Tree: libc, Path: at}, opt)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(res.Objects, func(o loader.Object) bool { return o.Name == lib.Name })
	if i < 0 {
		for _, pr := range res.Problems {
			if pr.Name == lib.Name {
				d := pr.Diagnostic()
				d.At = lib.At
				r.Report(d)
			}
		}
		return nil
	}
	o := res.Objects[i]
	tree := where.names[o.Tree]
	facts, err := linkage.ClassifyFile(r.Trees[tree], rootfs.Resolved{Path: o.Real, Info: o.Info}, o.To, r.Req.Platform)
	if err != nil {
		return err
	}
	r.shipObject(where, o, plan.Reason{Cause: plan.CauseOpened, At: lib.At, Via: o.Via, Chain: []string{lib.Name, o.To}})
	p := Root{Tree: tree, Path: o.Path, To: o.To, At: lib.At, Facts: facts}
	if tree != plan.TreeImage && r.baseHasDirectory(o.Links) {
		p.To = o.Real // where it physically is: nothing leads there
	}
	r.AddRoot(p)
	return nil
}

// findLibc finds the C library of the first tree that has one for the platform. The
// index is -1 where none has.
func (r *Draft) findLibc(where *forest) (index int, at string, err error) {
	for i, t := range where.trees {
		for _, name := range libcPaths(t.FS) {
			found, err := rootfs.Resolve(t.FS, name)
			if err != nil || !found.Info.Mode().IsRegular() {
				continue
			}
			facts, err := linkage.ClassifyFile(r.Trees[where.names[i]], found, name, r.Req.Platform)
			if err != nil {
				return -1, "", err
			}
			if facts.Runs() || facts.Kind == linkage.SharedLibrary {
				return i, name, nil
			}
		}
	}
	return -1, "", nil
}

// libcPaths lists where a tree can have its C library: glibc's in lib, lib64 or a
// directory of Debian's for the platform, musl's beside its loader.
func libcPaths(tree fs.ReadLinkFS) []string {
	var out []string
	for _, dir := range []string{"/lib", "/lib64", "/usr/lib", "/usr/lib64"} {
		found, err := rootfs.Resolve(tree, dir)
		if err != nil || !found.Info.IsDir() {
			continue
		}
		entries, err := fs.ReadDir(tree, rootfs.Name(found.Path))
		if err != nil {
			continue
		}
		for _, e := range entries {
			switch name := e.Name(); {
			case name == "libc.so.6" || strings.HasPrefix(name, "ld-musl-"):
				out = append(out, path.Join(dir, name))
			case strings.Contains(name, "-linux-"):
				out = append(out, path.Join(dir, name, "libc.so.6"))
			}
		}
	}
	return out
}

func nothingLoads(lib spec.Library) diag.Diagnostic {
	return diag.Diagnostic{
		Code:    "nothing-loads-libraries",
		At:      lib.At,
		Message: fmt.Sprintf("nothing of the image or of libraries.from has a C library, so nothing can open %s", lib.Name),
		Fixes:   []string{"name the program that opens it under binaries", "name a source that has it in libraries.from", "ship it as a plain file under files"},
	}
}
