package frontend

import (
	"context"
	"slices"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imageconfig"
	"github.com/sinter-build/sinter/spec"
)

// RequestCheck is the name of the request about what is wrong with a spec and its images.
const RequestCheck = "frontend.lint"

// lint checks the spec and the plan of each image, for every platform, and for the
// target that is asked for or for all. Nothing is built but what the plan depends on.
func (s *session) lint(ctx context.Context) (*client.Result, error) {
	evaluations := s.lintEvaluations()
	found := diag.Unique(slices.Concat(s.refused, merge(evaluations, lintFindings)))
	var images []*image
	if found.Err() == nil {
		var err error
		if images, found, err = s.walk(ctx, evaluations, []stage{(*image).load, (*image).decide, (*image).judge}); err != nil {
			return nil, err
		}
		found = diag.Unique(slices.Concat(s.refused, found))
	}
	verdicts, err := s.verdicts(images, found)
	if err != nil {
		return nil, err
	}
	res, err := s.lintResults(found).ToResult(nil)
	if err != nil {
		return nil, err
	}
	res.AddMeta(VerdictKey, verdicts)
	return res, nil
}

// lintResults are findings as clients show them. What is only told for information is
// not among them: clients take whatever there is for a failure.
func (s *session) lintResults(found diag.List) *lint.LintResults {
	results := lint.LintResults{}
	source := int32(results.AddSource(s.file.SourceMap))
	for i, d := range found.Warnings() {
		if i == maxTold {
			break
		}
		results.Warnings = append(results.Warnings, lint.Warning{
			RuleName:    d.Code,
			Description: titleOf(d.Code),
			URL:         helpOf(d),
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
	return &results
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

// lintEvaluations are the images to check. A main image that would hold nothing is none
// where there are targets: one of them is built in its place.
func (s *session) lintEvaluations() []*evaluation {
	if s.ui.Target != "" {
		return s.evaluations
	}
	targets := s.doc.Targets()
	out := slices.Clone(s.evaluations)
	if len(targets) > 0 {
		out = slices.DeleteFunc(out, func(e *evaluation) bool {
			return len(e.findings) == 1 && e.findings[0].Code == "nothing-to-ship"
		})
	}
	for _, t := range targets {
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
