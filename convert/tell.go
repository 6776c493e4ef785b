package convert

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"
)

// plainImages are those of distributions, which start a shell and set nothing.
var plainImages = []string{"debian", "ubuntu", "alpine", "fedora", "busybox", "rockylinux", "almalinux", "amazonlinux", "ubi9", "ubi9-minimal"}

// isPlain reports whether an image is one of plainImages, and not one that others have made of it.
func isPlain(ref string) bool {
	named, err := reference.ParseNormalizedNamed(marked.ReplaceAllString(ref, "x"))
	if err != nil {
		return false
	}
	dir, name := path.Split(reference.Path(named))
	if strings.HasPrefix(dir, "ubi") && strings.HasPrefix(name, "ubi") { // Red Hat's
		return true
	}
	return slices.Contains(plainImages, name) && slices.Contains([]string{"", "library/", "amazonlinux/"}, dir)
}

// tellUnseen notes what an image that was not looked at may bring.
func (c *conversion) tellUnseen(ref string) {
	if c.image != nil || c.imageSource == "" || isPlain(ref) {
		return
	}
	c.unseen = !c.isKnown
	what := "its working directory, below which relative paths are, its environment, its user, ports, volumes and stop signal are not taken over"
	switch {
	case c.isKnown:
		what = "what is known of it is taken over, without the rest of its environment"
		if c.known.untold != "" && len(c.entrypoint) == 0 {
			what += " and " + c.known.untold
		}
	case len(c.entrypoint)+len(c.cmd) == 0:
		what = "what it starts, " + what
	case len(c.entrypoint) == 0:
		what = "its entrypoint if it has one, " + what
	}
	if c.unseen {
		what += ": have a BuildKit look at it"
		if !c.whole {
			what += ", or write base: " + ref + " in place of the source, which keeps all of it"
		}
	}
	c.remarks = append(c.remarks, fmt.Sprintf("the image %s was not looked at: %s", ref, what))
}

// tellMaybe notes the programs that others may start, of which nothing is known.
func (c *conversion) tellMaybe() {
	names := slices.DeleteFunc(distinct(c.maybe), c.isShipped)
	if len(names) == 0 {
		return
	}
	c.remarks = append(c.remarks, fmt.Sprintf("the command names %s: what of it is a program is to be named under binaries, such as - %s",
		strings.Join(names, ", "), ref(c.imageSource, c.guess(names[0], c.search(names[0])))))
}

