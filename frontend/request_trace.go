package frontend

import (
	"context"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/tests"
)

// RequestTrace is the name of the request about what tests need.
const RequestTrace = "frontend.trace"

// trace runs the tests in the images and in the images with all of their sources, and
// proposes what to add to the spec. That tests fail is no error here.
func (s *session) trace(ctx context.Context) (*client.Result, error) {
	images, err := s.images(ctx, s.evaluations, (*image).decide, (*image).assemble, (*image).tryTests)
	if err != nil {
		return nil, err
	}
	var all []tests.Trace
	var text strings.Builder
	for _, i := range images {
		all = append(all, i.traced)
		text.WriteString(diag.PlainText(i.traced.Text()))
	}
	data, err := tests.TraceJSON(all)
	if err != nil {
		return nil, err
	}
	return s.answered(text.String(), data)
}

// tryTests is the stage that finds out what the tests need.
func (i *image) tryTests(ctx context.Context) error {
	i.traced = tests.Trace{Platform: i.plan.Platform, Tests: []tests.Traced{}}
	own, err := i.runner()
	if err != nil || own == nil {
		return err
	}
	if err := i.runAll(ctx, *own); err != nil || len(i.trials) == 0 {
		return err
	}
	causes, err := i.findCauses(ctx, *own, i.trials)
	if err != nil {
		return err
	}
	for n, t := range i.trials {
		i.traced.Tests = append(i.traced.Tests, tests.NewTraced(t.Test, i.plan, t.outcome, causes[n]))
	}
	return nil
}
