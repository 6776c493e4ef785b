package rules

import (
	"fmt"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

func portsAllowed() *rule.Rule {
	return &rule.Rule{
		ID:    "ports-allowed",
		Title: "The image listens to no port that is denied",
		Rationale: "A port of a server for logins or of a debugger in an image for the public is one that somebody forgot. " +
			"`allow` lists the ports that images may have, and `deny` those that they may not.",
		Fixes:     []string{"Take the port out of `ports`, and what listens to it out of the image.", "Have the base without it: what the base publishes the image does, too."},
		Severity:  diag.SeverityWarning,
		Since:     "1.0",
		Standards: []rule.Standard{{Name: rule.NIST800190, ID: "4.1.2"}},
		Params: []rule.Param{
			limit("allow", "Ports that are allowed, as patterns: 8080/tcp, */udp. All, where there are none."),
			list("deny", rule.Extra, "Ports that are denied, as patterns.", "22/tcp", "23/tcp"),
		},
		Check: func(c *rule.Check) {
			allow := c.Params.List("allow")
			for i, port := range c.Plan.Config.Ports {
				if matches(c.Params.List("deny"), port) || len(allow) > 0 && !matches(allow, port) {
					c.Report(rule.Violation{At: fmt.Sprintf("ports[%d]", i), Message: "the image listens to " + port + ", which the policy does not allow"})
				}
			}
		},
	}
}
