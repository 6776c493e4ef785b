package render

import (
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/internal/junit"
)

// JUnit is a suite with a test for each finding, and one for each code that was asked about
// and found nothing. Errors and warnings are failures, as they are to those who look at a
// check's exit status.
func JUnit(list diag.List, where Locator, name string, asked []string) ([]byte, error) {
	suite := junit.Suite{Name: name}
	found := map[string]bool{}
	for _, l := range ByPlace(list, where) {
		for _, d := range l.Findings {
			found[d.Code] = true
			one := junit.Case{Name: d.Code, Class: name, File: l.File, Line: l.StartLine}
			if d.Path != "" {
				one.Name += " " + diag.Plain(d.Path)
			}
			head, rest := lines(l.Place, d)
			if d.Severity == diag.SeverityInfo {
				one.Out = head + rest
			} else {
				one.Failure = &junit.Reason{Message: diag.Plain(d.Message), Type: severity(d), Text: head + rest}
				suite.Failures++
			}
			suite.Cases = append(suite.Cases, one)
		}
	}
	for _, code := range slices.Compact(slices.Sorted(slices.Values(asked))) {
		if !found[code] {
			suite.Cases = append(suite.Cases, junit.Case{Name: code, Class: name})
		}
	}
	suite.Tests = len(suite.Cases)
	return junit.Marshal(junit.Suites{Name: "sinter", Tests: suite.Tests, Failures: suite.Failures, Suites: []junit.Suite{suite}})
}
