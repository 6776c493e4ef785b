package rules

import (
	"path"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func packagedOnly() *rule.Rule {
	return &rule.Rule{
		ID:    "packaged-only",
		Title: "Each file is from a package, or named by the spec",
		Rationale: "A scanner knows the weaknesses of packages. A library that belongs to none is one that nobody reports on: it was compiled somewhere, or copied by hand. " +
			"What the spec itself names (`binaries`, `files`, `directories`, `links`) and what Sinter makes is known to be there.",
		Fixes:     []string{"Install the file's package in the source (`packages:`) in place of compiling or copying it.", "Name the file in the spec, under `files`.", "Write an exemption."},
		Severity:  diag.SeverityWarning,
		Since:     "1.0",
		Params:    []rule.Param{list("allow", rule.Fewer, "Paths of files that may be from no package, as patterns.")},
		Standards: []rule.Standard{{Name: rule.NIST800190, ID: "4.1.1"}},
		Check: func(c *rule.Check) {
			for _, e := range c.Plan.Entries {
				if e.Kind != plan.KindFile || e.Package != "" || e.From == nil || isBytecode(c, e.Path) || matches(c.Params.List("allow"), e.Path) {
					continue
				}
				switch e.Reason.Cause {
				case plan.CauseBinary, plan.CauseFile, plan.CausePart, plan.CauseMetadata, plan.CauseCache:
				default:
					c.File(e.Path, e.Path+" is from no package; "+e.Reason.String())
				}
			}
		},
	}
}

// isBytecode reports whether a file is what installing a package has compiled from one
// of its Python modules, which ships beside it.
func isBytecode(c *rule.Check, name string) bool {
	dir, file := path.Split(name)
	module, _, _ := strings.Cut(file, ".")
	source := c.Entry(path.Join(path.Dir(path.Clean(dir)), module+".py"))
	return path.Base(dir) == "__pycache__" && source != nil && source.Package != ""
}
