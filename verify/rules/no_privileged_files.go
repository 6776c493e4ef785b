package rules

import (
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func noPrivilegedFiles() *rule.Rule {
	return &rule.Rule{
		ID:    "no-privileged-files",
		Title: "No file gives rights to whoever executes it",
		Rationale: "A program with the setuid or setgid bit, or with file capabilities, makes whoever executes it someone else, or gives him more rights. " +
			"Few images need one, and each is a way from the image's user to root.",
		Fixes: []string{
			"Set the mode without the bits: `mode: \"0755\"`.",
			"Take them away in the source: `chmod ug-s FILE`, `setcap -r FILE`.",
			"Give a capability to the container in place of the file.",
		},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    []rule.Param{list("allow", rule.Fewer, "Paths of files that may, as patterns.")},
		Standards: []rule.Standard{{Name: rule.CISDocker, ID: "4.8"}, {Name: rule.PodSecurity, ID: "restricted: allowPrivilegeEscalation"}},
		NeedsBase: true,
		Check: func(c *rule.Check) {
			for _, f := range c.Files() {
				if f.Kind != plan.KindFile || f.Mode&0o6000 == 0 && f.Capabilities == "" || matches(c.Params.List("allow"), f.Path) {
					continue
				}
				if what := plan.Privileges(f.Mode, f.UID, f.GID, f.Capabilities); len(what) > 0 {
					c.File(f.Path, f.Path+" "+strings.Join(what, " and "))
				}
			}
		},
	}
}
