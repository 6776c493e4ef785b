package catalogue

import "github.com/sinter-build/sinter/diag"

// ofPolicy are findings about the packs of rules that an image is judged by. What the
// rules themselves find has pages of its own, in docs/rules.
var ofPolicy = []Finding{
	{
		Code:        "exemption-expired",
		Title:       "An exemption has expired",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "An exemption of a spec or a pack was for a time, which is over. What the rule finds counts again.",
		Fixes:       []string{"Mend what the rule finds, and remove the exemption.", "Have it prolonged by its owner."},
	},
	{
		Code:        "exemption-expires",
		Title:       "An exemption is about to expire",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "An exemption that something is exempted by ends in less than thirty days. From then on what the rule finds counts, and may stop the build.",
		Fixes:       []string{"Mend what the rule finds before that day.", "Have it prolonged by its owner."},
	},
	{
		Code:        "exemption-refused",
		Title:       "A policy allows no exemption",
		Since:       "1.0",
		Explanation: "A pack says who may write exemptions from what it asks (`allowExemptions`): packs below it and specs, packs alone, or nobody. This exemption is by another one.",
		Fixes:       []string{"Remove the exemption, and mend what the rule finds.", "Ask those who keep the policy for an exemption in a pack."},
	},
	{
		Code:        "exemption-unused",
		Title:       "An exemption is for nothing",
		Severity:    diag.SeverityInfo,
		Since:       "1.0",
		Explanation: "The spec exempts something that no rule finds, or not for that path.",
		Fixes:       []string{"Remove the exemption."},
	},
	{
		Code:        "policy-invalid",
		Title:       "A policy is not one",
		Since:       "1.0",
		Explanation: "A pack of rules cannot be read, or sets a rule in a way that it does not have; or a rule of the pack's own is wrong. The message says what.",
		Fixes:       []string{"Correct the pack. `docs/policy.md` says what is in one."},
	},
	{
		Code:        "policy-loosened",
		Title:       "A policy or a spec makes a rule less strict",
		Since:       "1.0",
		Explanation: "What a pack asks holds for all that extends it and for each spec. They may make it stricter, and no less strict, but for what the pack leaves to them (`delegate`).",
		Fixes:       []string{"Leave the rule as it is.", "Have it delegated by those who keep the pack.", "Write an exemption, where the pack allows that."},
	},
	{
		Code:        "policy-rule-unknown",
		Title:       "A policy names a rule that there is not",
		Since:       "1.0",
		Explanation: "A pack, a spec or an exemption names a rule that this version of Sinter does not have, and no pack defines.",
		Fixes:       []string{"Correct the name.", "Name a newer version of Sinter after `# syntax=`."},
	},
	{
		Code:        "policy-time",
		Title:       "The policy depends on the time, which is not known",
		Since:       "1.0",
		Explanation: "A pack comes into force or ends at some time, or an exemption expires. A verdict is the same whenever it is made, so that the time is a part of what the build gives and not the builder's clock.",
		Fixes:       []string{"Give it: `--build-arg SOURCE_DATE_EPOCH=$(date +%s)`.", "Give it for the policy alone: `--build-arg SINTER_POLICY_TIME=2026-12-24`."},
	},
	{
		Code:        "policy-unavailable",
		Title:       "A policy cannot be had",
		Since:       "1.0",
		Explanation: "The file of a pack is not where the spec, the build or another pack says.",
		Fixes:       []string{"Correct its name.", "Give its source with the build: `--build-context NAME=…`."},
	},
	{
		Code:        "policy-unpinned",
		Title:       "A policy is named without a digest",
		Since:       "1.0",
		Explanation: "A pack that is not in the build's own context decides what ships. Named by a tag or a branch it could ask for something else tomorrow, or be another's.",
		Fixes:       []string{"Name it with its digest: `docker-image://NAME@sha256:…#PATH`, a source with `image: NAME@sha256:…` or `git: URL#COMMIT`.", "Give it with the build: `--build-context NAME=…`."},
	},
	{
		Code:  "source-denied",
		Title: "A source policy denies an image",
		Since: "1.0",
		Explanation: "BuildKit's source policy says which sources a build may use, and the base or the image of a source is none of them. " +
			"It is given with the build (`buildctl build --source-policy-file`, `EXPERIMENTAL_BUILDKIT_SOURCE_POLICY`), or set in the daemon.",
		Fixes: []string{"Use an image that the policy allows.", "Have the image allowed by those who keep the source policy."},
	},
}
