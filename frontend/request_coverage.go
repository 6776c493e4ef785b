package frontend

import (
	"context"
	"fmt"
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
	images, err := s.images(ctx, s.evaluations, (*image).decide, (*image).assemble, (*image).test)
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

// wantsAttestations reports whether the build asks for attestations of any kind: one
// makes an index of the image's manifest.
func (s *session) wantsAttestations() bool {
	for name, value := range s.client.BuildOpts().Opts {
		if strings.HasPrefix(name, "attest:") && !strings.Contains(value, "disabled=true") {
			return true
		}
	}
	return false
}

// attestTests adds a statement about the image's tests to the result, if there are
// tests and the build asks for attestations.
func (i *image) attestTests(ctx context.Context, res *client.Result) error {
	if len(i.spec.Tests) == 0 || !i.wantsAttestations() {
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
	return i.attestPredicate(ctx, res, resultFile, text, tests.PredicateType, name)
}

// attestPredicate adds a statement in in-toto's form to the result: a predicate, in a file of a step
// of its own.
func (i *image) attestPredicate(ctx context.Context, res *client.Result, file string, predicate []byte, predicateType, step string) error {
	st := llb.Scratch().File(llb.Mkfile(file, 0o644, predicate, llb.WithCreatedTime(i.epoch)), llb.WithCustomName(step))
	ref, err := i.solve(ctx, st)
	if err != nil {
		return err
	}
	res.AddAttestation(platforms.FormatAll(i.platform), result.Attestation[client.Reference]{
		Kind:   gatewaypb.AttestationKind_InToto,
		Ref:    ref,
		Path:   file,
		InToto: result.InTotoAttestation{PredicateType: predicateType},
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
