package rules

import (
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

func platformsBuilt() *rule.Rule {
	return &rule.Rule{
		ID:        "platforms-built",
		Title:     "The build makes an image for each platform that is required",
		Rationale: "An image that is there for one platform only fails on the first machine of another one: `exec format error`.",
		Fixes:     []string{"Write the platforms into the spec, `platforms: [linux/amd64, linux/arm64]`, or give them with the build: `--platform`."},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    []rule.Param{list("platforms", rule.Extra, "The platforms: linux/arm64.")},
		Check: func(c *rule.Check) {
			for _, want := range c.Params.List("platforms") {
				if !slices.Contains(c.Platforms, want) {
					c.Report(rule.Violation{At: "platforms", Message: "the build makes no image for " + want + ", only for " + strings.Join(c.Platforms, ", ")})
				}
			}
		},
	}
}
