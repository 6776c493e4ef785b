package imagetree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// overBase decides about a file or link where the base has something. It is done
// when the base's stays, with a conflict if that is not what was asked for.
func (t *Tree) overBase(e *Entry, info fs.FileInfo) (d *diag.Diagnostic, done bool) {
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
func (t *Tree) overLink(e *Entry, dir string) (*diag.Diagnostic, bool) {
	if e.Soft || e.Reason.Cause == plan.CauseLink {
		return nil, true
	}
	if e.Kind == plan.KindSymlink {
		target := e.Target
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(e.Path), target)
		}
		if found, err := rootfs.Resolve(t.Base, target); err == nil && found.Path == dir {
			return nil, true
		}
	}
	return &diag.Diagnostic{
		Code:    "path-conflict",
		At:      e.Reason.At,
		Message: fmt.Sprintf("%s cannot be %s: in the base image it is a link to the directory %s, by which programs find what they need", e.Path, e.Origin(), dir),
		Fixes: []string{
			"put it below " + dir + ", or at another path",
			"leave it out of what is copied: name the files and directories beside it one by one",
		},
	}, true
}

// baseDirectory is the directory that a path of the base leads to.
func (t *Tree) baseDirectory(name string) (string, bool) {
	found, err := rootfs.Resolve(t.Base, name)
	if err != nil || !found.Info.IsDir() {
		return "", false
	}
	return found.Path, true
}

// displaced warns of a link of a source's programs in whose place an item of the spec makes a
// directory: what the link leads to is not found there. In the source, a file with such a path
// is put where the link leads.
func (t *Tree) displaced(link *Entry) *diag.Diagnostic {
	if link.Kind != plan.KindSymlink || link.From == nil || link.Source == nil {
		return nil
	}
	found, err := rootfs.Resolve(link.Source, link.From.Path)
	if err != nil || !found.Info.IsDir() {
		return nil
	}
	e := t.askedBelow(link.Path)
	if e == nil {
		return nil
	}
	return &diag.Diagnostic{
		Code: "link-replaced", Severity: diag.SeverityWarning, At: e.Reason.At,
		Message: fmt.Sprintf("%s is a link to %s in %s, which programs go through: with %s it is a directory, in which they find nothing else",
			link.Path, found.Path, plan.TreeName(link.From.Tree), e.Path),
		Fixes: []string{"put it where the link leads: to: " + path.Join(found.Path, strings.TrimPrefix(e.Path, link.Path))},
	}
}

// askedBelow is the first entry in a directory that an item of files or binaries asks for.
func (t *Tree) askedBelow(dir string) *Entry {
	var out *Entry
	// What cannot be read is told when the image is checked.
	_ = rootfs.Walk(t.View, rootfs.Name(dir), func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		e := t.Entries[rootfs.Abs(name)]
		if e == nil || e.Reason.Cause != plan.CauseFile && e.Reason.Cause != plan.CauseBinary {
			return nil
		}
		out = e
		return fs.SkipAll
	})
	return out
}

// merge decides between two entries for one path.
func (t *Tree) merge(old *Entry, w Entry) (*diag.Diagnostic, error) {
	switch {
	case w.Soft: // the first of two that give way stays
		return nil, nil
	case old.Soft:
		return nil, t.put(&w)
	case old.Kind == plan.KindDir && w.Kind == plan.KindDir:
		return t.mergeDirs(old, w)
	case alike(old, &w):
	case old.overrides(&w):
		old.Replaces = w.From
		t.Alter(old.Path)
		return nil, nil
	case w.overrides(old):
		w.Replaces = old.From
		t.Alter(w.Path)
		return nil, t.put(&w)
	}
	same, err := SameContent(old, &w)
	if err != nil {
		return nil, err
	}
	if same {
		if w.Reason.Cause == plan.CauseLink {
			old.Serves = append(old.Serves, w.Reason.Path)
		}
		return nil, nil
	}
	return conflict(old, &w), nil
}

// overrides reports whether a file takes the place of another: of two items of files
// the later one wins where it names less, one file of a directory for instance. So do a
// program and a link of the spec.
func (w *Entry) overrides(old *Entry) bool {
	return w.Kind != plan.KindDir && old.Kind != plan.KindDir && old.Item > 0 && w.Item > old.Item &&
		strings.HasPrefix(w.Scope, strings.TrimSuffix(old.Scope, "/")+"/")
}

