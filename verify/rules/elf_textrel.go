package rules

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func elfTextRel() *rule.Rule {
	return &rule.Rule{
		ID:        "elf-textrel",
		Title:     "The loader writes to no code",
		Rationale: "Text relocations make code writable while it is loaded, and keep it from being shared between processes.",
		Fixes:     []string{"Compile with `-fPIC` or `-fPIE`."},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    allowELF(),
		Check: func(c *rule.Check) {
			eachELF(c, func(path string, f *plan.ELF) {
				if f.TextRel {
					c.File(path, path+" has text relocations")
				}
			})
		},
	}
}
