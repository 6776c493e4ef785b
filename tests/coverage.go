package tests

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
	"github.com/sinter-build/sinter/watch"
)

// Coverage is which of an image's files its tests have opened. It is information: that
// no test has opened a file does not say that nothing needs it.
type Coverage struct {
	Platform string `json:"platform"`
	// Tests are those that ran, in the order of the spec.
	Tests []Covered `json:"tests"`
	// Files and Bytes are what ships, without the metadata of packages.
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	// OpenedFiles and OpenedBytes are what some test has opened of it.
	OpenedFiles int   `json:"openedFiles"`
	OpenedBytes int64 `json:"openedBytes"`
	// Unopened are the other files by package, the largest first.
	Unopened []Unopened `json:"unopened,omitempty"`
}

// Covered is a test and what it opened.
type Covered struct {
	Name string `json:"name"`
	// Opened are the files of the image, sorted.
	Opened []string `json:"opened"`
	// Optional are what its programs looked for in vain, and went on without, and a
	// source has.
	Optional []Clue `json:"optional,omitempty"`
	// Unwatched is why what it opened is not known.
	Unwatched string `json:"unwatched,omitempty"`
}

// Unopened are files of a package, or of none, that no test has opened.
type Unopened struct {
	// Package is its name and version; empty for files of no package.
	Package string   `json:"package,omitempty"`
	Bytes   int64    `json:"bytes"`
	Files   []string `json:"files"`
}

// Opened are the files of a plan that accesses have opened or executed, sorted. What
// the kernel opens for a program that it starts, its interpreter, is among them.
func Opened(p *plan.Plan, accesses []watch.Access) []string {
	entries := map[string]*plan.Entry{}
	var interpreters []string
	for i := range p.Entries {
		e := &p.Entries[i]
		entries[e.Path] = e
		if e.Reason.Cause == plan.CauseInterpreter && e.Kind == plan.KindFile {
			interpreters = append(interpreters, e.Path)
		}
	}
	seen := map[string]bool{}
	executed := false
	for _, a := range accesses {
		if a.Error != "" || a.Use != watch.Open && a.Use != watch.Exec {
			continue
		}
		if at := follow(entries, a.Path); entries[at] != nil && entries[at].Kind == plan.KindFile {
			seen[at] = true
			executed = executed || a.Use == watch.Exec
		}
	}
	if executed {
		for _, name := range interpreters {
			seen[name] = true
		}
	}
	out := []string{}
	for name := range seen {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// follow follows the links of a plan, no more than the kernel would.
func follow(entries map[string]*plan.Entry, name string) string {
	at := "/"
	left := strings.Split(strings.Trim(name, "/"), "/")
	for links := 0; len(left) > 0; {
		next := path.Join(at, left[0])
		left = left[1:]
		e := entries[next]
		if e == nil || e.Kind != plan.KindSymlink {
			at = next
			continue
		}
		if links++; links > 40 || len(left) > 255 {
			return ""
		}
		if strings.HasPrefix(e.Target, "/") {
			at = "/"
		}
		left = append(strings.Split(strings.Trim(e.Target, "/"), "/"), left...)
	}
	return at
}

// Cover tells which files of a plan tests have opened.
func Cover(p *plan.Plan, all []Covered) Coverage {
	out := Coverage{Platform: p.Platform, Tests: all}
	opened := map[string]bool{}
	for _, t := range all {
		for _, name := range t.Opened {
			opened[name] = true
		}
	}
	names := map[string]string{}
	for _, pkg := range p.Packages {
		names[pkg.PURL] = pkg.Name + " " + pkg.Version
	}
	rest := map[string]*Unopened{}
	for _, e := range p.Entries {
		if e.Kind != plan.KindFile || e.IsMetadata() {
			continue
		}
		out.Files++
		out.Bytes += e.Size
		if opened[e.Path] {
			out.OpenedFiles++
			out.OpenedBytes += e.Size
			continue
		}
		of := names[e.Package]
		if rest[of] == nil {
			rest[of] = &Unopened{Package: of}
		}
		rest[of].Bytes += e.Size
		rest[of].Files = append(rest[of].Files, e.Path)
	}
	for _, u := range rest {
		out.Unopened = append(out.Unopened, *u)
	}
	slices.SortFunc(out.Unopened, func(a, b Unopened) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Package, b.Package))
	})
	return out
}

// shownFiles is how many files of one package the text names.
const shownFiles = 3

// Text is the coverage for a person.
func (c Coverage) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: the tests open %d of %d files, %s of %s\n", c.Platform, c.OpenedFiles, c.Files, report.Size(c.OpenedBytes), report.Size(c.Bytes))
	for _, t := range c.Tests {
		fmt.Fprintf(&b, "  %s: %d", t.Name, len(t.Opened))
		if t.Unwatched != "" {
			fmt.Fprintf(&b, " (not watched: %s)", t.Unwatched)
		}
		b.WriteString("\n")
	}
	if len(c.Unopened) > 0 {
		b.WriteString("No test opens, by package:\n")
	}
	for _, u := range c.Unopened {
		shown := strings.Join(u.Files[:min(len(u.Files), shownFiles)], ", ")
		if more := len(u.Files) - shownFiles; more > 0 {
			shown += fmt.Sprintf(" and %d more", more)
		}
		fmt.Fprintf(&b, "%8s  %s: %s\n", report.Size(u.Bytes), cmp.Or(u.Package, "no package"), shown)
	}
	return b.String()
}

// CoverageJSON is the coverage of several platforms for programs.
func CoverageJSON(all []Coverage) ([]byte, error) {
	return json.MarshalIndent(map[string]any{"version": 1, "images": all}, "", "  ")
}
