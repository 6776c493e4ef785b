package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func noWritableFiles() *rule.Rule {
	return &rule.Rule{
		ID:    "no-writable-files",
		Title: "The image's user can write to no file outside the directories that are for it",
		Rationale: "A program that can change itself, its libraries or its configuration lets whoever breaks into it stay. " +
			"Files in volumes, in `/tmp` and in directories that the spec declares under `directories` are meant to change; of a finished image its volumes alone are known.",
		Fixes: []string{
			"Leave the file to root: `owner: \"0:0\"`, and a mode without write permission for others.",
			"Declare the directory that the program writes to under `directories` or `volumes`.",
		},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    []rule.Param{list("allow", rule.Fewer, "Paths that may be written to, as patterns.")},
		Standards: []rule.Standard{{Name: rule.NIST800190, ID: "4.4.3"}},
		NeedsBase: true,
		Check: func(c *rule.Check) {
			user := c.Plan.Config.User
			if user.UID == 0 {
				return // root may write to everything: user-nonroot tells that
			}
			open := slices.Concat(c.Plan.Config.Volumes, []string{"/tmp"})
			for _, e := range c.Plan.Entries {
				if e.Kind == plan.KindDir && (e.Reason.Cause == plan.CauseDirectory || e.Reason.Cause == plan.CauseNeed) {
					open = append(open, e.Path)
				}
			}
			for _, f := range c.Files() {
				if f.Kind != plan.KindFile || !mayWrite(f, user) || matches(c.Params.List("allow"), f.Path) || below(open, f.Path) {
					continue
				}
				c.File(f.Path, fmt.Sprintf("the image's user %d:%d may write to %s (%d:%d, mode %04o)", user.UID, user.GID, f.Path, f.UID, f.GID, f.Mode))
			}
		},
	}
}

// mayWrite reports whether a user may write to a file. The owner's bits count for the
// owner alone, and the group's for the group alone.
func mayWrite(f rule.File, user plan.User) bool {
	switch {
	case f.UID == user.UID:
		return f.Mode&0o200 != 0
	case f.GID == user.GID:
		return f.Mode&0o020 != 0
	}
	return f.Mode&0o002 != 0
}

// below reports whether a path is in one of some directories.
func below(dirs []string, name string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool { return strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/") })
}
