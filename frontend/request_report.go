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
	doc := html.Document{Images: make([]html.Image, len(images))}
	for n, i := range images {
		i.tell(&doc.Images[n])
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

// tell fills in what the report tells of the image.
func (i *image) tell(out *html.Image) {
	out.Image, out.Config = i.report(), i.plan.Config
	out.Name = i.spec.Name
	out.Findings = html.Findings(slices.Concat(i.findings, i.tested), i.place)
	out.Tests = make([]html.Test, len(i.spec.Tests))
	for n := range out.Tests {
		i.tellTest(&out.Tests[n], i.spec.Tests[n])
	}
}

// tellTest fills in what came of a test.
func (i *image) tellTest(out *html.Test, t spec.Test) {
	out.Name, out.Does, out.Place = tests.Title(t), tests.Does(t), i.place(t.At)
	out.Result = html.NotRun
	if i.ran(t) {
		out.Result = html.Passed
	}
	for n := range i.tested {
		switch d := &i.tested[n]; {
		case d.Severity == diag.SeverityError && d.At == t.At:
			out.Result, out.Said = html.Failed, []string{d.Message}
			return
		case d.Severity == diag.SeverityWarning && out.Result == html.NotRun && (out.Said == nil || d.At == t.At):
			out.Said = []string{d.Message}
		}
	}
}
