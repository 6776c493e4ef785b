package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func packageAllowed() *rule.Rule {
	return &rule.Rule{
		ID:    "package-allowed",
		Title: "No package is denied, and none is too old",
		Rationale: "An item of `deny` is a package's name or pattern, or one with a version: `telnet`, `openssl < 3.0.15`, `xz-utils = 5.6.0-0.2`. It is compared with the names and versions of the packages that files ship from, with those of their source packages, and with those of the base. " +
			"Versions are compared as the package manager does whose package it is: dpkg, apk or rpm, with epoch and with revision or release. To rpm a version without a release is equal to it with any.",
		Fixes:    []string{"Take a newer version of the package: from a newer image, or `packages: [NAME=VERSION]`.", "Ship another program or library with the same purpose."},
		Severity: diag.SeverityError,
		Since:    "1.0",
		Params: []rule.Param{{
			Name: "deny", Kind: rule.List, Tightens: rule.Extra, Default: []string{}, Valid: validConstraint,
			Doc: "Packages that may not ship: NAME, or NAME with <, <=, =, >= or > and a version.",
		}},
		Standards: []rule.Standard{{Name: rule.NIST800190, ID: "4.1.1"}},
		Check: func(c *rule.Check) {
			for _, pkg := range slices.Concat(c.Plan.Packages, c.Plan.BasePackages) {
				for _, item := range c.Params.List("deny") {
					if denies(item, pkg) {
						c.Report(rule.Violation{Path: fileOf(c, pkg), Message: fmt.Sprintf("the package %s %s is denied: %s", pkg.Name, pkg.Version, item)})
						break
					}
				}
			}
		},
	}
}

// denies reports whether an item of the parameter deny is about a package.
func denies(item string, pkg plan.Package) bool {
	name, operator, version := constraint(item)
	source, sourceVersion := pkg.Source, pkg.SourceVersion
	if source == "" {
		source = pkg.Name
	}
	if sourceVersion == "" {
		sourceVersion = pkg.Version
	}
	return rule.Match(name, pkg.Name) && satisfies(pkg.Manager, pkg.Version, operator, version) ||
		rule.Match(name, source) && satisfies(pkg.Manager, sourceVersion, operator, version)
}

// constraint splits "NAME < VERSION".
func constraint(item string) (name, operator, version string) {
	at := strings.IndexAny(item, "<=>")
	if at < 0 {
		return strings.TrimSpace(item), "", ""
	}
	end := at
	for end < len(item) && strings.ContainsRune("<=>", rune(item[end])) {
		end++
	}
	return strings.TrimSpace(item[:at]), item[at:end], strings.TrimSpace(item[end:])
}

// validConstraint says what is wrong with an item of the parameter deny.
func validConstraint(item string) error {
	name, operator, version := constraint(item)
	known := slices.Contains([]string{"", "<", "<<", "<=", "=", "==", ">=", ">", ">>"}, operator)
	if name == "" || !known || (operator == "") != (version == "") || strings.ContainsAny(name+version, " \t") {
		return errors.New("is no package: write NAME, or NAME < VERSION (or <=, =, >=, >)")
	}
	return nil
}

func satisfies(manager plan.Manager, version, operator, other string) bool {
	order := CompareVersions(manager, version, other)
	switch operator {
	case "":
		return true
	case "<", "<<":
		return order < 0
	case "<=":
		return order <= 0
	case "=", "==":
		return order == 0
	case ">=":
		return order >= 0
	case ">", ">>":
		return order > 0
	}
	return false
}
