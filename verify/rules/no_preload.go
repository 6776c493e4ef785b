package rules

import (
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func noPreload() *rule.Rule {
	return &rule.Rule{
		ID:        "no-preload",
		Title:     "No library is loaded into every program",
		Rationale: "`LD_PRELOAD`, `LD_AUDIT` and `/etc/ld.so.preload` put a library before all others in every program that starts. It is the usual way to replace what a program calls.",
		Fixes:     []string{"Link the program with the library.", "Where it is meant, an allocator for example, allow it by its path (`allow`)."},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    []rule.Param{list("allow", rule.Fewer, "Paths or names of libraries that may be, as patterns.")},
		NeedsBase: true,
		Check: func(c *rule.Check) {
			environ := c.Plan.Config.Environ()
			for _, name := range []string{"LD_AUDIT", "LD_PRELOAD"} {
				for _, library := range strings.FieldsFunc(environ[name], func(r rune) bool { return r == ':' || r == ' ' }) {
					if !matches(c.Params.List("allow"), library) {
						c.Report(rule.Violation{At: "env." + name, Message: name + " loads " + library + " into every program"})
					}
				}
			}
			for _, f := range c.Files() {
				there := f.Kind == plan.KindSymlink || f.Kind == plan.KindFile && f.Size > 0
				if f.Path == "/etc/ld.so.preload" && there && !matches(c.Params.List("allow"), f.Path) {
					c.File(f.Path, f.Path+" loads libraries into every program")
				}
			}
		},
	}
}
