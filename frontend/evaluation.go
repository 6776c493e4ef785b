package frontend

import (
	"context"

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

// title is what progress and reports call the image.
func (e *evaluation) title() string {
	switch {
	case e.spec.Name != "":
		return e.spec.Name
	case len(e.spec.Entrypoint) > 0:
		return e.spec.Entrypoint[0]
	}
	return "the image"
}

// solve makes a state a reference, on the image's platform and with the caches that
// the build was told to import. It is built when something of it is read.
func (e *evaluation) solve(ctx context.Context, st llb.State) (client.Reference, error) {
	def, err := st.Marshal(ctx, llb.Platform(e.platform), llb.WithCaps(e.ui.BuildOpts().LLBCaps))
	if err != nil {
		return nil, err
	}
	plainNames(def)
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
