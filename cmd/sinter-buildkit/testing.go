package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
)

// runTests has the tests of a spec run for a request, and prints the answer.
func runTests(ctx context.Context, j job.Job, std streams, request string) error {
	q, err := newQuestion(j.Build, std, nil)
	if err != nil {
		return err
	}
	defer q.close()
	if err := q.namesFrontend(); err != nil {
		return err
	}
	answer, err := q.askImage(ctx, request)
	if err == nil {
		_, err = std.out.Write(answer[results[j.Format]])
	}
	if err != nil {
		return exit.Failure{Err: err}
	}
	return nil
}

// namesFrontend sees that a spec on this machine names the image of its frontend.
func (q *question) namesFrontend() error {
	dir, ok := q.locals["dockerfile"]
	if !ok {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(dir, q.attrs["filename"]))
	if err != nil {
		return err
	}
	if first, _, _ := bytes.Cut(text, []byte("\n")); bytes.HasPrefix(bytes.ReplaceAll(first, []byte(" "), nil), []byte("#syntax=")) {
		return nil
	}
	return errors.New("the tests run in the image of the frontend, which the spec does not name\n" +
		"  fix: write # syntax=sinterbuild/sinter:1 in its first line")
}
