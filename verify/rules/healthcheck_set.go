package rules

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

func healthcheckSet() *rule.Rule {
	return &rule.Rule{
		ID:        "healthcheck-set",
		Title:     "The image says how one asks whether it is well",
		Rationale: "Docker and Compose start a container anew, or leave it out of a service, by its health check. Kubernetes has probes of its own and does not look at it.",
		Fixes:     []string{"Write one: `healthcheck: {test: [/usr/bin/app, health]}`."},
		Severity:  diag.SeverityWarning,
		Since:     "1.0",
		Standards: []rule.Standard{{Name: rule.CISDocker, ID: "4.6"}},
		Check: func(c *rule.Check) {
			if c.Plan.Config.Healthcheck == nil {
				c.Report(rule.Violation{Message: "the image has no health check"})
			}
		},
	}
}
