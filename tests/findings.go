package tests

import (
	"fmt"
	"path"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/watch"
)

// What a finding tells of one test.
const (
	maxProblems = 20
	maxFixes    = 8
)

// Failed is the finding about a test that has failed. Said is what a program wrote last.
func Failed(t spec.Test, problems []string, said string) diag.Diagnostic {
	told := problems[:min(len(problems), maxProblems)]
	text := strings.Join(told, "; ")
	if more := len(problems) - len(told); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return diag.Diagnostic{
		Code:    "test-failed",
		At:      t.At,
		Message: fmt.Sprintf("the test %q failed: %s", Title(t), text),
		Runtime: lastLines(said),
	}
}

// What is told of what a program wrote: its last lines.
const (
	maxLines = 5
	maxLine  = 300
)

// lastLines are the last lines of a text as one line.
func lastLines(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			if len(line) > maxLine {
				line = line[:maxLine] + "…"
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-maxLines):], " | ")
}

// Fixes are the lines of the spec that clues lead to, the most likely first.
func Fixes(t spec.Test, p *plan.Plan, clues []Clue) []string {
	var out []string
	said := map[string]bool{}
	for i, c := range clues {
		if len(out) == maxFixes {
			out = append(out, fmt.Sprintf("… and %d more", len(clues)-i))
			break
		}
		line, about := fix(t, p, c)
		if line == "" || said[line] {
			continue
		}
		said[line] = true
		out = append(out, "add "+line+" ("+about+")")
	}
	return out
}

// fix is the line of the spec for a clue, and what it is about.
func fix(t spec.Test, p *plan.Plan, c Clue) (line, about string) {
	switch {
	case c.Source != "":
		return c.line(), c.about()
	case c.Write:
		return c.toWrite(t, p), c.refusedText("write to " + c.Path)
	}
	return c.toRead(p), c.refusedText("use " + c.Path)
}

// line ships what a source has.
func (c Clue) line() string {
	if part, ok := parts.Lookup(c.Part); ok && part.Source != nil {
		return "include: [" + c.Part + "]"
	}
	ref := plan.Origin{Tree: c.Source, Path: c.Path}.Reference()
	switch {
	case c.Kind == plan.KindSymlink:
		return "links: [{path: " + quote(c.Path) + ", target: " + quote(c.Target) + "}]"
	case c.Kind == plan.KindDir:
		return "files: [" + quote(ref+"/") + "]"
	case c.Run:
		return "binaries: [" + quote(ref) + "]"
	}
	return "files: [" + quote(ref) + "]"
}

// quote makes a word fit into a list of YAML, whatever characters it has.
func quote(word string) string {
	plain := strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-:@~=") == ""
	if plain && !strings.Contains(word, ": ") {
		return word
	}
	return fmt.Sprintf("%q", strings.ReplaceAll(word, "$", "$$"))
}

func (c Clue) about() string {
	var words []string
	if c.Part != "" {
		words = append(words, c.Path)
	}
	if c.Size > 0 {
		words = append(words, report.Size(c.Size))
	}
	if c.Package != "" {
		words = append(words, "of "+c.Package)
	}
	text := strings.Join(words, ", ")
	if text != "" {
		text += "; "
	}
	return text + c.who() + " " + map[bool]string{true: "looked for it in vain", false: "opens it where it is there"}[c.InVain]
}

// who asked for it.
func (c Clue) who() string {
	if c.By == "" {
		return "the test"
	}
	return c.By
}

func (c Clue) refusedText(what string) string {
	text := fmt.Sprintf("%s could not %s: %s", c.who(), what, reasons[c.Error])
	if c.Mode != 0 && c.Error != "EROFS" {
		text += fmt.Sprintf(", it has the mode %04o and belongs to %d:%d", c.Mode, c.UID, c.GID)
	}
	return text
}

// reasons are what the kernel's errors mean here.
var reasons = map[string]string{
	"EACCES": "permission denied", "EPERM": "not permitted", "EROFS": "the root is read-only in tests",
	"ENOENT": "there is no such directory", "ENOTDIR": "it is not in a directory",
}

// toWrite makes a directory one that the image's user can write to.
func (c Clue) toWrite(t spec.Test, p *plan.Plan) string {
	u := p.Config.User
	own := fmt.Sprintf("%d:%d", u.UID, u.GID)
	switch {
	case c.Kind == plan.KindFile:
		return fmt.Sprintf("owner: %q, %s", own, c.place(p))
	case c.Path == "/":
		return "workdir: /data and volumes: [/data], or another directory to work in, so that it does not write to /"
	case c.Error == "EROFS" && (c.UID == u.UID || u.UID == 0):
		return "volumes: [" + quote(c.Path) + "], or writable: true to the test if the container's root will be"
	case t.Writable:
		return fmt.Sprintf("directories: [{path: %s, owner: %q}]", quote(c.Path), own)
	case c.Error == "ENOENT" || c.Mode == 0:
		return "volumes: [" + quote(c.Path) + "]"
	}
	return fmt.Sprintf("volumes: [%s] and directories: [{path: %s, owner: %q}]", quote(c.Path), quote(c.Path), own)
}

// toRead lets the image's user use a file.
func (c Clue) toRead(p *plan.Plan) string {
	more := uint32(0o044)
	if c.Run || c.Kind == plan.KindDir || c.Mode&0o111 != 0 {
		more |= 0o011
	}
	return fmt.Sprintf("mode: \"%04o\", or owner: \"%d:%d\", %s", c.Mode|more, p.Config.User.UID, p.Config.User.GID, c.place(p))
}

// place is the item of the spec that ships what was refused.
func (c Clue) place(p *plan.Plan) string {
	for _, e := range p.Entries {
		if e.Path == path.Clean(c.Path) && e.Reason.At != "" {
			return "to " + e.Reason.At
		}
	}
	return "where it ships"
}

// Privileged tells of programs that gave a test no rights, though they would elsewhere.
func Privileged(p *plan.Plan, all []watch.Access) []string {
	var out []string
	for _, a := range all {
		if a.Use != watch.Exec || a.Error != "" {
			continue
		}
		for _, e := range p.Entries {
			if e.Path == a.Path && (e.Mode&0o6000 != 0 || e.Capabilities != "") {
				out = append(out, a.Path+" gives no rights in a test, as it is watched: do not let the test depend on its setuid or setgid bit or its capabilities")
			}
		}
	}
	return out
}
