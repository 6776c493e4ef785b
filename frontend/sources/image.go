package sources

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"

	"github.com/sinter-build/sinter/plan"
)

// image is the image of a reference that stands at a node of the spec. A named
// context for the reference replaces it, as in a Dockerfile's FROM.
func (l *Loader) image(ctx context.Context, source, ref, at string) (*Tree, error) {
	if tree, err := l.namedContext(ctx, ref); tree != nil || err != nil {
		return tree, err
	}
	name, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return nil, failure("invalid-image", at, fmt.Sprintf("%q is not an image reference: %v", ref, err))
	}
	resolved, dgst, config, err := l.resolve(ctx, source, name)
	if err != nil {
		return nil, l.noImage(name, at, err)
	}
	pinned, err := withDigest(resolved, dgst)
	if err != nil {
		return nil, err
	}
	img := &dockerspec.DockerOCIImage{}
	if err := json.Unmarshal(config, img); err != nil {
		return nil, failure("image-damaged", at,
			fmt.Sprintf("the config of image %s cannot be read: %v", reference.FamiliarString(name), err),
			"use an image that a container runtime can start")
	}
	st := llb.Image(pinned,
		llb.Platform(l.Platform),
		l.UI.ImageResolveMode,
		llb.WithCustomNamef("[%s] %s", source, reference.FamiliarString(name)),
		l.Locate(at),
	)
	if st, err = st.WithImageConfig(config); err != nil {
		return nil, err
	}
	about := plan.Source{Kind: plan.SourceImage, Reference: ref, Digest: dgst.String()}
	return &Tree{State: st, Image: img, About: about}, nil
}

// resolve asks the registry for the digest and the config of an image.
func (l *Loader) resolve(ctx context.Context, source string, name reference.Named) (string, digest.Digest, []byte, error) {
	ref := reference.TagNameOnly(name).String()
	return l.Client.ResolveImageConfig(ctx, ref, sourceresolver.Opt{
		LogName: fmt.Sprintf("[%s] look up %s for %s", source, ref, platforms.Format(l.Platform)),
		ImageOpt: &sourceresolver.ResolveImageOpt{
			Platform:    &l.Platform,
			ResolveMode: l.UI.ImageResolveMode.String(),
		},
	})
}

// withDigest pins a reference, so that the tree that is analysed is the one
// that is copied from.
func withDigest(ref string, dgst digest.Digest) (string, error) {
	name, err := reference.ParseNormalizedNamed(ref)
	if err != nil || dgst == "" {
		return ref, err
	}
	if _, ok := name.(reference.Canonical); ok {
		return ref, nil
	}
	pinned, err := reference.WithDigest(name, dgst)
	if err != nil {
		return "", err
	}
	return pinned.String(), nil
}
