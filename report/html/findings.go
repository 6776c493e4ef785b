package html

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/catalogue"
	"github.com/sinter-build/sinter/report"
)

// Findings are findings of the analysis as the report tells them. Locate finds nodes of
// the spec.
func Findings(list diag.List, locate func(at string) *report.Place) []Finding {
	var out []Finding
	for _, d := range list {
		f := Finding{Code: d.Code, Severity: Error, Message: d.Message, Runtime: d.Runtime, Fixes: d.Fixes, Place: locate(d.At)}
		if d.Severity == diag.SeverityWarning {
			f.Severity = Warning
		}
		if about, ok := catalogue.Lookup(d.Code); ok {
			f.Title, f.Help = about.Title, catalogue.URL(d.Code)
		}
		out = append(out, f)
	}
	return out
}
