// Package render shows findings: to people as text, and to programs as JSON,
// SARIF and GitHub's annotations. It is the one place where a finding becomes
// output, so what the findings quote from images and specs is made safe here
// ([diag.Plain]) wherever it is shown as text.
package render

import (
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/diag"
)

// A Locator knows where the spec nodes are that findings name.
type Locator interface {
	// Place is where a node is, or its nearest ancestor that there is. Of "", and
	// in a file that could not be read, it is the whole file.
	Place(at string) diag.Place
}

// Located are the findings of one place.
type Located struct {
	diag.Place
	Findings diag.List
}

// ByPlace groups findings by their place, in the order in which the places come
// up first.
func ByPlace(list diag.List, where Locator) []Located {
	var out []Located
	index := map[diag.Place]int{}
	for _, d := range list {
		p := where.Place(d.At)
		i, ok := index[p]
		if !ok {
			i = len(out)
			index[p], out = i, append(out, Located{Place: p})
		}
		out[i].Findings = append(out[i].Findings, d)
	}
	return out
}

// Text shows findings as people read them, each place with its line:
//
//	app.yaml:5:11: MESSAGE [CODE]
//	  5 |   - from: bulid:/out/app
//	    |           ^^^^^^^^^^^^^^
//	  at run time: RUNTIME
//	  fix: FIX
//	app.yaml:5:11: warning: ANOTHER MESSAGE [CODE]
func Text(list diag.List, where Locator) string {
	var b strings.Builder
	for _, place := range ByPlace(list, where) {
		for i, d := range place.Findings {
			head, details := lines(place.Place, d)
			b.WriteString(head)
			if i == 0 {
				b.WriteString(snippet(place.Place))
			}
			b.WriteString(details)
		}
	}
	return b.String()
}

// Lines is Text without the lines of the file, for clients that show these
// themselves, as BuildKit's do.
func Lines(list diag.List, where Locator) string {
	var b strings.Builder
	for _, place := range ByPlace(list, where) {
		for _, d := range place.Findings {
			head, details := lines(place.Place, d)
			b.WriteString(head + details)
		}
	}
	return b.String()
}

// lines are a finding's first line and those after it.
func lines(p diag.Place, d diag.Diagnostic) (head, details string) {
	message, rest, _ := strings.Cut(d.String(), "\n")
	if at := position(p); at != "" {
		head = at + ": "
	}
	if d.Severity != diag.SeverityError {
		head += severity(d) + ": "
	}
	head += message
	if d.Code != "" {
		head += " [" + d.Code + "]"
	}
	if rest != "" {
		details = rest + "\n"
	}
	return head + "\n", details
}

// position is FILE:LINE:COLUMN, or FILE alone, or empty when it is not in a file.
func position(p diag.Place) string {
	file := diag.Plain(p.File)
	if p.Whole() {
		return file
	}
	return fmt.Sprintf("%s:%d:%d", file, p.StartLine, p.StartColumn)
}

// severity is the word for a finding's severity.
func severity(d diag.Diagnostic) string {
	if d.Severity == diag.SeverityError {
		return "error"
	}
	return string(d.Severity)
}
