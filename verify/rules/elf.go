package rules

import (
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

// allowELF is the parameter of rules about how programs and libraries are linked.
func allowELF() []rule.Param {
	return []rule.Param{list("allow", rule.Fewer, "Paths of programs and libraries that need not, as patterns.")}
}

// eachELF visits the programs and libraries of the plan that the parameter allow does
// not leave out.
func eachELF(c *rule.Check, visit func(path string, f *plan.ELF)) {
	for _, e := range c.Plan.Entries {
		if e.ELF != nil && !matches(c.Params.List("allow"), e.Path) {
			visit(e.Path, e.ELF)
		}
	}
}
