package main

import (
	"testing"

	"github.com/sinter-build/sinter/tests"
)

func TestJUnitResults(t *testing.T) {
	got, err := junitResults(tests.Results{Images: []tests.ImageResults{{
		Platform: "linux/amd64",
		Tests: []tests.TestResult{
			{Name: "answers", At: "app.yaml:9:5", Verdict: tests.VerdictPassed, Seconds: 1.25},
			{Name: "version", At: "app.yaml:12:5", Verdict: tests.VerdictFailed, Message: "it ended with exit status 1, not 0", Said: "no <plugin>", Fixes: []string{"add it"}, Seconds: 0.25},
			{Name: "layout", At: "app.yaml:15:5", Verdict: tests.VerdictNotRun, Message: "the builder cannot run it"},
		},
	}}}, "app.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="app.yaml" tests="3" failures="1" skipped="1" time="1.500">
  <testsuite name="linux/amd64" tests="3" failures="1" skipped="1" time="1.500">
    <testcase name="answers" classname="linux/amd64" file="app.yaml" line="9" time="1.250"></testcase>
    <testcase name="version" classname="linux/amd64" file="app.yaml" line="12" time="0.250">
      <failure message="it ended with exit status 1, not 0">it ended with exit status 1, not 0&#xA;at run time: no &lt;plugin&gt;&#xA;fix: add it</failure>
    </testcase>
    <testcase name="layout" classname="linux/amd64" file="app.yaml" line="15" time="0.000">
      <skipped message="the builder cannot run it"></skipped>
    </testcase>
  </testsuite>
</testsuites>
`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
