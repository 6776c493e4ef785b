package render

import (
	"bytes"
	"encoding/xml"
	"slices"

	"github.com/sinter-build/sinter/diag"
)

// The part of JUnit's XML that test reporters read
// (https://github.com/testmoapp/junitxml).
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitFailure `xml:"failure,omitempty"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit is a suite with a test for each finding, and one for each code that was asked about
// and found nothing. Errors and warnings are failures, as they are to those who look at a
// check's exit status.
func JUnit(list diag.List, where Locator, name string, asked []string) ([]byte, error) {
	suite := junitSuite{Name: name}
	found := map[string]bool{}
	for _, l := range ByPlace(list, where) {
		for _, d := range l.Findings {
			found[d.Code] = true
			one := junitCase{Name: d.Code, Class: name, File: l.File, Line: l.StartLine}
			if d.Path != "" {
				one.Name += " " + diag.Plain(d.Path)
			}
			head, rest := lines(l.Place, d)
			if d.Severity == diag.SeverityInfo {
				one.Out = head + rest
			} else {
				one.Failure = &junitFailure{Message: diag.Plain(d.Message), Type: severity(d), Text: head + rest}
				suite.Failures++
			}
			suite.Cases = append(suite.Cases, one)
		}
	}
	for _, code := range slices.Compact(slices.Sorted(slices.Values(asked))) {
		if !found[code] {
			suite.Cases = append(suite.Cases, junitCase{Name: code, Class: name})
		}
	}
	suite.Tests = len(suite.Cases)
	var b bytes.Buffer
	b.WriteString(xml.Header)
	encoder := xml.NewEncoder(&b)
	encoder.Indent("", "  ")
	err := encoder.Encode(junitSuites{Name: "sinter", Tests: suite.Tests, Failures: suite.Failures, Suites: []junitSuite{suite}})
	b.WriteByte('\n')
	return b.Bytes(), err
}
