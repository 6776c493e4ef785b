package rules

import (
	"fmt"
	"slices"
	"time"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func certificatesValid() *rule.Rule {
	return &rule.Rule{
		ID:    "certificates-valid",
		Title: "Certificates are valid when the image is judged",
		Rationale: "An expired certificate authority, or one that is not valid yet, makes connections fail that worked in a test. The time is that of the evaluation (`SINTER_POLICY_TIME` or `SOURCE_DATE_EPOCH`); without one nothing is said. " +
			"Of a file with many certificates the sixteen are looked at that expire first. Bundles of distributions keep some expired authorities: `bundles` says how many certificates make a bundle, in which they are not told.",
		Fixes:    []string{"Renew the certificate.", "Take newer `ca-certificates`: from a newer image."},
		Severity: diag.SeverityError,
		Since:    "1.0",
		Params: []rule.Param{
			{Name: "days", Kind: rule.Count, Tightens: rule.More, Doc: "For how many days from then on they must be valid.", Default: int64(0)},
			{Name: "bundles", Kind: rule.Count, Tightens: rule.More, Doc: "From how many certificates on a file is a bundle of authorities.", Default: int64(20)},
		},
		NeedsTime: true,
		Check: func(c *rule.Check) {
			for _, e := range c.Plan.Entries {
				if e.Certificates == nil || int64(e.Certificates.Count) >= c.Params.Int("bundles") {
					continue
				}
				until := c.Time.Add(time.Duration(min(c.Params.Int("days"), 36500)) * 24 * time.Hour)
				for _, cert := range e.Certificates.First {
					switch {
					case cert.NotAfter.Before(c.Time):
						c.File(e.Path, fmt.Sprintf("%s has a certificate that has expired on %s: %s", e.Path, date(cert.NotAfter), cert.Subject))
					case cert.NotAfter.Before(until):
						c.File(e.Path, fmt.Sprintf("%s has a certificate that expires on %s: %s", e.Path, date(cert.NotAfter), cert.Subject))
					case cert.NotBefore.After(c.Time) && !madeByInstaller(c, e):
						c.File(e.Path, fmt.Sprintf("%s has a certificate that is not valid before %s: %s", e.Path, date(cert.NotBefore), cert.Subject))
					}
				}
			}
		},
	}
}

// madeByInstaller reports whether installing packages has made a file, such as a key
// for tests with its certificate. That was during the build, which is after the time of
// the source that images are judged by.
func madeByInstaller(c *rule.Check, e plan.Entry) bool {
	return e.Package == "" && e.From != nil && slices.ContainsFunc(c.Plan.Sources, func(s plan.Source) bool {
		return s.Name == e.From.Tree && len(s.Packages) > 0
	})
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }
