package tests

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
	"github.com/sinter-build/sinter/spec"
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

// What is told of what a program wrote: its last lines, and the one before them that
// names the error, after which some languages list the calls that led to it.
const (
	maxLines = 5
	maxLine  = 300
)

// lastLines are the telling lines at the end of a text as one line.
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
	last := max(0, len(lines)-maxLines)
	told := lines[last:]
	if i := lastError(lines); i >= 0 && i < last {
		told = append([]string{lines[i], "…"}, told...)
	}
	return strings.Join(told, " | ")
}

// lastError is where the last line is that names an error, or -1.
func lastError(lines []string) int {
	for i, line := range slices.Backward(lines) {
		if namesError(line) {
			return i
		}
	}
	return -1
}

// namesError reports whether a line says what went wrong as most programs do: "Error: …",
// "java.lang.IllegalStateException: …", "FATAL: …", "panic: …".
func namesError(line string) bool {
	head, _, found := strings.Cut(line, ": ")
	if !found {
		return false
	}
	head = strings.ToLower(head)
	for _, word := range []string{"error", "exception", "fatal", "panic"} {
		if strings.Contains(head, word) {
			return true
		}
	}
	return false
}

// Causes are why a test failed, as far as it is known.
type Causes struct {
	Evidence
	// Clues are what may be to blame, the most likely first.
	Clues []Clue
	// Needed are those that the test passes with, and not without one of them; none when
	// it was not seen to pass.
	Needed []Clue
}

// Fixes are the lines of the spec that mend a test, or else those that may, the most
// likely first.
func (c Causes) Fixes(t spec.Test, p *plan.Plan) []string {
	if len(c.Needed) > 0 {
		return []string{remedy(t, p, c.Needed)}
	}
	if c.Whole != nil && !c.Mended {
		// What the sources have was there, and did not help.
		others := slices.DeleteFunc(slices.Clone(c.Clues), func(l Clue) bool { return l.Source != "" && !mentions(c.Said, l.Path) })
		return append([]string{inVain}, fixes(t, p, others)...)
	}
	if out := fixes(t, p, c.Clues); out != nil {
		return out
	}
	return unshipped(p)
}

// inVain is told of a test that fails with all of the sources below the image.
const inVain = "it fails with all of the sources in the image, too: it may lack a package that none of them has installed, or expect something else"

// unshipped is what may be to blame where nothing is known: a package that the spec names and
// of which the image has nothing.
func unshipped(p *plan.Plan) []string {
	var out []string
	for _, src := range p.Unshipped() {
		out = append(out, fmt.Sprintf("nothing ships of %s, which source %s installs: if the program needs it, name what it needs under binaries or files",
			strings.Join(src.Packages, ", "), src.Name))
	}
	return out
}

// fixes are the lines of the spec that clues lead to.
func fixes(t spec.Test, p *plan.Plan, clues []Clue) []string {
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
		line = lines([]spec.Addition{c.shipped()})
	case c.Write && c.isWritten(p):
		return "", ""
	case c.Write:
		line = c.toWrite(t, p)
	default:
		line = c.toRead(p)
	}
	return line, c.why()
}

// Additions are the items of the spec that do away with a clue; none where items would
// not.
func (c Clue) Additions(t spec.Test, p *plan.Plan) []spec.Addition {
	switch {
	case c.Source != "":
		return []spec.Addition{c.shipped()}
	case c.Write:
		return c.madeWritable(t, p)
	}
	return c.madeReadable(p)
}

// madeReadable is the setting that lets the image's user use what is refused: a mode for
// a file that an item ships alone, and an owner where it ships others, too. There is none
// where no item of the spec brings it.
func (c Clue) madeReadable(p *plan.Plan) []spec.Addition {
	at := c.item(p)
	list, _, _ := strings.Cut(at[strings.LastIndex(at, ".")+1:], "[")
	if !slices.Contains([]string{"binaries", "files", "directories"}, list) {
		return nil
	}
	files := 0
	for _, e := range p.Entries {
		if e.Reason.At == at && e.Kind == plan.KindFile {
			files++
		}
	}
	if files > 1 {
		return []spec.Addition{{In: at, Key: "owner", Item: fmt.Sprintf("\"%d:%d\"", p.Config.User.UID, p.Config.User.GID)}}
	}
	return []spec.Addition{{In: at, Key: "mode", Item: fmt.Sprintf("\"%04o\"", c.readableMode())}}
}

// shipped is the item that ships what a source has.
func (c Clue) shipped() spec.Addition {
	if part, ok := parts.Lookup(c.Part); ok && part.Source != nil {
		return spec.Addition{Key: "include", Item: c.Part}
	}
	ref := plan.Origin{Tree: c.Source, Path: c.Path}.Reference()
	switch {
	case c.Content != "":
		return spec.Addition{Key: "files", Item: "{content: " + text(c.Content) + ", to: " + quote(c.Path) + "}"}
	case c.Kind == plan.KindSymlink:
		return spec.Addition{Key: "links", Item: "{path: " + quote(c.Path) + ", target: " + quote(c.Target) + "}"}
	case c.Kind == plan.KindDir:
		return spec.Addition{Key: "files", Item: quote(ref + "/")}
	case c.NewMode != 0:
		return spec.Addition{Key: "files", Item: fmt.Sprintf("{from: %s, mode: \"%04o\"}", quote(ref), c.NewMode)}
	case c.Run && !c.AsFile:
		return spec.Addition{Key: "binaries", Item: quote(ref)}
	}
	return spec.Addition{Key: "files", Item: quote(ref)}
}

// lines are items as they stand in a spec: "files: [a, b] and volumes: [/c]", and
// settings of items: `mode: "0644" to files[3]`.
func lines(additions []spec.Addition) string {
	var out []string
	for _, key := range spec.AmendableKeys() {
		var items []string
		for _, a := range additions {
			if a.In == "" && a.Key == key && !slices.Contains(items, a.Item) {
				items = append(items, a.Item)
			}
		}
		if len(items) > 0 {
			out = append(out, key+": ["+strings.Join(items, ", ")+"]")
		}
	}
	for _, a := range additions {
		if a.In != "" {
			out = append(out, a.Key+": "+a.Item+" to "+a.In)
		}
	}
	return strings.Join(out, " and ")
}

// remedy is what has been seen to make a test pass: the lines of the spec, and what
// each is about.
func remedy(t spec.Test, p *plan.Plan, needed []Clue) string {
	var additions []spec.Addition
	var about []string
	for _, c := range needed {
		additions = append(additions, c.Additions(t, p)...)
		text := c.why()
		if len(needed) > 1 {
			text = path.Base(c.Path) + ": " + text
		}
		about = append(about, text)
	}
	if more := len(about) - maxFixes; more > 0 {
		about = append(about[:maxFixes], fmt.Sprintf("and %d more", more))
	}
	with := "the test passes with it"
	if len(additions) > 1 {
		with = "the test passes with them"
	}
	return "add " + lines(additions) + " (" + strings.Join(append(about, with), "; ") + ")"
}

// why is what a clue is about, whatever its kind.
func (c Clue) why() string {
	switch {
	case c.Source != "":
		return c.about()
	case c.Write:
		return c.refusedText("write to " + c.Path)
	}
	return c.refusedText("use " + c.Path)
}

// quote makes a word fit into a list of YAML, whatever characters it has.
func quote(word string) string {
	plain := strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-:@~=") == ""
	if plain && !strings.Contains(word, ": ") {
		return word
	}
	return text(word)
}

// text is a text between quotes, as YAML and JSON have it, in which nothing is a variable.
func text(word string) string {
	out, _ := json.Marshal(strings.ToValidUTF8(strings.ReplaceAll(word, "$", "$$"), "\ufffd"))
	return string(out)
}

