package oci

import (
	"archive/tar"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/pkg/archive/compression"
	"github.com/opencontainers/go-digest"
)

// File is a file or link in a layer.
type File struct {
	Path string
	Size int64  // in bytes, uncompressed
	Link string // the target of a symbolic link
	// Digest is the content's; empty for a link.
	Digest digest.Digest
}

// Files lists the files and links in all layers, in the order of the layers,
// without unpacking them.
func (img *Image) Files() ([]File, error) {
	var files []File
	for _, desc := range img.Manifest.Layers {
		more, err := layerFiles(blob(img.layout, desc.Digest))
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	return files, nil
}

func layerFiles(layer string) ([]File, error) {
	var files []File
	err := headers(layer, func(name string, h *tar.Header, content io.Reader) (err error) {
		file := File{Path: name, Size: h.Size, Link: h.Linkname}
		switch h.Typeflag {
		case tar.TypeDir:
			return nil
		case tar.TypeReg:
			file.Digest, err = digest.FromReader(content)
		}
		files = append(files, file)
		return err
	})
	return files, err
}

// Describe has a line for each entry of each layer, with all that its header says and the
// digest of its content.
func (img *Image) Describe() (string, error) {
	var b strings.Builder
	for i, desc := range img.Manifest.Layers {
		err := headers(blob(img.layout, desc.Digest), func(name string, h *tar.Header, content io.Reader) error {
			sum, err := digest.FromReader(content)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "%d %s %c %04o %d:%d %d", i, name, h.Typeflag, h.Mode, h.Uid, h.Gid, h.ModTime.Unix())
			if h.Linkname != "" {
				fmt.Fprintf(&b, " -> %s", h.Linkname)
			}
			if h.Size > 0 {
				fmt.Fprintf(&b, " %d bytes, %s", h.Size, sum)
			}
			for _, key := range slices.Sorted(maps.Keys(h.PAXRecords)) {
				fmt.Fprintf(&b, " %s=%q", key, h.PAXRecords[key])
			}
			fmt.Fprintln(&b)
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// headers calls do for each entry of a layer, with its absolute path.
func headers(layer string, do func(name string, h *tar.Header, content io.Reader) error) error {
	f, err := os.Open(layer)
	if err != nil {
		return err
	}
	defer f.Close()
	plain, err := compression.DecompressStream(f)
	if err != nil {
		return err
	}
	defer plain.Close()
	for r := tar.NewReader(plain); ; {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := do(path.Join("/", h.Name), h, r); err != nil {
			return err
		}
	}
}
