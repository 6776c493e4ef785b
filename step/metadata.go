package step

import (
	"bytes"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// writeMetadata writes the plan's package metadata below a directory, those
// of each layer in a directory of their own, each file as it is to be in the image.
// The directories that they are in become what they are to be with the layer.
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
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(writers)
	for _, e := range p.Entries {
		if !e.IsMetadata() || e.Layer != layer {
			continue
		}
		name := filepath.Join(dir, e.Path)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		g.Go(func() error { return writeFile(name, e, trees) })
	}
	return g.Wait()
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
	return setAttributes(name, e)
}

// setAttributes gives a file of root with the mode 0644 what it is to have instead.
// Changing the owner can clear bits of the mode, and so comes first.
func setAttributes(name string, e plan.Entry) error {
	owned := e.UID != 0 || e.GID != 0
	if owned {
		if err := os.Chown(name, int(e.UID), int(e.GID)); err != nil {
			return err
		}
	}
	if !owned && e.FileMode() == 0o644 {
		return nil
	}
	return os.Chmod(name, e.FileMode())
}
