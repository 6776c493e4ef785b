package rules

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func noDevelopmentFiles() *rule.Rule {
	return &rule.Rule{
		ID:        "no-development-files",
		Title:     "There are no headers, static libraries or manuals",
		Rationale: "What compilers and people read is of no use to a program that runs. It makes an image larger, and tells that a directory was copied that was not looked at.",
		Fixes:     []string{"Name the files that are needed in place of the directory.", "Add the directory to `exclude`."},
		Severity:  diag.SeverityWarning,
		Since:     "1.0",
		Params:    []rule.Param{list("allow", rule.Fewer, "Paths of files that may ship, as patterns.")},
		Standards: []rule.Standard{{Name: rule.NIST800190, ID: "4.1.2"}},
		NeedsBase: true,
		Check: func(c *rule.Check) {
			found := map[string][]string{} // by directory
			for _, f := range c.Files() {
				if f.Kind == plan.KindFile && isForDevelopment(f.Path) && !matches(c.Params.List("allow"), f.Path) && !c.Asked(f.Entry) {
					dir := path.Dir(f.Path)
					found[dir] = append(found[dir], f.Path)
				}
			}
			for _, dir := range slices.Sorted(maps.Keys(found)) {
				all := found[dir]
				message := all[0] + " is for compilers or for people"
				if len(all) > 1 {
					message = fmt.Sprintf("%d files in %s are for compilers or for people, such as %s", len(all), dir, path.Base(all[0]))
				}
				c.File(all[0], message)
			}
		},
	}
}

// isForDevelopment goes by directories and names that the Filesystem Hierarchy
// Standard and compilers give a meaning.
func isForDevelopment(name string) bool {
	for _, dir := range []string{"/usr/include/", "/usr/local/include/", "/usr/share/man/", "/usr/share/info/", "/usr/share/pkgconfig/", "/usr/src/"} {
		if strings.HasPrefix(name, dir) {
			return true
		}
	}
	if !strings.Contains(name, "/lib") {
		return false
	}
	return slices.Contains([]string{".a", ".la", ".pc", ".o"}, path.Ext(name))
}
