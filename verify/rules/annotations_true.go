package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func annotationsTrue() *rule.Rule {
	return &rule.Rule{
		ID:    "annotations-true",
		Title: "Packages that labels and annotations name are in the image",
		Rationale: "Scanners and people take what a label says of an image for true. One that names a package which is not there, or another version of it, hides what is. " +
			"A label or annotation whose name matches `names` lists packages, separated by commas or spaces: `NAME`, `NAME=VERSION`, `NAME@VERSION` or a package URL.",
		Fixes:    []string{"Correct the label, or leave it out: the image's package metadata and SBOM say what is in it.", "Ship the package."},
		Severity: diag.SeverityError,
		Since:    "1.0",
		Params: []rule.Param{
			list("names", rule.Extra, "Which labels and annotations name packages, as patterns.", "**.package", "**.package.*", "**.packages", "package", "packages"),
		},
		Standards: []rule.Standard{{Name: rule.NIST800190, ID: "4.1.1"}},
		Check: func(c *rule.Check) {
			for _, set := range []struct {
				key    string
				values map[string]string
			}{{"labels", c.Plan.Config.Labels}, {"annotations", c.Plan.Annotations}} {
				for _, name := range sortedKeys(set.values) {
					if !matches(c.Params.List("names"), name) {
						continue
					}
					for _, item := range strings.FieldsFunc(set.values[name], func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }) {
						if why := absent(c, item); why != "" {
							c.Report(rule.Violation{At: set.key + "." + name, Message: fmt.Sprintf("%s.%s names the package %s, %s", set.key, name, item, why)})
						}
					}
				}
			}
		},
	}
}

// absent says why a package that is named is not in the image; empty if it is.
func absent(c *rule.Check, item string) string {
	name, version := packageNamed(item)
	all := slices.Concat(c.Plan.Packages, c.Plan.BasePackages)
	all = slices.DeleteFunc(all, func(p plan.Package) bool { return p.Name != name && p.Source != name })
	switch {
	case len(all) == 0:
		return "which is not in the image"
	case version != "" && !slices.ContainsFunc(all, func(p plan.Package) bool { return p.Version == version || p.SourceVersion == version }):
		return "which is in the image at version " + all[0].Version
	}
	return ""
}

// packageNamed is the name and version of NAME, NAME=VERSION, NAME@VERSION or a
// package URL.
func packageNamed(item string) (name, version string) {
	if rest, ok := strings.CutPrefix(item, "pkg:"); ok {
		rest, _, _ = strings.Cut(rest, "?")
		item = rest[strings.LastIndexByte(rest, '/')+1:]
		item = strings.NewReplacer("%2B", "+", "%3A", ":", "%7E", "~").Replace(item)
	}
	if at := strings.IndexAny(item, "=@"); at > 0 {
		return item[:at], item[at+1:]
	}
	return item, ""
}
