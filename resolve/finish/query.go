package finish

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/imagecheck"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// maxCandidates bounds an answer: "index.html" can be anywhere.
const maxCandidates = 12

// Answer looks for what the request asks about, in the image and in all trees.
func (r *Finisher) Answer(t *imagetree.Tree) (*plan.Answer, error) {
	if r.Req.Ask == nil {
		return nil, nil
	}
	q := r.Req.Ask.Path
	a := &plan.Answer{}
	if found, err := rootfs.Resolve(t.View, q); err == nil && path.IsAbs(q) {
		a.At = found.Path
		for _, l := range found.Links {
			a.Links = append(a.Links, plan.Link(l))
		}
	}
	for _, tree := range slices.Concat([]string{plan.TreeBase}, r.Req.AllTrees()) {
		if r.Trees[tree] == nil {
			continue
		}
		if err := r.search(a, t, tree); err != nil {
			return nil, err
		}
	}
	if len(a.Candidates) > 0 {
		a.Similar = nil
	}
	if !path.IsAbs(q) {
		slices.SortStableFunc(a.Candidates, func(a, b plan.Candidate) int { return cmp.Compare(rank(a), rank(b)) })
	}
	return a, nil
}

// search adds what one tree has.
func (r *Finisher) search(a *plan.Answer, t *imagetree.Tree, tree string) error {
	q := r.Req.Ask.Path
	candidates := []string{q}
	if !path.IsAbs(q) {
		named, err := r.named(tree, q)
		if err != nil {
			return err
		}
		candidates = named
	} else if physical, err := t.View.Physical(q, false); err == nil {
		// The image may have the file behind a link that the source lacks.
		candidates = append(candidates, rootfs.Abs(physical))
	}
	seen := false
	for _, name := range candidates {
		s, ok, err := r.candidate(tree, name)
		if err != nil {
			return err
		}
		if !ok || has(a, s) {
			continue
		}
		seen = true
		if len(a.Candidates) == maxCandidates {
			a.More++
			continue
		}
		a.Candidates = append(a.Candidates, s)
	}
	if seen {
		return nil
	}
	near, err := r.nearby(tree, q)
	a.Similar = append(a.Similar, near...)
	return err
}

// has reports whether a file of a tree is in the answer already.
func has(a *plan.Answer, s plan.Candidate) bool {
	return slices.ContainsFunc(a.Candidates, func(o plan.Candidate) bool {
		return o.Tree == s.Tree && (o.Path == s.Path || s.Real != "" && o.Real == s.Real)
	})
}

