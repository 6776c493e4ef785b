package finish

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/inspect"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
)

// How much text is looked at for secrets and certificates, in files and bytes. More is
// left alone: a tree of data is no place for keys.
const (
	maxTextFiles = 20_000
	maxTextBytes = 64 << 20
)

// AddFacts notes what rules ask about the files that ship: how programs and libraries
// are linked and whether they can be loaded, what runs scripts, certificates and secrets.
// What the loader's rules have read already is not read again.
func (r *Finisher) AddFacts(t *imagetree.Tree) error {
	known := r.knownPrograms(t)
	broken := r.brokenObjects(t)
	size := int64(0)
	var texts []*imagetree.Entry
	for _, name := range t.Paths() {
		e := t.Entries[name]
		if e.Kind != plan.KindFile {
			continue
		}
		if err := r.addProgram(e, known[name]); err != nil {
			return err
		}
		if e.ELF != nil {
			e.ELF.Broken = broken[name]
		}
		if inspect.HasText(&e.Entry) && len(texts) < maxTextFiles && size+e.Size <= maxTextBytes {
			texts, size = append(texts, e), size+e.Size
		}
	}
	return r.Parallel(len(texts), func(i int) error { return r.addText(texts[i]) })
}

// addProgram notes how a program or library is linked, and what starts it.
func (r *Finisher) addProgram(e *imagetree.Entry, facts *linkage.Report) error {
	if facts == nil {
		if e.From == nil || e.Mode&0o111 == 0 || r.listed(e.From.Tree) {
			return nil
		}
		var err error
		if facts, err = linkage.ClassifyFile(e.Source, rootfs.Resolved{Path: e.From.Path, Info: e.Info}, e.Path, r.Req.Platform); err != nil {
			return err
		}
	}
	e.ELF = inspect.ELF(facts.File)
	e.Interpreter = facts.Interp
	if facts.Shebang != nil {
		e.Interpreter, e.InterpreterArgument = facts.Shebang.Interp, facts.Shebang.Arg
	}
	return nil
}

// listed reports whether a tree's content is not known.
func (r *Finisher) listed(tree string) bool {
	_, ok := r.Req.Listings[tree]
	return ok
}

// knownPrograms are the programs and libraries that were read, by their paths in the
// finished tree.
func (r *Finisher) knownPrograms(t *imagetree.Tree) map[string]*linkage.Report {
	out := map[string]*linkage.Report{}
	add := func(to string, facts *linkage.Report) {
		if found, err := rootfs.Resolve(t.View, to); err == nil && out[found.Path] == nil {
			out[found.Path] = facts
		}
	}
	for _, p := range r.Roots {
		add(p.To, p.Facts)
	}
	for _, p := range r.Roots {
		if p.Shipped == nil {
			continue
		}
		objects := p.Shipped.Objects
		if p.Shipped.Interp != nil {
			objects = append(slices.Clone(objects), *p.Shipped.Interp)
		}
		for _, o := range objects {
			if o.File != nil {
				add(o.To, &linkage.Report{File: o.File, Interp: interpreter(o.File)})
			}
		}
	}
	return out
}

func interpreter(f *elffile.File) string {
	if f.HasInterp && f.Executable() {
		return f.Interp
	}
	return ""
}

// brokenObjects says which programs and libraries of the finished tree cannot be loaded
// in it, with what a loader would say.
func (r *Finisher) brokenObjects(t *imagetree.Tree) map[string]string {
	out := map[string]string{}
	there := map[string]bool{}
	for _, name := range t.Paths() {
		there[path.Base(name)] = true
	}
	for _, p := range r.Roots {
		if p.Shipped == nil || r.Foreign(p) {
			continue
		}
		by := draft.LoadedFor(p, p.Shipped)
		for _, pr := range p.Shipped.Problems {
			if pr.Severity != diag.SeverityError {
				continue
			}
			first, _, _ := strings.Cut(pr.NeededBy, ", ")
			to := cmp.Or(by.OpenedFor(first, func(to string) bool { return r.IsLibraryRoot(to) || r.IsNeed(to) }), p.To)
			opened := to != p.To || p.Facts.File != nil && p.Facts.File.IsLibrary()
			if opened && pr.Code == loader.CodeLibraryMissing && there[path.Base(pr.Name)] {
				continue // whoever opens it has loaded that: Java's libraries need its libjvm.so
			}
			found, err := rootfs.Resolve(t.View, to)
			if err == nil && out[found.Path] == "" {
				out[found.Path] = cmp.Or(pr.Runtime, pr.Message)
			}
		}
	}
	return out
}

