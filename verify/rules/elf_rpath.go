package rules

import (
	"path"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func elfRPath() *rule.Rule {
	return &rule.Rule{
		ID:        "elf-rpath",
		Title:     "Libraries are looked for in no directory that others can write to",
		Rationale: "RPATH and RUNPATH name directories that the loader looks in first. A relative one means the directory in which the program is started, an empty one too, and in one that the image's user can write to he can put a library of his own.",
		Fixes:     []string{"Link with an absolute directory of root, or with one relative to the program: `-Wl,-rpath,'$ORIGIN/../lib'`.", "Take it away: `patchelf --remove-rpath FILE`."},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    allowELF(),
		Standards: []rule.Standard{{Name: rule.NIST800190, ID: "4.1.2"}},
		Check: func(c *rule.Check) {
			user := c.Plan.Config.User
			writable := map[string]bool{}
			for _, f := range c.Files() {
				if f.Kind == plan.KindDir && user.UID != 0 && mayWrite(f, user) {
					writable[f.Path] = true
				}
			}
			eachELF(c, func(name string, f *plan.ELF) {
				if len(f.RPath) == 0 {
					return
				}
				origins := strings.NewReplacer("$ORIGIN", path.Dir(name), "${ORIGIN}", path.Dir(name))
				for _, dir := range f.RPath {
					switch real := origins.Replace(dir); {
					case !path.IsAbs(real):
						c.File(name, name+" looks for libraries in the directory it is started in: its RUNPATH has "+quoted(dir))
					case writable[c.Follow(path.Clean(real))]:
						c.File(name, name+" looks for libraries in "+path.Clean(real)+", which the image's user can write to")
					}
				}
			})
		},
	}
}
