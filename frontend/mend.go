package frontend

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/tests"
)

// Limits on what is tried for one test that fails.
const (
	// maxTries is how often it runs to find which of the clues it needs.
	maxTries = 24
	// maxRounds is how often what it is given leads to something else that it lacks.
	maxRounds = 6
	// patience is how long a try may take at least.
	patience = 5 * time.Second
)

// mending finds out what makes one test pass: the image is made anew of the spec with
// items added, as it would be once they are in the file, and the test runs there.
type mending struct {
	*image
	own    llb.State
	failed *trial
	test   spec.Test // what is tried: for no longer than need be
	// refused are clues whose items the spec cannot have, and asFile those that it cannot
	// have as binaries: programs of 32 bits, for example.
	refused, asFile map[string]bool
}

// mend returns the clues whose items make a test pass, and none that it passes without;
// nil when that could not be found out.
func (i *image) mend(ctx context.Context, own llb.State, failed *trial, e tests.Evidence, clues []tests.Clue) ([]tests.Clue, error) {
	m := &mending{image: i, own: own, failed: failed, test: failed.Test, refused: map[string]bool{}, asFile: map[string]bool{}}
	m.test.Timeout = limited(failed.Test.Timeout, max(2*failed.outcome.Took, 2*patience))
	if e.Mended {
		m.test.Timeout = limited(failed.Test.Timeout, patience+3*e.Took)
	}
	all := m.usable(clues)
	for range maxRounds {
		if len(all) == 0 {
			return nil, nil
		}
		tried, out, err := m.try(ctx, all)
		switch {
		case err != nil:
			return nil, err
		case out != nil && out.Passed():
			m.test.Timeout = limited(failed.Test.Timeout, patience+3*out.Took)
			return m.smallest(ctx, all)
		}
		var more []tests.Clue
		if out != nil {
			if more, err = m.further(ctx, tried, out, e); err != nil {
				return nil, err
			}
		}
		before := all
		all = m.usable(slices.Concat(all, more))
		if slices.Equal(all, before) {
			return nil, nil // it lacks something else
		}
	}
	return nil, nil
}

// limited is a time limit of a test, or a shorter one.
func limited(timeout, most time.Duration) time.Duration {
	if timeout == 0 {
		timeout = tests.DefaultTimeout
	}
	return min(timeout, most)
}

// usable are those of clues that items of the spec do away with, each once.
func (m *mending) usable(clues []tests.Clue) []tests.Clue {
	var out []tests.Clue
	for _, c := range clues {
		c.AsFile = c.AsFile || m.asFile[c.Path]
		known := slices.ContainsFunc(out, func(other tests.Clue) bool { return other.Path == c.Path })
		if !known && !m.refused[c.Path] && len(c.Additions(m.failed.Test, m.plan)) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// further are the clues of what a test lacks in an image that it has been tried in.
func (m *mending) further(ctx context.Context, tried *image, out *tests.Outcome, e tests.Evidence) ([]tests.Clue, error) {
	q := m.question()
	again := tests.NewEvidence(out)
	again.Whole, again.Mended = e.Whole, e.Mended
	q.Tests = []tests.Evidence{again}
	tried.noteSources(q.From, out)
	clues, err := tried.askClues(ctx, m.own, q)
	if err != nil {
		return nil, err
	}
	return clues[0], nil
}

// smallest are those of clues that the test needs.
func (m *mending) smallest(ctx context.Context, all []tests.Clue) ([]tests.Clue, error) {
	chosen := func(set []int) []tests.Clue {
		var out []tests.Clue
		for _, n := range set {
			out = append(out, all[n])
		}
		return out
	}
	needed, err := tests.Smallest(len(all), maxTries, func(set []int) (bool, error) {
		_, out, err := m.try(ctx, chosen(set))
		return out != nil && out.Passed(), err
	})
	return chosen(needed), err
}

// try runs the test in the image that the spec describes with the items of clues. There
// is no outcome when there is no such image.
func (m *mending) try(ctx context.Context, clues []tests.Clue) (*image, *tests.Outcome, error) {
	tried, err := m.with(ctx, clues)
	if err != nil || tried == nil {
		return nil, nil, err
	}
	out, err := tried.explore(ctx, m.own, tried.final, m.test, llb.WithCustomNamef("[why] %s: with what it lacks%s", tests.Title(m.test), m.ofPlatform()))
	if err != nil {
		return nil, nil, ctx.Err() // what cannot be tried so is no evidence
	}
	return tried, out, nil
}

// with is the image of the spec with the items of clues; nil when it cannot be made.
func (m *mending) with(ctx context.Context, clues []tests.Clue) (*image, error) {
	var additions []spec.Addition
	from := map[string][]tests.Clue{} // by key, of each item
	for _, c := range clues {
		for _, a := range c.Additions(m.failed.Test, m.plan) {
			if !slices.Contains(additions, a) {
				additions = append(additions, a)
				if a.In == "" {
					from[a.Key] = append(from[a.Key], c)
				}
			}
		}
	}
	text, err := spec.Amend(m.file.Data, m.target, additions)
	if err != nil {
		m.refuseAlone(clues)
		return nil, nil
	}
	s := *m.session
	doc, found := spec.Parse(m.file.Filename, text)
	if found.Err() != nil {
		return nil, nil
	}
	s.doc = doc
	e := s.evaluate(m.platform, m.target)
	tried := &image{evaluation: e, findings: slices.Clone(e.findings)}
	if tried.findings.Err() == nil {
		err = tried.walk(ctx, []stage{(*image).load, (*image).decide, (*image).assemble})
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if _, ok := errors.AsType[diag.List](tried.findings.Err()); ok || err != nil {
		m.refuse(tried.findings, from)
		return nil, nil
	}
	return tried, nil
}

// refuseAlone notes which clues have items that cannot be added to the spec even alone.
func (m *mending) refuseAlone(clues []tests.Clue) {
	for _, c := range clues {
		if _, err := spec.Amend(m.file.Data, m.target, c.Additions(m.failed.Test, m.plan)); err != nil {
			m.refuseClue(c)
		}
	}
}

// refuseClue notes that the spec cannot have the items of a clue. What cannot be a
// program of the image may be a file of it.
func (m *mending) refuseClue(c tests.Clue) {
	if c.Run && !c.AsFile {
		m.asFile[c.Path] = true
	} else {
		m.refused[c.Path] = true
	}
}

// refuse notes which clues have items that findings are about.
func (m *mending) refuse(found diag.List, from map[string][]tests.Clue) {
	prefix := ""
	if m.target != "" {
		prefix = "targets." + m.target + "."
	}
	for key, clues := range from {
		before := m.doc.Len(prefix + key)
		for n, c := range clues {
			at := spec.ItemPath(prefix+key, before+n)
			if slices.ContainsFunc(found, func(d diag.Diagnostic) bool {
				return d.Severity == diag.SeverityError && (d.At == at || strings.HasPrefix(d.At, at+"."))
			}) {
				m.refuseClue(c)
			}
		}
	}
}