// addText notes the secrets and certificates in a file.
func (r *Finisher) addText(e *imagetree.Entry) error {
	switch {
	case e.From == nil:
		inspect.Text(&e.Entry, e.Data)
		return nil
	case r.listed(e.From.Tree):
		return nil // whoever has the content looks at it
	}
	data, err := rootfs.ReadFile(e.Source, e.From.Path, inspect.MaxText)
	if errors.Is(err, rootfs.ErrTooLarge) {
		return nil
	}
	if err != nil {
		return err
	}
	inspect.Text(&e.Entry, data)
	return nil
}

// ReferenceSizes are how large the trees are that the image is compared with.
func (r *Finisher) ReferenceSizes() (map[string]TreeSize, error) {
	out := map[string]TreeSize{}
	for _, name := range r.Req.References {
		size, err := treeSize(r.Trees[name], "/", 0)
		if err != nil {
			return nil, fmt.Errorf("measuring an image to compare with: %w", err)
		}
		out[name] = size
	}
	return out, nil
}

// maxDepth is how deep a tree may be that is measured.
const maxDepth = 1000

// treeSize adds up a directory.
func treeSize(tree rootfs.FS, dir string, depth int) (size TreeSize, err error) {
	if depth > maxDepth {
		return size, fmt.Errorf("%s is more than %d directories deep", dir, maxDepth)
	}
	entries, err := fs.ReadDir(tree, rootfs.Name(dir))
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case e.IsDir() && name != "/proc" && name != "/sys" && name != "/dev":
			below, err := treeSize(tree, name, depth+1)
			if err != nil {
				return size, err
			}
			size.Bytes, size.Files = size.Bytes+below.Bytes, size.Files+below.Files
		case e.Type().IsRegular():
			info, err := e.Info()
			if err != nil {
				return size, err
			}
			size.Bytes, size.Files = size.Bytes+info.Size(), size.Files+1
		}
	}
	return size, err
}

// maxBaseFiles is how many files of a base a plan lists.
const maxBaseFiles = 200_000

// BaseFiles are the files of the base, where the request wants them.
func (r *Finisher) BaseFiles() ([]plan.BaseFile, error) {
	base := r.Trees[plan.TreeBase]
	if base == nil || !r.Req.BaseFiles {
		return nil, nil
	}
	l := baseLister{tree: base}
	if err := l.list("/"); err != nil {
		return nil, fmt.Errorf("listing the base image: %w", err)
	}
	slices.SortFunc(l.files, func(a, b plan.BaseFile) int { return cmp.Compare(a.Path, b.Path) })
	return l.files, nil
}

// baseLister lists the files of a base.
type baseLister struct {
	tree  rootfs.FS
	files []plan.BaseFile
}

func (l *baseLister) list(dir string) error {
	entries, err := fs.ReadDir(l.tree, rootfs.Name(dir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if len(l.files) >= maxBaseFiles {
			return fmt.Errorf("it has more than %d files", maxBaseFiles)
		}
		if err := l.add(name); err != nil {
			return err
		}
		if e.IsDir() && name != "/proc" && name != "/sys" && name != "/dev" {
			if err := l.list(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// add notes one file. Devices and the like are nothing that rules ask about.
func (l *baseLister) add(name string) error {
	info, err := l.tree.Lstat(rootfs.Name(name))
	if err != nil {
		return err
	}
	st := rootfs.StatOf(info)
	f := plan.BaseFile{Path: name, Mode: plan.ModeOf(info.Mode()), UID: st.UID, GID: st.GID}
	switch mode := info.Mode(); {
	case mode.IsDir():
		f.Kind = plan.KindDir
	case mode&fs.ModeSymlink != 0:
		f.Kind, f.Mode = plan.KindSymlink, 0
		if f.Target, err = l.tree.ReadLink(rootfs.Name(name)); err != nil {
			return err
		}
	case mode.IsRegular():
		f.Kind, f.Size = plan.KindFile, info.Size()
		if f.Mode&0o111 != 0 {
			if f.Capabilities, err = rootfs.Capabilities(l.tree, rootfs.Name(name)); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	l.files = append(l.files, f)
	return nil
}

// TreeSize is how large a tree is: the bytes of its files, and how many it has.
type TreeSize struct {
	Bytes int64 `json:"bytes"`
	Files int64 `json:"files"`
}
