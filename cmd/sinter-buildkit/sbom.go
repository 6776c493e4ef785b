package main

import (
	"context"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/sbom"
	"github.com/sinter-build/sinter/sbom/cyclonedx"
)

// sbomFormats are how an answer to frontend.RequestSBOM is written.
var sbomFormats = map[string]func(answer map[string][]byte) ([]byte, error){
	job.Text:      func(answer map[string][]byte) ([]byte, error) { return answer["result.txt"], nil },
	job.SPDX:      func(answer map[string][]byte) ([]byte, error) { return answer["result.json"], nil },
	job.CycloneDX: toCycloneDX,
}

func printSBOM(ctx context.Context, j job.Job, std streams) error {
	q, err := newQuestion(j.Build, std, nil)
	if err != nil {
		return err
	}
	defer q.close()
	answer, err := q.ask(ctx, frontend.RequestSBOM)
	if err != nil {
		return exit.Failure{Err: err}
	}
	text, err := sbomFormats[j.Format](answer)
	if err == nil {
		_, err = std.out.Write(text)
	}
	if err != nil {
		return exit.Failure{Err: err}
	}
	return nil
}

func toCycloneDX(answer map[string][]byte) ([]byte, error) {
	doc, err := sbom.Decode(answer["result.json"])
	if err != nil {
		return nil, err
	}
	return cyclonedx.Encode(doc)
}
