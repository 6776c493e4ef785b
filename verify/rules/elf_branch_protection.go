package rules

import (
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func elfBranchProtection() *rule.Rule {
	return &rule.Rule{
		ID:        "elf-branch-protection",
		Title:     "Programs are marked for the branch protection of their processor",
		Rationale: "Intel CET and Arm BTI let a processor refuse jumps that no compiler has made. They work only where the program and all its libraries are marked.",
		Fixes:     []string{"Compile with `-fcf-protection=full` for amd64 and `-mbranch-protection=standard` for arm64."},
		Severity:  diag.SeverityWarning,
		Since:     "1.0",
		Params:    allowELF(),
		Check: func(c *rule.Check) {
			eachELF(c, func(path string, f *plan.ELF) {
				switch {
				case strings.HasPrefix(c.Plan.Platform, "linux/amd64") && !f.CET:
					c.File(path, path+" is not marked for CET")
				case strings.HasPrefix(c.Plan.Platform, "linux/arm64") && !f.BTI:
					c.File(path, path+" is not marked for BTI")
				}
			})
		},
	}
}
