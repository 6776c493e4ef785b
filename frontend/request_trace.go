package frontend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/tests"
)

// RequestTrace is the name of the request about what tests need.
const RequestTrace = "frontend.trace"

// trace runs the tests in the images and in the images with all of their sources, and
// proposes what to add to the spec. That tests fail is no error here.
func (s *session) trace(ctx context.Context) (*client.Result, error) {
	images, err := s.images(ctx, s.evaluations, (*image).load, (*image).decide, (*image).assemble, (*image).tryTests)
	if err != nil {
		return nil, err
	}
	var all []tests.Trace
	for _, i := range images {
		all = append(all, i.traced)
	}
	data, err := tests.TraceJSON(all)
	if err != nil {
		return nil, err
	}
	return s.answered(diag.PlainText(tests.TraceText(all)), data)
}

// tryTests is the stage that finds out what the tests need.
func (i *image) tryTests(ctx context.Context) error {
	i.traced = tests.Trace{Platform: i.plan.Platform, Tests: []tests.Traced{}}
	own, err := i.runner()
	if list, ok := errors.AsType[diag.List](err); ok {
		i.traced.NotRun = list[0].Message
		return list
	}
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
		i.traced.AddTest(t.Test, i.plan, t.outcome, causes[n])
	}
	return nil
}

// TraceArg is the build argument with a command to trace in place of the tests: a list
// of words in JSON.
const TraceArg = "SINTER_TRACE"

// readTraceArg reads the command that is traced in place of the tests.
func (s *session) readTraceArg() {
	value, given := s.args[TraceArg]
	if !given || s.doc.Has("args."+TraceArg) {
		return
	}
	delete(s.args, TraceArg)
	if err := json.Unmarshal([]byte(value), &s.traced); err != nil || len(s.traced) == 0 {
		s.refused = append(s.refused, diag.Diagnostic{
			Code:    "invalid-option",
			At:      atBuild,
			Message: fmt.Sprintf("the build argument %s is no list of words: %s", TraceArg, value),
			Fixes:   []string{"write it as JSON: [\"/usr/bin/app\", \"--version\"]"},
		})
	}
}
