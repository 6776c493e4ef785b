package rules

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/secrets"
	"github.com/sinter-build/sinter/verify/rule"
)

func noSecretEnv() *rule.Rule {
	return &rule.Rule{
		ID:    "no-secret-env",
		Title: "No environment variable or label holds a secret",
		Rationale: "The environment and the labels of an image are part of its config, which whoever can pull it can read. A value is a secret for certain when it has the exact format of a token. " +
			"It probably is one when its name says so (`…PASSWORD`, `…SECRET`, `…TOKEN`, `…API_KEY`) and it looks as if made by chance.",
		Fixes:     []string{"Give the variable to the container when it runs.", "Name a file that a runtime mounts: `TOKEN_FILE: /run/secrets/token`."},
		Severity:  diag.SeverityWarning,
		Since:     "1.0",
		Params:    []rule.Param{list("allow", rule.Fewer, "Names of variables and labels that may, as patterns.")},
		Standards: []rule.Standard{{Name: rule.CISDocker, ID: "4.10"}, {Name: rule.NIST800190, ID: "4.1.4"}},
		Check: func(c *rule.Check) {
			for _, setting := range c.Plan.Config.Env {
				name, value, _ := strings.Cut(setting, "=")
				checkValue(c, "env."+name, "the environment variable", name, value)
			}
			for _, name := range sortedKeys(c.Plan.Config.Labels) {
				checkValue(c, "labels."+name, "the label", name, c.Plan.Config.Labels[name])
			}
			for _, name := range sortedKeys(c.Plan.Annotations) {
				checkValue(c, "annotations."+name, "the annotation", name, c.Plan.Annotations[name])
			}
		},
	}
}

// checkValue reports a value that is a secret or probably is one.
func checkValue(c *rule.Check, at, what, name, value string) {
	switch found := secrets.Find([]byte(value)); {
	case matches(c.Params.List("allow"), name):
	case len(found) > 0:
		c.Report(rule.Violation{At: at, Message: fmt.Sprintf("%s %s holds %s", what, name, withArticle(found[0].Kind))})
	case secretName(name) && looksRandom(value):
		c.Report(rule.Violation{At: at, Message: fmt.Sprintf("%s %s probably holds a secret: its name says so, and its value looks random", what, name)})
	}
}

// secretNames end the names of variables with secrets.
var secretNames = []string{"PASSWD", "PWD", "PASS", "SECRET", "SECRET_KEY", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY", "AUTH_KEY", "ENCRYPTION_KEY", "CREDENTIALS"}

func secretName(name string) bool {
	name = strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToUpper(name))
	if strings.HasSuffix(name, "PASSWORD") || strings.HasSuffix(name, "PASSPHRASE") { // also PGPASSWORD
		return true
	}
	return slices.ContainsFunc(secretNames, func(s string) bool { return name == s || strings.HasSuffix(name, "_"+s) })
}

// looksRandom reports whether a text has neither words nor paths in it: at least twelve
// characters, letters and digits mixed, and three bits of entropy to a character.
func looksRandom(value string) bool {
	if len(value) < 12 || len(value) > 4096 || strings.ContainsAny(value, " $") || !mixed.MatchString(value) {
		return false
	}
	if strings.Contains(value, "/") && (len(value) < 24 || !base64.MatchString(value) || !lowerAndUpper.MatchString(value)) {
		return false // a path or a URL
	}
	counts := map[rune]float64{}
	for _, r := range value {
		counts[r]++
	}
	bits := 0.0
	for _, n := range counts {
		p := n / float64(len(value))
		bits -= p * math.Log2(p)
	}
	return bits >= 3
}

var (
	base64        = regexp.MustCompile(`^[a-zA-Z0-9+][a-zA-Z0-9+/]*={0,2}$`)
	lowerAndUpper = regexp.MustCompile(`[a-z][^/]*[A-Z]|[A-Z][^/]*[a-z]`)
)

var mixed = regexp.MustCompile(`[a-zA-Z].*[0-9]|[0-9].*[a-zA-Z]`)
