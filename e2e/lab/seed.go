package lab

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// image is an image for the registry: one manifest a platform, in an index.
type image struct {
	repo, tag string
	variants  []variant
}

// variant is an image for one architecture, of one layer.
type variant struct {
	arch   string
	layer  layer
	config ocispec.ImageConfig
}

// prepareImages makes, or finds in the cache, the layers of all images.
func prepareImages(ctx context.Context, root string, log io.Writer) ([]image, error) {
	cache := filepath.Join(root, ".build", "cache")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	trees := map[string]layer{}
	for _, r := range []recipe{slim(), foreignSlim("arm64"), distroless("amd64"), distroless("arm64")} {
		l, err := r.tree(ctx, cache, log)
		if err != nil {
			return nil, err
		}
		trees[r.name+"/"+r.arch] = l
	}
	dockerfile, err := dockerfileFrontend(root, cache)
	if err != nil {
		return nil, err
	}
	debian := ocispec.ImageConfig{Env: []string{defaultPath}, Cmd: []string{"bash"}}
	plain := ocispec.ImageConfig{
		User:       "0",
		Env:        []string{defaultPath, "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"},
		WorkingDir: "/",
	}
	nonroot := plain
	nonroot.User, nonroot.WorkingDir = "65532", "/home/nonroot"
	both := func(tree string, config ocispec.ImageConfig) []variant {
		return []variant{
			{arch: "amd64", layer: trees[tree+"/amd64"], config: config},
			{arch: "arm64", layer: trees[tree+"/arm64"], config: config},
		}
	}
	return []image{
		{"library/debian", "bookworm-slim", both("debian", debian)},
		{"distroless/base-debian12", "latest", both("distroless", plain)},
		{"distroless/base-debian12", "nonroot", both("distroless", nonroot)},
		{"docker/dockerfile", "1", []variant{dockerfile}},
	}, nil
}

// DebianTree returns the path of a gzipped tar with the tree of debian:SUITE-slim for an
// architecture, for bookworm and amd64 as the lab's registry has it. It is made when it is
// not in the cache of the repository at root. This machine must run programs of the
// architecture.
func DebianTree(ctx context.Context, root, suite, arch string, log io.Writer) (string, error) {
	cache := filepath.Join(root, ".build", "cache")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	r := slim()
	if r.suite = suite; arch != r.arch {
		// That its programs run here is seen soon enough.
		r.arch, r.args = arch, append(r.args, "--skip=check/qemu")
	}
	l, err := r.tree(ctx, cache, log)
	return l.Path, err
}

// dockerfileFrontend is the image that BuildKit's project builds with
// frontend/dockerfile/cmd/dockerfile-frontend/Dockerfile.
func dockerfileFrontend(root, cache string) (variant, error) {
	program, err := os.ReadFile(toolPath(root, "dockerfile-frontend"))
	if err != nil {
		return variant{}, err
	}
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "bin/", Mode: 0o755}); err != nil {
		return variant{}, err
	}
	if err := w.WriteHeader(&tar.Header{Name: "bin/dockerfile-frontend", Mode: 0o755, Size: int64(len(program))}); err != nil {
		return variant{}, err
	}
	if _, err := w.Write(program); err != nil {
		return variant{}, err
	}
	if err := w.Close(); err != nil {
		return variant{}, err
	}
	// Not looked up in the cache: the program may have been built anew.
	l, err := writeLayer(filepath.Join(cache, "dockerfile-frontend.tar.gz"), &buf)
	return variant{arch: "amd64", layer: l, config: ocispec.ImageConfig{
		Env:        []string{defaultPath},
		WorkingDir: "/",
		Entrypoint: []string{"/bin/dockerfile-frontend"},
		Labels: map[string]string{
			"moby.buildkit.frontend.network.none": "true",
			"moby.buildkit.frontend.caps": "moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests," +
				"moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring,moby.buildkit.frontend.contexts.zstd",
		},
	}}, err
}

// seed pushes the images to the registry.
func (l *Lab) seed(ctx context.Context, images []image) error {
	p := newPusher(l.Registry)
	for _, img := range images {
		if err := img.push(ctx, p); err != nil {
			return fmt.Errorf("push %s:%s: %w", img.repo, img.tag, err)
		}
		for _, v := range img.variants {
			l.seeded[v.layer.DiffID.String()] = true
		}
	}
	return nil
}

func (img image) push(ctx context.Context, p pusher) error {
	index := ocispec.Index{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageIndex,
	}
	for _, v := range img.variants {
		desc, err := v.push(ctx, p, img.repo)
		if err != nil {
			return err
		}
		index.Manifests = append(index.Manifests, desc)
	}
	data, err := json.Marshal(index)
	if err != nil {
		return err
	}
	_, err = p.manifest(ctx, img.repo, img.tag, index.MediaType, data)
	return err
}

func (v variant) push(ctx context.Context, p pusher, repo string) (ocispec.Descriptor, error) {
	config, err := json.Marshal(v.image())
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	configDesc, err := p.bytes(ctx, repo, ocispec.MediaTypeImageConfig, config)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	layerDesc, err := v.pushLayer(ctx, p, repo)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	manifest := ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageManifest,
		Config:    configDesc,
		Layers:    []ocispec.Descriptor{layerDesc},
	}
	data, err := json.Marshal(manifest)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	desc, err := p.manifest(ctx, repo, "", manifest.MediaType, data)
	desc.Platform = v.platform()
	return desc, err
}

func (v variant) image() ocispec.Image {
	created := time.Unix(treeEpoch, 0).UTC()
	return ocispec.Image{
		Created:  &created,
		Platform: *v.platform(),
		Config:   v.config,
		RootFS:   ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{v.layer.DiffID}},
		History:  []ocispec.History{{Created: &created, CreatedBy: "the lab's recipe"}},
	}
}

func (v variant) platform() *ocispec.Platform {
	return &ocispec.Platform{OS: "linux", Architecture: v.arch}
}

func (v variant) pushLayer(ctx context.Context, p pusher, repo string) (ocispec.Descriptor, error) {
	desc := ocispec.Descriptor{
		MediaType: ocispec.MediaTypeImageLayerGzip,
		Digest:    v.layer.Digest,
		Size:      v.layer.Size,
	}
	f, err := os.Open(v.layer.Path)
	if err != nil {
		return desc, err
	}
	defer f.Close()
	return desc, p.blob(ctx, repo, desc.Digest, f, desc.Size)
}
