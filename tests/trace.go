package tests

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// Trace is what tests need of the sources that the image lacks: a proposal for the spec.
type Trace struct {
	Platform string `json:"platform"`
	// Tests are those that ran, in the order of the spec.
	Tests []Traced `json:"tests"`
}

// Traced is a test that ran in the image, and in the image with all of its sources.
type Traced struct {
	Name string `json:"name"`
	// Passed tells that it passed in the image as it is, and Mended that it did with all
	// of the sources.
	Passed bool `json:"passed"`
	Mended bool `json:"mended"`
	// Clues are what it needs, or, if it passed, what it would open as well.
	Clues []Clue `json:"clues,omitempty"`
	// Fixes are the lines of the spec that the clues lead to.
	Fixes []string `json:"fixes,omitempty"`
}

// NewTraced is a test with what came of it.
func NewTraced(t spec.Test, p *plan.Plan, o *Outcome, c Causes) Traced {
	return Traced{Name: Title(t), Passed: o.Passed(), Mended: c.Mended, Clues: c.Clues, Fixes: c.Fixes(t, p)}
}

// Text is the trace for a person: what came of each test, and the lines to add.
func (t Trace) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:\n", t.Platform)
	var needed, more []Clue
	for _, one := range t.Tests {
		fmt.Fprintf(&b, "  %s: %s\n", one.Name, one.verdict())
		if one.Passed {
			more = append(more, one.Clues...)
		} else {
			needed = append(needed, one.Clues...)
		}
	}
	writeLines(&b, "What the tests need and the image lacks:", needed)
	writeLines(&b, "What they would open as well, and go on without:", more)
	for _, one := range t.Tests {
		for _, fix := range one.Fixes {
			if !one.Passed && strings.Contains(fix, " could not ") {
				fmt.Fprintf(&b, "%s: %s\n", one.Name, fix)
			}
		}
	}
	return b.String()
}

func (t Traced) verdict() string {
	switch {
	case t.Passed:
		return "passes"
	case t.Mended:
		return "fails, and passes with all of the sources"
	}
	return "fails, and fails with all of the sources, too"
}

// writeLines writes what sources have as it would stand in a spec, by key.
func writeLines(b *strings.Builder, title string, clues []Clue) {
	items := map[string][]string{}
	for _, c := range clues {
		if c.Source == "" {
			continue
		}
		a := c.shipped()
		if item := fmt.Sprintf("  - %s  # %s", a.Item, c.about()); !slices.Contains(items[a.Key], item) {
			items[a.Key] = append(items[a.Key], item)
		}
	}
	if len(items) == 0 {
		return
	}
	b.WriteString(title + "\n")
	for _, key := range slices.Sorted(maps.Keys(items)) {
		slices.SortFunc(items[key], cmp.Compare)
		fmt.Fprintf(b, "%s:\n%s\n", key, strings.Join(items[key], "\n"))
	}
}

// TraceJSON is the trace of several platforms for programs.
func TraceJSON(all []Trace) ([]byte, error) {
	return json.MarshalIndent(map[string]any{"version": 1, "images": all}, "", "  ")
}
