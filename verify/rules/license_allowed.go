package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func licenseAllowed() *rule.Rule {
	return &rule.Rule{
		ID:    "license-allowed",
		Title: "The licences of packages are allowed",
		Rationale: "Licences are those that packages declare, as SPDX expressions where they map to some. All that a package declares must be allowed; of `A OR B` one is enough. " +
			"`allow` and `deny` take identifiers and patterns (`GPL-3.0-*`), and a licence with its exception (`GPL-2.0-only WITH Classpath-exception-2.0`); one that is denied is denied with an exception, too, unless `allow` names both. With an empty `allow` all are allowed that are not denied.",
		Fixes:    []string{"Ship another program or library with the same purpose.", "Have the licence allowed by whoever keeps the policy, or write an exemption."},
		Severity: diag.SeverityError,
		Since:    "1.0",
		Params: []rule.Param{
			limit("allow", "Licences that are allowed."),
			list("deny", rule.Extra, "Licences that are not allowed."),
			list("packages", rule.Fewer, "Names of packages that are not looked at, as patterns."),
			onOff("declared", rule.On, "Whether each package must declare one.", false),
		},
		Check: func(c *rule.Check) {
			for _, pkg := range slices.Concat(c.Plan.Packages, c.Plan.BasePackages) {
				if matches(c.Params.List("packages"), pkg.Name) {
					continue
				}
				if len(pkg.Licenses) == 0 && c.Params.Flag("declared") {
					c.Report(rule.Violation{Path: fileOf(c, pkg), Message: fmt.Sprintf("the package %s declares no licence", pkg.Name)})
				}
				for _, license := range pkg.Licenses {
					if !allowedLicense(license, c.Params.List("allow"), c.Params.List("deny")) {
						c.Report(rule.Violation{Path: fileOf(c, pkg), Message: fmt.Sprintf("the package %s is under %s, which the policy does not allow", pkg.Name, license)})
					}
				}
			}
		},
	}
}

// fileOf is a file of a package: what a finding about the package points at.
func fileOf(c *rule.Check, pkg plan.Package) string {
	i := slices.IndexFunc(c.Plan.Entries, func(e plan.Entry) bool { return e.Package == pkg.PURL && e.Reason.At != "" })
	if i < 0 {
		return ""
	}
	return c.Plan.Entries[i].Path
}

// allowedLicense evaluates an SPDX expression.
func allowedLicense(expression string, allow, deny []string) bool {
	tokens := strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(expression))
	e := licenseExpression{tokens: tokens, allow: lower(allow), deny: lower(deny)}
	ok := e.either(0)
	for len(e.tokens) > 0 { // what a parenthesis too many cuts off counts, too
		e.take()
		ok = len(e.tokens) == 0 && ok || e.either(0) && ok
	}
	return ok
}

// lower is for comparing identifiers, in which case does not matter (SPDX 2.3, annex D).
func lower(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = strings.ToLower(s)
	}
	return out
}

// licenseExpression is an SPDX expression that is being read.
type licenseExpression struct {
	tokens      []string
	allow, deny []string
}

// one reports whether a licence is allowed.
func (e *licenseExpression) one(id string) bool {
	id = strings.ToLower(id)
	return !matches(e.deny, id) && (len(e.allow) == 0 || matches(e.allow, id))
}

// withException reports whether a licence is allowed with an exception: as itself, or where
// both are allowed by name. An exception gives further rights, so that what is denied is
// denied with it, unless the two are allowed.
func (e *licenseExpression) withException(id, exception string) bool {
	both := strings.ToLower(id + " WITH " + exception)
	if matches(e.deny, both) {
		return false
	}
	return slices.Contains(e.allow, both) || e.one(id) || !matches(e.deny, strings.ToLower(id)) && matches(e.allow, both)
}

func (e *licenseExpression) next() string {
	if len(e.tokens) == 0 {
		return ""
	}
	return e.tokens[0]
}

func (e *licenseExpression) take() string {
	token := e.next()
	e.tokens = e.tokens[min(1, len(e.tokens)):]
	return token
}

// maxNesting is how deep parentheses may go.
const maxNesting = 50

// either reads what OR joins. Words that are no expression, as in "custom licence", are
// each looked at as a licence.
func (e *licenseExpression) either(depth int) bool {
	ok := e.both(depth)
	for strings.EqualFold(e.next(), "or") {
		e.take()
		other := e.both(depth)
		ok = ok || other
	}
	return ok
}

// both reads what AND joins.
func (e *licenseExpression) both(depth int) bool {
	ok := e.single(depth)
	for len(e.tokens) > 0 && e.next() != ")" && !strings.EqualFold(e.next(), "or") {
		if strings.EqualFold(e.next(), "and") {
			e.take()
		}
		other := e.single(depth)
		ok = ok && other
	}
	return ok
}

// single reads a licence with its exception, or an expression in parentheses.
func (e *licenseExpression) single(depth int) bool {
	if e.next() == "(" && depth < maxNesting {
		e.take()
		ok := e.either(depth + 1)
		if e.next() == ")" {
			e.take()
		}
		return ok
	}
	id := e.take()
	if strings.EqualFold(e.next(), "with") {
		e.take()
		return e.withException(id, e.take())
	}
	return e.one(id)
}
