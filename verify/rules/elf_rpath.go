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
		Rationale: "RPATH and RUNPATH name directories that the loader looks in first. A relative one means the directory in which the program is started, an empty one too. In one that the image's user can write to, or make where there is none, or put in the place of another, he can have a library of his own.",
		Fixes:     []string{"Link with an absolute directory of root, or with one relative to the program: `-Wl,-rpath,'$ORIGIN/../lib'`.", "Take it away: `patchelf --remove-rpath FILE`."},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    allowELF(),
		Standards: []rule.Standard{{Name: rule.NIST800190, ID: "4.1.2"}},
		NeedsBase: true,
		Check: func(c *rule.Check) {
			dirs := directories(c)
			eachELF(c, func(name string, f *plan.ELF) {
				if len(f.RPath) == 0 {
					return
				}
				origins := strings.NewReplacer("$ORIGIN", path.Dir(name), "${ORIGIN}", path.Dir(name))
				for _, dir := range f.RPath {
					switch real := origins.Replace(dir); {
					case !path.IsAbs(real):
						c.File(name, name+" looks for libraries in the directory it is started in: its RPATH or RUNPATH has "+quoted(dir))
					case mayPlant(dirs, c.Follow(path.Clean(real)), c.Plan.Config.User):
						c.File(name, name+" looks for libraries in "+path.Clean(real)+", which the image's user can write to")
					}
				}
			})
		},
	}
}

// directories are those of the image by their paths.
func directories(c *rule.Check) map[string]rule.File {
	dirs := map[string]rule.File{}
	for _, f := range c.Files() {
		if f.Kind == plan.KindDir {
			dirs[f.Path] = f
		}
	}
	return dirs
}

// mayPlant reports whether a user can have files of his own in a directory: write to it, make
// it where it is not there, or replace it. In a directory with the sticky bit nobody
// replaces what is another's.
func mayPlant(dirs map[string]rule.File, name string, user plan.User) bool {
	if user.UID == 0 {
		return false // whoever is root needs no such way
	}
	below, there := rule.File{}, false
	for ; ; name = path.Dir(name) {
		dir, ok := dirs[name]
		sticky := there && dir.Mode&0o1000 != 0 && below.UID != user.UID && dir.UID != user.UID
		if ok && mayWrite(dir, user) && !sticky {
			return true
		}
		if ok {
			below, there = dir, true
		}
		if name == "/" {
			return false
		}
	}
}
