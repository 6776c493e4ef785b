package render

import (
	"net/url"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/catalogue"
)

// The part of SARIF 2.1.0 that findings need
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string              `json:"id"`
		ShortDescription *sarifText          `json:"shortDescription,omitempty"`
		FullDescription  *sarifText          `json:"fullDescription,omitempty"`
		Help             *sarifText          `json:"help,omitempty"`
		HelpURI          string              `json:"helpUri,omitempty"`
		Default          *sarifConfiguration `json:"defaultConfiguration,omitempty"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
)

// SARIF is a log of one run of Sinter at the given version, "" if that is not
// known. Its rules are those of the catalogue, and of more, that have results.
func SARIF(list diag.List, where Locator, version string, more ...catalogue.Finding) ([]byte, error) {
	return sarif(list, where, version, func(code string) (catalogue.Finding, bool) {
		if i := slices.IndexFunc(more, func(f catalogue.Finding) bool { return f.Code == code }); i >= 0 {
			return more[i], true
		}
		return catalogue.Lookup(code)
	})
}

// sarif takes the rules from a catalogue that tests can choose.
func sarif(list diag.List, where Locator, version string, lookup lookup) ([]byte, error) {
	rules := rulesOf(list, lookup)
	for i := range rules {
		if at := slices.IndexFunc(list, func(d diag.Diagnostic) bool { return d.Code == rules[i].ID && d.Help != "" }); at >= 0 {
			rules[i].HelpURI = list[at].Help
		}
	}
	results := []sarifResult{}
	for _, l := range ByPlace(list, where) {
		for _, d := range l.Findings {
			results = append(results, sarifResult{
				RuleID:    d.Code,
				RuleIndex: slices.IndexFunc(rules, func(r sarifRule) bool { return r.ID == d.Code }),
				Level:     level(d.Severity),
				Message:   sarifText{Text: d.String()},
				Locations: locations(l.Place),
			})
		}
	}
	return indented(sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs: []sarifRun{{
			Tool: sarifTool{sarifDriver{
				Name: "Sinter", Version: version, InformationURI: "https://github.com/sinter-build/sinter", Rules: rules,
			}},
			ColumnKind: "unicodeCodePoints",
			Results:    results,
		}},
	})
}

// rulesOf are the rules of the findings, sorted by code.
func rulesOf(list diag.List, lookup lookup) []sarifRule {
	var codes []string
	for _, d := range list {
		codes = append(codes, d.Code)
	}
	slices.Sort(codes)
	rules := []sarifRule{}
	for _, code := range slices.Compact(codes) {
		rules = append(rules, rule(code, lookup))
	}
	return rules
}

// lookup finds the row of a code.
type lookup func(code string) (catalogue.Finding, bool)

func rule(code string, lookup lookup) sarifRule {
	f, ok := lookup(code)
	if !ok {
		return sarifRule{ID: code}
	}
	return sarifRule{
		ID:               code,
		ShortDescription: &sarifText{Text: f.Title + "."},
		FullDescription:  &sarifText{Text: f.Explanation},
		Help:             &sarifText{Text: strings.Join(f.Fixes, "\n"), Markdown: f.Markdown()},
		HelpURI:          catalogue.URL(code),
		Default:          &sarifConfiguration{level(f.Severity)},
	}
}

// level is SARIF's word for a severity.
func level(s diag.Severity) string {
	switch s {
	case diag.SeverityError:
		return "error"
	case diag.SeverityWarning:
		return "warning"
	}
	return "note"
}

// locations are the one place of a finding, or none.
func locations(p diag.Place) []sarifLocation {
	if p.File == "" {
		return []sarifLocation{}
	}
	l := sarifLocation{sarifPhysical{Artifact: sarifArtifact{URI: (&url.URL{Path: p.File}).String()}}}
	if !p.Whole() {
		l.Physical.Region = &sarifRegion{p.StartLine, p.StartColumn, p.EndLine, p.EndColumn}
	}
	return []sarifLocation{l}
}
