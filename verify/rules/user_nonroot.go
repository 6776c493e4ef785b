package rules

import (
	"fmt"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

func userNonroot() *rule.Rule {
	return &rule.Rule{
		ID:        "user-nonroot",
		Title:     "The image does not run as root",
		Rationale: "Root in a container is root on the machine to whatever the container's walls let through. The user is a number, so that a cluster can see that it is not root (`runAsNonRoot`).",
		Fixes:     []string{"Leave `user` out: it is 65532:65532 by default.", "Write another one in numbers: `user: \"10001:10001\"`."},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    []rule.Param{number("above", rule.Count, rule.More, "The user's number must be larger than this one.")},
		Standards: []rule.Standard{{Name: rule.CISDocker, ID: "4.1"}, {Name: rule.NIST800190, ID: "4.1.2"}, {Name: rule.PodSecurity, ID: "restricted: runAsNonRoot"}},
		Check: func(c *rule.Check) {
			user := c.Plan.Config.User
			switch above := c.Params.Int("above"); {
			case user.Name != "" && user.UID != 0:
				c.Report(rule.Violation{At: "user", Message: fmt.Sprintf("the image runs as user %s (%d), by a name, so that a cluster cannot see that this is not root", user.Name, user.UID)})
			case user.Name != "" && user.Name != "root":
				c.Report(rule.Violation{At: "user", Message: fmt.Sprintf("the image runs as user %s, which it does not have", user.Name), Runtime: fmt.Sprintf("unable to find user %s: no matching entries in passwd file", user.Name)})
			case user.UID == 0:
				c.Report(rule.Violation{At: "user", Message: "the image runs as root"})
			case int64(user.UID) <= above:
				c.Report(rule.Violation{At: "user", Message: fmt.Sprintf("the image runs as user %d, and the policy wants a number above %d", user.UID, above)})
			}
		},
	}
}
