package rules

import (
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
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
			start = behindInit(start)
			program, _ := find(c, start[0])
			switch e := c.Entry(program); {
			case isShell(start[0]) || isShell(program):
				c.Report(rule.Violation{At: at, Path: program, Message: "the image starts the shell " + start[0]})
			case e != nil && e.ELF == nil && isShell(c.Follow(runs(e))):
				c.Report(rule.Violation{At: at, Path: program, Message: "the image starts " + start[0] + ", a script of " + runs(e)})
			}
		},
	}
}

func isShell(program string) bool { return slices.Contains(shells, versionless(path.Base(program))) }

// inits are programs that start another one and pass on what is meant for it.
var inits = []string{"tini", "tini-static", "dumb-init", "catatonit", "docker-init", "env", "nice", "setpriv", "gosu", "su-exec", "chroot"}

// behindInit is a command without the init process and the like that it begins with, as in
// [tini, --, sh, -c, app].
func behindInit(command []string) []string {
	for len(command) > 1 && slices.Contains(inits, path.Base(command[0])) {
		command = command[1:]
		for len(command) > 1 && (strings.HasPrefix(command[0], "-") || strings.Contains(command[0], "=")) {
			command = command[1:]
		}
	}
	return command
}

// runs is what runs a script: the interpreter of its #! line, or what env looks up there.
func runs(e *plan.Entry) string {
	if path.Base(e.Interpreter) != "env" || e.InterpreterArgument == "" {
		return e.Interpreter
	}
	words := strings.Fields(strings.TrimPrefix(e.InterpreterArgument, "-S"))
	for len(words) > 1 && (strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "=")) {
		words = words[1:]
	}
	return strings.Join(words[:min(1, len(words))], "")
}
