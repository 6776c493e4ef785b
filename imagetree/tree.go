// Package imagetree holds the tree of an image while its plan is made: entries, each with
// the reason for which it ships, are put at the places where the links of the image, or of
// its base, lead.
//
// [Settle] makes a [Tree] of entries, in which each path is there once and every directory
// above an entry is one; what cannot be is a finding. [Tree.Partition] splits it into
// layers. Nothing here knows why an entry is needed.
package imagetree

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// An Entry is what something asked for, at the path it was asked for: the
// links of other entries, or of the base, may lead elsewhere.
type Entry struct {
	plan.Entry
	// Soft entries give way to anything else at their path: default parts.
	Soft bool
	// Source and Info are what the entry is copied from, for content that two
	// entries may share and for the view of the finished tree.
	Source rootfs.FS
	Info   fs.FileInfo
	// Serves are the paths that a link is there for.
	Serves []string
	// Whole is set for what comes with a directory of a source, which ships with
	// all that is in it there.
	Whole bool
	// verbatim is set for a directory that ships by evidence with all that is in it in
	// its source.
	verbatim bool
	// Scope is where the item of files, binaries or links that asked for it puts things,
	// and Item the item's number, from 1 on; zero for what no such item asked for.
	Scope string
	Item  int
	// Confined is set for a link of a source of data, which leads nothing out of its Scope.
	Confined bool
}

// A Tree is the settled image above its base. Those who get it read it; entries are put
// into it by Settle alone.
type Tree struct {
	Base rootfs.FS // nil for scratch
	// View is the tree as it will ship, its base included.
	View *rootfs.View
	// Entries are by their paths, which are those of no links.
	Entries map[string]*Entry
	// known are the paths of entries, sorted, as far as there were some when they were
	// asked for.
	known []string
	// altered are the directories below which something is not as in the source
	// that they come from as a whole.
	altered map[string]bool
}

// Settle turns entries into a tree in which no parent of an entry is a link and
// each path is there once. Links go first, from the root down, since they say
// where everything else really is.
func Settle(entries []Entry, base rootfs.FS) (*Tree, diag.List, error) {
	t := &Tree{Base: base, View: rootfs.NewView(), Entries: make(map[string]*Entry, len(entries)), altered: map[string]bool{}}
	if base != nil {
		t.View = rootfs.NewViewOver(base)
	}
	var conflicts diag.List
	ordered := make([]*Entry, len(entries)) // an entry is large to move about
	for i := range entries {
		ordered[i] = &entries[i]
	}
	slices.SortStableFunc(ordered, compareEntries)
	for _, e := range ordered {
		d, err := t.add(*e)
		if err != nil {
			return nil, nil, err
		}
		if d != nil {
			conflicts = append(conflicts, *d)
		}
	}
	more, err := t.addParents()
	if err != nil {
		return nil, nil, err
	}
	return t, append(conflicts, more...), nil
}

// placing is the order in which kinds are placed.
var placing = []plan.Kind{plan.KindSymlink, plan.KindDir, plan.KindFile}

// compareEntries orders links before directories before files, and shallow paths
// before deep ones within a kind. What gives way comes last.
func compareEntries(a, b *Entry) int {
	if a.Soft != b.Soft {
		if b.Soft {
			return -1
		}
		return 1
	}
	if d := slices.Index(placing, a.Kind) - slices.Index(placing, b.Kind); d != 0 {
		return d
	}
	return strings.Count(a.Path, "/") - strings.Count(b.Path, "/")
}

