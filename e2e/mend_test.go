package e2e

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// firstFix is the first line that a finding about a test proposes to add.
var firstFix = regexp.MustCompile(`(?m)\[test-failed\]\n(?:  at run time: .*\n)?  fix: add (.*) \(`)

// mend does what the first fix of each test that failed says, and builds again.
func (c *testCase) mend(ctx context.Context, t *testing.T, failure string) {
	t.Helper()
	name := filepath.Join(c.context, c.File)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	spec := map[string]any{}
	if err := yaml.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	fixes := firstFix.FindAllStringSubmatch(failure, -1)
	if len(fixes) != strings.Count(failure, "[test-failed]") {
		t.Fatalf("not every failure says what to add:\n%s", failure)
	}
	for _, fix := range fixes {
		for text := range strings.SplitSeq(fix[1], "] and ") {
			line := map[string][]any{}
			if err := yaml.Unmarshal([]byte(strings.TrimSuffix(text, "]")+"]"), &line); err != nil {
				t.Fatalf("%s: %v", fix[1], err)
			}
			for key, items := range line {
				before, _ := spec[key].([]any)
				spec[key] = append(before, items...)
			}
		}
	}
	mended, err := yaml.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append([]byte("# syntax="+frontendRef+"\n"), mended...), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := c.build(ctx, filepath.Join(t.TempDir(), "mended"), nil); err != nil {
		t.Errorf("with what the fixes add\n%s\nbuild: %s", mended, errorText(t, err))
	}
}
