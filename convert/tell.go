package convert

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// plainImages are those of distributions, which start a shell and set nothing.
var plainImages = []string{"debian", "ubuntu", "alpine", "fedora", "busybox", "rockylinux", "almalinux", "amazonlinux", "ubi9", "ubi9-minimal"}

// tellUnseen notes what an image that was not looked at may bring.
func (c *conversion) tellUnseen(ref string) {
	if c.image != nil || c.imageSource == "" || slices.Contains(plainImages, imageTitle(ref)) {
		return
	}
	what := "its environment and its user are not taken over"
	if len(c.entrypoint)+len(c.cmd) == 0 {
		what = "what it starts, " + what
	}
	c.remarks = append(c.remarks, fmt.Sprintf("the image %s was not looked at: %s", ref, what))
}

// tellCut notes the variables of which the spec has what their defaults give.
func (c *conversion) tellCut() {
	for _, name := range slices.Sorted(maps.Keys(c.words.cut)) {
		c.remark(fmt.Sprintf("A spec cannot take a part of $%s, and has that of the default", name), "correct the values that it is part of where the argument is another")
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
		c.remark(fmt.Sprintf("$%s may be set by the image, which was not looked at, and is taken as empty", name), "correct the values that it is part of")
	}
}

// remark notes what a spec has no word for.
func (c *conversion) remark(why, what string) {
	c.unknown = append(c.unknown, why+":\n"+what)
	c.remarks = append(c.remarks, why+": "+oneLine(what))
}

// oneLine is the first line of an instruction.
func oneLine(text string) string {
	line, _, more := strings.Cut(text, "\n")
	if line = strings.TrimSuffix(strings.TrimSpace(line), "\\"); more {
		line += "…"
	}
	return line
}