// add places one entry; the diagnostic is a conflict with what is there.
func (t *Tree) add(w Entry) (*diag.Diagnostic, error) {
	where, err := t.View.Physical(w.Path, w.Kind == plan.KindDir)
	if err != nil {
		return &diag.Diagnostic{
			Code:    "path-conflict",
			At:      w.Reason.At,
			Message: fmt.Sprintf("%s cannot be placed: %s", w.Path, t.blocked(w.Path, err)),
			Fixes:   []string{t.unblock(w.Path)},
		}, nil
	}
	where = rootfs.Abs(where)
	if where != w.Path {
		if link := t.misled(&w, where); link != nil {
			return misledEntry(&w, link, where), nil
		}
		if w.Whole {
			t.Alter(w.Path)
		}
	}
	w.Path = where
	if where == "/" {
		return nil, nil
	}
	old, ok := t.Entries[where]
	if ok {
		return t.merge(old, w)
	}
	if info, ok := t.InBase(where); ok && w.Kind != plan.KindDir {
		if d, done := t.overBase(&w, info); done {
			return d, nil
		}
	}
	if info, err := t.View.Lstat(rootfs.Name(where)); err == nil && info.IsDir() != (w.Kind == plan.KindDir) {
		if w.Soft {
			return t.displaced(&w), nil
		}
		return t.obstacle(&w), nil
	}
	return nil, t.put(&w)
}

// blocked says which file a path goes through where a directory is needed.
func (t *Tree) blocked(name string, err error) string {
	for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
		if up, ok := t.Entries[dir]; ok && up.Kind == plan.KindFile {
			return fmt.Sprintf("%s is %s", dir, up.Origin())
		}
	}
	return err.Error()
}

// unblock is the way out for a path that goes through a file.
func (t *Tree) unblock(name string) string {
	for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
		if up, ok := t.Entries[dir]; ok && up.Kind == plan.KindFile {
			return SlashFix(up)
		}
	}
	return "choose a path that does not go through a file or a link loop"
}

// obstacle is the conflict of a file or link with a directory that the base
// has or that other entries stand in, or of a directory with a file of the base.
func (t *Tree) obstacle(w *Entry) *diag.Diagnostic {
	is := "a file of the base image"
	if w.Kind != plan.KindDir {
		is = "a directory of the base image"
	}
	for _, name := range t.Paths() {
		if strings.HasPrefix(name, w.Path+"/") {
			is = fmt.Sprintf("the directory that %s, %s, stands in", name, t.Entries[name].Origin())
			break
		}
	}
	return &diag.Diagnostic{
		Code:    "path-conflict",
		At:      w.Reason.At,
		Message: fmt.Sprintf("%s cannot be %s: it is %s", w.Path, w.Origin(), is),
		Fixes:   []string{SlashFix(w)},
	}
}

// put makes an entry the one of its path.
func (t *Tree) put(w *Entry) error {
	if !w.Reason.Complete() {
		return &plan.MissingReason{Path: w.Path, Reason: w.Reason}
	}
	if w.Reason.Cause == plan.CauseLink {
		w.Serves = append(w.Serves, w.Reason.Path)
	}
	t.Entries[w.Path] = w
	mode := w.FileMode()
	switch {
	case w.Kind == plan.KindDir:
		return t.View.AddDir(w.Path, mode, w.UID, w.GID)
	case w.Kind == plan.KindSymlink:
		return t.View.AddLink(w.Path, w.Target)
	case w.From != nil:
		info := entryInfo{FileInfo: w.Info, mode: mode, stat: rootfs.StatOf(w.Info)}
		info.stat.UID, info.stat.GID = w.UID, w.GID
		return t.View.AddFile(w.Path, w.Source, rootfs.Name(w.From.Path), info)
	}
	return t.View.AddData(w.Path, w.Data, mode, w.UID, w.GID)
}

// entryInfo describes a source's file as it will ship.
type entryInfo struct {
	fs.FileInfo
	mode fs.FileMode
	stat rootfs.Stat
}

func (i entryInfo) Mode() fs.FileMode { return i.mode }
func (i entryInfo) Sys() any          { return &i.stat }

// Holds reports whether an entry that is copied is the one at its path: another item may
// have taken its place.
func (t *Tree) Holds(e *Entry) bool {
	where, err := t.View.Physical(e.Path, false)
	got := t.Entries[rootfs.Abs(where)]
	return err == nil && got != nil && got.From != nil && *got.From == *e.From
}

