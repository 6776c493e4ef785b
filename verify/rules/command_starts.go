package rules

import (
	"fmt"
	"path"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func commandStarts() *rule.Rule {
	return &rule.Rule{
		ID:        "command-starts",
		Title:     "What the image starts is there, with what runs it",
		Rationale: "An entrypoint that is a script needs the interpreter of its `#!` line, and a program its loader. A build of Sinter refuses such an image before any rule is asked; this rule finds it in finished images, whoever made them.",
		Fixes:     []string{"Ship the interpreter, or start a program in place of the script."},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		NeedsBase: true,
		Check: func(c *rule.Check) {
			if c.Plan.Base != nil && len(c.Plan.BaseFiles) == 0 {
				return // what the base has is not known
			}
			if start := c.Plan.Config.Command(); len(start) > 0 {
				checkStart(c, "entrypoint", start[0])
			}
			if check := c.Plan.Config.Healthcheck; check != nil && len(check.Test) > 0 {
				checkStart(c, "healthcheck", check.Test[0])
			}
		},
	}
}

// checkStart follows a program to what the kernel starts for it.
func checkStart(c *rule.Check, at, program string) {
	name, ok := find(c, program)
	if !ok {
		c.Report(rule.Violation{At: at, Message: fmt.Sprintf("the image starts %s, which it does not have", program), Runtime: fmt.Sprintf("exec: %q: stat %s: no such file or directory", program, program)})
		return
	}
	for range 5 { // the kernel follows as many #! lines
		switch {
		case c.Kind(name) == plan.KindDir:
			c.Report(rule.Violation{At: at, Path: name, Message: fmt.Sprintf("the image starts %s, which is a directory", name), Runtime: fmt.Sprintf("exec: %q: is a directory", program)})
			return
		case !c.IsExecutable(name):
			c.Report(rule.Violation{At: at, Path: name, Message: fmt.Sprintf("the image starts %s, which nobody may execute", name), Runtime: fmt.Sprintf("exec: %q: permission denied", program)})
			return
		}
		e := c.Entry(name)
		if e == nil || e.Interpreter == "" {
			return
		}
		if looked := runs(e); looked != e.Interpreter && looked != "" && !strings.Contains(looked, "/") {
			if _, ok := find(c, looked); !ok {
				c.Report(rule.Violation{At: at, Path: name, Message: fmt.Sprintf("%s needs %s to start, which the image does not have", name, looked), Runtime: fmt.Sprintf("env: %s: No such file or directory", looked)})
			}
		}
		next, ok := find(c, e.Interpreter)
		if !ok {
			c.Report(rule.Violation{At: at, Path: name, Message: fmt.Sprintf("%s needs %s to start, which the image does not have", name, e.Interpreter), Runtime: fmt.Sprintf("exec %s: no such file or directory", program)})
			return
		}
		name = next
	}
}

// find is where a program of the image is, through PATH and links.
func find(c *rule.Check, program string) (string, bool) {
	if strings.Contains(program, "/") {
		name := c.Follow(path.Join("/", c.Plan.Config.Workdir, program))
		if path.IsAbs(program) {
			name = c.Follow(path.Clean(program))
		}
		return name, c.Has(name)
	}
	search, ok := c.Plan.Config.Environ()["PATH"]
	if !ok {
		search = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	}
	for dir := range strings.SplitSeq(search, ":") {
		if name := c.Follow(path.Join("/", dir, program)); c.Has(name) && c.Kind(name) != plan.KindDir {
			return name, true
		}
	}
	return "", false
}
