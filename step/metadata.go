package step

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// writeMetadata writes the plan's package metadata below a directory, those
// of each layer in a directory of their own, and the directories they are in, each
// as it is to be in the image.
func writeMetadata(dir string, p *plan.Plan, trees map[string]rootfs.FS) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for i, l := range p.Layers {
		if err := writeLayerMetadata(filepath.Join(dir, llbgen.MetadataDir(i)), p, l.Name, trees); err != nil {
			return err
		}
	}
	return nil
}

// writers is how many files are written at a time: they are many and small, and
// each one waits for the file system.
const writers = 4

func writeLayerMetadata(dir string, p *plan.Plan, layer string, trees map[string]rootfs.FS) error {
	above := map[string]bool{}
	var files []plan.Entry
	for _, e := range p.Entries {
		if !e.IsMetadata() || e.Layer != layer {
			continue
		}
		files = append(files, e)
		for up := path.Dir(e.Path); up != "/"; up = path.Dir(up) {
			above[up] = true
		}
	}
	dirs := slices.DeleteFunc(slices.Clone(p.Entries), func(e plan.Entry) bool { return !above[e.Path] })
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, e := range dirs { // parents come first
		if err := os.Mkdir(filepath.Join(dir, e.Path), 0o755); err != nil {
			return err
		}
	}
	var g errgroup.Group
	g.SetLimit(writers)
	for _, e := range files {
		g.Go(func() error { return writeFile(filepath.Join(dir, e.Path), e, trees) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, e := range dirs { // the files do not get a directory's group any more
		if err := setAttributes(filepath.Join(dir, e.Path), e, 0o755); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(name string, e plan.Entry, trees map[string]rootfs.FS) error {
	var in io.Reader = bytes.NewReader(e.Data)
	if e.From != nil {
		f, err := trees[e.From.Tree].Open(rootfs.Name(e.From.Path))
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return setAttributes(name, e, 0o644)
}

// setAttributes gives a file of root with a mode what it is to have instead.
// Changing the owner can clear bits of the mode, and so comes first.
func setAttributes(name string, e plan.Entry, mode fs.FileMode) error {
	owned := e.UID != 0 || e.GID != 0
	if owned {
		if err := os.Chown(name, int(e.UID), int(e.GID)); err != nil {
			return err
		}
	}
	if !owned && e.FileMode() == mode {
		return nil
	}
	return os.Chmod(name, e.FileMode())
}