func (c Clue) about() string {
	if c.Account != "" {
		return c.Account + ", as in " + c.Source + "; " + c.who() + " tells of it"
	}
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
	switch {
	case c.Kind == plan.KindFile:
		return fmt.Sprintf("owner: \"%d:%d\", %s", u.UID, u.GID, c.place(p))
	case c.Path == "/":
		return "workdir: /data and volumes: [/data], or another directory to work in, so that it does not write to /"
	}
	line := lines(c.madeWritable(t, p))
	if line == "" {
		line = fmt.Sprintf("owner: \"%d:%d\", %s", u.UID, u.GID, c.place(p))
		if !t.Writable && !c.inVolume(p) {
			line += ", and volumes: [" + quote(c.Path) + "]"
		}
	}
	if c.Error == "EROFS" && c.ours(u) {
		line += ", or writable: true to the test if the container's root will be"
	}
	return line
}

// madeWritable are the items that let the image's user write to a directory.
func (c Clue) madeWritable(t spec.Test, p *plan.Plan) []spec.Addition {
	if c.Kind == plan.KindFile || c.Path == "/" || c.isWritten(p) {
		return nil
	}
	u := p.Config.User
	volume := spec.Addition{Key: "volumes", Item: quote(c.Path)}
	dir := spec.Addition{Key: "directories", Item: fmt.Sprintf("{path: %s, owner: \"%d:%d\"}", quote(c.Path), u.UID, u.GID)}
	switch {
	case c.Error == "EROFS" && c.ours(u):
		return []spec.Addition{volume}
	case c.item(p) != "":
		return nil // two items cannot make one directory
	case t.Writable || c.inVolume(p):
		return []spec.Addition{dir}
	case c.Error == "ENOENT" || c.Mode == 0:
		return []spec.Addition{volume}
	}
	return []spec.Addition{dir, volume}
}

// isWritten reports whether the clue is a directory that a program has to make itself,
// below one that it can write to.
func (c Clue) isWritten(p *plan.Plan) bool {
	return c.Error == "ENOENT" && (strings.HasPrefix(c.Path, "/tmp/") || c.inVolume(p))
}

// inVolume reports whether the clue is a volume, or in one: another volume there mends
// nothing.
func (c Clue) inVolume(p *plan.Plan) bool {
	return slices.ContainsFunc(p.Config.Volumes, func(dir string) bool {
		return c.Path == dir || strings.HasPrefix(c.Path, strings.TrimSuffix(dir, "/")+"/")
	})
}

// ours reports whether a directory belongs to the image's user, who may be any.
func (c Clue) ours(u plan.User) bool { return c.UID == u.UID || u.UID == 0 }

// toRead lets the image's user use a file.
func (c Clue) toRead(p *plan.Plan) string {
	return fmt.Sprintf("mode: \"%04o\", or owner: \"%d:%d\", %s", c.readableMode(), p.Config.User.UID, p.Config.User.GID, c.place(p))
}

// readableMode is the mode with which everyone can use what is refused.
func (c Clue) readableMode() uint32 {
	more := uint32(0o044)
	if c.Run || c.Kind == plan.KindDir || c.Mode&0o111 != 0 {
		more |= 0o011
	}
	return c.Mode | more
}

// place says which item of the spec ships what was refused.
func (c Clue) place(p *plan.Plan) string {
	if at := c.item(p); at != "" {
		return "to " + at
	}
	return "where it ships"
}

// item is the item of the spec that ships what was refused; empty for none. Of a
// directory it is only one that makes it: several may have something in it.
func (c Clue) item(p *plan.Plan) string {
	for _, e := range p.Entries {
		if e.Path == path.Clean(c.Path) && (c.Kind != plan.KindDir || strings.Contains(e.Reason.At, "directories[")) {
			return e.Reason.At
		}
	}
	return ""
}

// GivesRights reports whether an image has programs of its own that give rights beyond the
// user's.
func GivesRights(p *plan.Plan) bool {
	return slices.ContainsFunc(p.Entries, func(e plan.Entry) bool { return e.Mode&0o6000 != 0 && e.Kind == plan.KindFile || e.Capabilities != "" })
}
