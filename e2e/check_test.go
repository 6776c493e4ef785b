package e2e

import (
	"encoding/json"
	"encoding/xml"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/verify/rules"
)

// checkPack is an organisation's pack, which no image of these tests keeps.
const checkPack = `name: acme
version: "1"
rules:
  size-budget: {severity: error, parameters: {bytes: 1kB}}
  sources-pinned: warning
`

// A verdict is told to people and to other tools, at the lines of the spec.
func TestCheckCommand(t *testing.T) {
	t.Parallel()
	dir := testedDir(t)
	pack := filepath.Join(t.TempDir(), "acme.yaml")
	if err := os.WriteFile(pack, []byte(checkPack), 0o644); err != nil {
		t.Fatal(err)
	}
	check := func(format string, want int, args ...string) string {
		t.Helper()
		status, stdout, stderr := sinter(t, append([]string{"check", "--context", dir, "--progress", "quiet", "--format", format}, args...)...)
		if status != want {
			t.Errorf("%s %v: status %d, want %d\n%s%s", format, args, status, want, stdout, stderr)
		}
		return stdout
	}
	if got := check("text", 0); !strings.HasPrefix(got, "0 errors, 0 warnings, ") || !strings.HasSuffix(got, "judged by baseline 1.0\n") {
		t.Errorf("by baseline: %s", got)
	}
	for _, want := range []string{"[size-budget]", "app.yaml:3:11: warning: ", "[sources-pinned]", "1 errors, 1 warnings, ", "judged by acme 1, baseline 1.0\n"} {
		if got := check("text", 1, "--policy", pack); !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	if got := check("github", 1, "--policy", pack); !strings.Contains(got, "\n::warning file=app.yaml,line=3,") || !strings.HasPrefix(got, "::error ") {
		t.Errorf("for GitHub: %s", got)
	}
	var sarif struct {
		Runs []struct {
			Results []struct{ RuleID, Level string }
		}
	}
	if err := json.Unmarshal([]byte(check("sarif", 1, "--policy", pack)), &sarif); err != nil {
		t.Fatal(err)
	}
	if r := sarif.Runs[0].Results; len(r) != 2 || r[0].RuleID != "size-budget" || r[0].Level != "error" || r[1].RuleID != "sources-pinned" || r[1].Level != "warning" {
		t.Errorf("as SARIF: %+v", r)
	}
	var junit struct {
		Failures int `xml:"failures,attr"`
	}
	if err := xml.Unmarshal([]byte(check("junit", 1, "--policy", pack)), &junit); err != nil {
		t.Fatal(err)
	}
	if junit.Failures != 2 {
		t.Errorf("as JUnit: %d failures", junit.Failures)
	}
}

// Finished images are judged too: those of a layout, and those of a registry.
func TestCheckFinishedImage(t *testing.T) {
	t.Parallel()
	dir := testedDir(t)
	pack := filepath.Join(t.TempDir(), "acme.yaml")
	if err := os.WriteFile(pack, []byte(checkPack), 0o644); err != nil {
		t.Fatal(err)
	}
	layout, ref := filepath.Join(t.TempDir(), "layout"), theLab.Registry+"/checked/app:1"
	for _, args := range [][]string{{"-o", "type=oci,tar=false,dest=" + layout}, {"-t", ref, "--push"}} {
		if status, _, stderr := sinter(t, append([]string{"build", "--context", dir}, args...)...); status != 0 {
			t.Fatal(stderr)
		}
	}
	var told []string
	for _, image := range []string{layout, ref} {
		status, stdout, stderr := sinter(t, "check", image, "--policy", pack)
		if status != 1 || !strings.Contains(stdout, "the image has ") || !strings.Contains(stdout, "[size-budget]") || !strings.Contains(stdout, "1 errors, 0 warnings") {
			t.Errorf("%s: status %d\n%s%s", image, status, stdout, stderr)
		}
		told = append(told, strings.ReplaceAll(stdout, image, "IMAGE"))
	}
	if told[0] != told[1] {
		t.Errorf("of the layout: %s\nof the registry: %s", told[0], told[1])
	}
}

// An image that breaks every rule is told of each, and one that nearly does of none, while it
// is planned and when it is finished.
func TestEachRule(t *testing.T) {
	t.Parallel()
	var every []string
	for _, r := range rules.All() {
		if r.ID != "command-starts" { // the build refuses that
			every = append(every, r.ID)
		}
	}
	every = append(every, "freeze/no-release", "payments/no-telnet")
	// What a finished image does not say, and what only a target of the spec breaks.
	silent := []string{"base-allowed", "no-root-ports", "packaged-only", "sources-pinned", "user-nonroot"}
	finished := slices.DeleteFunc(slices.Clone(every), func(id string) bool { return slices.Contains(silent, id) })
	for _, test := range []struct {
		name           string
		spec, finished []string
	}{{"broken", every, finished}, {"near", nil, nil}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := loadCase(t, filepath.Join("testdata", "rules", test.name+".txtar"))
			c.prepare(t.Context(), t)
			layout := filepath.Join(t.TempDir(), "layout")
			if status, _, stderr := sinter(t, "build", "--context", c.context, "-o", "type=oci,tar=false,dest="+layout); status != 0 {
				t.Fatal(stderr)
			}
			if got := brokenRules(t, c.context, "--context", c.context); !slices.Equal(got, slices.Sorted(slices.Values(test.spec))) {
				t.Errorf("of the spec: %q, want %q", got, test.spec)
			}
			if got := brokenRules(t, c.context, layout); !slices.Equal(got, slices.Sorted(slices.Values(test.finished))) {
				t.Errorf("of the finished image: %q, want %q", got, test.finished)
			}
		})
	}
}

// brokenRules checks something by the packs in the directory policy, and lists the rules
// against which there is an error.
func brokenRules(t *testing.T, dir string, args ...string) []string {
	t.Helper()
	args = append([]string{
		"check", "--format", "json", "--time", "2026-12-22",
		"--policy", filepath.Join(dir, "policy", "dept", "payments.yaml"), "--policy", filepath.Join(dir, "policy", "freeze.yaml"),
	}, args...)
	status, stdout, stderr := sinter(t, args...)
	var check struct {
		Findings []struct{ Code, Severity string }
	}
	if err := json.Unmarshal([]byte(stdout), &check); err != nil {
		t.Fatalf("%v: status %d\n%s%s", err, status, stdout, stderr)
	}
	found := map[string]bool{}
	for _, f := range check.Findings {
		if f.Severity == "" || f.Severity == "error" {
			found[f.Code] = true
		}
	}
	if failed := status != 0; failed != (len(found) > 0) {
		t.Errorf("status %d with %d rules broken", status, len(found))
	}
	return slices.Sorted(maps.Keys(found))
}
