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

func baseAllowed() *rule.Rule {
	return &rule.Rule{
		ID:    "base-allowed",
		Title: "The base image is one of those that are allowed",
		Rationale: "All of a base ships, so that an image is as good as its base. `allow` lists those that may be built on, as patterns: `*` stands for any text within one part of the name, `**` for any text. " +
			"Names are as Docker completes them (`docker.io/library/debian`). With an empty list any base is allowed. What the build gives in the base's place (`--build-context`) is held to the list as well, and needs no digest. `scratch` always is, unless `scratch` is false.",
		Fixes: []string{
			"Build on `scratch`, and let Sinter bring what the program needs.",
			"Use one of the bases that the policy allows, with its digest: `NAME:TAG@sha256:…`.",
		},
		Severity: diag.SeverityError,
		Since:    "1.0",
		Params: []rule.Param{
			{
				Name: "allow", Kind: rule.List, Tightens: rule.Fewer, Default: []string{}, Open: true, Valid: validBase,
				Doc: "The bases that are allowed, as patterns of their names without tag and digest.",
			},
			onOff("digest", rule.On, "Whether the spec must name the base with its digest.", true),
			onOff("scratch", rule.Unset, "Whether an image may be built on nothing.", true),
		},
		Standards: []rule.Standard{{Name: rule.CISDocker, ID: "4.2"}, {Name: rule.NIST800190, ID: "4.1.5"}},
		Check: func(c *rule.Check) {
			base := c.Plan.Base
			if base == nil {
				if !c.Params.Flag("scratch") {
					c.Report(rule.Violation{At: "base", Message: "the image is built on nothing, which the policy does not allow"})
				}
				return
			}
			checkBaseName(c, base)
			if c.Params.Flag("digest") && !base.Given && !strings.Contains(base.Reference, "@sha256:") {
				v := rule.Violation{At: "base", Message: fmt.Sprintf("the base %s is named without a digest", base.Reference)}
				if base.Digest != "" {
					v.Fixes = []string{fmt.Sprintf("write base: %s@%s", base.Reference, base.Digest)}
				}
				c.Report(v)
			}
		},
	}
}

// checkBaseName holds what is built on to the names that are allowed: what the build gives in
// place of the base that the spec names, if it does.
func checkBaseName(c *rule.Check, base *plan.Base) {
	allow := c.Params.List("allow")
	if len(allow) == 0 {
		return
	}
	reference, message := base.Reference, fmt.Sprintf("the base %s is not one of those that the policy allows", base.Reference)
	if base.Given {
		reference, message = base.By, fmt.Sprintf("the build gives %s in place of the base %s, which is not one of those that the policy allows", base.By, base.Reference)
	}
	if base.Given && base.By == "" {
		message = fmt.Sprintf("the build gives a directory or the result of another build in place of the base %s, which has no name that the policy could allow", base.Reference)
	}
	name, _ := splitImage(reference)
	if reference == "" || !slices.ContainsFunc(allow, func(p string) bool { return matchesImage(p, name) }) {
		c.Report(rule.Violation{
			At: "base", Message: message,
			Fixes: []string{"use a base that matches one of " + names(allow), "build on scratch"},
		})
	}
}

// splitImage is an image's name as Docker completes it, without tag and digest, and
// its digest.
func splitImage(reference string) (name, digest string) {
	name, digest, _ = strings.Cut(reference, "@")
	if at := strings.LastIndexByte(name, ':'); at > strings.LastIndexByte(name, '/') {
		name = name[:at]
	}
	host, _, ok := strings.Cut(name, "/")
	switch {
	case !ok:
		name = "docker.io/library/" + name
	case host == "index.docker.io":
		name = "docker.io" + strings.TrimPrefix(name, host)
	case !strings.ContainsAny(host, ".:") && host != "localhost":
		name = "docker.io/" + name
	}
	if short, ok := strings.CutPrefix(name, "docker.io/"); ok && !strings.Contains(short, "/") {
		name = "docker.io/library/" + short
	}
	return name, digest
}

// matchesImage reports whether an image's name matches a pattern, which may be as short as
// names are: debian.
func matchesImage(pattern, name string) bool {
	if rule.Match(pattern, name) {
		return true
	}
	first, _, _ := strings.Cut(pattern, "/")
	completed, _ := splitImage(pattern)
	return !strings.Contains(first, "*") && rule.Match(completed, name)
}

// validBase says what is wrong with a pattern of bases.
func validBase(item string) error {
	if strings.Contains(item, "@") || strings.LastIndexByte(item, ':') > strings.LastIndexByte(item, '/') {
		return errors.New("has a tag or a digest: write the name alone, such as gcr.io/distroless/*")
	}
	return nil
}
