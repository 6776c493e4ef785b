package verify

import (
	"encoding/json"
	"time"

	"github.com/sinter-build/sinter/diag"
)

// PredicateType is that of an in-toto statement about a verdict
// (https://github.com/in-toto/attestation/blob/main/spec/predicates/svr.md).
const PredicateType = "https://in-toto.io/attestation/svr/v0.1"

// VerifierID names the program that has judged.
const VerifierID = "https://github.com/sinter-build/sinter"

// The shape of a simple verification result, with what was asked added to it.
type (
	statement struct {
		Verifier     verifier        `json:"verifier"`
		TimeVerified *time.Time      `json:"timeVerified,omitempty"`
		Properties   []string        `json:"properties"`
		Policies     []policyOf      `json:"policies"`
		Rules        []Asked         `json:"rules"`
		Exemptions   []exemptionUsed `json:"exemptions"`
		Warnings     int             `json:"warnings"`
	}
	verifier struct {
		ID string `json:"id"`
	}
	policyOf struct {
		Name    string            `json:"name"`
		Version string            `json:"version"`
		URI     string            `json:"uri,omitempty"`
		Digest  map[string]string `json:"digest"`
	}
	exemptionUsed struct {
		Rule string `json:"rule"`
		Path string `json:"path,omitempty"`
		Exempted
	}
)

// Attest is the predicate of a statement that an image was judged and may ship. Its
// properties are one for each rule that holds: "SINTER_RULE_no-shell". The time is that of
// the verdict, and is left out where nobody said one.
func (v *Verdict) Attest(judged time.Time) ([]byte, error) {
	out := statement{Verifier: verifier{VerifierID}, Properties: []string{}, Policies: []policyOf{}, Rules: v.Rules, Exemptions: []exemptionUsed{}}
	if !judged.IsZero() {
		judged = judged.UTC()
		out.TimeVerified = &judged
	}
	for _, r := range v.Rules {
		if r.Found+r.Exempted == 0 && r.Skipped == "" {
			out.Properties = append(out.Properties, "SINTER_RULE_"+r.ID)
		}
	}
	for _, p := range v.Packs {
		algorithm, sum := "sha256", p.Digest[len("sha256:"):]
		uri := p.Reference
		if IsBuiltin(uri) {
			uri = VerifierID + "/blob/main/verify/packs/" + p.Reference + ".yaml"
		}
		out.Policies = append(out.Policies, policyOf{p.Name, p.Version, uri, map[string]string{algorithm: sum}})
	}
	for _, f := range v.Exempted {
		out.Exemptions = append(out.Exemptions, exemptionUsed{f.Code, f.Path, *f.Exemption})
	}
	for _, f := range v.Findings {
		if f.Severity == diag.SeverityWarning {
			out.Warnings++
		}
	}
	return json.MarshalIndent(out, "", "  ")
}
