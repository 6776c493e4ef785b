package tests

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/sinter-build/sinter/spec"
)

// PredicateType is that of in-toto's test results
// (https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md).
const PredicateType = "https://in-toto.io/attestation/test-result/v0.1"

// Result is the predicate about an image that was exported, so that all tests that ran
// have passed. Text is the spec's, and unrun are the tests that did not run.
func Result(filename string, text []byte, passed, unrun []spec.Test) ([]byte, error) {
	digest := sha256.Sum256(text)
	predicate := struct {
		Result        string           `json:"result"`
		Configuration []map[string]any `json:"configuration"`
		Passed        []string         `json:"passedTests"`
		Warned        []string         `json:"warnedTests,omitempty"`
	}{
		Result:        "PASSED",
		Configuration: []map[string]any{{"name": filename, "digest": map[string]string{"sha256": hex.EncodeToString(digest[:])}}},
		Passed:        titles(passed),
		Warned:        titles(unrun),
	}
	if len(unrun) > 0 {
		predicate.Result = "WARNED"
	}
	return json.MarshalIndent(predicate, "", "  ")
}

func titles(all []spec.Test) []string {
	out := []string{}
	for _, t := range all {
		out = append(out, Title(t))
	}
	return out
}
