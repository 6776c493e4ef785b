package main

import (
	"context"
	"fmt"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/frontend"
)

// results are where the frontend puts an answer, by format.
var results = map[string]string{job.Text: "result.txt", job.JSON: "result.json"}

// explain tells about all files of an image, or about one.
func explain(ctx context.Context, j job.Job, std streams) error {
	attrs := map[string]string{}
	if j.Path != "" {
		if j.Build.File == "" && isSpec(j.Path) {
			return fmt.Errorf("%s is a spec, and what is asked about is a file of the image\n  fix: write --file %[1]s", j.Path)
		}
		attrs["build-arg:"+frontend.QuestionArg] = j.Path
	}
	return printAnswer(ctx, j, std, frontend.RequestExplain, attrs)
}

// printAnswer asks a request, with more options of the frontend, and prints the
// answer.
func printAnswer(ctx context.Context, j job.Job, std streams, request string, attrs map[string]string) error {
	q, err := newQuestion(j.Build, std, attrs)
	if err != nil {
		return err
	}
	defer q.close()
	answer, err := q.ask(ctx, request)
	if err == nil {
		_, err = std.out.Write(answer[results[j.Format]])
	}
	if err != nil {
		return exit.Failure{Err: err}
	}
	return nil
}
