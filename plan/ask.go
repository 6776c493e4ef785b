package plan

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/packages"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// Question asks about one path besides the plan: where there is such a file,
// whether it ships or not.
type Question struct {
	// Path is absolute, or a name without a slash, which a file of any directory
	// may have.
	Path string `json:"path"`
	// Trees are trees to look in that the plan itself takes nothing from.
	Trees []string `json:"trees,omitempty"`
}

// Answer is what there is to say about a Question.
type Answer struct {
	// At is where the path physically is in the finished image, base included;
	// empty when the image does not have it.
	At string `json:"at,omitempty"`
	// Links were followed in the image to get there.
	Links []rootfs.Link `json:"links,omitempty"`
	// Sightings are where the base and the sources have such a file, the base
	// first, and More is how many others are left out.
	Sightings []Sighting `json:"sightings,omitempty"`
	More      int        `json:"more,omitempty"`
	// Near are files with the same or nearly the same name, where there is no
	// sighting.
	Near []Origin `json:"near,omitempty"`
}

// Sighting is a file of a tree.
type Sighting struct {
	Origin
	Kind Kind `json:"kind"`
	// Real is where the path leads in its tree; empty for a link to nothing.
	Real string `json:"real,omitempty"`
	// Target is what a link points to, literally.
	Target string `json:"target,omitempty"`
	Size   int64  `json:"size,omitempty"`
	// Package is what owns it there.
	Package *packages.Package `json:"package,omitempty"`
	// Linkage is what it is as a program.
	Linkage linkage.Kind `json:"linkage,omitempty"`
	// Soname is what programs ask for a shared library by.
	Soname string `json:"soname,omitempty"`
	// Excluded tells that the spec leaves it out by that name.
	Excluded bool `json:"excluded,omitempty"`
	// Mentions are the notes in shipped objects that name the library.
	Mentions []Mention `json:"mentions,omitempty"`
}

// Mention is a note in an object that it opens a library at run time.
type Mention struct {
	By       string `json:"by"`
	Feature  string `json:"feature,omitempty"`
	Priority string `json:"priority,omitempty"`
}

// maxSightings bounds an answer: "index.html" can be anywhere.
const maxSightings = 12

// AllTrees lists all trees of the request but for the base.
func (r Request) AllTrees() []string {
	if r.Ask == nil {
		return r.Trees
	}
	return slices.Concat(r.Trees, r.Ask.Trees)
}

// answer looks for what the request asks about, in the image and in all trees.
func (m *maker) answer(t *tree) (*Answer, error) {
	if m.req.Ask == nil {
		return nil, nil
	}
	q := m.req.Ask.Path
	a := &Answer{}
	if found, err := rootfs.Resolve(t.image, q); err == nil && path.IsAbs(q) {
		a.At, a.Links = found.Path, found.Links
	}
	for _, tree := range slices.Concat([]string{TreeBase}, m.req.AllTrees()) {
		if m.trees[tree] == nil {
			continue
		}
		if err := m.sight(a, t, tree); err != nil {
			return nil, err
		}
	}
	if len(a.Sightings) > 0 {
		a.Near = nil
	}
	return a, nil
}

// sight adds what one tree has.
func (m *maker) sight(a *Answer, t *tree, tree string) error {
	q := m.req.Ask.Path
	candidates := []string{q}
	if !path.IsAbs(q) {
		named, err := m.named(tree, q)
		if err != nil {
			return err
		}
		candidates = named
	} else if physical, err := t.image.Physical(q, false); err == nil {
		// The image may have the file behind a link that the source lacks.
		candidates = append(candidates, rootfs.Abs(physical))
	}
	seen := false
	for _, name := range candidates {
		s, ok, err := m.sighting(tree, name)
		if err != nil {
			return err
		}
		if !ok || a.has(s) {
			continue
		}
		seen = true
		if len(a.Sightings) == maxSightings {
			a.More++
			continue
		}
		a.Sightings = append(a.Sightings, s)
	}
	if seen {
		return nil
	}
	near, err := m.nearby(tree, q)
	a.Near = append(a.Near, near...)
	return err
}

// has tells whether a file of a tree has been sighted.
func (a *Answer) has(s Sighting) bool {
	return slices.ContainsFunc(a.Sightings, func(o Sighting) bool {
		return o.Tree == s.Tree && (o.Path == s.Path || s.Real != "" && o.Real == s.Real)
	})
}

