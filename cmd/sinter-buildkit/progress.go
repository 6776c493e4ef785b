package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"

	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/diag"
)

// patience is how long an answer may take before a person wants to see what is
// going on.
const patience = time.Second

// progress shows what a build does. By itself it stays out of the way: a terminal
// shows what takes long, and anything else the steps when one of them fails.
type progress struct {
	display progressui.Display
	out     io.Writer
	// held tells that statuses are held back until there is something to show:
	// delay has passed, if ever, or a step has failed.
	held  bool
	delay <-chan time.Time
}

func newProgress(mode string, out io.Writer) (*progress, error) {
	p := &progress{out: out}
	var err error
	switch mode {
	case "auto":
		p.held = true
		if p.display, err = progressui.NewDisplay(out, progressui.TtyMode); err == nil {
			p.delay = time.After(patience)
			return p, nil
		}
		p.display, err = progressui.NewDisplay(out, progressui.PlainMode)
	case "plain":
		p.display, err = progressui.NewDisplay(out, progressui.PlainMode)
	case job.Quiet:
		p.display, err = progressui.NewDisplay(out, progressui.QuietMode)
	default:
		err = fmt.Errorf("--progress: there is no mode %q", mode)
	}
	return p, err
}

// show has all of it shown from the start.
func (p *progress) show() { p.held = false }

// follow shows statuses until there are no more.
func (p *progress) follow(ctx context.Context, in <-chan *client.SolveStatus) error {
	kept, more := p.keep(in)
	if !more && !slices.ContainsFunc(kept, stepFailed) {
		p.warn(kept)
		return nil
	}
	out := make(chan *client.SolveStatus)
	go func() {
		defer close(out)
		for _, s := range kept {
			out <- s
		}
		for s := range in {
			kept = append(kept, s)
			out <- s
		}
	}()
	_, err := p.display.UpdateFrom(ctx, out)
	p.warn(kept)
	return err
}

// stepFailed reports whether a step is done and not well.
func stepFailed(s *client.SolveStatus) bool {
	return slices.ContainsFunc(s.Vertexes, func(v *client.Vertex) bool { return v.Error != "" })
}

// keep holds statuses back, and returns them when they are to be shown, or when
// there are no more.
func (p *progress) keep(in <-chan *client.SolveStatus) (kept []*client.SolveStatus, more bool) {
	for p.held {
		select {
		case s, ok := <-in:
			if !ok {
				return kept, false
			}
			kept = append(kept, s)
		case <-p.delay:
			return kept, true
		}
	}
	return nil, true
}

// placeOf is where in the spec a warning is about something, as errors have it: "app.yaml:4:9: ".
func placeOf(w *client.VertexWarning) string {
	if w.SourceInfo == nil || len(w.Range) == 0 || w.Range[0].Start == nil {
		return ""
	}
	start := w.Range[0].Start
	return fmt.Sprintf("%s:%d:%d: ", diag.Plain(w.SourceInfo.Filename), start.Line, start.Character+1)
}

// warn prints the warnings among statuses.
func (p *progress) warn(all []*client.SolveStatus) {
	for _, s := range all {
		for _, w := range s.Warnings {
			fmt.Fprintf(p.out, "%swarning: %s\n", placeOf(w), diag.Plain(string(w.Short)))
			for _, line := range w.Detail {
				fmt.Fprintf(p.out, "  %s\n", diag.Plain(string(line)))
			}
		}
	}
}
