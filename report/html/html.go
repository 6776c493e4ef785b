// Package html writes a report on images as one HTML file, for people who sign an image
// off and need not know the spec: what the image is, what was checked and what came of
// it, what ships and why.
//
// The file has all that it needs in itself and asks the network for nothing. It is whole
// without its script, as headings and tables; the script reads those tables, draws the
// map of sizes and makes the long ones quick to search. Every name in it may come from a
// hostile image: text gets into the page by [esc] alone.
//
// The same document gives the same bytes.
package html

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// Version is that of the JSON form of a Document. It grows when a reader of the former
// one would go wrong.
const Version = 1

// Document is what a report tells: each image of a build.
type Document struct {
	Version int     `json:"version"`
	Images  []Image `json:"images"`
}

// Image is one image: what it holds, how it runs, and what was found of it.
type Image struct {
	report.Image
	Config plan.Config `json:"config"`
	// Findings are what is wrong or surprising, in the order in which they are told.
	Findings []Finding `json:"findings,omitempty"`
	// Rules are the rules that the image was judged by, those that it keeps, too, and
	// Packs the collections that ask for them.
	Rules []Rule `json:"rules,omitempty"`
	Packs []Pack `json:"packs,omitempty"`
	// Tests are those of the spec, in its order.
	Tests []Test `json:"tests,omitempty"`
	// With is what another image is called, and Shared says for each layer what that has
	// of it: see [Compare].
	With   string    `json:"with,omitempty"`
	Shared []Sharing `json:"shared,omitempty"`
}

// Severity is how grave a finding is.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Finding is something wrong or surprising about an image.
type Finding struct {
	// Code is what the finding or the rule is called: "library-not-found".
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	// Title says in general what is wrong, and Message what it is here.
	Title   string `json:"title,omitempty"`
	Message string `json:"message"`
	// Runtime is what would be seen when the image runs.
	Runtime string   `json:"runtime,omitempty"`
	Fixes   []string `json:"fixes,omitempty"`
	// Paths are the files of the image that it is about.
	Paths []string `json:"paths,omitempty"`
	// Place is the part of the spec that it is about.
	Place *report.Place `json:"place,omitempty"`
	// Help is the address of a page about the code.
	Help string `json:"help,omitempty"`
	// Exempted is set when somebody has answered for it.
	Exempted *Exemption `json:"exempted,omitempty"`
}

// Exemption says that a finding does not count, and who answers for that.
type Exemption struct {
	Reason string `json:"reason"`
	Owner  string `json:"owner"`
	// Until is the day on which it ends, "2026-12-31".
	Until string `json:"until,omitempty"`
}

// Result is what came of a rule or a test.
type Result string

// The results.
const (
	Passed   Result = "passed"
	Failed   Result = "failed"
	Exempted Result = "exempted"
	NotRun   Result = "not run"
)

// Rule is a rule that an image was judged by.
type Rule struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Result Result   `json:"result"`
	Level  Severity `json:"severity"`
	// Note says why it was not asked.
	Note string `json:"note,omitempty"`
	// Found and Exempted are how many findings there are.
	Found    int `json:"found,omitempty"`
	Exempted int `json:"exempted,omitempty"`
}

// Pack is a collection of rules.
type Pack struct {
	// Name is its name with its version.
	Name   string `json:"name"`
	Digest string `json:"digest,omitempty"`
}

// Test is a test of the spec.
type Test struct {
	Name   string `json:"name"`
	Result Result `json:"result"`
	// Does says what the test does: "starts the image, and GET http://127.0.0.1:8080/".
	Does string `json:"does,omitempty"`
	// Said is what was not as it must be, or why it did not run, each one line.
	Said  []string      `json:"said,omitempty"`
	Place *report.Place `json:"place,omitempty"`
}

// JSON is the document for programs, and what [Render] takes.
func (d Document) JSON() ([]byte, error) {
	d.Version = Version
	return json.Marshal(d)
}

// Decode is the reverse of [Document.JSON].
func Decode(text []byte) (Document, error) {
	var d Document
	if err := json.Unmarshal(text, &d); err != nil {
		return d, err
	}
	if d.Version != Version {
		return d, fmt.Errorf("a report of version %d, and not of %d", d.Version, Version)
	}
	return d, nil
}

// The parts of the file that are the same in every report.
var (
	//go:embed page.html
	skeleton string
	//go:embed style.css
	style string
	//go:embed script.js
	script string
)

// Render writes the report.
func Render(d Document) []byte {
	var body page
	for n := range d.Images {
		body.image(&d, n)
	}
	// One pass: what is put in is not looked at again.
	return []byte(strings.NewReplacer(
		"$TITLE", string(esc(d.title())),
		"$STYLE_HASH", hash(style), "$SCRIPT_HASH", hash(script),
		"$STYLE", style, "$SCRIPT", script,
		"$HEAD", d.head(),
		"$BODY", body.String(),
	).Replace(skeleton))
}

// hash is how a content security policy names a text.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// title is what the browser calls the page.
func (d *Document) title() string {
	if len(d.Images) == 0 {
		return "Image report"
	}
	return d.Images[0].name() + " – image report"
}

// head is the choice of the image where there are several.
func (d *Document) head() string {
	if len(d.Images) < 2 {
		return ""
	}
	var p page
	p.add(`<nav class="images" aria-label="Images of this report"><p>This report is about `, num(len(d.Images)), " images, one for each kind of machine:</p><ul>")
	for n := range d.Images {
		p.add(`<li><a href="#i`, num(n), `">`, esc(machine(d.Images[n].Platform)), "</a></li>")
	}
	p.add("</ul></nav>")
	return p.String()
}
