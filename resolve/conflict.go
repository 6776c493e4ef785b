package resolve

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

// merge decides between two entries for one path.
func (t *tree) merge(old *entry, w entry) (*diag.Diagnostic, error) {
	switch {
	case w.soft: // the first of two that give way stays
		return nil, nil
	case old.soft:
		return nil, t.put(&w)
	case old.Kind == plan.KindDir && w.Kind == plan.KindDir:
		return t.mergeDirs(old, w)
	case alike(old, &w):
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

// overrides reports whether a file takes the place of another: of two items of files
// the later one wins where it names less, one file of a directory for instance. So do a
// program and a link of the spec.
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

// origin says what an entry is and who asked, for a conflict.
func (w *entry) origin() string {
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
func alike(a, b *entry) bool {
	switch {
	case !sameAttributes(a, b):
		return false
	case a.Kind == plan.KindSymlink:
		return a.Target == b.Target
	}
	return a.From != nil && b.From != nil && *a.From == *b.From
}

func sameAttributes(a, b *entry) bool {
	return a.Kind == b.Kind && a.Mode == b.Mode && a.UID == b.UID && a.GID == b.GID
}

// sameContent reports whether two entries for one path are the same thing.
func sameContent(a, b *entry) (bool, error) {
	if alike(a, b) {
		return true, nil
	}
	if !sameAttributes(a, b) || a.Kind == plan.KindSymlink {
		return false, nil
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

// listedOnly reports whether an entry's size and content are unknown.
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
