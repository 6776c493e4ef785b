// Package catalogue says what each finding of Sinter means: one row for every
// code that a [diag.Diagnostic] can carry. Pages in docs/findings are generated
// from it, machine-readable reports take their rules from it, and people are
// pointed to it.
//
// To add a finding, add its row to the group it belongs to (spec.go, programs.go,
// image.go or build.go; rows are sorted by code), report the code where the
// problem is found, and run
//
//	go generate ./diag/catalogue
//
// A test reads the sources of the repository and fails for a code without a row
// and for a row without a code. It finds codes that are constants or literals,
// set as a field named Code, or handed to a function that sets it.
package catalogue

//go:generate go run ./internal/gendocs

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
)

// Finding is what can be said of a code without knowing the case.
type Finding struct {
	// Code is the diagnostic's code. It never changes and is never reused.
	Code string
	// Title names the problem in one line, without a final period.
	Title string
	// Severity is the usual one. A case may be milder or graver, as the
	// explanation then says.
	Severity diag.Severity
	// Since is the first version that reports it.
	Since string
	// Explanation says what it means, and why it stops a build or surprises, in
	// Markdown paragraphs. The code of another finding between backticks becomes
	// a link on the page.
	Explanation string
	// Runtime is an example of what would be seen at run time, or "" where
	// nothing would start or nothing would be seen.
	Runtime string
	// Fixes are the ways out, each a sentence in Markdown.
	Fixes []string
}

// Markdown is all that the finding says below its title: the explanation, what is
// seen at run time, and how to fix it.
func (f Finding) Markdown() string {
	var b strings.Builder
	b.WriteString(f.Explanation + "\n")
	if f.Runtime != "" {
		b.WriteString("\n## At run time\n\n```text\n" + f.Runtime + "\n```\n")
	}
	b.WriteString("\n## How to fix it\n\n")
	for _, fix := range f.Fixes {
		b.WriteString("- " + fix + "\n")
	}
	return b.String()
}

// Group is a chapter of the catalogue.
type Group struct {
	Title    string
	Findings []Finding // sorted by code
}

// Groups are all findings by what they are about.
func Groups() []Group {
	return []Group{
		{"The spec", slices.Clone(ofSpec)},
		{"Programs and their libraries", slices.Clone(ofPrograms)},
		{"What goes into the image", slices.Clone(ofImage)},
		{"The build", slices.Clone(ofBuild)},
		{"The policy", slices.Clone(ofPolicy)},
	}
}

// All are all findings, sorted by code.
func All() []Finding {
	var out []Finding
	for _, g := range Groups() {
		out = append(out, g.Findings...)
	}
	slices.SortFunc(out, func(a, b Finding) int { return cmp.Compare(a.Code, b.Code) })
	return out
}

// Lookup is the row of a code.
func Lookup(code string) (Finding, bool) {
	for _, rows := range [][]Finding{ofSpec, ofPrograms, ofImage, ofBuild, ofPolicy} {
		if i, ok := slices.BinarySearchFunc(rows, code, func(f Finding, code string) int { return cmp.Compare(f.Code, code) }); ok {
			return rows[i], true
		}
	}
	return Finding{}, false
}

// URL is the page about a code.
func URL(code string) string {
	return "https://github.com/sinter-build/sinter/blob/main/docs/findings/" + code + ".md"
}