// tellEmpty notes the build arguments without a default that paths are made of.
func (c *conversion) tellEmpty() {
	paths := []string{c.workdir}
	for _, it := range c.items {
		paths = append(paths, it.from, it.to)
	}
	for _, d := range c.dirs {
		paths = append(paths, d.path)
	}
	empty := map[string]bool{}
	for _, p := range paths {
		for _, name := range c.empty(p) {
			empty[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(empty)) {
		c.needed[name] = true
		c.remarks = append(c.remarks, fmt.Sprintf("paths are made of $%s, which has no default: give it one under args", name))
	}
}

// empty are the build arguments without a default that an expanded text has in it.
func (c *conversion) empty(text string) []string {
	return slices.DeleteFunc(argsIn(text), func(name string) bool { return c.args[name] != "" || predefined.MatchString(name) })
}

// tellCut notes the variables of which the spec has what their defaults give.
func (c *conversion) tellCut() {
	for _, name := range slices.Sorted(maps.Keys(c.words.cut)) {
		c.remark(fmt.Sprintf("A spec cannot take a part of $%s, and has that of the default", name), said{text: "correct the values that it is part of where the argument is another"})
	}
}

// tellFixed notes the build arguments that stand for different texts where they are not given.
func (c *conversion) tellFixed() {
	for _, name := range slices.Sorted(maps.Keys(c.words.fixed)) {
		c.remark(fmt.Sprintf("$%s stands for different texts where it is not given, and a spec has one default for it", name), said{text: "correct the values that it is part of where it is given"})
	}
}

// tellNothing notes that the spec ships nothing, so that it cannot be built yet.
func (c *conversion) tellNothing() {
	if c.base == "" && len(c.programs)+len(c.items)+len(c.content)+len(c.dirs)+len(c.links)+len(included(c.packages)) == 0 {
		c.remarks = append(c.remarks, "nothing ships: the Dockerfile copies nothing, and what it starts is not known: name a program under binaries")
	}
}

// tellUnset notes the variables that an image may set that was not looked at.
func (c *conversion) tellUnset() {
	if c.image != nil || c.base == "" && c.imageSource == "" {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(c.words.unset)) {
		if c.words.fixed[name] { // which is told as such
			continue
		}
		c.remark(fmt.Sprintf("$%s may be set by the image, which was not looked at, and is taken as empty", name), said{text: "correct the values that it is part of"})
	}
}

// tellRuns notes the commands that may make something which does not ship, with what they say to make,
// before what was told of programs since.
func (c *conversion) tellRuns() {
	since := slices.Clone(c.remarks[c.told:])
	defer func() { c.remarks = append(c.remarks, since...) }()
	c.remarks = c.remarks[:c.told]
	for i, run := range c.runs {
		why := c.whyTold(i)
		if why == "" {
			continue
		}
		c.tell(run.said, why)
	}
}

// whyTold is what a person is to be told of what a command leaves behind; empty for nothing.
func (c *conversion) whyTold(i int) string {
	run := c.runs[i]
	out, made := c.installed(run), ""
	left, dirs := c.unshipped(i), c.unpacked(run)
	if c.leaves(run).more || len(left)+len(dirs) > 0 {
		made = "what this makes must be named if no program needs it"
		at := path.Clean(run.at)
		if n := len(run.entered); n > 0 && !c.fromStage(at) {
			at = run.entered[n-1]
		}
		if c.fromStage(at) {
			made = "what this makes outside of " + at + " must be named if no program needs it"
		}
	}
	if len(left) > 0 {
		made += ", under files: " + c.listed(left)
	}
	if len(dirs) > 0 {
		made += ", and what it unpacks into " + strings.Join(dirs, ", ")
		if slices.Contains(dirs, "/") && overlay.MatchString(run.line) {
			made += fmt.Sprintf(", which is - %s, - %s, - %s", ref(c.imageSource, "/command"), ref(c.imageSource, "/package"), ref(c.imageSource, "/etc/s6-overlay"))
		}
	}
	if made != "" {
		out = append(out, made)
	}
	return strings.Join(out, "; ")
}

// overlay is the archive of s6-overlay from version 3 on, which is in directories of its own.
var overlay = regexp.MustCompile(`s6-overlay-noarch`)

// unpacked are the directories of all images into which a command unpacks what it does not name, and
// which do not ship whole.
func (c *conversion) unpacked(run ran) (dirs []string) {
	for _, p := range run.wrote {
		if (crowded.is(strings.TrimSuffix(p, "/")) || present.is(p)) && !passing(p) || p == "/" {
			if run.unpacks(p) && !c.fromStage(p) && !slices.Contains(dirs, p) {
				dirs = append(dirs, p)
			}
		}
	}
	return dirs
}

// maxUnshipped is how many paths of one command are shown.
const maxUnshipped = 10

// unshipped are the paths that a command says to make and that do not ship from the stage.
func (c *conversion) unshipped(i int) (left []string) {
	for _, p := range slices.Concat(c.runs[i].wrote, c.runs[i].may) {
		shipped := slices.ContainsFunc(c.programs, func(prog program) bool { return prog.path == p }) ||
			slices.ContainsFunc(c.links, func(l link) bool { return l.path == p }) || slices.ContainsFunc(c.dirs, func(d directory) bool { return d.path == p })
		if c.isKept(p) && !present.is(p) && !shipped && !c.removed(i, p) && !slices.Contains(left, p) && len(left) <= maxUnshipped {
			left = append(left, p)
		}
	}
	return left
}

// listed are paths of the stage as they are to be written; of many the first.
func (c *conversion) listed(paths []string) string {
	var out []string
	for _, p := range paths[:min(len(paths), maxUnshipped)] {
		out = append(out, "- "+ref(c.imageSource, p))
	}
	if len(paths) > maxUnshipped {
		out = append(out, "and more")
	}
	return strings.Join(out, ", ")
}

// said is what an instruction says, and its line; 0 for what no line says.
type said struct {
	line int
	text string
}

// said is a text of the instruction that is taken over.
func (c *conversion) said(text string) said { return said{line: c.line, text: text} }

// String is the line and the beginning of the text, for a comment beside the Dockerfile.
func (s said) String() string {
	if s.line == 0 {
		return s.text
	}
	return fmt.Sprintf("line %d: %s", s.line, brief(s.text))
}

// remark notes what a spec has no word for.
func (c *conversion) remark(why string, what said) {
	c.unknown = append(c.unknown, why+":\n"+what.String())
	c.tell(what, why)
}

// tell notes why a person is to look at an instruction.
func (c *conversion) tell(what said, why string) {
	text := why + ": " + brief(what.text)
	if what.line > 0 {
		text = fmt.Sprintf("%s:%d: %s", c.name, what.line, text)
	}
	c.remarks = append(c.remarks, text)
}

// longest is how many characters of an instruction are shown: who looks for the rest has its line.
const longest = 120

// brief is the beginning of an instruction in one line.
func brief(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if letters := []rune(text); len(letters) > longest {
		return string(letters[:longest]) + "…"
	}
	return text
}
