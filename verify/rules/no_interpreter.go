package rules

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

func noInterpreter() *rule.Rule {
	return &rule.Rule{
		ID:        "no-interpreter",
		Title:     "There is no interpreter of a language unless the spec asks for one",
		Rationale: "An interpreter is as good as a shell for whoever breaks into a program. It is asked for as a shell is: see `no-shell`.",
		Fixes: []string{
			"Leave the interpreter out: name the files that are needed in place of the directory that has it, or add its path to `exclude`.",
			"If the image needs it, name it under `binaries`, or write an exemption.",
		},
		Severity: diag.SeverityError,
		Since:    "1.0",
		Params: []rule.Param{
			onOff("asked", rule.Unset, "Whether an interpreter is allowed that the spec asks for.", true),
			list("allow", rule.Fewer, "Paths of interpreters that are allowed, as patterns."),
		},
		Standards: []rule.Standard{{Name: rule.CISDocker, ID: "4.3"}},
		NeedsBase: true,
		Check:     func(c *rule.Check) { checkPrograms(c, "an interpreter", interpreters) },
	}
}

// interpreters are programs that run files in a language, without their versions.
var interpreters = []string{
	"python", "pypy", "perl", "ruby", "node", "nodejs", "deno", "bun", "php", "lua", "luajit", "tclsh", "wish", "guile", "awk", "gawk", "mawk", "java", "jshell", "erl", "escript", "elixir", "Rscript", "R", "expect",
	"micropython", "original-awk", "bwk", "dotnet", "mono", "julia", "raku", "octave", "qjs", "gjs", "ocaml", "ghci", "sbcl", "groovy", "jruby", "hhvm",
}
