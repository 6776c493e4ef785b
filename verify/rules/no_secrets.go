package rules

import (
	"fmt"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

func noSecrets() *rule.Rule {
	return &rule.Rule{
		ID:    "no-secrets",
		Title: "No file holds a private key or a token",
		Rationale: "Whoever can pull an image can read all of it, and what was pushed once is not taken back. Keys are known by their form (PEM), tokens by the exact formats that their makers document, and by their check digits where they have some. " +
			"Files up to 1 MiB that no distribution package owns are looked at; encrypted keys are none.",
		Fixes: []string{
			"Give secrets to the container when it runs, not to the image.",
			"Take the file out of the directory that ships, or list it in `.dockerignore`.",
			"Make the key or the token invalid if the image was pushed.",
		},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    []rule.Param{list("allow", rule.Fewer, "Paths of files that may hold one, as patterns.")},
		Standards: []rule.Standard{{Name: rule.CISDocker, ID: "4.10"}, {Name: rule.NIST800190, ID: "4.1.4"}},
		Check: func(c *rule.Check) {
			for _, e := range c.Plan.Entries {
				if len(e.Secrets) == 0 || matches(c.Params.List("allow"), e.Path) {
					continue
				}
				first := e.Secrets[0]
				message := fmt.Sprintf("%s holds %s, in line %d", e.Path, withArticle(first.Kind), first.Line)
				if more := len(e.Secrets) - 1; more > 0 {
					message += " and " + count(more, "other secret", "other secrets")
				}
				c.File(e.Path, message)
			}
		},
	}
}
