package needs

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// Absolute returns the absolute paths in a text of the user's, sorted, whatever they begin with:
// no machine that built something has left its own there.
func Absolute(text []byte) []Named {
	found := map[Named]bool{}
	for i := 0; i < len(text) && len(found) < maxPaths; i++ {
		if text[i] != '/' || i > 0 && (joins(text[i-1]) || text[i-1] == ':' && bytes.HasPrefix(text[i:], []byte("//"))) {
			continue
		}
		end := i
		for end < len(text) && end-i < maxPath && inPath(text[end]) {
			end++
		}
		if p, ok := named(string(text[i:end]), end < len(text) && varies(text[end]), false); ok {
			found[p] = true
		}
		i = end
	}
	return sorted(found)
}

// UsersOwn reports whether a path can be that of what a user has put into a source, for a program
// to read: not what every system has, nor what changes while programs run.
func UsersOwn(name string) bool {
	if name == "/" || below(name, others) || below(name, []string{"/boot", "/var/lib/apt", "/var/lib/dpkg", "/var/mail", "/var/spool"}) {
		return false
	}
	own, local := strings.CutPrefix(name, "/usr/local")
	return !slices.Contains(shared, name) && (!local || own != "" && !slices.Contains(Prefixes, own)) && name != "/usr" && name != "/etc" && name != "/var" && name != "/usr/src" && name != "/opt" && name != "/srv"
}

// commandSettings are the names of settings whose value is a command: "command" of a supervisor,
// "ExecStart" of a service.
var commandSettings = regexp.MustCompile(`(?i)^\s*["']?(?:[a-z_-]*command|[a-z_-]*cmd|exec|exec-?_?start(?:-?_?pre)?)["']?\s*[=:]\s*(\S.*)$`)

// CommandsOf are the commands that a configuration has as values of settings, each the program and
// its arguments.
func CommandsOf(text []byte) [][]string {
	var out [][]string
	for line := range bytes.Lines(text) {
		m := commandSettings.FindSubmatch(bytes.TrimRight(line, "\r\n"))
		if m == nil {
			continue
		}
		value := strings.Trim(string(m[1]), "\"',")
		var argv []string
		for word := range strings.FieldsSeq(value) {
			argv = append(argv, strings.Trim(word, "\"'"))
		}
		if len(argv) > 0 && !strings.ContainsAny(argv[0], "$%{}[]()") {
			out = append(out, argv)
		}
	}
	return out
}

// ProcfileCommands are the commands of a Procfile, each with the arguments that are its own.
func ProcfileCommands(text []byte) [][]string {
	var out [][]string
	for line := range bytes.Lines(text) {
		if m := procfileLine.FindSubmatch(bytes.TrimRight(line, "\r\n")); m != nil {
			out = append(out, strings.Fields(string(m[1])))
		}
	}
	return out
}

var procfileLine = regexp.MustCompile(`^[A-Za-z0-9_-]+:\s*(\S.*)$`)

// CrontabCommands are the commands of a table of cron(8) that is the system's: its lines have the
// user before the command, which is one for a shell.
func CrontabCommands(text []byte) []string {
	var out []string
	for line := range bytes.Lines(text) {
		if m := crontabLine.FindSubmatch(bytes.TrimRight(line, "\r\n")); m != nil {
			out = append(out, string(m[1]))
		}
	}
	return out
}

var crontabLine = regexp.MustCompile(`^\s*(?:@[a-z]+|(?:[0-9*][0-9*/,-]*\s+){3}[0-9*A-Za-z/,-]+\s+[0-9*A-Za-z/,-]+)\s+[a-z_][a-z0-9_-]*\s+(\S.*)$`)
