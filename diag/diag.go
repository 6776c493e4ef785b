// Package diag holds the one shape in which Sinter says that something is
// wrong: a code, the place in the spec, what is wrong, what the user would have
// met at run time, and the ways out. Every package that finds problems returns
// these values. Package catalogue says what each code means, and package render
// turns findings into text and into the formats of other tools.
package diag

import (
	"fmt"
	"strings"
)

// Severity reports whether a build can go on.
type Severity string

// The severities. The zero value is an error; an error alone stops a build.
const (
	SeverityError   Severity = ""
	SeverityWarning Severity = "warning"
	SeverityInfo    Severity = "info"
)

// Diagnostic is one finding about a spec or about what it would build.
type Diagnostic struct {
	// Code names the kind of finding for machines, in kebab case, and never
	// changes: "library-not-found".
	Code string `json:"code"`
	// Severity is SeverityError unless set.
	Severity Severity `json:"severity,omitempty"`
	// At is the path of the spec node that is to blame, "binaries[0].from".
	// Empty means the whole document. It is a path and not a line, so that
	// analysis results stay valid (and cached) when lines move.
	At string `json:"at,omitempty"`
	// Path is the file of the image that the finding is about, if it is about one.
	Path string `json:"path,omitempty"`
	// Help is the address of a page about the code, for codes that the catalogue does
	// not have: those of rules.
	Help string `json:"help,omitempty"`
	// Message says what is wrong in one line, without a final period.
	Message string `json:"message"`
	// Runtime is the text that the user would have met at run time, verbatim.
	Runtime string `json:"runtime,omitempty"`
	// Fixes are the ways out, each one imperative line.
	Fixes []string `json:"fixes,omitempty"`
}

// String renders the diagnostic without a position, each part on one line that
// is safe to show ([Plain]):
//
//	MESSAGE
//	  at run time: RUNTIME
//	  fix: FIX
func (d Diagnostic) String() string {
	var b strings.Builder
	b.WriteString(Plain(d.Message))
	if d.Runtime != "" {
		fmt.Fprintf(&b, "\n  at run time: %s", Plain(d.Runtime))
	}
	for _, fix := range d.Fixes {
		fmt.Fprintf(&b, "\n  fix: %s", Plain(fix))
	}
	return b.String()
}

// List is a set of diagnostics, in the order they should be shown.
// A non-empty List with at least one error is returned as an error by Err.
type List []Diagnostic

// Error implements error.
func (l List) Error() string {
	texts := make([]string, len(l))
	for i, d := range l {
		texts[i] = d.String()
	}
	return strings.Join(texts, "\n")
}

// Errors returns the diagnostics that stop a build.
func (l List) Errors() List {
	return l.filter(SeverityError)
}

// Warnings returns the diagnostics that do not stop a build.
func (l List) Warnings() List {
	return l.filter(SeverityWarning)
}

// Err returns the errors in l as an error, or nil when there are none.
func (l List) Err() error {
	if errs := l.Errors(); len(errs) > 0 {
		return errs
	}
	return nil
}

// Unique drops repeats: the same finding at the same place, as when several
// programs lack one library.
func Unique(l List) List {
	var out List
	seen := map[string]bool{}
	for _, d := range l {
		key := d.At + "\x00" + d.Code + "\x00" + d.String()
		if !seen[key] {
			seen[key] = true
			out = append(out, d)
		}
	}
	return out
}

func (l List) filter(s Severity) List {
	var out List
	for _, d := range l {
		if d.Severity == s {
			out = append(out, d)
		}
	}
	return out
}
