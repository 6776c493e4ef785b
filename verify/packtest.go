package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
	"github.com/sinter-build/sinter/verify/rules"
)

// PackTest is a test of a pack: an image, and which rules it is against.
type PackTest struct {
	Name string `yaml:"name"`
	// Plan is the image's plan, as plan/schema.json has it. What is left out is empty.
	Plan testPlan `yaml:"plan"`
	// Platforms are those that the build makes images for, and Time is when the image is
	// judged. Without a time all that the pack asks is in force, and no exemption expired.
	Platforms []string `yaml:"platforms"`
	Time      Date     `yaml:"time"`
	// Finds are the rules, of all those that the pack asks for, that find something which
	// is an error or a warning. No others may.
	Finds []string `yaml:"finds"`
}

// testPlan is a plan in YAML.
type testPlan struct{ plan.Plan }

// UnmarshalYAML reads a plan and refuses keys that plans do not have.
func (p *testPlan) UnmarshalYAML(n *yaml.Node) error {
	var value any
	if err := n.Decode(&value); err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p.Plan); err != nil {
		return fmt.Errorf("line %d: the plan: %s", n.Line, strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// TestFailure is a test of a pack that failed.
type TestFailure struct {
	Pack, Test string
	// Problem says what came out.
	Problem string
}

// Test runs the tests of the policy's packs: each judges its image by its own pack and
// those above it, whatever those below ask.
func (p *Policy) Test() (ran int, failed []TestFailure) {
	for _, l := range p.levels {
		if len(l.Tests) == 0 {
			continue
		}
		own := slices.DeleteFunc(slices.Clone(p.levels), func(other *level) bool { return other != l && !l.above[other] })
		policy := compose(own, []*level{l}, Spec{})
		for i := range l.Tests {
			t := &l.Tests[i]
			ran++
			if problem := policy.test(t); problem != "" {
				failed = append(failed, TestFailure{l.title, t.Name, problem})
			}
		}
	}
	return ran, failed
}

func (p *Policy) test(t *PackTest) string {
	image := rule.NewImage(&t.Plan.Plan)
	image.Platforms, image.Time = t.Platforms, t.Time.Time
	v := p.Judge(image)
	for _, note := range v.Notes {
		// A test that says no time is of what holds when all is in force.
		if note.Severity == diag.SeverityError && note.Code != "policy-time" {
			return note.Message
		}
	}
	var found []string
	for _, f := range v.Findings {
		if rank(f.Severity) >= rank(severities["warning"]) {
			found = append(found, f.Code)
		}
	}
	for _, id := range t.Finds {
		if _, ok := rules.Lookup(p.rules, id); !ok {
			return fmt.Sprintf("it should find %s, which is no rule%s", id, p.meant(id))
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	want := slices.Compact(slices.Sorted(slices.Values(t.Finds)))
	if slices.Equal(found, want) {
		return ""
	}
	return fmt.Sprintf("it finds %s, and should find %s", listed(found), listed(want))
}

func listed(ids []string) string {
	if len(ids) == 0 {
		return "nothing"
	}
	return strings.Join(ids, ", ")
}
