package programs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify"
	"github.com/sinter-build/sinter/verify/rule"
)

// A RuleFinding is something that the pack that holds by default warns of.
type RuleFinding struct{ Rule, Path, Message string }

// String is as Settings.Baseline has it.
func (f RuleFinding) String() string { return strings.TrimSpace(f.Rule + " " + f.Path) }

// judge tells what the pack baseline warns of in an image that is judged now. What is for
// information is left out: no build tells it.
func judge(p *plan.Plan) ([]RuleFinding, error) {
	policy, err := verify.Load(context.Background(), []verify.Named{{Name: verify.Baseline}}, verify.Spec{}, nil)
	if err != nil {
		return nil, err
	}
	if err := policy.Problems().Err(); err != nil {
		return nil, err
	}
	image := rule.NewImage(p)
	image.Time = time.Now()
	var out []RuleFinding
	for _, d := range policy.Judge(image).Diagnostics() {
		if d.Severity != diag.SeverityInfo {
			out = append(out, RuleFinding{d.Code, d.Path, d.Message})
		}
	}
	return out, nil
}

// Misjudged says what the pack that holds by default warns of in the image though the
// program's settings do not, and what it does not warn of though they do.
func (s *Settings) Misjudged(found []RuleFinding) []string {
	var out []string
	missing := slices.Clone(s.Baseline)
	for _, f := range found {
		if i := slices.Index(missing, f.String()); i >= 0 {
			missing = slices.Delete(missing, i, i+1)
			continue
		}
		out = append(out, fmt.Sprintf("baseline warns of %s: %s", f, f.Message))
	}
	for _, name := range missing {
		out = append(out, "baseline does not warn of "+name)
	}
	return out
}
