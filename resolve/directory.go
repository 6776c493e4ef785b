package resolve

import (
	"fmt"
	"io/fs"
	"path"
	"unicode/utf8"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// copier adds a directory of a source with all that is below it.
type copier struct {
	*resolver
	tree   string
	file   spec.File
	reason plan.Reason
	// whole tells that files keep their modes.
	whole bool
	count int
	// special are files that are refused: see specialName.
	special []string
}

// directory adds one directory and goes on below it. Links are kept as they
// are; sockets, devices and pipes do not belong into an image and are refused.
func (c *copier) directory(from, to string) error {
	tree := c.Trees[c.tree]
	info, err := tree.Lstat(rootfs.Name(from))
	if err != nil {
		return err
	}
	if to != "/" {
		if err := c.want(plan.KindDir, from, to, info); err != nil {
			return err
		}
	}
	entries, err := fs.ReadDir(tree, rootfs.Name(from))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !utf8.ValidString(e.Name()) {
			c.Report(diag.Diagnostic{
				Code:    "name-not-utf8",
				At:      c.file.At + ".from",
				Message: fmt.Sprintf("%q in %s has a name that is not UTF-8 text", path.Join(from, e.Name()), plan.TreeName(c.tree)),
				Fixes:   []string{"rename it", "name the files beside it one by one"},
			})
			continue
		}
		if c.count++; c.count > draft.MaxFiles {
			c.Report(diag.Diagnostic{
				Code:    "too-many-files",
				At:      c.file.At,
				Message: fmt.Sprintf("%s holds more than %d files", draft.DescribeRef(c.file.From), draft.MaxFiles),
				Fixes:   []string{"name the part of it that the program needs"},
			})
			return nil
		}
		if err := c.entry(path.Join(from, e.Name()), path.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) entry(from, to string) error {
	info, err := c.Trees[c.tree].Lstat(rootfs.Name(from))
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		return c.directory(from, to)
	case info.Mode().IsRegular():
		return c.want(plan.KindFile, from, to, info)
	case info.Mode()&fs.ModeSymlink != 0:
		return c.want(plan.KindSymlink, from, to, info)
	default:
		c.special = append(c.special, specialName(from, info.Mode()))
	}
	return nil
}

func (c *copier) want(kind plan.Kind, from, to string, info fs.FileInfo) error {
	w := imagetree.Entry{Source: c.Trees[c.tree], Info: info}
	w.Entry = plan.Entry{Path: to, Kind: kind, From: &plan.Origin{Tree: c.tree, Path: from}, Reason: c.reason}
	w.Whole = c.whole
	w.Mode, w.UID, w.GID = imagetree.Attributes(info)
	if c.file.Owner != nil {
		w.UID, w.GID = c.file.Owner.UID, c.file.Owner.GID
	}
	switch kind {
	case plan.KindSymlink:
		w.Mode = 0
		target, err := w.Source.ReadLink(rootfs.Name(from))
		if err != nil {
			return err
		}
		w.Target = target
	case plan.KindFile:
		w.Size = info.Size()
		if c.file.Mode != nil {
			w.Mode = *c.file.Mode
		}
	}
	c.resolver.Want(w)
	return nil
}
