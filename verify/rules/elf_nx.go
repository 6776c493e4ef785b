package rules

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func elfNX() *rule.Rule {
	return &rule.Rule{
		ID:        "elf-nx",
		Title:     "Stack and data cannot be executed",
		Rationale: "An executable stack lets an attack run what it has written there. Linkers ask for one when a single assembler file does not say that it needs none.",
		Fixes:     []string{"Link with `-z noexecstack`, and add `.section .note.GNU-stack` to assembler files."},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    allowELF(),
		Check: func(c *rule.Check) {
			eachELF(c, func(path string, f *plan.ELF) {
				if !f.NX {
					c.File(path, path+" asks for an executable stack")
				}
			})
		},
	}
}