// named lists the files of a tree that have a name, or else the directories: programs
// and libraries first, for whoever asks by a name most often means these, and in the
// order of their paths.
func (r *Finisher) named(tree, name string) ([]string, error) {
	var files, dirs []string
	err := walk(r.Trees[tree], func(at string, isDir bool) {
		switch {
		case path.Base(at) != name:
		case isDir:
			dirs = append(dirs, at)
		default:
			files = append(files, at)
		}
	})
	if len(files) > 0 {
		slices.SortStableFunc(files, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
		return files, err
	}
	return dirs, err
}

// rank is that of a file by its place; directories come last.
func rank(c plan.Candidate) int {
	if c.Kind == plan.KindDir {
		return 3
	}
	return place(c.Path)
}

// place ranks where a file is by what it is there: a program, a library, anything else.
func place(name string) int {
	switch dir := path.Base(path.Dir(name)); {
	case dir == "bin" || dir == "sbin":
		return 0
	case strings.Contains(path.Base(name), ".so"):
		return 1
	}
	return 2
}

// walk visits every path of a tree but for what a kernel puts there.
func walk(tree rootfs.FS, visit func(name string, isDir bool)) error {
	return walkDir(tree, "/", visit)
}

func walkDir(tree rootfs.FS, dir string, visit func(name string, isDir bool)) error {
	entries, err := tree.ReadDir(rootfs.Name(dir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if slices.Contains(imagecheck.HiddenDirs, name) {
			continue
		}
		visit(name, e.IsDir())
		if !e.IsDir() {
			continue
		}
		if err := walkDir(tree, name, visit); err != nil {
			return err
		}
	}
	return nil
}

// candidate describes a path of a tree, if it is there.
func (r *Finisher) candidate(tree, name string) (plan.Candidate, bool, error) {
	s := plan.Candidate{Origin: plan.Origin{Tree: tree, Path: name}}
	fsys := r.Trees[tree]
	dir, err := rootfs.Resolve(fsys, path.Dir(name))
	if err != nil {
		return s, false, rootfs.UnlessAbsent(err)
	}
	at := rootfs.Name(path.Join(dir.Path, path.Base(name)))
	info, err := fsys.Lstat(at)
	if err != nil {
		return s, false, rootfs.UnlessAbsent(err)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if s.Target, err = fsys.ReadLink(at); err != nil {
			return s, false, err
		}
	}
	found, err := rootfs.Resolve(fsys, name)
	if err != nil {
		s.Kind = plan.KindSymlink
		return s, true, rootfs.UnlessAbsent(err)
	}
	s.Real, s.Kind = found.Path, plan.KindFile
	if found.Info.IsDir() {
		s.Kind = plan.KindDir
		return s, true, nil
	}
	s.Size = found.Info.Size()
	return s, true, errors.Join(r.lookInside(&s, found), r.tellOwner(&s))
}

// lookInside tells what a file is to a loader, and who speaks of it.
func (r *Finisher) lookInside(s *plan.Candidate, found rootfs.Resolved) error {
	s.Excluded = r.ExcludesLibrary(path.Base(s.Path))
	if !found.Info.Mode().IsRegular() {
		return nil
	}
	facts, err := linkage.ClassifyFile(r.Trees[s.Tree], found, found.Path, r.Req.Platform)
	if errors.Is(err, imagetree.ErrContent) {
		return nil // of a listing's files this much is known and no more
	}
	if err != nil {
		return err
	}
	s.Linkage = string(facts.Kind)
	if facts.File == nil {
		return nil
	}
	s.Soname = facts.File.Soname
	s.Excluded = s.Excluded || s.Soname != "" && r.ExcludesLibrary(s.Soname)
	s.Notes = r.mentions(s.Soname)
	return nil
}

// mentions lists the notes in shipped objects that name a library.
func (r *Finisher) mentions(soname string) []plan.DlopenNote {
	var out []plan.DlopenNote
	add := func(by string, f *elffile.File) {
		if f == nil {
			return
		}
		for _, note := range f.Dlopen {
			mention := plan.DlopenNote{By: by, Feature: note.Feature, Priority: note.Priority}
			if slices.Contains(note.Sonames, soname) && !slices.Contains(out, mention) {
				out = append(out, mention)
			}
		}
	}
	for _, l := range r.Roots {
		if l.Shipped == nil {
			continue
		}
		add(l.To, l.Facts.File)
		for _, o := range l.Shipped.Objects {
			add(o.To, o.File)
		}
	}
	return out
}

func (r *Finisher) tellOwner(s *plan.Candidate) error {
	if s.Tree == plan.TreeContext {
		return nil
	}
	owners, err := r.OwnersIn(s.Tree, []string{s.Real})
	if err != nil {
		return err
	}
	s.Package = owners[s.Real]
	return nil
}

// nearby lists files of a tree whose name is that of a path, or nearly.
func (r *Finisher) nearby(tree, q string) ([]plan.Origin, error) {
	base := path.Base(q)
	var same, all []string
	err := walk(r.Trees[tree], func(at string, _ bool) {
		if path.Base(at) == base || isVersionOf(path.Base(at), base) {
			same = append(same, at)
		}
		if path.IsAbs(q) == (path.Dir(at) == path.Dir(q)) { // near in its directory, or anywhere
			all = append(all, at)
		}
	})
	if err != nil {
		return nil, err
	}
	if len(same) == 0 {
		same = nearest(base, all)
	}
	var out []plan.Origin
	for _, name := range same[:min(len(same), 3)] {
		out = append(out, plan.Origin{Tree: tree, Path: name})
	}
	return out, nil
}

// isVersionOf reports whether two names are of one library, "libssl.so.3" and
// "libssl.so.1.1".
func isVersionOf(a, b string) bool {
	stemA, _, okA := strings.Cut(a, ".so")
	stemB, _, okB := strings.Cut(b, ".so")
	return okA && okB && stemA == stemB
}

// nearest is the path whose last part comes nearest to a name.
func nearest(name string, paths []string) []string {
	var names []string
	for _, p := range paths {
		names = append(names, path.Base(p))
	}
	if best := diag.Nearest(name, names); best != "" {
		return paths[slices.Index(names, best):][:1]
	}
	return nil
}
