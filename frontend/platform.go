package frontend

import (
	"context"
	"slices"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/imageconfig"
	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/spec"
)

// target is the build of one platform.
type target struct {
	*build
	platform ocispecs.Platform
	spec     *spec.Spec
	// config is how the image runs.
	config plan.Config
}

// planned is a target with its plan.
type planned struct {
	*target
	trees *trees
	found *resolve.Result
	// steps are those of the build that made the plan.
	steps []llb.State
}

// plan decides what ships on one platform; index is its place among the
// platforms of the build.
func (b *build) plan(ctx context.Context, platform ocispecs.Platform, index int) (*planned, error) {
	s, diags := b.doc.Evaluate(b.vars(platform), b.ui.Target)
	if err := b.fail(diags); err != nil {
		return nil, err
	}
	p := &planned{target: &target{build: b, platform: platforms.Normalize(platform), spec: s}}
	var err error
	if p.trees, err = p.makeTrees(ctx); err != nil {
		return nil, err
	}
	p.config = imageconfig.Resolve(s, p.trees.baseImage, b.ui.Labels)
	if p.found, p.steps, err = p.analyse(ctx, p.trees); err != nil {
		return nil, err
	}
	p.found.Plan.Config = p.config
	b.warnings[index] = slices.Concat(diags, p.found.Diagnostics)
	return p, b.fail(p.found.Diagnostics)
}

// buildPlatform makes the image of one platform.
func (b *build) buildPlatform(ctx context.Context, platform *ocispecs.Platform, index int) (*dockerui.BuildResult, error) {
	p, err := b.plan(ctx, *platform, index)
	if err != nil {
		return nil, err
	}
	final, err := p.assemble()
	if err != nil {
		return nil, err
	}
	ref, err := p.solve(ctx, p.after(final))
	if err != nil {
		return nil, err
	}
	if b.ui.SBOM != nil {
		if b.sboms[index], err = p.sbom(ctx, final); err != nil {
			return nil, err
		}
	}
	epoch := b.epoch.Time
	base := p.trees.baseImage
	return &dockerui.BuildResult{
		Reference: ref,
		Image:     llbgen.Config(&p.found.Plan, base, p.platform, epoch),
		BaseImage: base,
		Epoch:     &epoch,
	}, nil
}

// assemble is the image that the plan describes. Its last vertex has the summary,
// unless after adds another.
func (p *planned) assemble() (llb.State, error) {
	last := p.summary()
	if p.dependent() {
		last = "[image] stack the layers"
	}
	return llbgen.Assemble(&p.found.Plan, llbgen.Options{
		Base:        p.trees.base,
		Trees:       p.trees.states,
		Epoch:       p.epoch.Time,
		Caps:        p.ui.BuildOpts().LLBCaps,
		Constraints: p.constraints(p.ui.Target),
		Locate:      p.locate,
		Metadata:    metadataOf(p.steps),
		Last:        last,
	})
}

// dependent tells whether the image is to depend on the analysis steps.
func (p *planned) dependent() bool {
	caps := p.ui.BuildOpts().LLBCaps
	return len(p.steps) > 0 && caps.Supports(pb.CapPassthroughOp) == nil
}

// after makes the image depend on the analysis steps, since only then are they
// part of an exported build cache, and a later build that imports it need not
// fetch the trees that were analysed.
func (p *planned) after(final llb.State) llb.State {
	if !p.dependent() {
		return final
	}
	inputs := []llb.PassthroughInput{{State: final, Output: true}}
	for _, step := range p.steps {
		inputs = append(inputs, llb.PassthroughInput{State: step})
	}
	return llb.NewPassthrough("sinter.analysis", inputs, llb.WithCustomName(p.summary()))
}

// solve has a state built on the target's platform, with the caches that the
// build was told to import.
func (t *target) solve(ctx context.Context, st llb.State) (client.Reference, error) {
	def, err := st.Marshal(ctx, llb.Platform(t.platform), llb.WithCaps(t.ui.BuildOpts().LLBCaps))
	if err != nil {
		return nil, err
	}
	plainNames(def)
	res, err := t.client.Solve(ctx, client.SolveRequest{
		Definition:   def.ToPB(),
		CacheImports: t.ui.CacheImports,
	})
	if err != nil {
		return nil, err
	}
	return res.SingleRef()
}

// constraints are what every vertex of a named piece of the build gets.
func (t *target) constraints(name string) []llb.ConstraintsOpt {
	if t.ui.IsNoCache(name) {
		return []llb.ConstraintsOpt{llb.IgnoreCache}
	}
	return nil
}
