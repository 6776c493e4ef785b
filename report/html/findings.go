package html

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/catalogue"
	"github.com/sinter-build/sinter/report"
)

// Findings are findings of the analysis and of rules as the report tells them. Title says
// what a code is about, and locate finds nodes of the spec.
func Findings(list diag.List, title func(code string) string, locate func(at string) *report.Place) []Finding {
	out := make([]Finding, len(list))
	for n := range list {
		d, f := &list[n], &out[n]
		f.Code, f.Severity, f.Title, f.Help = d.Code, Severity(d.Severity), title(d.Code), d.Help
		f.Message, f.Runtime, f.Fixes, f.Place = d.Message, d.Runtime, d.Fixes, locate(d.At)
		if f.Severity == "" {
			f.Severity = Error
		}
		if d.Path != "" {
			f.Paths = []string{d.Path}
		}
		if _, ok := catalogue.Lookup(d.Code); ok && f.Help == "" {
			f.Help = catalogue.URL(d.Code)
		}
	}
	return out
}
