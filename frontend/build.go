package frontend

import (
	"context"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// build makes the image of every platform.
func (s *session) build(ctx context.Context) (*client.Result, error) {
	stages := []stage{(*image).load, (*image).copyAhead, (*image).decide, (*image).judge, (*image).assemble, (*image).test, (*image).solveFinal}
	if s.ui.SBOM != nil {
		stages = append(stages, (*image).makeSBOM)
	}
	images, err := s.images(ctx, s.evaluations, stages...)
	if err != nil {
		return nil, err
	}
	res, err := s.ui.Build(ctx, func(_ context.Context, _ *ocispecs.Platform, n int) (*dockerui.BuildResult, error) {
		return images[n].result(), nil
	})
	if err != nil {
		return nil, err
	}
	for _, i := range images {
		i.annotate(res.Result)
		i.attest(res.Result)
		if err := i.attestVerdict(ctx, res.Result); err != nil {
			return nil, err
		}
		if err := i.attestTests(ctx, res.Result); err != nil {
			return nil, err
		}
	}
	return res.Finalize()
}

// annotate adds the spec's annotations to the image's manifest.
func (i *image) annotate(res *client.Result) {
	var only *ocispecs.Platform
	if i.ui.MultiPlatformRequested {
		only = &i.platform
	}
	for key, value := range i.spec.Annotations {
		res.AddMeta(exptypes.AnnotationManifestKey(only, key), []byte(value))
	}
}
