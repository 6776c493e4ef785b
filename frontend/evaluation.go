package frontend

import (
	"cmp"
	"context"
	"path"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/spec"
)

// evaluation is what the spec says for one platform and target.
type evaluation struct {
	*session
	platform ocispecs.Platform
	// target is empty for the main image.
	target string
	// spec is nil when the findings hold an error.
	spec     *spec.Spec
	findings diag.List
}

// evaluate is the spec for one platform and target.
func (s *session) evaluate(p ocispecs.Platform, target string) *evaluation {
	e := &evaluation{session: s, platform: platforms.Normalize(p), target: target}
	e.spec, e.findings = s.doc.Evaluate(s.vars(p), target)
	if len(s.traced) > 0 && e.spec != nil {
		e.spec.Tests = []spec.Test{{Run: s.traced, At: atBuild}}
	}
	return e
}

// titleLabel is where an image says what it is called.
const titleLabel = ocispecs.AnnotationTitle

// title is what progress, reports and SBOM call the image: what the build or the spec
// calls it, or else the program that it starts.
func (e *evaluation) title() string {
	var program string
	switch {
	case len(e.spec.Entrypoint) > 0:
		program = path.Base(e.spec.Entrypoint[0])
	case len(e.spec.Binaries) > 0:
		program = path.Base(e.spec.Binaries[0].To)
	}
	return cmp.Or(e.name(), program, "the image")
}

// name is what the build or the spec calls the image: a label of the build, the spec's
// name, or its label. It is empty where none does.
func (e *evaluation) name() string {
	return cmp.Or(e.ui.Labels[titleLabel], e.spec.Name, e.spec.Labels[titleLabel])
}

// solve makes a state a reference, on the image's platform and with the caches that
// the build was told to import. It is built when something of it is read.
func (e *evaluation) solve(ctx context.Context, st llb.State) (client.Reference, error) {
	def, err := e.marshal(ctx, st)
	if err != nil {
		return nil, err
	}
	return e.solveDefinition(ctx, def)
}

// marshal is a state as BuildKit takes it.
func (e *evaluation) marshal(ctx context.Context, st llb.State) (*llb.Definition, error) {
	def, err := st.Marshal(ctx, llb.Platform(e.platform), llb.WithCaps(e.ui.BuildOpts().LLBCaps))
	if err != nil {
		return nil, err
	}
	plainNames(def)
	return def, nil
}

func (e *evaluation) solveDefinition(ctx context.Context, def *llb.Definition) (client.Reference, error) {
	res, err := e.client.Solve(ctx, client.SolveRequest{
		Definition:   def.ToPB(),
		CacheImports: e.ui.CacheImports,
	})
	if err != nil {
		return nil, err
	}
	return res.SingleRef()
}

// constraints are what every vertex of the image gets.
func (e *evaluation) constraints() []llb.ConstraintsOpt {
	if e.ui.IsNoCache(e.target) {
		return []llb.ConstraintsOpt{llb.IgnoreCache}
	}
	return nil
}