// named lists the files of a tree that have a name, or else the directories, in
// the order of their paths.
func (m *maker) named(tree, name string) ([]string, error) {
	var files, dirs []string
	err := walk(m.trees[tree], func(at string, isDir bool) {
		switch {
		case path.Base(at) != name:
		case isDir:
			dirs = append(dirs, at)
		default:
			files = append(files, at)
		}
	})
	if len(files) > 0 {
		return files, err
	}
	return dirs, err
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
		if name == "/proc" || name == "/sys" || name == "/dev" {
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

// sighting describes a path of a tree, if it is there.
func (m *maker) sighting(tree, name string) (Sighting, bool, error) {
	s := Sighting{Origin: Origin{tree, name}}
	fsys := m.trees[tree]
	dir, err := rootfs.Resolve(fsys, path.Dir(name))
	if err != nil {
		return s, false, unexpected(err)
	}
	at := rootfs.Name(path.Join(dir.Path, path.Base(name)))
	info, err := fsys.Lstat(at)
	if err != nil {
		return s, false, unexpected(err)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if s.Target, err = fsys.ReadLink(at); err != nil {
			return s, false, err
		}
	}
	found, err := rootfs.Resolve(fsys, name)
	if err != nil {
		s.Kind = KindSymlink
		return s, true, unexpected(err)
	}
	s.Real, s.Kind = found.Path, KindFile
	if found.Info.IsDir() {
		s.Kind = KindDir
		return s, true, nil
	}
	s.Size = found.Info.Size()
	return s, true, errors.Join(m.lookInside(&s, found), m.tellOwner(&s))
}

// unexpected passes an error on, unless it only says that a path leads nowhere.
func unexpected(err error) error {
	if expected(err) {
		return nil
	}
	return err
}

// lookInside tells what a file is to a loader, and who speaks of it.
func (m *maker) lookInside(s *Sighting, found rootfs.Resolved) error {
	s.Excluded = m.excluded[path.Base(s.Path)]
	if !found.Info.Mode().IsRegular() {
		return nil
	}
	facts, err := classify(m.trees[s.Tree], found, found.Path, m.req.Platform)
	if errors.Is(err, errContent) {
		return nil // of an outline's files this much is known and no more
	}
	if err != nil {
		return err
	}
	s.Linkage = facts.Kind
	if facts.File == nil {
		return nil
	}
	s.Soname = facts.File.Soname
	s.Excluded = s.Excluded || s.Soname != "" && m.excluded[s.Soname]
	s.Mentions = m.mentions(s.Soname)
	return nil
}

// mentions lists the notes in shipped objects that name a library.
func (m *maker) mentions(soname string) []Mention {
	var out []Mention
	add := func(by string, f *elffile.File) {
		if f == nil {
			return
		}
		for _, note := range f.Dlopen {
			mention := Mention{By: by, Feature: note.Feature, Priority: note.Priority}
			if slices.Contains(note.Sonames, soname) && !slices.Contains(out, mention) {
				out = append(out, mention)
			}
		}
	}
	for _, l := range m.shipped {
		add(l.program.to, l.program.facts.File)
		for _, o := range l.result.Objects {
			add(o.Dest, o.File)
		}
	}
	return out
}

func (m *maker) tellOwner(s *Sighting) error {
	if s.Tree == TreeContext {
		return nil
	}
	owners, err := m.ownersIn(s.Tree, []string{s.Real})
	if err != nil {
		return err
	}
	s.Package = owners[s.Real]
	return nil
}

// nearby lists files of a tree whose name is that of a path, or nearly.
func (m *maker) nearby(tree, q string) ([]Origin, error) {
	base := path.Base(q)
	var same, all []string
	err := walk(m.trees[tree], func(at string, _ bool) {
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
	var out []Origin
	for _, name := range same[:min(len(same), 3)] {
		out = append(out, Origin{tree, name})
	}
	return out, nil
}

// isVersionOf tells whether two names are of one library, "libssl.so.3" and
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

// Reference is how a spec names the file.
func (o Origin) Reference() string {
	r := spec.Ref{Source: o.Tree, Path: o.Path}
	if o.Tree == TreeContext {
		r.Source = ""
	}
	return r.String()
}
