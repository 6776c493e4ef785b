package runtimes

import (
	"regexp"
	"slices"
	"strings"
)

// changesNames is what gives names another meaning, or looks for programs elsewhere.
var changesNames = regexp.MustCompile(`(?m)PATH=|^\s*(\.|source|alias|eval)\s`)

// starts reports whether the image's commands name a file.
func starts(commands [][]string, name string) bool {
	return slices.ContainsFunc(commands, func(argv []string) bool { return slices.Contains(argv, name) })
}

// calledSurely is the line, from 1, on which a script calls a program by its name whatever
// happens; 0 for none. It is a line that begins with it, so that no condition, function or
// loop is around it, and that goes on when it fails in no way of its own.
func calledSurely(text []byte, name string) int {
	quoted := regexp.QuoteMeta(name)
	asked := regexp.MustCompile(`(command\s+-[vV]|which|type|hash)\s+(-\w+\s+)?["']?` + quoted + `\b|\b` + quoted + `\s*\(\)`)
	if strings.Contains(name, "/") || changesNames.Match(text) || asked.Match(text) {
		return 0
	}
	call := regexp.MustCompile(`^(exec\s+)?` + quoted + `(\s[^|&]*)?(\|[^|].*)?$`)
	before := ""
	for i, line := range strings.Split(string(text), "\n") {
		goesOn := strings.HasSuffix(before, `\`) || strings.HasSuffix(before, "|") || strings.HasSuffix(before, "&&")
		if before = strings.TrimRight(line, " \t\r"); !goesOn && call.MatchString(before) && !strings.HasSuffix(before, `\`) {
			return i + 1
		}
	}
	return 0
}