// InBase looks a physical path up in the base.
func (t *Tree) InBase(name string) (fs.FileInfo, bool) {
	if t.Base == nil {
		return nil, false
	}
	info, err := t.Base.Lstat(rootfs.Name(name))
	return info, err == nil
}

// baseTarget is what a link of the base points to, "" for what is no link.
func (t *Tree) baseTarget(name string) string {
	target, err := t.Base.ReadLink(rootfs.Name(name))
	if err != nil {
		return ""
	}
	return target
}

// addParents adds the directories that entries stand in. One that the base has
// keeps what it has there.
func (t *Tree) addParents() (diag.List, error) {
	var conflicts diag.List
	for _, name := range t.Paths() {
		w := t.Entries[name]
		for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
			if up, ok := t.Entries[dir]; ok {
				if up.Kind != plan.KindDir {
					conflicts = append(conflicts, diag.Diagnostic{
						Code:    "path-conflict",
						At:      w.Reason.At,
						Message: fmt.Sprintf("%s cannot be placed: %s is %s", name, dir, up.Origin()),
						Fixes:   []string{SlashFix(up)},
					})
					continue
				}
				break // what is above it has its own turn
			}
			parent, err := t.parent(dir, w)
			if err != nil {
				return nil, err
			}
			if err := t.put(parent); err != nil {
				return nil, err
			}
		}
	}
	return conflicts, nil
}

func (t *Tree) parent(dir string, child *Entry) (*Entry, error) {
	p := &Entry{Entry: plan.Entry{
		Path:   dir,
		Kind:   plan.KindDir,
		Mode:   0o755,
		Reason: plan.Reason{Cause: plan.CauseParent, At: child.Reason.At, Path: child.Path},
	}}
	info, ok := t.InBase(dir)
	if !ok {
		return p, nil
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("the base image has %s, which is no directory, where %s needs one", dir, child.Path)
	}
	p.Mode, p.UID, p.GID = Attributes(info)
	p.ModTime = new(info.ModTime().Unix())
	return p, nil
}

// Paths are those of all entries, sorted. There is no way for one to leave a tree.
func (t *Tree) Paths() []string {
	if len(t.known) == len(t.Entries) {
		return t.known
	}
	out := make([]string, 0, len(t.Entries))
	for name := range t.Entries {
		out = append(out, name)
	}
	slices.Sort(out)
	t.known = out
	return out
}

// Sorted are the entries by their paths, as a plan has them.
func (t *Tree) Sorted() []plan.Entry {
	out := make([]plan.Entry, 0, len(t.Entries))
	for _, name := range t.Paths() {
		e := t.Entries[name].Entry
		e.Verbatim = e.Kind == plan.KindDir && (t.Entries[name].Whole && !t.altered[name] || t.Entries[name].verbatim)
		out = append(out, e)
	}
	return out
}

// Alter notes that a path, and so the directories that it is in, is not as in its
// source.
func (t *Tree) Alter(name string) {
	for ; name != "/" && !t.altered[name]; name = path.Dir(name) {
		t.altered[name] = true
	}
}

// Attributes returns chmod's mode bits and the owner of a file.
func Attributes(info fs.FileInfo) (mode, uid, gid uint32) {
	st := rootfs.StatOf(info)
	return plan.ModeOf(info.Mode()), st.UID, st.GID
}

// Describe names an entry by what it is copied from, if it is.
func (w *Entry) Describe() string {
	if w.From == nil || w.From.Path == w.Path {
		return w.Path
	}
	return fmt.Sprintf("%s (%s of %s)", w.Path, w.From.Path, plan.TreeName(w.From.Tree))
}

// Has tells whether the finished tree has a file, or most of what a directory has.
func (t *Tree) Has(name string, source rootfs.FS, found rootfs.Resolved) bool {
	at, err := rootfs.Resolve(t.View, name)
	if err != nil || !found.Info.IsDir() {
		return err == nil
	}
	here, err := fs.ReadDir(t.View, rootfs.Name(at.Path))
	there, failed := fs.ReadDir(source, rootfs.Name(found.Path))
	return err == nil && failed == nil && 2*len(here) > len(there)
}
