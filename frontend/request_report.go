package frontend

import (
	"context"
	"errors"
	"slices"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/report/html"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/tests"
)

// RequestReport is the name of the request for a report in HTML. As JSON it is what
// the report is made of.
const RequestReport = "frontend.report"

// htmlReport tells of the images to people. That tests fail is part of what it tells
// and no error.
func (s *session) htmlReport(ctx context.Context) (*client.Result, error) {
	images, err := s.images(ctx, s.evaluations, (*image).decide, (*image).assemble, (*image).keepTests)
	if err != nil {
		return nil, err
	}
	var doc html.Document
	for _, i := range images {
		doc.Images = append(doc.Images, i.told())
	}
	data, err := doc.JSON()
	if err != nil {
		return nil, err
	}
	return s.answered(string(html.Render(doc)), data)
}

// keepTests is the stage that tests the finished image and goes on whatever comes of it.
func (i *image) keepTests(ctx context.Context) error {
	err := i.test(ctx)
	if found, ok := errors.AsType[diag.List](err); ok {
		i.tested, err = found, nil
	}
	return err
}

// told is what the report tells of the image.
func (i *image) told() html.Image {
	out := html.Image{Image: i.report(), Config: i.plan.Config}
	out.Name = i.spec.Name
	out.Findings = html.Findings(slices.Concat(i.findings, i.tested), i.place)
	for _, t := range i.spec.Tests {
		out.Tests = append(out.Tests, i.resultOf(t))
	}
	return out
}

// resultOf is what came of a test.
func (i *image) resultOf(t spec.Test) html.Test {
	out := html.Test{Name: tests.Title(t), Does: tests.Does(t), Place: i.place(t.At), Result: html.Passed}
	for _, d := range i.tested {
		if d.Severity == diag.SeverityError && d.At == t.At {
			out.Result, out.Said = html.Failed, []string{d.Message}
			return out
		}
	}
	if i.ran(t) {
		return out
	}
	out.Result = html.NotRun
	for _, d := range i.tested.Warnings() {
		if out.Said == nil || d.At == t.At {
			out.Said = []string{d.Message}
		}
	}
	return out
}
