package frontend

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/result"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/tests"
)

// RequestCoverage is the name of the request about what tests open.
const RequestCoverage = "frontend.coverage"

// coverage tells which files of the images no test has opened.
func (s *session) coverage(ctx context.Context) (*client.Result, error) {
	images, err := s.images(ctx, s.evaluations, (*image).load, (*image).decide, (*image).assemble, (*image).test)
	if err != nil {
		return nil, err
	}
	var all []tests.Coverage
	var text strings.Builder
	for _, i := range images {
		c, err := i.coverage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
		text.WriteString(diag.PlainText(c.Text()))
	}
	data, err := tests.CoverageJSON(all)
	if err != nil {
		return nil, err
	}
	return s.answered(text.String(), data)
}

func (i *image) coverage(ctx context.Context) (tests.Coverage, error) {
	covered := []tests.Covered{}
	optional, err := i.optional(ctx)
	if err != nil {
		return tests.Coverage{}, err
	}
	for n, t := range i.trials {
		covered = append(covered, tests.Covered{
			Name:      tests.Title(t.Test),
			Opened:    tests.Opened(i.plan, t.outcome.Accesses),
			Optional:  optional[n],
			Unwatched: t.outcome.Unwatched,
		})
	}
	return tests.Cover(i.plan, covered), nil
}

// optional are what tests looked for in vain and a source has, for each of them.
func (i *image) optional(ctx context.Context) ([][]tests.Clue, error) {
	own, err := ownImage(i.client)
	if err != nil || own == nil || len(i.trials) == 0 {
		return make([][]tests.Clue, len(i.trials)), err
	}
	q := i.question()
	for _, t := range i.trials {
		q.Tests = append(q.Tests, tests.NewEvidence(t.outcome))
		i.noteSources(q.From, t.outcome)
	}
	return i.askClues(ctx, *own, q)
}

// resultFile is the file with the statement about the tests.
const resultFile = "/tests.json"

// wantsAttestations reports whether the build asks for attestations of any kind, and
// whether for such only as an exporter writes that can have them: buildx asks so for
// provenance by itself. One that must be written makes an index of the image's manifest,
// which many a Docker cannot load.
func (s *session) wantsAttestations() (wants, inlineOnly bool) {
	inlineOnly = true
	for name, value := range s.client.BuildOpts().Opts {
		if strings.HasPrefix(name, "attest:") && !strings.Contains(value, "disabled=true") {
			wants = true
			inlineOnly = inlineOnly && strings.Contains(value, result.AttestationInlineOnlyKey+"=true")
		}
	}
	return wants, inlineOnly
}

// attestTests adds a statement about the image's tests to the result, if there are
// tests and the build asks for attestations.
func (i *image) attestTests(ctx context.Context, res *client.Result) error {
	wants, inlineOnly := i.wantsAttestations()
	if len(i.spec.Tests) == 0 || !wants {
		return nil
	}
	var passed, unrun []spec.Test
	for _, t := range i.spec.Tests {
		if i.ran(t) {
			passed = append(passed, t)
		} else {
			unrun = append(unrun, t)
		}
	}
	text, err := tests.Result(i.file.Filename, i.file.Data, passed, unrun)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("[test] what the tests of %s came to on %s", i.title(), platforms.Format(i.platform))
	return i.attestPredicate(ctx, res, predicate{
		file: resultFile, text: text, kind: tests.PredicateType, step: name, inlineOnly: inlineOnly,
	})
}

// predicate is what a statement in in-toto's form says.
type predicate struct {
	file       string // its path in a step of its own
	text       []byte
	kind       string // a URI
	step       string // what the step is called
	inlineOnly bool   // no reason to make an index of the image's manifest
}

// attestPredicate adds a statement to the result.
func (i *image) attestPredicate(ctx context.Context, res *client.Result, p predicate) error {
	st := llb.Scratch().File(llb.Mkfile(p.file, 0o644, p.text, llb.WithCreatedTime(i.epoch)), llb.WithCustomName(p.step))
	ref, err := i.solve(ctx, st)
	if err != nil {
		return err
	}
	res.AddAttestation(platforms.FormatAll(i.platform), result.Attestation[client.Reference]{
		Kind:     gatewaypb.AttestationKind_InToto,
		Metadata: map[string][]byte{result.AttestationInlineOnlyKey: strconv.AppendBool(nil, p.inlineOnly)},
		Ref:      ref,
		Path:     p.file,
		InToto:   result.InTotoAttestation{PredicateType: p.kind},
	})
	return nil
}

// ran reports whether a test has run: nothing of an image is exported of which one has
// failed.
func (i *image) ran(t spec.Test) bool {
	if i.skipTests {
		return false
	}
	for _, other := range i.trials {
		if other.At == t.At {
			return other.outcome.Passed()
		}
	}
	return !t.Runs()
}
