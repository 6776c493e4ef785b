package resolve

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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
	// scope is where the item of files that asked for it puts things, and item the
	// item's number, from 1 on; zero for what no such item asked for.
	scope string
	item  int
}

// tree is the settled image above its base.
type tree struct {
	base rootfs.FS // nil for scratch
	// image is the tree as it will ship, its base included.
	image   *rootfs.View
	entries map[string]*entry
	// altered are the directories below which something is not as in the source
	// that they come from as a whole.
	altered map[string]bool
}

// settle turns entries into a tree in which no parent of an entry is a link and
// each path is there once. Links go first, from the root down, since they say
// where everything else really is.
func settle(entries []entry, base rootfs.FS) (*tree, diag.List, error) {
	t := &tree{base: base, image: rootfs.NewView(), entries: map[string]*entry{}, altered: map[string]bool{}}
	if base != nil {
		t.image = rootfs.NewViewOver(base)
	}
	var conflicts diag.List
	ordered := slices.Clone(entries)
	slices.SortStableFunc(ordered, compareEntries)
	for i := range ordered {
		d, err := t.add(ordered[i])
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
func compareEntries(a, b entry) int {
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
			Fixes:   []string{"choose a path that does not go through a file or a link loop"},
		}, nil
	}
	where = rootfs.Abs(where)
	if where != w.Path && w.whole {
		t.alter(w.Path)
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

// overBase decides about a file or link where the base has something. It is done
// when the base's stays, with a conflict if that is not what was asked for.
func (t *tree) overBase(e *entry, info fs.FileInfo) (d *diag.Diagnostic, done bool) {
	isLink := info.Mode()&fs.ModeSymlink != 0
	switch {
	case e.Reason.Cause == plan.CauseLink && info.IsDir():
		// The base keeps this as a directory (one without a merged /usr): what
		// lies behind the link ships where it physically is, and the check of the
		// finished tree says whether the loader finds it.
		return nil, true
	case info.IsDir():
		return nil, false // an obstacle, which the image has anyway
	case isLink && e.Kind == plan.KindSymlink && t.baseTarget(e.Path) == e.Target:
		return nil, true
	}
	if isLink {
		if dir, ok := t.baseDirectory(e.Path); ok {
			return t.overLink(e, dir)
		}
	}
	e.Replaces = &plan.Origin{Tree: plan.TreeBase, Path: e.Path}
	return nil, false
}

// overLink decides about a file or link in the place of a link of the base that
// leads to a directory. That link is how programs of the base reach their loader,
// their libraries and each other, and so it stays.
func (t *tree) overLink(e *entry, dir string) (*diag.Diagnostic, bool) {
	if e.soft || e.Reason.Cause == plan.CauseLink {
		return nil, true
	}
	if e.Kind == plan.KindSymlink {
		target := e.Target
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(e.Path), target)
		}
		if found, err := rootfs.Resolve(t.base, target); err == nil && found.Path == dir {
			return nil, true
		}
	}
	return &diag.Diagnostic{
		Code:    "path-conflict",
		At:      e.Reason.At,
		Message: fmt.Sprintf("%s cannot be %s: in the base image it is a link to the directory %s, by which programs find what they need", e.Path, e.origin(), dir),
		Fixes: []string{
			"put it below " + dir + ", or at another path",
			"leave it out of what is copied: name the files and directories beside it one by one",
		},
	}, true
}

// baseDirectory is the directory that a path of the base leads to.
func (t *tree) baseDirectory(name string) (string, bool) {
	found, err := rootfs.Resolve(t.base, name)
	if err != nil || !found.Info.IsDir() {
		return "", false
	}
	return found.Path, true
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
		Fixes:   []string{"give one of them another path"},
	}
}

// put makes a entry the entry of its path.
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

// merge decides between two entries for one path.
func (t *tree) merge(old *entry, w entry) (*diag.Diagnostic, error) {
	switch {
	case w.soft && !old.soft:
		return nil, nil
	case old.soft && !w.soft:
		return nil, t.put(&w)
	case old.Kind == plan.KindDir && w.Kind == plan.KindDir:
		return t.mergeDirs(old, w)
	case old.overrides(&w):
		old.Replaces = w.From
		t.alter(old.Path)
		return nil, nil
	case w.overrides(old):
		w.Replaces = old.From
		t.alter(w.Path)
		return nil, t.put(&w)
	}
	same, err := sameContent(old, &w)
	if err != nil {
		return nil, err
	}
	if same {
		if w.Reason.Cause == plan.CauseLink {
			old.serves = append(old.serves, w.Reason.Path)
		}
		return nil, nil
	}
	return conflict(old, &w), nil
}

