package packages

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// purl writes a package URL as syft does (anchore/packageurl-go, escape): other
// libraries leave a colon in a qualifier alone, and the judge of our images
// compares texts. Qualifiers are sorted; empty ones are left out.
func purl(kind, namespace, name, version string, qualifiers map[string]string) string {
	var b strings.Builder
	b.WriteString("pkg:" + kind)
	for _, part := range []string{namespace, name} {
		if part != "" {
			b.WriteString("/" + escape(part))
		}
	}
	if version != "" {
		b.WriteString("@" + escape(version))
	}
	sep := "?"
	for _, key := range slices.Sorted(maps.Keys(qualifiers)) {
		if qualifiers[key] == "" {
			continue
		}
		b.WriteString(sep + key + "=" + escape(qualifiers[key]))
		sep = "&"
	}
	return b.String()
}

func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// qualifier is the purl's distro=, as syft has it (PURLQualifiers in
// syft/pkg/url.go): with the point release where it is known.
func (d Distro) qualifier() string {
	version := cmp.Or(d.Point, d.VersionID, d.BuildID)
	if d.ID == "" || version == "" {
		return d.ID + version
	}
	return d.ID + "-" + version
}
