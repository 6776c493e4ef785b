package resolve

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

// entry is an entry that something asked for, at the path it was asked for: the
// links of other entries, or of the base, may lead elsewhere.
type entry struct {
	plan.Entry
	// soft entries give way to anything else at their path: default parts.
	soft bool
	// source and info are what the entry is copied from, for content that two
	// entries may share and for the view of the finished tree.
	source rootfs.FS
	info   fs.FileInfo
	// serves are the paths that a link is there for.
	serves []string
	// whole is set for what comes with a directory of a source, which ships with
	// all that is in it there.
	whole bool
	// verbatim is set for a directory that ships by evidence with all that is in it in
	// its source.
	verbatim bool
	// scope is where the item of files, binaries or links that asked for it puts things,
	// and item the item's number, from 1 on; zero for what no such item asked for.
	scope string
	item  int
	// confined is set for a link of a source of data: see misled.
	confined bool
}

// tree is the settled image above its base.
type tree struct {
	base rootfs.FS // nil for scratch
	// image is the tree as it will ship, its base included.
	image   *rootfs.View
	entries map[string]*entry
	// known are the paths of entries, sorted, as far as there were some when they were
	// asked for.
	known []string
	// altered are the directories below which something is not as in the source
	// that they come from as a whole.
	altered map[string]bool
}

