package rules

import (
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func noShell() *rule.Rule {
	return &rule.Rule{
		ID:    "no-shell",
		Title: "There is no shell unless the spec asks for one",
		Rationale: "Whoever breaks into a program can do most with a shell. One comes along unnoticed: with a directory that is copied, with a base, as another name of busybox, or for a helper script that nobody starts. " +
			"It is asked for when the spec names it as a program, a file or a link by itself, or when a script that it names so starts with `#!` and the shell.\n\n" +
			"Shells are known by the name of the file and of the file that it was copied from, and busybox by its package, too. A shell that is compiled under another name is not found.",
		Fixes: []string{
			"Leave the shell out: name the files that are needed in place of the directory that has it, or add its path to `exclude`.",
			"Start the program itself in place of a script.",
			"Use a base without a shell.",
			"If the image needs it, name it under `binaries`, or write an exemption.",
		},
		Severity: diag.SeverityError,
		Since:    "1.0",
		Params: []rule.Param{
			onOff("asked", rule.Unset, "Whether a shell is allowed that the spec asks for.", true),
			list("allow", rule.Fewer, "Paths of shells that are allowed, as patterns."),
		},
		Standards: []rule.Standard{{Name: rule.CISDocker, ID: "4.3"}, {Name: rule.NIST800190, ID: "4.1.2"}},
		NeedsBase: true,
		Check:     func(c *rule.Check) { checkPrograms(c, "a shell", shells) },
	}
}

// shells are programs that run what they are told in a language of their own.
var shells = []string{"sh", "bash", "rbash", "dash", "ash", "hush", "posh", "ksh", "rksh", "ksh93", "mksh", "lksh", "oksh", "loksh", "pdksh", "zsh", "rzsh", "fish", "csh", "tcsh", "yash", "busybox", "toybox", "nu", "pwsh", "elvish", "xonsh", "sash", "osh"}

// checkPrograms reports programs of some names, whatever they are called in the image.
func checkPrograms(c *rule.Check, what string, known []string) {
	for _, f := range c.Files() {
		if !isProgram(c, f, known) || matches(c.Params.List("allow"), f.Path) || c.Params.Flag("asked") && c.Asked(f.Entry) {
			continue
		}
		c.Report(rule.Violation{Path: f.Path, Message: f.Path + " is " + what + origin(f)})
	}
}

// isProgram reports whether a file that can be executed goes by one of some names. A
// link is one where it alone says so.
func isProgram(c *rule.Check, f rule.File, known []string) bool {
	switch f.Kind {
	case plan.KindFile:
		return f.Mode&0o111 != 0 && !isHook(f) && slices.ContainsFunc(programNames(c, f), func(name string) bool { return slices.Contains(known, name) })
	case plan.KindSymlink:
		target := c.Follow(f.Path)
		return slices.Contains(known, path.Base(f.Path)) && !slices.Contains(known, path.Base(target)) && c.IsExecutable(target)
	}
	return false
}

// isHook reports whether a script is named after the program that it is for, as jobs of
// cron and scripts for reports of bugs are: /etc/cron.daily/dpkg. What a file of the
// base holds is not known, but that scripts are small.
func isHook(f rule.File) bool {
	script := f.Size < 64<<10
	if f.Entry != nil {
		script = f.Entry.ELF == nil
	}
	dir := path.Base(path.Dir(f.Path))
	return script && dir != "bin" && dir != "sbin" && (strings.HasPrefix(f.Path, "/etc/") || strings.HasPrefix(f.Path, "/usr/share/"))
}

// programNames are the names that a file goes by: its own, and that of its source. All
// that is in busybox's package is busybox.
func programNames(c *rule.Check, f rule.File) []string {
	out := []string{versionless(path.Base(f.Path))}
	if f.Entry == nil || f.Entry.From == nil {
		return out
	}
	out = append(out, versionless(path.Base(f.Entry.From.Path)))
	if pkg := c.PackageName(f.Entry.Package); pkg == "busybox" || pkg == "busybox-static" {
		out = append(out, "busybox")
	}
	return out
}

// versionless is a program's name without a version, "python" of python3.11, and without
// how it was linked: "busybox" of busybox.static.
func versionless(name string) string {
	for _, suffix := range []string{".static", "-static", ".real", ".exe"} {
		name = strings.TrimSuffix(name, suffix)
	}
	if base, ok := strings.CutPrefix(name, "static-"); ok {
		name = base
	}
	end := len(name)
	for end > 0 && (name[end-1] >= '0' && name[end-1] <= '9' || name[end-1] == '.') {
		end--
	}
	if end == 0 || name == "ksh93" {
		return name
	}
	return strings.TrimRight(name[:end], "-")
}

// origin says why a file ships.
func origin(f rule.File) string {
	if f.Entry == nil {
		return " of the base image"
	}
	if f.Entry.From != nil && path.Base(f.Entry.From.Path) != path.Base(f.Path) {
		return ", " + f.Entry.From.Path + " of " + plan.TreeName(f.Entry.From.Tree)
	}
	if !f.Entry.Reason.Complete() { // a finished image does not say
		return ""
	}
	return "; it ships as " + f.Entry.Reason.String()
}
