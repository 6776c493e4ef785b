package rules

import (
	"path"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

func entrypointNoShell() *rule.Rule {
	return &rule.Rule{
		ID:        "entrypoint-no-shell",
		Title:     "The image starts no shell",
		Rationale: "A shell as the first process passes signals on to nobody, so that a container is killed in place of ended, and takes a whole line of commands from whoever sets `cmd`. That holds of a script as well.",
		Fixes:     []string{"Start the program itself: `entrypoint: [/usr/bin/app]`.", "Do in the program, or in the build, what the script does."},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Standards: []rule.Standard{{Name: rule.NIST800190, ID: "4.4.3"}},
		Check: func(c *rule.Check) {
			start := c.Plan.Config.Command()
			if len(start) == 0 {
				return
			}
			at := "entrypoint"
			if len(c.Plan.Config.Entrypoint) == 0 {
				at = "cmd"
			}
			program := c.Follow(start[0])
			switch e := c.Entry(program); {
			case slices.Contains(shells, path.Base(start[0])) || slices.Contains(shells, path.Base(program)):
				c.Report(rule.Violation{At: at, Path: program, Message: "the image starts the shell " + start[0]})
			case e != nil && e.ELF == nil && slices.Contains(shells, path.Base(e.Interpreter)):
				c.Report(rule.Violation{At: at, Path: program, Message: "the image starts " + start[0] + ", a script of " + e.Interpreter})
			}
		},
	}
}