// settle turns entries into a tree in which no parent of an entry is a link and
// each path is there once. Links go first, from the root down, since they say
// where everything else really is.
func settle(entries []entry, base rootfs.FS) (*tree, diag.List, error) {
	t := &tree{base: base, image: rootfs.NewView(), entries: make(map[string]*entry, len(entries)), altered: map[string]bool{}}
	if base != nil {
		t.image = rootfs.NewViewOver(base)
	}
	var conflicts diag.List
	ordered := make([]*entry, len(entries)) // an entry is large to move about
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
func compareEntries(a, b *entry) int {
	if a.soft != b.soft {
		if b.soft {
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
func (t *tree) add(w entry) (*diag.Diagnostic, error) {
	where, err := t.image.Physical(w.Path, w.Kind == plan.KindDir)
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
		if w.whole {
			t.alter(w.Path)
		}
	}
	w.Path = where
	if where == "/" {
		return nil, nil
	}
	old, ok := t.entries[where]
	if ok {
		return t.merge(old, w)
	}
	if info, ok := t.inBase(where); ok && w.Kind != plan.KindDir {
		if d, done := t.overBase(&w, info); done {
			return d, nil
		}
	}
	if info, err := t.image.Lstat(rootfs.Name(where)); err == nil && info.IsDir() != (w.Kind == plan.KindDir) {
		if w.soft {
			return nil, nil
		}
		return t.obstacle(&w), nil
	}
	return nil, t.put(&w)
}

// blocked says which file a path goes through where a directory is needed.
func (t *tree) blocked(name string, err error) string {
	for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
		if up, ok := t.entries[dir]; ok && up.Kind == plan.KindFile {
			return fmt.Sprintf("%s is %s", dir, up.origin())
		}
	}
	return err.Error()
}

// unblock is the way out for a path that goes through a file.
func (t *tree) unblock(name string) string {
	for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
		if up, ok := t.entries[dir]; ok && up.Kind == plan.KindFile {
			return slashFix(up)
		}
	}
	return "choose a path that does not go through a file or a link loop"
}

// obstacle is the conflict of a file or link with a directory that the base
// has or that other entries stand in, or of a directory with a file of the base.
func (t *tree) obstacle(w *entry) *diag.Diagnostic {
	is := "a file of the base image"
	if w.Kind != plan.KindDir {
		is = "a directory of the base image"
	}
	for _, name := range t.paths() {
		if strings.HasPrefix(name, w.Path+"/") {
			is = fmt.Sprintf("the directory that %s, %s, stands in", name, t.entries[name].origin())
			break
		}
	}
	return &diag.Diagnostic{
		Code:    "path-conflict",
		At:      w.Reason.At,
		Message: fmt.Sprintf("%s cannot be %s: it is %s", w.Path, w.origin(), is),
		Fixes:   []string{slashFix(w)},
	}
}

// put makes an entry the one of its path.
func (t *tree) put(w *entry) error {
	if !w.Reason.Complete() {
		return &plan.MissingReason{Path: w.Path, Reason: w.Reason}
	}
	if w.Reason.Cause == plan.CauseLink {
		w.serves = append(w.serves, w.Reason.Path)
	}
	t.entries[w.Path] = w
	mode := w.FileMode()
	switch {
	case w.Kind == plan.KindDir:
		return t.image.AddDir(w.Path, mode, w.UID, w.GID)
	case w.Kind == plan.KindSymlink:
		return t.image.AddLink(w.Path, w.Target)
	case w.From != nil:
		info := entryInfo{FileInfo: w.info, mode: mode, stat: rootfs.StatOf(w.info)}
		info.stat.UID, info.stat.GID = w.UID, w.GID
		return t.image.AddFile(w.Path, w.source, rootfs.Name(w.From.Path), info)
	}
	return t.image.AddData(w.Path, w.Data, mode, w.UID, w.GID)
}

// entryInfo describes a source's file as it will ship.
type entryInfo struct {
	fs.FileInfo
	mode fs.FileMode
	stat rootfs.Stat
}

func (i entryInfo) Mode() fs.FileMode { return i.mode }
func (i entryInfo) Sys() any          { return &i.stat }

// holds reports whether an entry that is copied is the one at its path: another item may
// have taken its place.
func (t *tree) holds(e *entry) bool {
	where, err := t.image.Physical(e.Path, false)
	got := t.entries[rootfs.Abs(where)]
	return err == nil && got != nil && got.From != nil && *got.From == *e.From
}

// inBase looks a physical path up in the base.
func (t *tree) inBase(name string) (fs.FileInfo, bool) {
	if t.base == nil {
		return nil, false
	}
	info, err := t.base.Lstat(rootfs.Name(name))
	return info, err == nil
}

// baseTarget is what a link of the base points to, "" for what is no link.
func (t *tree) baseTarget(name string) string {
	target, err := t.base.ReadLink(rootfs.Name(name))
	if err != nil {
		return ""
	}
	return target
}

// addParents adds the directories that entries stand in. One that the base has
// keeps what it has there.
func (t *tree) addParents() (diag.List, error) {
	var conflicts diag.List
	for _, name := range t.paths() {
		w := t.entries[name]
		for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
			if up, ok := t.entries[dir]; ok {
				if up.Kind != plan.KindDir {
					conflicts = append(conflicts, diag.Diagnostic{
						Code:    "path-conflict",
						At:      w.Reason.At,
						Message: fmt.Sprintf("%s cannot be placed: %s is %s", name, dir, up.origin()),
						Fixes:   []string{slashFix(up)},
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

func (t *tree) parent(dir string, child *entry) (*entry, error) {
	p := &entry{Entry: plan.Entry{
		Path:   dir,
		Kind:   plan.KindDir,
		Mode:   0o755,
		Reason: plan.Reason{Cause: plan.CauseParent, At: child.Reason.At, Path: child.Path},
	}}
	info, ok := t.inBase(dir)
	if !ok {
		return p, nil
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("the base image has %s, which is no directory, where %s needs one", dir, child.Path)
	}
	p.Mode, p.UID, p.GID = attributes(info)
	p.ModTime = new(info.ModTime().Unix())
	return p, nil
}

// paths are those of all entries, sorted. There is no way for one to leave a tree.
func (t *tree) paths() []string {
	if len(t.known) == len(t.entries) {
		return t.known
	}
	out := make([]string, 0, len(t.entries))
	for name := range t.entries {
		out = append(out, name)
	}
	slices.Sort(out)
	t.known = out
	return out
}

func (t *tree) sorted() []plan.Entry {
	out := make([]plan.Entry, 0, len(t.entries))
	for _, name := range t.paths() {
		e := t.entries[name].Entry
		e.Verbatim = e.Kind == plan.KindDir && (t.entries[name].whole && !t.altered[name] || t.entries[name].verbatim)
		out = append(out, e)
	}
	return out
}

// alter notes that a path, and so the directories that it is in, is not as in its
// source.
func (t *tree) alter(name string) {
	for ; name != "/" && !t.altered[name]; name = path.Dir(name) {
		t.altered[name] = true
	}
}

// attributes returns chmod's mode bits and the owner of a file.
func attributes(info fs.FileInfo) (mode, uid, gid uint32) {
	st := rootfs.StatOf(info)
	return plan.ModeOf(info.Mode()), st.UID, st.GID
}
