package gatewaytest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// unpack puts what is in an archive into the tree, as BuildKit does
// (solver/llbsolver/file/unpack.go): directories that are there already become what they
// are in the archive, all else is replaced, and directories get their times last.
func (w *work) unpack(data []byte, dst string) error {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("an archive that gzip has not made: %w", err)
	}
	var dirs []*tar.Header
	for archive := tar.NewReader(zip); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		file := File{Mode: goMode(uint32(h.Mode)), UID: uint32(h.Uid), GID: uint32(h.Gid), Time: h.ModTime}
		switch h.Typeflag {
		case tar.TypeDir:
			file.Mode |= fs.ModeDir
			dirs = append(dirs, h)
		case tar.TypeSymlink:
			file.Mode |= fs.ModeSymlink
			file.Target = h.Linkname
		case tar.TypeReg:
			if file.Data, err = io.ReadAll(archive); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s: there are no archives with that in memory", h.Name)
		}
		name := path.Join(dst, h.Name)
		if parent, ok := w.tree.lookup(path.Dir(name)); path.Dir(name) != "/" && (!ok || !parent.Mode.IsDir()) {
			return fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
		}
		if there, ok := w.tree.lookup(name); ok && there.Mode.IsDir() && !file.Mode.IsDir() {
			return fmt.Errorf("%s replaces a directory", name)
		}
		w.add(name, file)
	}
	for _, h := range dirs {
		name := path.Join(dst, h.Name)
		dir := w.tree[name]
		dir.Time = h.ModTime
		w.tree[name] = dir
	}
	return nil
}
