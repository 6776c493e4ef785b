package tests

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// Trace is what tests need of the sources that the image lacks: a proposal for the spec.
type Trace struct {
	Platform string `json:"platform"`
	// NotRun is why no test ran for the platform; empty where they did.
	NotRun string `json:"notRun,omitempty"`
	// Tests are those that ran, in the order of the spec.
	Tests []Traced `json:"tests"`
	// Add is what the tests that fail pass with: by key as in a spec, and then by
	// package and path. The notes are the evidence.
	Add []spec.Addition `json:"add,omitempty"`
}

// Traced is a test that ran in the image, and in the image with all of its sources.
type Traced struct {
	Name string `json:"name"`
	// Passed tells that it passed in the image as it is, and Mended that it did with all
	// of the sources.
	Passed bool `json:"passed"`
	Mended bool `json:"mended"`
	// Needed are the clues that it passes with; none where that was not found out.
	Needed []Clue `json:"needed,omitempty"`
	// Clues are what it may need, or, if it passed, what it would open as well.
	Clues []Clue `json:"clues,omitempty"`
	// Fixes are the lines of the spec that the clues lead to.
	Fixes []string `json:"fixes,omitempty"`
}

// AddTest adds a test with what came of it.
func (t *Trace) AddTest(test spec.Test, p *plan.Plan, o *Outcome, c Causes) {
	t.Tests = append(t.Tests, Traced{
		Name: Title(test), Passed: o.Passed(), Mended: c.Mended, Needed: c.Needed, Clues: c.Clues, Fixes: c.Fixes(test, p),
	})
	if !o.Passed() {
		t.add(test, p, c.Needed)
	}
}

// add adds the items of clues to the proposal, in the order in which they stand in it.
func (t *Trace) add(test spec.Test, p *plan.Plan, needed []Clue) {
	for _, c := range needed {
		for _, a := range c.Additions(test, p) {
			a.Note = c.why()
			if !slices.ContainsFunc(t.Add, a.Same) {
				t.Add = append(t.Add, a)
			}
		}
	}
	t.Add = slices.DeleteFunc(t.Add, func(a spec.Addition) bool {
		return slices.ContainsFunc(t.Add, func(dir spec.Addition) bool { return a.Key == "files" && a != dir && within(a.Item, dir.Item) })
	})
	keys := spec.AmendableKeys()
	slices.SortFunc(t.Add, func(a, b spec.Addition) int {
		return cmp.Or(cmp.Compare(a.In, b.In), cmp.Compare(slices.Index(keys, a.Key), slices.Index(keys, b.Key)),
			cmp.Compare(packageOf(a.Note), packageOf(b.Note)), cmp.Compare(a.Item, b.Item))
	})
}

// within reports whether an item ships with a directory.
func within(item, dir string) bool {
	return strings.HasSuffix(dir, "/") && strings.HasPrefix(item, dir)
}

// packageOf is the package that a note tells of.
func packageOf(note string) string {
	_, after, _ := strings.Cut(note, "of ")
	name, _, _ := strings.Cut(after, " ")
	return name
}

// Proposal is what several platforms need.
type Proposal struct {
	// Add is what is to be added to the spec, for all of them.
	Add []spec.Addition
	// Only are items that some platforms need and others do not, or that others would
	// have by another name: a spec has no place for them that holds for one platform.
	Only map[string][]spec.Addition
}

// Propose tells what all platforms need from what only some do.
func Propose(all []Trace) Proposal {
	out := Proposal{Only: map[string][]spec.Addition{}}
	for n, t := range all {
		for _, a := range t.Add {
			everywhere := !slices.ContainsFunc(all, func(other Trace) bool {
				return other.NotRun == "" && !slices.ContainsFunc(other.Add, a.Same) || other.NotRun != "" && namesMachine(a.Item)
			})
			switch {
			case !everywhere:
				out.Only[t.Platform] = append(out.Only[t.Platform], a)
			case !slices.ContainsFunc(all[:n], func(other Trace) bool { return slices.ContainsFunc(other.Add, a.Same) }):
				out.Add = append(out.Add, a)
			}
		}
	}
	return out
}

// namesMachine reports whether the path in an item is another one on other machines: it
// has a name that Debian and others give to directories of libraries, or Go's or
// Debian's name of the machine.
func namesMachine(item string) bool {
	return slices.ContainsFunc([]string{"-linux-gnu", "-linux-musl", "x86_64", "aarch64", "amd64", "arm64"}, func(s string) bool { return strings.Contains(item, s) })
}

// TraceText is the trace of several platforms for a person: what came of each test, and
// the lines to add.
func TraceText(all []Trace) string {
	var b strings.Builder
	for _, t := range all {
		fmt.Fprintf(&b, "%s:\n", t.Platform)
		if t.NotRun != "" {
			fmt.Fprintf(&b, "  %s\n", t.NotRun)
		}
		for _, one := range t.Tests {
			fmt.Fprintf(&b, "  %s: %s\n", one.Name, one.verdict())
		}
	}
	proposal := Propose(all)
	writeLines(&b, "What the tests need and the image lacks:", proposal.Add)
	for _, t := range all {
		writeLines(&b, "On "+t.Platform+" alone:", proposal.Only[t.Platform])
	}
	writeLines(&b, "What they would open as well, and go on without:", optionalOf(all))
	for _, t := range all {
		for _, one := range t.Tests {
			if one.Passed || len(one.Needed) > 0 || len(one.Fixes) == 0 {
				continue
			}
			fmt.Fprintf(&b, "What %q on %s may need, with which it was not seen to pass:\n", one.Name, t.Platform)
			for _, fix := range one.Fixes {
				fmt.Fprintf(&b, "  %s\n", fix)
			}
		}
	}
	return b.String()
}

func (t Traced) verdict() string {
	switch {
	case t.Passed:
		return "passes"
	case len(t.Needed) > 0:
		return "fails, and passes with what is proposed"
	case t.Mended:
		return "fails, and passes with all of the sources"
	}
	return "fails, and fails with all of the sources, too"
}

// optionalOf are items for what tests that pass would open as well.
func optionalOf(all []Trace) []spec.Addition {
	var out []spec.Addition
	for _, t := range all {
		for _, one := range t.Tests {
			for _, c := range one.Clues {
				if !one.Passed || c.Source == "" {
					continue
				}
				a := c.shipped()
				a.Note = c.about()
				if !slices.ContainsFunc(out, a.Same) {
					out = append(out, a)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b spec.Addition) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Item, b.Item)) })
	return out
}

// writeLines writes items as they would stand in a spec, each with its evidence.
func writeLines(b *strings.Builder, title string, all []spec.Addition) {
	if len(all) == 0 {
		return
	}
	b.WriteString(title + "\n")
	for _, key := range spec.AmendableKeys() {
		before := b.Len()
		for _, a := range all {
			if a.Key != key || a.In != "" {
				continue
			}
			if b.Len() == before {
				fmt.Fprintf(b, "%s:\n", key)
			}
			fmt.Fprintf(b, "  - %s  # %s\n", a.Item, a.Note)
		}
	}
	for _, a := range all {
		if a.In != "" {
			fmt.Fprintf(b, "in %s: %s: %s  # %s\n", a.In, a.Key, a.Item, a.Note)
		}
	}
}

// TraceJSON is the trace of several platforms for programs.
func TraceJSON(all []Trace) ([]byte, error) {
	return json.MarshalIndent(Traces{Version: 1, Images: all}, "", "  ")
}

// Traces are the JSON of several traces.
type Traces struct {
	Version int     `json:"version"`
	Images  []Trace `json:"images"`
}
