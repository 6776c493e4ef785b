package rules

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func elfPIE() *rule.Rule {
	return &rule.Rule{
		ID:        "elf-pie",
		Title:     "Programs are loaded at an address that changes",
		Rationale: "A position-independent executable (PIE) is loaded somewhere else each time it starts, so that an attack cannot count on where its code is. Programs of Go are safe for their memory in most of what they do, and are left out unless the parameter go is true.",
		Fixes:     []string{"Link with `-pie` (Go: `-buildmode=pie`)."},
		Severity:  diag.SeverityWarning,
		Since:     "1.0",
		Params:    append(allowELF(), onOff("go", rule.On, "Whether programs of Go must be, too.", false)),
		Check: func(c *rule.Check) {
			eachELF(c, func(path string, f *plan.ELF) {
				if !f.PIE && (!f.Go || c.Params.Flag("go")) {
					c.File(path, path+" is loaded at a fixed address: it is no PIE")
				}
			})
		},
	}
}
