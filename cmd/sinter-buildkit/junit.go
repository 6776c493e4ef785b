package main

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/tests"
)

// The elements of JUnit's XML that CI systems read
// (https://github.com/testmoapp/junitxml).
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string       `xml:"name,attr"`
		Class   string       `xml:"classname,attr"`
		File    string       `xml:"file,attr"`
		Line    string       `xml:"line,attr,omitempty"`
		Time    string       `xml:"time,attr"`
		Failure *junitReason `xml:"failure"`
		Skipped *junitReason `xml:"skipped"`
	}
	junitReason struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// junit is the results in the XML that CI systems read: a suite for each platform.
func junit(r tests.Results, name string) ([]byte, error) {
	all := junitSuites{Name: name}
	var whole float64
	for _, i := range r.Images {
		suite := junitSuite{Name: i.Platform}
		var sum float64
		for _, t := range i.Tests {
			sum += t.Seconds
			c := junitOf(t, i.Platform)
			suite.Tests++
			if c.Failure != nil {
				suite.Failures++
			}
			if c.Skipped != nil {
				suite.Skipped++
			}
			suite.Cases = append(suite.Cases, c)
		}
		suite.Time = seconds(sum)
		whole += sum
		all.Tests, all.Failures, all.Skipped = all.Tests+suite.Tests, all.Failures+suite.Failures, all.Skipped+suite.Skipped
		all.Suites = append(all.Suites, suite)
	}
	all.Time = seconds(whole)
	data, err := xml.MarshalIndent(all, "", "  ")
	return append([]byte(xml.Header), append(data, '\n')...), err
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }

func junitOf(t tests.TestResult, platform string) junitCase {
	at := strings.Split(t.At, ":")
	c := junitCase{Name: diag.Plain(t.Name), Class: platform, File: diag.Plain(at[0]), Time: seconds(t.Seconds)}
	if len(at) > 1 {
		c.Line = at[1]
	}
	why := &junitReason{Message: diag.Plain(t.Message)}
	switch t.Verdict {
	case tests.VerdictFailed:
		lines := []string{t.Message}
		if t.Said != "" {
			lines = append(lines, "at run time: "+t.Said)
		}
		for _, fix := range t.Fixes {
			lines = append(lines, "fix: "+fix)
		}
		why.Text = diag.PlainText(strings.Join(lines, "\n"))
		c.Failure = why
	case tests.VerdictNotRun:
		c.Skipped = why
	}
	return c
}
