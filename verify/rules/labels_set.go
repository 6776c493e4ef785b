package rules

import (
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

func labelsSet() *rule.Rule {
	return &rule.Rule{
		ID:        "labels-set",
		Title:     "The image has the labels that are required",
		Rationale: "Who looks after an image, and what it is made of, is found by its labels. An item of `labels` is a name, or `NAME=PATTERN` for what the value must match. With `annotations` true an annotation of that name is as good.",
		Fixes:     []string{"Write it: `labels: {NAME: VALUE}`, or give it with the build: `--label NAME=VALUE`."},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params: []rule.Param{
			list("labels", rule.Extra, "The labels: NAME, or NAME=PATTERN."),
			onOff("annotations", rule.Unset, "Whether an annotation will do.", false),
		},
		Check: func(c *rule.Check) {
			for _, item := range c.Params.List("labels") {
				name, pattern, limited := strings.Cut(item, "=")
				value, ok := c.Plan.Config.Labels[name]
				if !ok && c.Params.Flag("annotations") {
					value, ok = c.Plan.Annotations[name]
				}
				switch {
				case !ok:
					c.Report(rule.Violation{At: "labels", Message: "the image has no label " + name, Fixes: []string{"write labels: {" + name + ": VALUE}"}})
				case limited && !rule.Match(pattern, value):
					c.Report(rule.Violation{At: "labels." + name, Message: fmt.Sprintf("the label %s is %q, and the policy wants %s", name, value, pattern)})
				}
			}
		},
	}
}
