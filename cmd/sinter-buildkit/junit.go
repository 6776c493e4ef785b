package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/internal/junit"
	"github.com/sinter-build/sinter/tests"
)

// junitResults is what came of tests as JUnit's XML: a suite for each platform.
func junitResults(r tests.Results, name string) ([]byte, error) {
	all := junit.Suites{Name: name, Skipped: new(int)}
	var whole float64
	for _, i := range r.Images {
		suite := junit.Suite{Name: i.Platform, Skipped: new(int)}
		var sum float64
		for _, t := range i.Tests {
			sum += t.Seconds
			c := junitCase(t, i.Platform)
			suite.Tests++
			if c.Failure != nil {
				suite.Failures++
			}
			if c.Skipped != nil {
				*suite.Skipped++
			}
			suite.Cases = append(suite.Cases, c)
		}
		suite.Time = seconds(sum)
		whole += sum
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		*all.Skipped += *suite.Skipped
		all.Suites = append(all.Suites, suite)
	}
	all.Time = seconds(whole)
	return junit.Marshal(all)
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }

// junitCase is one test, whose place in the spec is "app.yaml:10:5".
func junitCase(t tests.TestResult, platform string) junit.Case {
	at := strings.Split(t.At, ":")
	c := junit.Case{Name: diag.Plain(t.Name), Class: platform, File: diag.Plain(at[0]), Time: seconds(t.Seconds)}
	if len(at) > 1 {
		c.Line, _ = strconv.Atoi(at[1])
	}
	why := &junit.Reason{Message: diag.Plain(t.Message)}
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