// mergeDirs lets a directory that the spec describes win over one that only
// came along.
func (t *Tree) mergeDirs(old *Entry, w Entry) (*diag.Diagnostic, error) {
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

func conflict(old, w *Entry) *diag.Diagnostic {
	d := &diag.Diagnostic{
		Code:    "path-conflict",
		At:      w.Reason.At,
		Message: fmt.Sprintf("two different things for %s: %s, and %s", w.Path, old.Origin(), w.Origin()),
		Fixes: []string{
			"give one of them another path",
			"take both from one source, so that they agree",
		},
	}
	if old.Item > 0 && w.Item > 0 && old.Item != w.Item {
		d.Fixes = append(d.Fixes, fmt.Sprintf("name the one that is wanted by itself, at the end of files: - {from: …, to: %s}", w.Path))
	}
	return d
}

// Origin says what an entry is and who asked, for a conflict.
func (w *Entry) Origin() string {
	what := ""
	switch {
	case w.Kind == plan.KindSymlink:
		what = "a link to " + w.Target
	case w.Kind == plan.KindDir:
		what = "a directory"
	case w.From != nil:
		what = fmt.Sprintf("%s of %s", w.From.Path, plan.TreeName(w.From.Tree))
	case w.Reason.Cause == plan.CauseFile:
		what = "a text of the spec"
	default:
		what = "a generated file"
	}
	if w.Reason.At != "" {
		what += " (" + w.Reason.At + ")"
	}
	return what
}

// alike reports whether two entries for one path are the same thing without a look at
// their content.
func alike(a, b *Entry) bool {
	switch {
	case !sameAttributes(a, b):
		return false
	case a.Kind == plan.KindSymlink:
		return a.Target == b.Target
	}
	return a.From != nil && b.From != nil && *a.From == *b.From
}

func sameAttributes(a, b *Entry) bool {
	return a.Kind == b.Kind && a.Mode == b.Mode && a.UID == b.UID && a.GID == b.GID
}

// SameContent reports whether two entries for one path are the same thing.
func SameContent(a, b *Entry) (bool, error) {
	if alike(a, b) {
		return true, nil
	}
	if !sameAttributes(a, b) || a.Kind == plan.KindSymlink {
		return false, nil
	}
	if isListedOnly(a) || isListedOnly(b) {
		return false, ErrContent
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

// ErrContent is met when a tree turns out to depend on what is in a file of which only
// the outside is known.
var ErrContent = errors.New("the file's content is not known")

// contentUnknown is what the infos of such files have besides.
type contentUnknown interface{ ContentUnknown() }

func isListedOnly(w *Entry) bool {
	_, ok := w.Info.(contentUnknown)
	return ok
}

func (w *Entry) open() (io.ReadCloser, error) {
	if w.From == nil {
		return io.NopCloser(bytes.NewReader(w.Data)), nil
	}
	return w.Source.Open(rootfs.Name(w.From.Path))
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

// misled is the link of a source of data that would lead an entry out of the place to
// which the link's own item puts things, or nil. In that place the source decides what
// there is; where files of others go it does not.
func (t *Tree) misled(e *Entry, where string) *Entry {
	dir := e.Path
	if e.Kind != plan.KindDir {
		dir = path.Dir(dir)
	}
	found, _ := rootfs.Resolve(t.View, dir) // the links that were followed are there in any case
	for _, l := range found.Links {
		link := t.Entries[l.Path]
		if link == nil || !link.Confined {
			continue
		}
		scope, err := t.View.Physical(link.Scope, true)
		if err != nil || !rootfs.Within(where, rootfs.Abs(scope)) {
			return link
		}
	}
	return nil
}

func misledEntry(e, link *Entry, where string) *diag.Diagnostic {
	return &diag.Diagnostic{
		Code: "path-conflict",
		At:   e.Reason.At,
		Message: fmt.Sprintf("%s cannot be placed: %s is a link to %s of %s (%s), which would lead it to %s",
			e.Path, link.Path, link.Target, plan.TreeName(link.From.Tree), link.Reason.At, where),
		Fixes: []string{
			"give it the path " + where + ", if it is to be there",
			"leave the link out of what is copied: name the files and directories beside it one by one",
		},
	}
}

// SlashFix is the way out where a file of the spec stands where others need a directory.
func SlashFix(up *Entry) string {
	if up.Kind == plan.KindFile && up.From != nil && up.Reason.At != "" {
		return fmt.Sprintf("to put %s into a directory %s, end it with a slash in %s: to: %s/", path.Base(up.From.Path), up.Path, up.Reason.At, up.Path)
	}
	return "give one of them another path"
}
