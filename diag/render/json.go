package render

import (
	"bytes"
	"encoding/json"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/catalogue"
)

// The shape of JSON. Fields are only ever added to a version.
type (
	report struct {
		Version  int       `json:"version"`
		Findings []finding `json:"findings"`
	}
	finding struct {
		Code     string   `json:"code"`
		Severity string   `json:"severity"`
		Message  string   `json:"message"`
		Runtime  string   `json:"runtime,omitempty"`
		Fixes    []string `json:"fixes,omitempty"`
		At       string   `json:"at,omitempty"`    // the path of the spec node
		Path     string   `json:"path,omitempty"`  // of the image
		Place    *place   `json:"place,omitempty"` // none for a finding that is in no file
		Help     string   `json:"help,omitempty"`  // the page about the code
	}
	place struct {
		File        string `json:"file"`
		StartLine   int    `json:"startLine,omitempty"`
		StartColumn int    `json:"startColumn,omitempty"`
		EndLine     int    `json:"endLine,omitempty"`
		EndColumn   int    `json:"endColumn,omitempty"`
	}
)

// JSON is one object with the findings in a list. Texts are as they were found;
// bytes that are not UTF-8 are U+FFFD.
func JSON(list diag.List, where Locator) ([]byte, error) {
	out := report{Version: 1, Findings: []finding{}}
	for _, l := range ByPlace(list, where) {
		var at *place
		if l.File != "" {
			at = &place{l.File, l.StartLine, l.StartColumn, l.EndLine, l.EndColumn}
		}
		for _, d := range l.Findings {
			f := finding{
				Code: d.Code, Severity: severity(d), Message: d.Message, Runtime: d.Runtime, Fixes: d.Fixes, At: d.At, Path: d.Path, Place: at, Help: d.Help,
			}
			if at == nil {
				f.At = ""
			}
			if _, ok := catalogue.Lookup(d.Code); ok {
				f.Help = catalogue.URL(d.Code)
			}
			out.Findings = append(out.Findings, f)
		}
	}
	return indented(out)
}

// indented is JSON for people and programs: a final newline, and < and > as they
// are.
func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return b.Bytes(), err
}
