// Package junit writes the part of JUnit's XML that CI systems read
// (https://github.com/testmoapp/junitxml).
package junit

import (
	"encoding/xml"
)

// Suites is a whole report.
type Suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	// Skipped is nil where no test can be skipped.
	Skipped *int `xml:"skipped,attr"`
	// Time is in seconds, "1.234"; empty where nothing was timed.
	Time   string  `xml:"time,attr,omitempty"`
	Suites []Suite `xml:"testsuite"`
}

// Suite is a group of tests. Its counts and its time are as those of Suites.
type Suite struct {
	Name     string `xml:"name,attr"`
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Skipped  *int   `xml:"skipped,attr"`
	Time     string `xml:"time,attr,omitempty"`
	Cases    []Case `xml:"testcase"`
}

// Case is one test. It has passed unless it has a Failure or was Skipped.
type Case struct {
	Name  string `xml:"name,attr"`
	Class string `xml:"classname,attr"`
	// File and Line, from 1, are where the test is written; empty where it is in no file.
	File    string  `xml:"file,attr,omitempty"`
	Line    int     `xml:"line,attr,omitempty"`
	Time    string  `xml:"time,attr,omitempty"`
	Failure *Reason `xml:"failure"`
	Skipped *Reason `xml:"skipped"`
	// Out is what the test says though it has passed.
	Out string `xml:"system-out,omitempty"`
}

// Reason is why a test failed or was skipped: in one line, by its kind, and in full.
type Reason struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// Marshal returns the report as a file.
func Marshal(all Suites) ([]byte, error) {
	data, err := xml.MarshalIndent(all, "", "  ")
	return append([]byte(xml.Header), append(data, '\n')...), err
}
