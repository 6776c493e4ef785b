package tests

import "encoding/json"

// Verdict is what came of a test.
type Verdict string

// The verdicts.
const (
	VerdictPassed Verdict = "passed"
	VerdictFailed Verdict = "failed"
	VerdictNotRun Verdict = "notRun"
)

// FailedCode is the code of the finding about a test that has failed.
const FailedCode = "test-failed"

// Results are what came of the tests of a spec.
type Results struct {
	Version int            `json:"version"`
	Images  []ImageResults `json:"images"`
	// Failures tells of all tests that have failed, for a person; empty for none.
	Failures string `json:"failures,omitempty"`
	// Coverage is what the tests open, of each image; none when one has failed.
	Coverage []Coverage `json:"coverage,omitempty"`
}

// ImageResults are those of one platform.
type ImageResults struct {
	Platform string       `json:"platform"`
	Tests    []TestResult `json:"tests"`
}

// TestResult is what came of one test.
type TestResult struct {
	Name string `json:"name"`
	// At is where it stands: "app.yaml:10:5".
	At      string  `json:"at"`
	Verdict Verdict `json:"verdict"`
	// Seconds is how long it ran; 0 for one that looks at files alone.
	Seconds float64 `json:"seconds"`
	// Message is what was not as it must be, or why it did not run; Said what a program
	// wrote last.
	Message string   `json:"message,omitempty"`
	Said    string   `json:"said,omitempty"`
	Fixes   []string `json:"fixes,omitempty"`
}

// JSON is the results for programs.
func (r Results) JSON() ([]byte, error) {
	r.Version = 1
	return json.MarshalIndent(r, "", "  ")
}
