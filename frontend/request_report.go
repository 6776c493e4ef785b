package frontend

import (
	"context"
	"errors"
	"slices"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/report/html"
	"github.com/sinter-build/sinter/tests"
	"github.com/sinter-build/sinter/verify"
)

// RequestReport is the name of the request for a report in HTML. As JSON it is what
// the report is made of.
const RequestReport = "frontend.report"

// htmlReport tells of the images to people. That a rule is broken or a test fails is part
// of what it tells and no error.
func (s *session) htmlReport(ctx context.Context) (*client.Result, error) {
	images, err := s.images(ctx, s.evaluations, (*image).load, (*image).decide, kept((*image).judge), (*image).assemble, kept((*image).test))
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

// kept is a stage of which the image keeps what is found, whatever it is, and goes on.
func kept(next stage) stage {
	return func(i *image, ctx context.Context) error {
		err := next(i, ctx)
		if found, ok := errors.AsType[diag.List](err); ok {
			i.kept, err = append(i.kept, found...), nil
		}
		return err
	}
}

// tell fills in what the report tells of the image.
func (i *image) tell(out *html.Image) {
	out.Image, out.Config = i.report(), i.plan.Config
	out.Name = i.spec.Name
	out.Findings = html.Findings(slices.Concat(i.findings, i.kept), titleOf, i.place)
	if i.verdict != nil {
		i.tellVerdict(out, i.verdict)
	}
	out.Tests = make([]html.Test, len(i.spec.Tests))
	for n := range out.Tests {
		i.tellTest(&out.Tests[n], n)
	}
}

// tellVerdict fills in what came of the rules.
func (i *image) tellVerdict(out *html.Image, v *verify.Verdict) {
	for n := range v.Exempted {
		f := &v.Exempted[n]
		told := html.Findings(diag.List{f.Diagnostic}, titleOf, i.place)
		if e := f.Exemption; e != nil {
			told[0].Exempted = &html.Exemption{Reason: e.Reason, Owner: e.Owner, Until: e.Expires}
		}
		out.Findings = append(out.Findings, told...)
	}
	for n := range v.Rules {
		r := &v.Rules[n]
		told := html.Rule{ID: r.ID, Title: titleOf(r.ID), Level: html.Severity(r.Severity), Result: html.Passed, Note: r.Skipped, Found: r.Found, Exempted: r.Exempted}
		switch {
		case r.Skipped != "":
			told.Result = html.NotRun
		case r.Found > 0:
			told.Result = html.Failed
		case r.Exempted > 0:
			told.Result = html.Exempted
		}
		out.Rules = append(out.Rules, told)
	}
	for n := range v.Packs {
		out.Packs = append(out.Packs, html.Pack{Name: v.Packs[n].Name + " " + v.Packs[n].Version, Digest: v.Packs[n].Digest})
	}
}

// tellTest fills in what came of a test.
func (i *image) tellTest(out *html.Test, n int) {
	t := i.spec.Tests[n]
	out.Name, out.Does, out.Place, out.Result = tests.Title(t), tests.Does(t), i.place(t.At), html.NotRun
	if n >= len(i.results) {
		return
	}
	r := &i.results[n]
	if r.Message != "" {
		out.Said = []string{r.Message}
	}
	switch r.Verdict {
	case tests.VerdictPassed:
		out.Result = html.Passed
	case tests.VerdictFailed:
		out.Result = html.Failed
	}
}
