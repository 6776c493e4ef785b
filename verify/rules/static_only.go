package rules

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

func staticOnly() *rule.Rule {
	return &rule.Rule{
		ID:        "static-only",
		Title:     "Programs need no loader and no libraries",
		Rationale: "A static program brings all that it needs: there is no library to keep up to date beside it, and none that could be put in another's place.",
		Fixes:     []string{"Link the program statically: `CGO_ENABLED=0` for Go, a musl target for Rust, `-static` for C.", "Say `linkage: static` in the spec, so that the build itself refuses any other."},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    []rule.Param{list("allow", rule.Fewer, "Paths of files that may be dynamic, as patterns.")},
		Check: func(c *rule.Check) {
			for _, e := range c.Plan.Entries {
				if e.ELF != nil && !e.ELF.Static && !matches(c.Params.List("allow"), e.Path) {
					what := " is a dynamic program"
					if e.ELF.Library {
						what = " is a shared library"
					}
					c.File(e.Path, e.Path+what)
				}
			}
		},
	}
}
