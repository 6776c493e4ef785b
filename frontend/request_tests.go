package frontend

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/render"
	"github.com/sinter-build/sinter/tests"
)

// RequestTest is the name of the request for what comes of the tests.
const RequestTest = "frontend.test"

// testResults runs the tests and tells what came of each. That some fail is no error:
// the answer says so.
func (s *session) testResults(ctx context.Context) (*client.Result, error) {
	images, err := s.images(ctx, s.evaluations, (*image).load, (*image).decide, (*image).assemble, (*image).test)
	failed, isList := errors.AsType[diag.List](err)
	if err != nil && (!isList || slices.ContainsFunc(failed.Errors(), func(d diag.Diagnostic) bool { return d.Code != tests.FailedCode })) {
		return nil, err
	}
	out := tests.Results{Failures: render.Text(failed.Errors(), s)}
	var text strings.Builder
	for _, i := range images {
		out.Images = append(out.Images, tests.ImageResults{Platform: i.plan.Platform, Tests: i.results})
		if len(failed) > 0 {
			continue
		}
		c, err := i.coverage(ctx)
		if err != nil {
			return nil, err
		}
		out.Coverage = append(out.Coverage, c)
		text.WriteString(c.Text())
	}
	data, err := out.JSON()
	if err != nil {
		return nil, err
	}
	return s.answered(diag.PlainText(out.Failures+text.String()), data)
}

// noteResults keeps what came of each test for those who ask.
func (i *image) noteResults(found []diag.List) {
	for n, t := range i.spec.Tests {
		r := tests.TestResult{Name: tests.Title(t), At: i.position(t.At), Verdict: tests.VerdictPassed}
		if one := i.trialOf(n); one != nil && one.outcome != nil {
			r.Seconds = one.outcome.Took.Seconds()
		} else if t.Runs() {
			r.Verdict = tests.VerdictNotRun
		}
		for _, d := range found[n] {
			r.Verdict, r.Message, r.Said, r.Fixes = tests.VerdictNotRun, d.Message, d.Runtime, d.Fixes
			if d.Severity == diag.SeverityError {
				r.Verdict = tests.VerdictFailed
			}
		}
		i.results = append(i.results, r)
	}
}

// trialOf is the run of one of the spec's tests; nil when it has not run.
func (i *image) trialOf(index int) *trial {
	for _, t := range i.trials {
		if t.index == index {
			return t
		}
	}
	return nil
}

// position is where a node of the spec is: "app.yaml:10:5".
func (i *image) position(at string) string {
	place := i.Place(at)
	if place.Whole() {
		return i.file.Filename
	}
	return fmt.Sprintf("%s:%d:%d", i.file.Filename, place.StartLine, place.StartColumn)
}
