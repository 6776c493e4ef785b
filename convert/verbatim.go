package convert

import (
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// sourceLike is a source that there is already, or a new one.
func (c *conversion) sourceLike(title string, s source) string {
	for _, name := range slices.Sorted(maps.Keys(c.sources)) {
		have := c.sources[name]
		if have.image == s.image && have.dockerfile == s.dockerfile && have.target == s.target && len(have.packages) == 0 && name != c.imageSource {
			return name
		}
	}
	return c.newSource(title, &s)
}

// until is the text of the Dockerfile before the stage of an index.
func (c *conversion) until(stage int) string {
	lines := strings.SplitAfter(string(c.text), "\n")
	end := len(lines)
	if stage < len(c.stages) {
		end = c.stages[stage].Location[0].Start.Line - 1
	} else if c.after > 0 {
		end = c.after - 1
	}
	var out strings.Builder
	for i, line := range lines[:end] {
		if i == 0 && strings.HasPrefix(line, "#") && strings.Contains(line, "syntax") {
			continue
		}
		out.WriteString(line)
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

// verbatim leaves an instruction to the Dockerfile's frontend, in a stage of its own that
// has nothing else.
func (c *conversion) verbatim(code, from, dest string) {
	_, stage := instructions.HasStage(c.stages, from)
	c.leftStages = c.leftStages || from != "" && (stage || isNumber(from))
	code = chownFlag.ReplaceAllStringFunc(code, func(flag string) string {
		who, err := c.words.raw(strings.TrimPrefix(flag, "--chown="))
		if err != nil {
			return flag
		}
		if who = c.owned("--chown=", c.numbered(who), false); who == "" {
			return ""
		}
		return "--chown=" + who
	})
	code, heredoc, _ := strings.Cut(code, "\n") // which is as it is to be
	if heredoc != "" {
		heredoc = "\n" + heredoc
	}
	if c.workdir != c.leftDir {
		c.left += c.withArgs("WORKDIR "+c.workdir) + "\n"
		c.leftDir = c.workdir
	}
	if text, err := c.words.forShell(code); err == nil {
		code = c.withArgs(text)
	}
	c.left += code + heredoc + "\n"
	if c.copied == "" {
		c.copied = c.newSource("copied", &source{})
	}
	to := c.abs(dest)
	c.items = append(c.items, item{source: c.copied, from: to, to: to})
}

// withArgs is an expanded instruction in which build arguments are arguments again, which are
// declared before it.
func (c *conversion) withArgs(text string) string {
	for _, name := range argsIn(text) {
		c.left += "ARG " + name + "\n"
		c.leftStages = true
	}
	return shown(text)
}

// placeVerbatim writes the stage of what was left.
func (c *conversion) placeVerbatim() {
	s := c.sources[c.copied]
	if s == nil {
		return
	}
	if c.leftStages {
		s.dockerfile, s.build = strings.TrimLeft(c.until(len(c.stages)-1)+"\n", "\n"), true
	}
	s.dockerfile += "FROM scratch\n" + c.left
}
