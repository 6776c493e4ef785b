// Package layout reads what is in the images of an OCI image layout
// (image-spec 1.1, image-layout.md), without unpacking them to disk.
package layout

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/containerd/platforms"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// maxJSON bounds an index, a manifest or a config, in bytes.
const maxJSON = 16 << 20

// attestation marks the manifests of an index that are no images.
const attestation = "vnd.docker.reference.type"

// Read describes every image of a layout: of a directory, or of a Tar.
func Read(fsys fs.FS) ([]report.Image, error) {
	r := &reader{fsys: fsys}
	err := r.read()
	return r.images, err
}

// Plans makes a plan of what is in each image of a layout: a plan without a base and
// without sources, whose entries say nothing of why they are there. It has what rules ask
// about, as far as the files tell.
func Plans(fsys fs.FS) ([]*plan.Plan, error) {
	spool, err := newSpool()
	if err != nil {
		return nil, err
	}
	defer spool.close()
	r := &reader{fsys: fsys, spool: spool}
	err = r.read()
	return r.plans, err
}

func (r *reader) read() error {
	text, err := fs.ReadFile(r.fsys, ocispecs.ImageIndexFile)
	if err != nil {
		return err
	}
	var index ocispecs.Index
	if err := json.Unmarshal(text, &index); err != nil {
		return fmt.Errorf("%s: %w", ocispecs.ImageIndexFile, err)
	}
	if err := r.index(index); err != nil {
		return err
	}
	if len(r.images) == 0 {
		return errors.New("the layout has no image")
	}
	return nil
}

type reader struct {
	fsys   fs.FS
	images []report.Image
	depth  int
	// spool has the contents of files looked at, for plans; nil for no plans.
	spool *spool
	plans []*plan.Plan
}

func (r *reader) index(index ocispecs.Index) error {
	if r.depth++; r.depth > 8 {
		return errors.New("indexes in indexes, too many")
	}
	defer func() { r.depth-- }()
	for _, desc := range index.Manifests {
		if desc.Annotations[attestation] != "" {
			continue
		}
		if err := r.descriptor(desc); err != nil {
			return fmt.Errorf("%s: %w", desc.Digest, err)
		}
	}
	return nil
}

func (r *reader) descriptor(desc ocispecs.Descriptor) error {
	switch desc.MediaType {
	case ocispecs.MediaTypeImageIndex, "application/vnd.docker.distribution.manifest.list.v2+json":
		var nested ocispecs.Index
		if err := r.json(desc, &nested); err != nil {
			return err
		}
		return r.index(nested)
	case ocispecs.MediaTypeImageManifest, "application/vnd.docker.distribution.manifest.v2+json":
		return r.manifest(desc)
	}
	return fmt.Errorf("a manifest of type %s, which is not known", desc.MediaType)
}

func (r *reader) manifest(desc ocispecs.Descriptor) error {
	var manifest ocispecs.Manifest
	if err := r.json(desc, &manifest); err != nil {
		return err
	}
	var config dockerspec.DockerOCIImage
	if err := r.json(manifest.Config, &config); err != nil {
		return err
	}
	t := newTree()
	t.spool = r.spool
	names := layerNames(config.Image, len(manifest.Layers))
	for i, layer := range manifest.Layers {
		if err := r.layer(t, layer, names[i].Name); err != nil {
			return fmt.Errorf("layer %s: %w", layer.Digest, err)
		}
	}
	img, err := t.image(names)
	img.Platform = platforms.Format(config.Platform)
	r.images = append(r.images, img)
	if err != nil || r.spool == nil {
		return err
	}
	p := t.plan(img, manifest, config)
	r.plans = append(r.plans, p)
	return t.addBroken(p)
}

// ours begins what the history says of a layer that Sinter made.
const ours = "sinter: "

// layerNames names layers after the history: those that Sinter has made as it
// calls them, others by their numbers.
func layerNames(config ocispecs.Image, n int) []report.Layer {
	var history []ocispecs.History
	for _, h := range config.History {
		if !h.EmptyLayer {
			history = append(history, h)
		}
	}
	out := make([]report.Layer, n)
	sinter := false
	for i := range out {
		out[i] = report.Layer{Name: fmt.Sprintf("layer %d", i+1)}
		if len(history) != n {
			continue
		}
		if name, ok := strings.CutPrefix(history[i].CreatedBy, ours); ok {
			sinter = true
			out[i].Name, out[i].Title = name, title(history[i].Comment)
		} else {
			out[i].Title = history[i].CreatedBy
		}
	}
	for i := range out {
		out[i].Base = sinter && strings.HasPrefix(out[i].Name, "layer ")
	}
	return out
}

// title is a layer's comment without the number of files and bytes.
func title(comment string) string {
	if i := strings.LastIndex(comment, ": "); i > 0 {
		return comment[:i]
	}
	return comment
}

// blob opens a blob; reading it to its end checks its digest.
func (r *reader) blob(desc ocispecs.Descriptor) (*blob, error) {
	if err := desc.Digest.Validate(); err != nil {
		return nil, err
	}
	f, err := r.fsys.Open(path.Join(ocispecs.ImageBlobsDir, desc.Digest.Algorithm().String(), desc.Digest.Encoded()))
	if err != nil {
		return nil, err
	}
	return &blob{File: f, verifier: desc.Digest.Verifier()}, nil
}

type blob struct {
	fs.File
	verifier digest.Verifier
}

func (b *blob) Read(p []byte) (int, error) {
	n, err := b.File.Read(p)
	_, _ = b.verifier.Write(p[:n]) // a hash does not fail
	if errors.Is(err, io.EOF) && !b.verifier.Verified() {
		return n, errors.New("the content does not have the digest that it should")
	}
	return n, err
}

func (r *reader) json(desc ocispecs.Descriptor, v any) error {
	b, err := r.blob(desc)
	if err != nil {
		return err
	}
	defer b.Close()
	text, err := io.ReadAll(io.LimitReader(b, maxJSON))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}
