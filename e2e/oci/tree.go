package oci

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/containerd/containerd/v2/pkg/archive"
	"github.com/containerd/containerd/v2/pkg/archive/compression"
)

// Tree is an unpacked image.
type Tree struct {
	Root string
	// own holds the paths in the layers above the base.
	own map[string]bool
	// base holds the times of the base's directories.
	base map[string]time.Time
}

// Unpack applies the image's layers to the empty directory root. Layers for
// which isBase is true belong to a base image: they come first and are not
// listed. In the others everything must carry the time epoch, but for the base's
// directories that keep their own, and nothing may be removed.
func (img *Image) Unpack(ctx context.Context, root string, isBase func(diffID string) bool, epoch time.Time) (*Tree, error) {
	t := &Tree{Root: root, own: map[string]bool{"/": true}, base: map[string]time.Time{}}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, err
	}
	own := false
	for i, desc := range img.Manifest.Layers {
		path := blob(img.layout, desc.Digest)
		if err := apply(ctx, root, path); err != nil {
			return nil, err
		}
		if isBase(img.Config.RootFS.DiffIDs[i].String()) {
			if own {
				return nil, fmt.Errorf("layer %d of the base comes after layers of ours", i)
			}
			if err := t.noteTimes(path); err != nil {
				return nil, err
			}
			continue
		}
		own = true
		if err := t.inspect(path, epoch); err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
	}
	return t, nil
}

func apply(ctx context.Context, root, layer string) error {
	f, err := os.Open(layer)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := compression.DecompressStream(f)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = archive.Apply(ctx, root, r)
	return err
}

// noteTimes reads the times of directories in a layer of the base.
func (t *Tree) noteTimes(layer string) error {
	return headers(layer, func(name string, h *tar.Header, _ io.Reader) error {
		if h.Typeflag == tar.TypeDir {
			t.base[name] = h.ModTime
		}
		return nil
	})
}

// inspect reads a layer of ours.
func (t *Tree) inspect(layer string, epoch time.Time) error {
	return headers(layer, func(name string, h *tar.Header, _ io.Reader) error {
		kept := h.Typeflag == tar.TypeDir && h.ModTime.Equal(t.base[name]) ||
			strings.Contains(name, "/python3") // modules' times stand in their bytecode, and their directories are copied with them
		switch {
		case strings.HasPrefix(path.Base(name), ".wh."):
			return fmt.Errorf("%s removes a file", name)
		case !kept && !h.ModTime.Equal(epoch):
			return fmt.Errorf("%s carries the time %s", name, h.ModTime.UTC())
		}
		t.own[name] = true
		return nil
	})
}

// List describes the tree above the base, one line a path, sorted:
//
//	PATH file MODE UID:GID
//	PATH dir MODE UID:GID
//	PATH link TARGET
//
// What is in the directories hidden is left out. Package metadata is not listed
// unless it is asked for, for it would be the most of every listing; how much of it
// there is stands in the last line.
func (t *Tree) List(hidden []string, metadata bool) (string, error) {
	nodes, err := t.nodes(hidden)
	if err != nil {
		return "", err
	}
	files := 0
	if !metadata {
		nodes, files = withoutMetadata(nodes)
	}
	var b strings.Builder
	for _, n := range nodes {
		fmt.Fprintf(&b, "%s %s\n", n.path, n.what)
	}
	last, err := t.summary(files)
	return b.String() + last, err
}

// nodes lists the tree above the base.
func (t *Tree) nodes(hidden []string) ([]node, error) {
	var out []node
	err := filepath.WalkDir(t.Root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := path.Join("/", strings.TrimPrefix(file, t.Root))
		if !t.own[name] {
			return nil
		}
		what, err := describe(file, d)
		out = append(out, node{name, what})
		if err == nil && slices.Contains(hidden, name) {
			return fs.SkipDir
		}
		return err
	})
	return out, err
}

func describe(file string, d fs.DirEntry) (string, error) {
	info, err := d.Info()
	if err != nil {
		return "", err
	}
	stat := info.Sys().(*syscall.Stat_t)
	switch info.Mode().Type() {
	case fs.ModeSymlink:
		target, err := os.Readlink(file)
		return "link " + target, err
	case fs.ModeDir:
		return fmt.Sprintf("dir %04o %d:%d", stat.Mode&0o7777, stat.Uid, stat.Gid), nil
	case 0:
		return fmt.Sprintf("file %04o %d:%d", stat.Mode&0o7777, stat.Uid, stat.Gid), nil
	}
	return "", fmt.Errorf("%s is neither file, directory nor link", file)
}
