package rules

import (
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

func noRootPorts() *rule.Rule {
	return &rule.Rule{
		ID:        "no-root-ports",
		Title:     "What listens to the network does not run as root",
		Rationale: "A program that takes requests from others is what is broken into first. As root it gives all of the container away.",
		Fixes:     []string{"Set another `user`. Since Linux 4.11 and Docker 20.10 a program needs no rights to listen to ports below 1024 in a container."},
		Severity:  diag.SeverityWarning,
		Since:     "1.0",
		Standards: []rule.Standard{{Name: rule.CISDocker, ID: "4.1"}, {Name: rule.CISDocker, ID: "5.8"}},
		Check: func(c *rule.Check) {
			if config := c.Plan.Config; config.User.UID == 0 && len(config.Ports) > 0 {
				c.Report(rule.Violation{At: "ports[0]", Message: "the image runs as root and listens to " + strings.Join(config.Ports, ", ")})
			}
		},
	}
}
