package oci

import (
	"archive/tar"
	"io"
	"os"
	"path"

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