// overrides tells whether a file takes the place of another: of two items of files
// the later one wins where it names less, one file of a directory for instance.
func (w *entry) overrides(old *entry) bool {
	return w.Kind != plan.KindDir && old.Kind != plan.KindDir && old.item > 0 && w.item > old.item &&
		strings.HasPrefix(w.scope, strings.TrimSuffix(old.scope, "/")+"/")
}

// mergeDirs lets a directory that the spec describes win over one that only
// came along.
func (t *tree) mergeDirs(old *entry, w entry) (*diag.Diagnostic, error) {
	wasAsked, isAsked := old.Reason.Cause == plan.CauseDirectory, w.Reason.Cause == plan.CauseDirectory
	same := old.Mode == w.Mode && old.UID == w.UID && old.GID == w.GID
	switch {
	case same || !isAsked:
		return nil, nil
	case wasAsked:
		return conflict(old, &w), nil
	}
	return nil, t.put(&w)
}

func conflict(old, w *entry) *diag.Diagnostic {
	d := &diag.Diagnostic{
		Code:    "path-conflict",
		At:      w.Reason.At,
		Message: fmt.Sprintf("two different things for %s: %s, and %s", w.Path, old.origin(), w.origin()),
		Fixes: []string{
			"give one of them another path",
			"take both from one source, so that they agree",
		},
	}
	if old.item > 0 && w.item > 0 && old.item != w.item {
		d.Fixes = append(d.Fixes, fmt.Sprintf("name the one that is wanted by itself, at the end of files: - {from: …, to: %s}", w.Path))
	}
	return d
}

// origin says what a entry is and who asked, for a conflict.
func (w *entry) origin() string {
	what := ""
	switch {
	case w.Kind == plan.KindSymlink:
		what = "a link to " + w.Target
	case w.Kind == plan.KindDir:
		what = "a directory"
	case w.From != nil:
		what = fmt.Sprintf("%s of %s", w.From.Path, plan.TreeName(w.From.Tree))
	default:
		what = "a generated file"
	}
	if w.Reason.At != "" {
		what += " (" + w.Reason.At + ")"
	}
	return what
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
						Fixes:   []string{"give one of them another path"},
					})
				}
				continue
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

func (t *tree) paths() []string {
	out := make([]string, 0, len(t.entries))
	for name := range t.entries {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func (t *tree) sorted() []plan.Entry {
	out := make([]plan.Entry, 0, len(t.entries))
	for _, name := range t.paths() {
		e := t.entries[name].Entry
		e.Verbatim = e.Kind == plan.KindDir && t.entries[name].whole && !t.altered[name]
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

// sameContent tells whether two entries for one path are the same thing.
func sameContent(a, b *entry) (bool, error) {
	if a.Kind != b.Kind || a.Mode != b.Mode || a.UID != b.UID || a.GID != b.GID {
		return false, nil
	}
	if a.Kind == plan.KindSymlink {
		return a.Target == b.Target, nil
	}
	if a.From != nil && b.From != nil && *a.From == *b.From {
		return true, nil
	}
	if listedOnly(a) || listedOnly(b) {
		return false, errContent
	}
	if a.Size != b.Size {
		return false, nil
	}
	ra, err := a.open()
	if err != nil {
		return false, err
	}
	defer ra.Close()
	rb, err := b.open()
	if err != nil {
		return false, err
	}
	defer rb.Close()
	return sameBytes(ra, rb)
}

// listedOnly tells whether a entry's size and content are unknown.
func listedOnly(w *entry) bool {
	_, ok := w.info.(listedInfo)
	return ok
}

func (w *entry) open() (io.ReadCloser, error) {
	if w.From == nil {
		return io.NopCloser(bytes.NewReader(w.Data)), nil
	}
	return w.source.Open(rootfs.Name(w.From.Path))
}

func sameBytes(a, b io.Reader) (bool, error) {
	bufA, bufB := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		nA, errA := io.ReadFull(a, bufA)
		nB, errB := io.ReadFull(b, bufB)
		if !bytes.Equal(bufA[:nA], bufB[:nB]) {
			return false, nil
		}
		endA, endB := atEnd(errA), atEnd(errB)
		if endA || endB {
			return endA && endB, nil
		}
		if err := errors.Join(errA, errB); err != nil {
			return false, err
		}
	}
}

func atEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// attributes returns chmod's mode bits and the owner of a file.
func attributes(info fs.FileInfo) (mode, uid, gid uint32) {
	st := rootfs.StatOf(info)
	return plan.ModeOf(info.Mode()), st.UID, st.GID
}
