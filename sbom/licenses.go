package sbom

import (
	"maps"
	"slices"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// licenses are the declared licences that SPDX has no name for, by the names
// that the document gives them.
type licenses struct {
	other map[string]string
}

// maxExpression bounds what is taken for a licence expression.
const maxExpression = 1024

// declared joins what a package declares into one expression. All of it applies
// to some part of the package.
func (l *licenses) declared(all []string) string {
	var parts []string
	for _, text := range all {
		text = line(text)
		if text == "" {
			continue
		}
		part := l.name(text)
		if strings.ContainsRune(part, ' ') && len(all) > 1 {
			part = "(" + part + ")"
		}
		parts = append(parts, part)
	}
	slices.Sort(parts)
	parts = slices.Compact(parts)
	if len(parts) == 0 {
		return NoAssertion
	}
	return strings.Join(parts, " AND ")
}

// name is the text itself if it is an SPDX expression, and a name of the
// document's own if not.
func (l *licenses) name(text string) string {
	if isExpression(text) {
		return text
	}
	id := string(elementID("LicenseRef", text, text))
	if l.other == nil {
		l.other = map[string]string{}
	}
	l.other[id] = text
	return id
}

// isExpression reports whether a text is a licence expression in names of the SPDX
// list. References to other documents' texts are not.
func isExpression(text string) bool {
	if len(text) > maxExpression || strings.Contains(text, "Ref-") {
		return false
	}
	ok, _ := spdxexp.ValidateLicenses([]string{text})
	return ok
}

// extracted lists the licences without an SPDX name.
func (l *licenses) extracted() []*spdx.OtherLicense {
	var out []*spdx.OtherLicense
	for _, id := range slices.Sorted(maps.Keys(l.other)) {
		out = append(out, &spdx.OtherLicense{
			LicenseIdentifier: id,
			LicenseName:       l.other[id],
			ExtractedText:     "The package's metadata calls this licence " + l.other[id] + "; its text is in the package's copyright file.",
		})
	}
	return out
}
