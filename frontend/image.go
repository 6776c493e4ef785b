package frontend

import (
	"context"
	"errors"
	"slices"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"golang.org/x/sync/errgroup"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imageconfig"
	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
	"github.com/sinter-build/sinter/resolve/finish"
	"github.com/sinter-build/sinter/step"
	"github.com/sinter-build/sinter/tests"
	"github.com/sinter-build/sinter/verify"
)

// image is what the build of one platform has come to. Each stage fills in more of
// it: the plan, then the built tree, then what is said of it.
type image struct {
	*evaluation
	// findings are those of the spec and of the analysis. With an error among them
	// no further stage runs.
	findings diag.List
	// trees are what the plan is made from.
	trees *trees
	// config says how the image runs.
	config plan.Config
	// ahead is a layer that is made while the plan is; nil for none.
	ahead *ahead
	// plan says what the image holds and how it runs.
	plan *plan.Plan
	// sizes are those of the trees that the policy compares with.
	sizes map[string]finish.TreeSize
	// policy is what the image is judged by, and verdict what came of it.
	policy  *verify.Policy
	verdict *verify.Verdict
	// analysis are the steps of the build that made the plan; none when it was made
	// in this process.
	analysis []llb.State
	// final is the image that the plan describes.
	final llb.State
	// trials are the tests that have run.
	trials []*trial
	// results are what came of the tests of the spec.
	results []tests.TestResult
	// kept is what stages have found where that ends nothing.
	kept diag.List
	// traced is what the tests need.
	traced tests.Trace
	// ref is the built image.
	ref client.Reference
	// sbom has the SBOM in the file step.SBOMFile.
	sbom client.Reference
}

// stage takes an image one step further.
type stage func(*image, context.Context) error

// images takes evaluations through stages, each by itself. Findings end only the
// image that they are about, so that those of all are told together.
func (s *session) images(ctx context.Context, evaluations []*evaluation, stages ...stage) ([]*image, error) {
	if err := s.checked(evaluations); err != nil {
		return nil, err
	}
	all, found, err := s.walk(ctx, evaluations, stages)
	s.warn(ctx, found)
	if err != nil {
		return nil, err
	}
	return all, found.Err()
}

// walk takes evaluations through stages and returns what was found, whatever it is.
func (s *session) walk(ctx context.Context, evaluations []*evaluation, stages []stage) ([]*image, diag.List, error) {
	all := make([]*image, len(evaluations))
	g, gctx := errgroup.WithContext(ctx)
	for i, e := range evaluations {
		all[i] = &image{evaluation: e, findings: slices.Clone(e.findings)}
		g.Go(func() error { return all[i].walk(gctx, stages) })
	}
	err := g.Wait()
	return all, merge(all, func(i *image) (*evaluation, diag.List) { return i.evaluation, i.findings }), err
}

// checked is what is wrong with the options and the spec, before anything is built.
func (s *session) checked(evaluations []*evaluation) error {
	found := merge(evaluations, func(e *evaluation) (*evaluation, diag.List) { return e, e.findings })
	return diag.Unique(slices.Concat(s.refused, found)).Err()
}

// walk runs stages until one has found an error. Other errors than findings are
// returned.
func (i *image) walk(ctx context.Context, stages []stage) error {
	defer func() { i.ahead.stop() }()
	for _, next := range stages {
		err := i.loader().Failed(ctx, next(i, ctx))
		if i.trees != nil {
			err = i.loader().Blame(ctx, i.trees.named, err)
		}
		if found, ok := errors.AsType[diag.List](err); ok {
			i.findings = append(i.findings, found...)
		} else if err != nil {
			return err
		}
		if i.findings.Err() != nil {
			return nil
		}
	}
	return nil
}

// load is the stage that makes LLB of the trees, reads what the image is judged by, and
// settles how it runs.
func (i *image) load(ctx context.Context) error {
	trees, err := i.loadTrees(ctx)
	if err != nil {
		return err
	}
	i.trees = trees
	missing, err := i.missingSecrets(ctx, trees)
	if err != nil {
		return err
	}
	if err := i.loadPolicy(ctx); err != nil {
		return err
	}
	if err := i.loadReferences(ctx); err != nil {
		return err
	}
	trees.baseFiles = i.policy.NeedsBase() && trees.named[plan.TreeBase] != nil
	i.findings = append(i.findings, i.undeclaredArgs(ctx)...)
	var problems diag.List
	i.config, problems = imageconfig.Resolve(i.spec, trees.baseImage(), i.ui.Labels)
	i.findings = append(i.findings, slices.Concat(missing, problems)...)
	return nil
}

