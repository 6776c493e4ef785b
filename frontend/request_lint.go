package frontend

import (
	"context"
	"slices"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/catalogue"
	"github.com/sinter-build/sinter/imageconfig"
	"github.com/sinter-build/sinter/spec"
)

// lint checks the spec as far as that is possible without its sources: for every
// platform, and for the target that is asked for or for all.
func (s *session) lint(context.Context) (*client.Result, error) {
	found := merge(s.lintEvaluations(), lintFindings)
	found = diag.Unique(slices.Concat(s.refused, found))

	results := lint.LintResults{}
	source := int32(results.AddSource(s.file.SourceMap))
	for i, d := range found.Warnings() {
		if i == maxTold {
			break
		}
		about, _ := catalogue.Lookup(d.Code)
		results.Warnings = append(results.Warnings, lint.Warning{
			RuleName:    d.Code,
			Description: about.Title,
			URL:         catalogue.URL(d.Code),
			Detail:      d.String(),
			Location:    &pb.Location{SourceIndex: source, Ranges: s.ranges(d.At)},
		})
	}
	if errs := found.Errors(); len(errs) > 0 {
		results.Error = &lint.BuildError{
			Message:  s.text(errs),
			Location: pb.Location{SourceIndex: source, Ranges: s.lintRanges(errs)},
		}
	}
	return results.ToResult(nil)
}

// lintFindings are those of the spec, and of how the image runs where no base says
// anything of it.
func lintFindings(e *evaluation) (*evaluation, diag.List) {
	if e.spec == nil || e.spec.Base != spec.BaseScratch {
		return e, e.findings
	}
	_, more := imageconfig.Resolve(e.spec, nil, nil)
	return e, slices.Concat(e.findings, more)
}

// lintEvaluations are the images to check.
func (s *session) lintEvaluations() []*evaluation {
	if s.ui.Target != "" {
		return s.evaluations
	}
	out := slices.Clone(s.evaluations)
	for _, t := range s.doc.Targets() {
		for _, p := range s.platforms {
			out = append(out, s.evaluate(p, t.Name))
		}
	}
	return out
}

// lintRanges are the places of findings, each once.
func (s *session) lintRanges(list diag.List) []*pb.Range {
	var out []*pb.Range
	for _, place := range s.places(list) {
		out = append(out, place.Ranges...)
	}
	return out
}
