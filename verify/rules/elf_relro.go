package rules

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func elfRELRO() *rule.Rule {
	return &rule.Rule{
		ID:        "elf-relro",
		Title:     "Tables of addresses are read-only once the loader has filled them in",
		Rationale: "With full RELRO (`-z relro -z now`) nothing can redirect calls by writing to the tables that they go through. Many distributions link with partial RELRO; the parameter partial allows that.",
		Fixes:     []string{"Link with `-Wl,-z,relro,-z,now`."},
		Severity:  diag.SeverityWarning,
		Since:     "1.0",
		Params:    append(allowELF(), onOff("partial", rule.Unset, "Whether partial RELRO is enough.", false)),
		Check: func(c *rule.Check) {
			eachELF(c, func(path string, f *plan.ELF) {
				partial := f.RELRO == "partial" && c.Params.Flag("partial")
				if f.RELRO != "full" && !partial && !f.Static {
					c.File(path, path+" has "+map[string]string{"partial": "partial RELRO", "none": "no RELRO"}[f.RELRO])
				}
			})
		},
	}
}
