package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/opencontainers/go-digest"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/tests"
)

// runTests has the tests of a spec run, tells of each when it ends, and then what those
// that fail lack, or what all of them open.
func runTests(ctx context.Context, j job.Job, std streams) error {
	q, err := newMaking(j.Build, std, nil)
	if err != nil {
		return err
	}
	defer q.close()
	if j.Format == job.Text {
		q.seen = newLines(std.out)
	}
	answer, err := q.askTests(ctx, frontend.RequestTest)
	if err != nil {
		return exit.Failure{Err: err}
	}
	var found tests.Results
	if err := json.Unmarshal(answer[results[job.JSON]], &found); err != nil {
		return exit.Failure{Err: fmt.Errorf("what came of the tests: %w", err)}
	}
	if j.JUnit != "" {
		data, err := junitResults(found, q.attrs["filename"])
		if err == nil {
			err = os.WriteFile(j.JUnit, data, 0o644)
		}
		if err != nil {
			return exit.Failure{Err: err}
		}
	}
	out := answer[results[job.JSON]]
	if j.Format == job.Text {
		q.seen.rest(found)
		out = nil
		for _, c := range found.Coverage {
			out = append(out, diag.PlainText(c.Text())...)
		}
	}
	if _, err := std.out.Write(out); err != nil {
		return exit.Failure{Err: err}
	}
	if found.Failures != "" {
		fmt.Fprint(std.errors, diag.PlainText(found.Failures))
		return exit.Printed(exit.Bad)
	}
	return nil
}

// askTests has a BuildKit answer a request for which tests run. The program that they
// run under is this one, or else it is in the frontend's image, which the spec names.
func (q *question) askTests(ctx context.Context, request string) (map[string][]byte, error) {
	if q.own == nil {
		if err := q.namesFrontend(); err != nil {
			return nil, err
		}
	}
	return q.askOf(ctx, request, func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		opts := c.BuildOpts()
		if q.own.runsOn(opts) {
			return frontend.Build(ctx, withProgram{c, q.own.image(opts.SessionID)})
		}
		if err := q.namesFrontend(); err != nil {
			return nil, err
		}
		attrs := maps.Clone(opts.Opts)
		attrs["frontend.caps"] = "moby.buildkit.frontend.subrequests+forward"
		return c.Solve(ctx, gateway.SolveRequest{Frontend: "dockerfile.v0", FrontendOpt: attrs})
	})
}

// lines are what came of tests, one each, told when it is known.
type lines struct {
	out   io.Writer
	names map[digest.Digest]string // of the steps of tests
	told  map[string]bool
}

func newLines(out io.Writer) *lines {
	return &lines{out: out, names: map[digest.Digest]string{}, told: map[string]bool{}}
}

// stepPrefix is what the names of steps that are tests begin with.
const stepPrefix = "[test] "

// see tells of the tests that have ended according to a status.
func (l *lines) see(s *client.SolveStatus) {
	for _, v := range s.Vertexes {
		if name, ok := strings.CutPrefix(v.Name, stepPrefix); ok {
			l.names[v.Digest] = name
		}
	}
	for _, log := range s.Logs {
		name, ok := l.names[log.Vertex]
		if !ok {
			continue
		}
		for line := range strings.Lines(string(log.Data)) {
			switch line = strings.TrimSpace(line); {
			case strings.HasPrefix(line, tests.LinePassed), strings.HasPrefix(line, tests.LineFailed):
				l.tell(name, line)
			}
		}
	}
}

// tee sees statuses on their way.
func (l *lines) tee(in <-chan *client.SolveStatus) <-chan *client.SolveStatus {
	if l == nil {
		return in
	}
	out := make(chan *client.SolveStatus)
	go func() {
		defer close(out)
		for s := range in {
			l.see(s)
			out <- s
		}
	}()
	return out
}

func (l *lines) tell(name, what string) {
	l.told[name] = true
	fmt.Fprintf(l.out, "%s: %s\n", diag.Plain(name), diag.Plain(what))
}

// rest tells of the tests that no step has told of.
func (l *lines) rest(r tests.Results) {
	for _, i := range r.Images {
		for _, t := range i.Tests {
			name := t.Name
			if len(r.Images) > 1 {
				name += " on " + i.Platform
			}
			switch {
			case l.told[name]:
			case t.Verdict == tests.VerdictPassed && t.Seconds > 0:
				l.tell(name, "passed, cached")
			case t.Verdict == tests.VerdictNotRun:
				l.tell(name, "did not run")
			default:
				l.tell(name, string(t.Verdict))
			}
		}
	}
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
