package convert

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/google/shlex"
)

// ran is a command that only the stage itself can carry out.
type ran struct {
	said
	// line is what the shell is given, and at where it works.
	line, at string
	// wrote are the paths that it says to make or to change.
	wrote []string
}

func ranAs(what said, line, at string) ran {
	return ran{said: what, line: line, at: at, wrote: writes(line, at)}
}

// wrote reports whether a command says to make a path.
func (c *conversion) wrote(p string) bool {
	return slices.ContainsFunc(c.runs, func(run ran) bool { return slices.Contains(run.wrote, p) })
}

// allWrote are the paths that commands say to make.
func (c *conversion) allWrote() (all []string) {
	for _, run := range c.runs {
		all = append(all, run.wrote...)
	}
	return all
}

// redirected is where a shell is told to write what a command says.
var redirected = regexp.MustCompile(`>>?\s*([\w./@-]+)`)

// writes are the paths that the commands of a line make or change, as far as their words tell.
func writes(line, at string) []string {
	var out []string
	abs := func(p string) string {
		if !path.IsAbs(p) {
			p = path.Join(at, p)
		}
		return path.Clean(p)
	}
	for _, part := range parted(strings.ReplaceAll(line, "\\\n", " ")) {
		for _, m := range redirected.FindAllStringSubmatch(part, -1) {
			out = append(out, abs(m[1]))
		}
		argv, err := shlex.Split(part)
		if err != nil || len(argv) < 2 {
			continue
		}
		flags, rest := split(argv[1:])
		if len(rest) == 0 {
			continue
		}
		last := rest[len(rest)-1]
		switch path.Base(argv[0]) {
		case "cd":
			at = abs(last)
		case "mkdir", "touch", "tee":
			for _, p := range rest {
				out = append(out, abs(p))
			}
		case "chmod", "chown", "chgrp", "setcap":
			for _, p := range rest[1:] {
				out = append(out, abs(p))
			}
		case "install":
			out = append(out, abs(into(rest, !slices.Contains(flags, "-d"))))
		case "ln", "cp", "mv":
			out = append(out, abs(into(rest, true)))
		case "sed":
			if slices.ContainsFunc(flags, func(f string) bool { return strings.HasPrefix(f, "-i") }) {
				out = append(out, abs(last))
			}
		}
	}
	return out
}

// into is the last of the words of a command that copies: what it names or, where it names a
// directory as such, the file in it.
func into(words []string, file bool) string {
	last := words[len(words)-1]
	if file && strings.HasSuffix(last, "/") {
		return last + path.Base(words[0])
	}
	return last
}

// parted is a line of shell at what ends its commands, outside of quotes.
func parted(line string) []string {
	quote := rune(0)
	return strings.FieldsFunc(line, func(r rune) bool {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		default:
			return strings.ContainsRune("&;|\n", r)
		}
		return false
	})
}
