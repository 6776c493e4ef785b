package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// A name may hold what drives a terminal, forges a line or turns the text around.
// It ships as it is, and nowhere is it shown raw: not in the progress of a build,
// in a report or in an error.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{
		"app.yaml": `name: "shop\e[2J\u202e"
files:
  - {from: data/, to: /srv/data/}
  - {from: "one\e[2J\u202e", to: "/srv/one\e[2J\u202e"}
args:
  GREETING: {default: "hi\e[2J", description: "said\u202e"}
labels: {greeting: "${GREETING}"}
targets:
  debug: {description: "more\e[2J\u202e"}
`,
		"bad.yaml": `binaries: [run.sh]
`,
		"data/file\x1b[2J\nFORGED line\u202e": "file",
		"one\x1b[2J\u202e":                    "one",
		"run.sh":                              "#!/bin/sh\x1b]0;title\a\u202e\n",
	})
	if err := os.Chmod(filepath.Join(dir, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	status, _, failure := sinter(t, "explain", "-f", filepath.Join(dir, "bad.yaml"), "--context", dir)
	if status != 1 {
		t.Errorf("a script without its interpreter: status %d\n%s", status, failure)
	}
	// buildx has its count of warnings in yellow.
	progress := strings.NewReplacer("\x1b[33m", "", "\x1b[0m", "").Replace(buildx(t, nil, "-f", filepath.Join(dir, "app.yaml"), "--no-cache", dir))
	for _, test := range []struct{ what, text, want string }{
		{"the progress", progress, `one\x1b[2J\u202e`},
		{"explain", call(t, dir, "explain"), `/srv/data/file\x1b[2J\nFORGED line\u202e`},
		{"explain of a path", call(t, dir, "explain", "--build-arg", "explain=/srv/data"), `/srv/data/file\x1b[2J\nFORGED line\u202e`},
		{"tree", call(t, dir, "tree"), `file\x1b[2J\nFORGED line\u202e`},
		{"outline", call(t, dir, "outline"), `hi\x1b[2J`},
		{"targets", call(t, dir, "targets"), `more\x1b[2J\u202e`},
		{"the error", failure, `/bin/sh\x1b]0;title\x07\u202e`},
	} {
		if !strings.Contains(test.text, test.want) {
			t.Errorf("%s does not show %s:\n%s", test.what, test.want, test.text)
		}
		for line := range strings.Lines(test.text) {
			line = strings.TrimRight(line, "\r\n")
			raw := func(r rune) bool { return r != '\t' && !unicode.IsPrint(r) }
			if strings.ContainsFunc(line, raw) || strings.HasPrefix(strings.TrimSpace(line), "FORGED") {
				t.Errorf("%s has the line %q", test.what, line)
			}
		}
	}
}
