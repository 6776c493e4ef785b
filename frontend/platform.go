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

	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// target is the build of one platform.
type target struct {
	*build
	platform ocispecs.Platform
	spec     *spec.Spec
}

// buildPlatform makes the image of one platform; index is its place among the
// platforms of the build.
func (b *build) buildPlatform(ctx context.Context, platform *ocispecs.Platform, index int) (*dockerui.BuildResult, error) {
	s, diags := b.doc.Evaluate(b.vars(*platform), b.ui.Target)
	if err := b.fail(diags); err != nil {
		return nil, err
	}
	t := &target{build: b, platform: platforms.Normalize(*platform), spec: s}
	trees, err := t.trees(ctx)
	if err != nil {
		return nil, err
	}
	found, steps, err := t.analyse(ctx, trees)
	if err != nil {
		return nil, err
	}
	b.warnings[index] = slices.Concat(diags, found.Diagnostics)
	if err := b.fail(found.Diagnostics); err != nil {
		return nil, err
	}
	final, err := t.assemble(trees, &found.Plan, steps)
	if err != nil {
		return nil, err
	}
	ref, err := t.solve(ctx, t.after(steps, final))
	if err != nil {
		return nil, err
	}
	if b.ui.SBOM != nil {
		if b.sboms[index], err = t.document(ctx, trees, found, steps, final); err != nil {
			return nil, err
		}
	}
	epoch := b.epoch.Time
	return &dockerui.BuildResult{
		Reference: ref,
		Image:     llbgen.Config(s, &found.Plan, trees.baseImage, t.platform, epoch, b.ui.Labels),
		BaseImage: trees.baseImage,
		Epoch:     &epoch,
	}, nil
}

// assemble is the image that the plan describes.
func (t *target) assemble(trees *trees, p *plan.Plan, steps []llb.State) (llb.State, error) {
	return llbgen.Assemble(p, llbgen.Options{
		Evidence:    evidenceOf(steps),
		Base:        trees.base,
		Trees:       trees.states,
		Epoch:       t.epoch.Time,
		Caps:        t.ui.BuildOpts().LLBCaps,
		Constraints: t.constraints(t.ui.Target),
		Locate:      t.locate,
	})
}

// after makes the image depend on the analysis steps, since only then are they
// part of an exported build cache, and a later build that imports it need not
// fetch the trees that were analysed.
func (t *target) after(steps []llb.State, final llb.State) llb.State {
	caps := t.ui.BuildOpts().LLBCaps
	if len(steps) == 0 || caps.Supports(pb.CapPassthroughOp) != nil {
		return final
	}
	inputs := []llb.PassthroughInput{{State: final, Output: true}}
	for _, step := range steps {
		inputs = append(inputs, llb.PassthroughInput{State: step})
	}
	return llb.NewPassthrough("sinter.analysis", inputs, llb.WithCustomName("[image] done"))
}

// solve has a state built on the target's platform, with the caches that the
// build was told to import.
func (t *target) solve(ctx context.Context, st llb.State) (client.Reference, error) {
	def, err := st.Marshal(ctx, llb.Platform(t.platform), llb.WithCaps(t.ui.BuildOpts().LLBCaps))
	if err != nil {
		return nil, err
	}
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
