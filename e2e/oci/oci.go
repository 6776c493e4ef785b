// Package oci reads an exported OCI image layout (image-spec 1.1) the way that a
// container engine would, and lists what is in its images.
package oci

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/containerd/platforms"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Image is an image of one platform in a layout.
type Image struct {
	Platform string // like "linux/amd64"
	Manifest ocispec.Manifest
	Digest   digest.Digest // of the manifest
	Config   ocispec.Image
	// RawConfig has what Config's type does not know: a health check, say.
	RawConfig []byte

	layout string
}

// Size is the sum of the layers as they are, compressed.
func (img *Image) Size() int64 {
	var sum int64
	for _, l := range img.Manifest.Layers {
		sum += l.Size
	}
	return sum
}

// Open returns the images of the layout in dir, by platform. Attestations are
// not images.
func Open(dir string) ([]*Image, error) {
	var index ocispec.Index
	if err := readJSON(filepath.Join(dir, ocispec.ImageIndexFile), &index); err != nil {
		return nil, err
	}
	images, err := fromIndex(dir, index)
	slices.SortFunc(images, func(a, b *Image) int {
		if a.Platform < b.Platform {
			return -1
		}
		return 1
	})
	return images, err
}

func fromIndex(dir string, index ocispec.Index) ([]*Image, error) {
	var images []*Image
	for _, desc := range index.Manifests {
		if desc.Annotations["vnd.docker.reference.type"] != "" {
			continue
		}
		switch desc.MediaType {
		case ocispec.MediaTypeImageIndex:
			var nested ocispec.Index
			if err := readJSON(blob(dir, desc.Digest), &nested); err != nil {
				return nil, err
			}
			more, err := fromIndex(dir, nested)
			if err != nil {
				return nil, err
			}
			images = append(images, more...)
		case ocispec.MediaTypeImageManifest:
			img, err := fromManifest(dir, desc.Digest)
			if err != nil {
				return nil, err
			}
			images = append(images, img)
		default:
			return nil, fmt.Errorf("unexpected media type %s", desc.MediaType)
		}
	}
	return images, nil
}

func fromManifest(dir string, dgst digest.Digest) (*Image, error) {
	img := &Image{Digest: dgst, layout: dir}
	if err := readJSON(blob(dir, dgst), &img.Manifest); err != nil {
		return nil, err
	}
	var err error
	if img.RawConfig, err = os.ReadFile(blob(dir, img.Manifest.Config.Digest)); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(img.RawConfig, &img.Config); err != nil {
		return nil, err
	}
	if layers, ids := len(img.Manifest.Layers), len(img.Config.RootFS.DiffIDs); layers != ids {
		return nil, fmt.Errorf("%d layers but %d diff IDs", layers, ids)
	}
	img.Platform = platforms.Format(img.Config.Platform)
	return img, nil
}

func blob(dir string, dgst digest.Digest) string {
	return filepath.Join(dir, ocispec.ImageBlobsDir, dgst.Algorithm().String(), dgst.Encoded())
}

func readJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}
