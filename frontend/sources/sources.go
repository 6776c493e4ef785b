// Package sources turns the base and the sources of a spec into LLB, for one
// platform of a build: images with their digests, stages of Dockerfiles, build
// contexts, repositories and downloads, and whatever the build gives in their
// place.
package sources

import (
	"context"
	"fmt"
	"time"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// Loader makes the trees of one platform. Errors that a user can mend are
// diagnostics (diag.List); others are BuildKit's own.
type Loader struct {
	Client client.Client
	UI     *dockerui.Client
	Spec   *spec.Spec
	// Platform is the image's platform.
	Platform ocispecs.Platform
	// Epoch is the SOURCE_DATE_EPOCH of Dockerfiles, where the build gives one.
	Epoch time.Time
	// Locate makes a vertex point at nodes of the spec, and Ranges tells where these
	// are in its Text.
	Locate func(at ...string) llb.ConstraintsOpt
	Ranges func(at ...string) []*pb.Range
	Text   []byte
}

// Tree is a file tree that a build reads.
type Tree struct {
	State llb.State
	// Image is the config of the image that it is, or nil.
	Image *dockerspec.DockerOCIImage
	// Local tells that it is a directory of the client, which BuildKit knows by
	// its content alone.
	Local bool
	// Secrets are what another build that gives the tree uses, which it gets from
	// this build: see Secret.
	Secrets []Secret
	// About is what the plan says of it.
	About plan.Source
}

// Base is the image that the spec builds on; nil for scratch.
func (l *Loader) Base(ctx context.Context) (*Tree, error) {
	if l.Spec.Base == spec.BaseScratch || l.Spec.Base == "" {
		return nil, nil
	}
	at := l.Spec.At("base")
	tree, err := l.image(ctx, "base", l.Spec.Base, at)
	if err != nil {
		return nil, located(ctx, at, err)
	}
	if img := tree.Image; img != nil && img.Architecture != "" && img.Architecture != l.Platform.Architecture {
		return nil, failure("base-architecture", at,
			fmt.Sprintf("the base image is for %s, and the image for %s", platforms.Format(img.Platform), platforms.Format(l.Platform)),
			"use a base that there is for "+platforms.Format(l.Platform))
	}
	return tree, nil
}

// Load makes the tree of a source, or of the build context (plan.TreeContext).
func (l *Loader) Load(ctx context.Context, name string) (*Tree, error) {
	tree, err := l.load(ctx, name)
	if err != nil {
		return nil, located(ctx, "sources."+name, err)
	}
	tree.About.Name = name
	return tree, nil
}

// load makes a tree. A named context replaces the source of its name.
func (l *Loader) load(ctx context.Context, name string) (*Tree, error) {
	if name == plan.TreeContext {
		st, err := l.context(ctx, ContextPaths(l.Spec))
		return &Tree{State: st, Local: true, About: plan.Source{Kind: plan.SourceContext}}, err
	}
	if tree, err := l.namedContext(ctx, name); tree != nil || err != nil {
		return tree, err
	}
	switch src := l.Spec.Sources[name]; {
	case src.Image != "":
		return l.imageWithPackages(ctx, name, src)
	case src.Dockerfile != "":
		return l.dockerfile(ctx, name, src)
	case src.Context != "":
		return l.contextDirectory(ctx, name, src)
	case src.Git != "":
		return l.git(name, src)
	case src.HTTP != "":
		return l.http(name, src)
	}
	fixes := []string{fmt.Sprintf("add --build-context %s=DIRECTORY, or %s=docker-image://IMAGE", name, name)}
	for _, key := range spec.SourceKinds() {
		if src, ok := l.Spec.Sources[key]; ok && src.Image != "" {
			fixes = append([]string{fmt.Sprintf("if %s is to be a key of %s, indent it further: it stands beside %s, as a source of its own", key, name, name)}, fixes...)
		}
	}
	return nil, failure("source-not-given", "sources."+name, fmt.Sprintf("source %s has to be given with the build", name), fixes...)
}

// vertex names a vertex of a source and points it at a key of the source.
func (l *Loader) vertex(source, key, text string) []llb.ConstraintsOpt {
	opts := []llb.ConstraintsOpt{
		llb.WithCustomNamef("[%s] %s", source, text),
		l.Locate("sources." + source + "." + key),
	}
	if l.UI.IsNoCache(source) {
		opts = append(opts, llb.IgnoreCache)
	}
	return opts
}
