// Package registry shows an image of a registry as an OCI image layout, of which
// nothing is fetched but what is read.
package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"

	"github.com/containerd/platforms"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// layout is the image of a reference.
type layout struct {
	repo    name.Repository
	options []remote.Option
	// index is index.json, and manifests are the blobs that a registry keeps apart.
	index     []byte
	manifests map[string][]byte
}

// Open finds an image. Of several platforms those that are named are there; all of them
// if none is. Credentials are those of docker, and a registry on loopback or in a private
// network may speak plain HTTP.
func Open(ctx context.Context, reference string, wanted []string) (fs.FS, error) {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	l := &layout{
		repo:      ref.Context(),
		options:   []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)},
		manifests: map[string][]byte{},
	}
	found, err := remote.Get(ref, l.options...)
	if err != nil {
		return nil, err
	}
	top := descriptor(found.Descriptor)
	l.manifests[found.Digest.Hex] = found.Manifest
	chosen := []ocispecs.Descriptor{top}
	if found.MediaType.IsIndex() {
		if chosen, err = l.choose(found.Manifest, wanted); err != nil {
			return nil, fmt.Errorf("%s: %w", reference, err)
		}
	}
	l.index, err = json.Marshal(ocispecs.Index{Versioned: specs.Versioned{SchemaVersion: 2}, Manifests: chosen})
	return l, err
}

func descriptor(d v1.Descriptor) ocispecs.Descriptor {
	return ocispecs.Descriptor{MediaType: string(d.MediaType), Digest: digest.Digest(d.Digest.String()), Size: d.Size}
}

// choose returns the images of an index for the platforms that are wanted, and fetches
// their manifests.
func (l *layout) choose(text []byte, wanted []string) ([]ocispecs.Descriptor, error) {
	var index ocispecs.Index
	if err := json.Unmarshal(text, &index); err != nil {
		return nil, err
	}
	var matchers []platforms.Matcher
	for _, w := range wanted {
		p, err := platforms.Parse(w)
		if err != nil {
			return nil, err
		}
		matchers = append(matchers, platforms.OnlyStrict(p))
	}
	var chosen []ocispecs.Descriptor
	for _, d := range index.Manifests {
		if len(matchers) > 0 && !matches(matchers, d.Platform) {
			continue
		}
		found, err := remote.Get(l.repo.Digest(d.Digest.String()), l.options...)
		if err != nil {
			return nil, err
		}
		l.manifests[found.Digest.Hex] = found.Manifest
		chosen = append(chosen, d)
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("it has no image for %v", wanted)
	}
	return chosen, nil
}

func matches(matchers []platforms.Matcher, p *ocispecs.Platform) bool {
	for _, m := range matchers {
		if p != nil && m.Match(*p) {
			return true
		}
	}
	return false
}

// Open implements fs.FS.
func (l *layout) Open(file string) (fs.File, error) {
	if file == ocispecs.ImageIndexFile {
		return content(file, l.index), nil
	}
	dir, hex := path.Split(file)
	if path.Clean(dir) != path.Join(ocispecs.ImageBlobsDir, "sha256") {
		return nil, &fs.PathError{Op: "open", Path: file, Err: fs.ErrNotExist}
	}
	if text, ok := l.manifests[hex]; ok {
		return content(file, text), nil
	}
	layer, err := remote.Layer(l.repo.Digest("sha256:"+hex), l.options...)
	if err != nil {
		return nil, err
	}
	size, err := layer.Size()
	if err != nil {
		return nil, err
	}
	r, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	return &blob{ReadCloser: r, name: path.Base(file), size: size}, nil
}

func content(file string, text []byte) fs.File {
	return &blob{ReadCloser: io.NopCloser(bytes.NewReader(text)), name: path.Base(file), size: int64(len(text))}
}

// blob is a file, and its own fs.FileInfo.
type blob struct {
	io.ReadCloser
	name string
	size int64
}

func (b *blob) Stat() (fs.FileInfo, error) { return b, nil }
func (b *blob) Name() string               { return b.name }
func (b *blob) Size() int64                { return b.size }
func (b *blob) Mode() fs.FileMode          { return 0o444 }
func (b *blob) ModTime() time.Time         { return time.Time{} }
func (b *blob) IsDir() bool                { return false }
func (b *blob) Sys() any                   { return nil }
