package packages

import (
	"fmt"
	"strings"
)

// field is one field of a control stanza. The value keeps its continuation
// lines, each after a newline and with its leading space.
type field struct {
	name, value string
}

// maxFields bounds a stanza; the longest real ones have fifty.
const maxFields = 1000

// stanza is a paragraph of a control file, in the order of the file: deb822(5).
type stanza []field

// get returns the first field of a name; names ignore case.
func (s stanza) get(name string) string {
	for _, f := range s {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// parseControl calls yield for every stanza of a control file. A line that is
// neither a field nor the continuation of one spoils its stanza: yield gets an
// error that names the line instead, and parsing goes on after it.
func parseControl(text string, yield func(stanza, error)) {
	var s stanza
	var bad error
	flush := func() {
		if bad != nil || len(s) > 0 {
			yield(s, bad)
		}
		s, bad = nil, nil
	}
	// A value is the part of the text from start, so that long ones cost nothing.
	start := 0
	for at, number := 0, 1; at < len(text); number++ {
		line, _, _ := strings.Cut(text[at:], "\n")
		end := at + len(line)
		name, _, isField := strings.Cut(line, ":")
		switch {
		case strings.TrimSpace(line) == "":
			flush()
		case line[0] == ' ' || line[0] == '\t':
			if len(s) == 0 && bad == nil {
				bad = fmt.Errorf("line %d continues nothing: %q", number, clip(line))
			}
			if bad == nil {
				s[len(s)-1].value = strings.Trim(text[start:end], " \t\r")
			}
		case len(s) == maxFields:
			if bad == nil {
				bad = fmt.Errorf("line %d: a package with more than %d fields", number, maxFields)
			}
		case isField && name != "" && !strings.ContainsAny(name, " \t"):
			start = at + len(name) + 1
			s = append(s, field{name, strings.Trim(text[start:end], " \t\r")})
		case bad == nil:
			bad = fmt.Errorf("line %d is not a field: %q", number, clip(line))
		}
		at = end + 1
	}
	flush()
}

// clip shortens a text for a message.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
