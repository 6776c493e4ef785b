package rules

import (
	"fmt"
	"path"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

// searchPaths are the variables in which programs, loaders and languages look for code, in
// directories that a colon separates.
var searchPaths = []string{"LD_LIBRARY_PATH", "NODE_PATH", "PATH", "PERL5LIB", "PYTHONPATH", "RUBYLIB"}

func searchPath() *rule.Rule {
	return &rule.Rule{
		ID:    "search-path",
		Title: "Programs and modules are looked for in no directory that others can write to",
		Rationale: "`PATH`, `LD_LIBRARY_PATH` and the like name directories in which code is looked for. A relative or empty item means the directory in which a program is started. " +
			"In one that the image's user can write to, or make where there is none, whoever breaks into a program can have code of his own, which the next start runs. What the loader looks through by itself is in `elf-rpath`.",
		Fixes: []string{
			"Leave the directory out of the variable (`env`).",
			"Leave the directory to root: `owner: \"0:0\"` and `mode: \"0755\"`.",
		},
		Severity:  diag.SeverityWarning,
		Since:     "1.0",
		Params:    []rule.Param{list("allow", rule.Fewer, "Directories that may be, as patterns.")},
		Standards: []rule.Standard{{Name: rule.NIST800190, ID: "4.1.2"}},
		NeedsBase: true,
		Check: func(c *rule.Check) {
			dirs := directories(c)
			environ := c.Plan.Config.Environ()
			for _, name := range searchPaths {
				if environ[name] == "" {
					continue
				}
				for dir := range strings.SplitSeq(environ[name], ":") {
					switch {
					case matches(c.Params.List("allow"), dir):
					case !path.IsAbs(dir):
						c.Report(rule.Violation{At: "env." + name, Message: fmt.Sprintf("%s has %s, which means the directory that a program is started in", name, quoted(dir))})
					case mayPlant(dirs, c.Follow(path.Clean(dir)), c.Plan.Config.User):
						c.Report(rule.Violation{At: "env." + name, Message: fmt.Sprintf("%s has %s, which the image's user can write to", name, dir)})
					}
				}
			}
		},
	}
}