// decide is the stage that makes the plan.
func (i *image) decide(ctx context.Context) error {
	found, steps, err := i.analyse(ctx, i.trees, i.config)
	if err != nil {
		return err
	}
	i.findings = append(i.findings, i.loader().Advise(ctx, found.Diagnostics)...)
	i.analysis, i.plan, i.sizes = steps, &found.Plan, found.References
	found.Configure(i.config)
	i.plan.Annotations = i.spec.Annotations
	i.plan.Base, i.plan.Sources = i.trees.about(i.spec.Base)
	return nil
}

// undeclaredArgs warns of build arguments that neither the spec nor a Dockerfile in the
// build context declares, and of those of sources that their Dockerfiles do not. Without
// a Dockerfile in the build context the spec has told of the former.
func (i *image) undeclaredArgs(ctx context.Context) diag.List {
	list := i.loader().UnusedArgs(ctx)
	for _, src := range i.spec.Sources {
		if src.DockerfileIsFile() {
			return append(list, i.spec.UndeclaredArgs(i.args, i.loader().DeclaredArgs(ctx))...)
		}
	}
	return list
}

// assemble is the stage that makes LLB of the plan. Its last vertex has the
// summary, unless dependent adds another.
func (i *image) assemble(context.Context) (err error) {
	last := i.summary()
	if i.keepsAnalysis() {
		last = "[image] stack the layers"
	}
	opts := llbgen.Options{
		Base:        llb.Scratch(),
		Trees:       i.trees.states(),
		Epoch:       i.epoch,
		Caps:        i.ui.BuildOpts().LLBCaps,
		Constraints: i.constraints(),
		Locate:      i.locate,
		Metadata:    leftBy(i.analysis, step.MetadataDir),
		Made:        leftBy(i.analysis, step.MadeDir),
		Last:        last,
	}
	if base, ok := i.trees.named[plan.TreeBase]; ok {
		opts.Base = base.State
	}
	i.final, err = llbgen.Assemble(i.plan, opts)
	return err
}

// solveFinal is the stage that has the image built.
func (i *image) solveFinal(ctx context.Context) error {
	def, err := i.marshal(ctx, i.dependent())
	if err != nil {
		return err
	}
	i.ahead.settle(def)
	i.ref, err = i.solveDefinition(ctx, def)
	return err
}

// keepsAnalysis reports whether the image is to depend on the steps that analysed and
// tested it.
func (i *image) keepsAnalysis() bool {
	caps := i.ui.BuildOpts().LLBCaps
	return len(i.analysis) > 0 && caps.Supports(pb.CapPassthroughOp) == nil
}

// dependent is the image, made to depend on the steps that analysed and tested it: only
// then are they part of an exported build cache, and a later build that imports it need
// not fetch the trees that were analysed, nor run the tests again.
func (i *image) dependent() llb.State {
	if !i.keepsAnalysis() {
		return i.final
	}
	inputs := []llb.PassthroughInput{{State: i.final, Output: true}}
	for _, step := range i.analysis {
		inputs = append(inputs, llb.PassthroughInput{State: step})
	}
	for _, t := range i.trials {
		inputs = append(inputs, llb.PassthroughInput{State: t.step})
	}
	return llb.NewPassthrough("sinter.analysis", inputs, llb.WithCustomName(i.summary()))
}

// summary is the name of the vertex that ends the build of a platform.
func (i *image) summary() string {
	stage := "[image] "
	if len(i.ui.TargetPlatforms) > 1 {
		stage = "[image " + platforms.Format(i.platform) + "] "
	}
	return stage + report.Summary(i.plan)
}

// result is the image as BuildKit exports it.
func (i *image) result() *dockerui.BuildResult {
	base := i.trees.baseImage()
	return &dockerui.BuildResult{
		Reference: i.ref,
		Image:     llbgen.Config(i.plan, base, i.platform, i.epoch),
		BaseImage: base,
		Epoch:     &i.epoch,
	}
}
