package rules

import (
	"fmt"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func noWorldWritable() *rule.Rule {
	return &rule.Rule{
		ID:        "no-world-writable",
		Title:     "Nothing can be written to by everyone",
		Rationale: "What everyone may write to, any program in the container may change for all others. Directories with the sticky bit, as `/tmp` has it, are for that: nobody removes another's files there.",
		Fixes: []string{
			"Set the mode: `mode: \"0644\"` for files, `\"0755\"` for programs and directories.",
			"Give a directory to the image's user (`owner`), or set the sticky bit: `mode: \"1777\"`.",
		},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    []rule.Param{list("allow", rule.Fewer, "Paths that may be, as patterns.")},
		Standards: []rule.Standard{{Name: rule.NIST800190, ID: "4.1.2"}},
		NeedsBase: true,
		Check: func(c *rule.Check) {
			for _, f := range c.Files() {
				sticky := f.Kind == plan.KindDir && f.Mode&0o1000 != 0
				if f.Kind == plan.KindSymlink || f.Mode&0o002 == 0 || sticky || matches(c.Params.List("allow"), f.Path) {
					continue
				}
				c.File(f.Path, fmt.Sprintf("everyone may write to %s (mode %04o)", f.Path, f.Mode))
			}
		},
	}
}
