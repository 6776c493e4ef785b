package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/report/html"
)

// writeReport writes the report on the images of a spec.
func writeReport(ctx context.Context, j job.Job, std streams) error {
	q, err := newMaking(j.Build, std, nil)
	if err != nil {
		return err
	}
	defer q.close()
	doc, err := q.report(ctx)
	if err != nil {
		return exit.Failure{Err: err}
	}
	if j.With != "" {
		with, err := read(ctx, j, std, j.With)
		if err != nil {
			return exit.Failure{Err: fmt.Errorf("%s: %w", j.With, err)}
		}
		html.Compare(&doc, filepath.ToSlash(j.With), with.Images)
	}
	page := html.Render(doc)
	if j.Output == "" {
		_, err = std.out.Write(page)
	} else {
		err = os.WriteFile(j.Output, page, 0o644)
	}
	if err != nil {
		return exit.Failure{Err: err}
	}
	return nil
}

// report asks what there is to tell.
func (q *question) report(ctx context.Context) (html.Document, error) {
	answer, err := q.askTested(ctx, frontend.RequestReport)
	if err != nil {
		return html.Document{}, err
	}
	return html.Decode(answer[results[job.JSON]])
}
