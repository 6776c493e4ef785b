// Package frontend is a build's life inside BuildKit: it reads the spec and the
// options of the build, turns sources into LLB, has the plan made, and returns
// an image for each platform.
package frontend

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/grpcerrors"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"google.golang.org/grpc/codes"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/spec"
)

// Caps are the frontend capabilities that callers may ask for. The frontend
// image carries them in its label moby.buildkit.frontend.caps.
var Caps = []string{
	"moby.buildkit.frontend.inputs",
	"moby.buildkit.frontend.subrequests",
	"moby.buildkit.frontend.contexts",
	"moby.buildkit.frontend.contexts.zstd",
	"moby.buildkit.frontend.gitquerystring",
}

// build is one invocation of the frontend.
type build struct {
	client client.Client
	ui     *dockerui.Client
	source *dockerui.Source
	doc    *spec.Document
	epoch  epoch
	// warnings are those of each platform, in the platforms' order.
	warnings []diag.List
	// sboms are those of each platform, in the same order; nil when nobody asks.
	sboms []client.Reference
}

// Build is the frontend's gateway function: it answers a subrequest or builds
// the image for every platform that was asked for.
func Build(ctx context.Context, c client.Client) (*client.Result, error) {
	if err := checkCaps(c.BuildOpts().Opts["frontend.caps"]); err != nil {
		return nil, err
	}
	ui, err := dockerui.NewClient(c)
	if err != nil {
		return nil, err
	}
	b := &build{client: c, ui: ui}
	if err := b.read(ctx); err != nil {
		return nil, err
	}
	if res, ok, err := b.subrequest(ctx); ok || err != nil {
		return res, err
	}
	if err := b.parse(); err != nil {
		return nil, err
	}
	if b.epoch, err = resolveEpoch(ctx, ui); err != nil {
		return nil, err
	}
	if err := b.choosePlatforms(); err != nil {
		return nil, err
	}
	b.warnings = make([]diag.List, len(ui.TargetPlatforms))
	b.sboms = make([]client.Reference, len(ui.TargetPlatforms))
	res, err := ui.Build(ctx, b.buildPlatform)
	b.warn(ctx, diag.Unique(slices.Concat(b.warnings...)))
	if err != nil {
		return nil, err
	}
	for _, p := range b.ui.TargetPlatforms {
		b.annotate(res.Result, p)
	}
	b.attest(res.Result)
	return res.Finalize()
}

// checkCaps refuses a caller that needs what this frontend cannot do. One that
// ends in "+forward" only wants to be passed on.
func checkCaps(requested string) error {
	if requested == "" {
		return nil
	}
	for asked := range strings.SplitSeq(requested, ",") {
		name, _, _ := strings.Cut(asked, "+")
		known := false
		for _, c := range Caps {
			known = known || c == name
		}
		if !known {
			return grpcerrors.WrapCode(errdefs.NewUnsupportedFrontendCapError(name), codes.Unimplemented)
		}
	}
	return nil
}

// read fetches the spec, from wherever the build's definition is.
func (b *build) read(ctx context.Context) error {
	source, err := b.ui.ReadEntrypoint(ctx, "YAML")
	if err != nil {
		name := b.client.BuildOpts().Opts["filename"]
		if name == "" {
			name = dockerui.DefaultDockerfileName
		}
		return fmt.Errorf("cannot read the spec %s: %w", path.Clean(name), err)
	}
	b.source = source
	return nil
}

func (b *build) parse() error {
	var diags diag.List
	b.doc, diags = spec.Parse(b.source.Filename, b.source.Data)
	if diags.Err() == nil {
		return nil
	}
	return b.fail(b.everything())
}

// everything lists all that is wrong with the spec for the builder's own
// platform, where a first step found something.
func (b *build) everything() diag.List {
	_, diags := b.doc.Evaluate(b.vars(b.ui.BuildPlatforms[0]), b.ui.Target)
	return diags
}

// choosePlatforms falls back to the spec's platforms, then to the builder's own.
func (b *build) choosePlatforms() error {
	if len(b.ui.TargetPlatforms) > 0 {
		return b.onlyLinux()
	}
	names, diags := b.doc.Platforms(b.vars(b.ui.BuildPlatforms[0]))
	if diags.Err() != nil {
		return b.fail(b.everything())
	}
	for _, name := range names {
		p, err := platforms.Parse(name)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(b.ui.TargetPlatforms, platforms.OnlyStrict(p).Match) {
			b.ui.TargetPlatforms = append(b.ui.TargetPlatforms, platforms.Normalize(p))
		}
	}
	if len(b.ui.TargetPlatforms) > 1 {
		b.ui.MultiPlatformRequested = true
	}
	if len(names) == 0 {
		b.ui.TargetPlatforms = b.ui.BuildPlatforms[:1]
	}
	return b.onlyLinux()
}

func (b *build) onlyLinux() error {
	for _, p := range b.ui.TargetPlatforms {
		if p.OS != "linux" {
			return fmt.Errorf("platform %s: only Linux images can be built", platforms.FormatAll(p))
		}
	}
	return nil
}

// vars are the values that a spec can refer to when built for a platform.
func (b *build) vars(target ocispecs.Platform) spec.Vars {
	native := platforms.Normalize(b.ui.BuildPlatforms[0])
	target = platforms.Normalize(target)
	return spec.Vars{
		BuildArgs: b.ui.BuildArgs,
		Builtin: map[string]string{
			"TARGETPLATFORM": platforms.Format(target),
			"TARGETOS":       target.OS,
			"TARGETARCH":     target.Architecture,
			"TARGETVARIANT":  target.Variant,
			"BUILDPLATFORM":  platforms.Format(native),
			"BUILDOS":        native.OS,
			"BUILDARCH":      native.Architecture,
			"BUILDVARIANT":   native.Variant,
		},
	}
}

// annotate adds the spec's annotations to the manifest of a platform.
func (b *build) annotate(res *client.Result, platform ocispecs.Platform) {
	s, _ := b.doc.Evaluate(b.vars(platform), b.ui.Target)
	if s == nil {
		return
	}
	only := &platform
	if !b.ui.MultiPlatformRequested {
		only = nil
	}
	for key, value := range s.Annotations {
		res.AddMeta(exptypes.AnnotationManifestKey(only, key), []byte(value))
	}
}
