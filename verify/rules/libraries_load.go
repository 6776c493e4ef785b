package rules

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

func librariesLoad() *rule.Rule {
	return &rule.Rule{
		ID:        "libraries-load",
		Title:     "Every library and program of the image can be loaded",
		Rationale: "A build refuses an image whose programs do not start. A plugin that comes along with a directory is another matter: nothing fails until it is opened, which may be never, so the build only warns. Here it counts: a library that can only fail is dead weight, or a fault that someone meets at night. Where what it asks for is elsewhere in the image nothing is said: whoever opens it may have loaded that.",
		Fixes:     []string{"Ship what it lacks: the message names it.", "Leave it out: name the files that are needed in place of the directory, or add it to `exclude`."},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    allowELF(),
		Check: func(c *rule.Check) {
			for _, e := range c.Plan.Entries {
				if e.ELF != nil && e.ELF.Broken != "" && !matches(c.Params.List("allow"), e.Path) {
					c.Report(rule.Violation{Path: e.Path, Message: e.Path + " can only fail when it is opened", Runtime: e.ELF.Broken})
				}
			}
		},
	}
}
