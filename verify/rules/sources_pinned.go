package rules

import (
	"fmt"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func sourcesPinned() *rule.Rule {
	return &rule.Rule{
		ID:        "sources-pinned",
		Title:     "Sources are named with their digests",
		Rationale: "A tag, a branch or a URL can have something else tomorrow. A digest is the content itself: the same spec gives the same image, and a source that was tampered with fails the build. What the build gives in place of a source is named by whoever builds; what a Dockerfile begins with is looked up by its own frontend, and not seen here.",
		Fixes: []string{
			"Name images with their digest: `image: debian:bookworm-slim@sha256:…`.",
			"Name repositories with a commit, `git: URL#COMMIT`, and downloads with their `checksum`.",
		},
		Severity: diag.SeverityError,
		Since:    "1.0",
		Params: []rule.Param{
			list("allow", rule.Fewer, "The names of sources that need no digest, as patterns."),
			onOff("packages", rule.Unset, "Whether a source may install packages: what the distribution has today is no fixed content.", true),
		},
		Standards: []rule.Standard{{Name: rule.CISDocker, ID: "4.2"}, {Name: rule.NIST800190, ID: "4.1.5"}},
		Check: func(c *rule.Check) {
			for _, s := range c.Plan.Sources {
				if matches(c.Params.List("allow"), s.Name) {
					continue
				}
				if what := unpinned(s); what != "" {
					c.Report(rule.Violation{At: "sources." + s.Name, Message: fmt.Sprintf("the source %s is %s", s.Name, what)})
				}
				if len(s.Packages) > 0 && !c.Params.Flag("packages") {
					c.Report(rule.Violation{At: "sources." + s.Name, Message: fmt.Sprintf("the source %s installs packages: %s", s.Name, names(s.Packages))})
				}
			}
		},
	}
}

// unpinned says what a source is named by, if that is no digest.
func unpinned(s plan.Source) string {
	if s.Pinned() {
		return ""
	}
	switch s.Kind {
	case plan.SourceImage:
		return fmt.Sprintf("the image %s without a digest", s.Reference)
	case plan.SourceGit:
		return fmt.Sprintf("the repository %s without a commit", s.Reference)
	case plan.SourceHTTP:
		return fmt.Sprintf("the download %s without a checksum", s.Reference)
	}
	return ""
}
