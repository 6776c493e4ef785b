package rules

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

var update = flag.Bool("update", false, "rewrite what the cases under testdata expect")

// A case is a file of an archive, "pass SUMMARY" or "fail SUMMARY": a plan in YAML, as
// plan/schema.json has it, and what else a rule is given. What a rule finds in one that
// fails stands in the file of the same name with "finds" in place of "fail", a line each.
// `go test ./verify/rules -update` writes these.
type ruleCase struct {
	Parameters map[string]any       `json:"parameters"`
	Plan       plan.Plan            `json:"plan"`
	Platforms  []string             `json:"platforms"`
	Time       time.Time            `json:"time"`
	Reference  *rule.Size           `json:"reference"`
	References map[string]rule.Size `json:"references"`
}

// TestRules holds each rule to its cases. A rule has at least one that passes and one
// that fails.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, r := range All() {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join("testdata", r.ID+".txtar")
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{}
			for _, f := range archive.Files {
				want[f.Name] = string(f.Data)
			}
			kinds := map[string]int{}
			out := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				kind, summary, _ := strings.Cut(f.Name, " ")
				if kind == "finds" {
					continue
				}
				kinds[kind]++
				out.Files = append(out.Files, f)
				got := found(t, r, readCase(t, f.Name, f.Data))
				if !r.NeedsBase {
					c := readCase(t, f.Name, f.Data)
					c.Plan.BaseFiles = append(c.Plan.BaseFiles, badBase...)
					if with := found(t, r, c); with != got {
						t.Errorf("%s: the rule looks at files of the base and does not say so (NeedsBase): with them it finds\n%s", f.Name, with)
					}
				}
				if kind == "fail" {
					out.Files = append(out.Files, txtar.File{Name: "finds " + summary, Data: []byte(got)})
				}
				switch {
				case kind == "pass" && got != "":
					t.Errorf("%s finds\n%s", f.Name, got)
				case kind == "fail" && got == "":
					t.Errorf("%s finds nothing", f.Name)
				case kind == "fail" && !*update && got != want["finds "+summary]:
					t.Errorf("%s finds\n%swant\n%s", f.Name, got, want["finds "+summary])
				}
			}
			if kinds["pass"] == 0 || kinds["fail"] == 0 || len(kinds) != 2 {
				t.Errorf("%s has %v: there must be cases that pass and cases that fail, and no others", file, kinds)
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// badBase are files of a base that are against many rules. A rule that looks at the files of
// the base gets them only if it says so.
var badBase = []plan.BaseFile{
	{Path: "/bin/bash", Kind: plan.KindFile, Mode: 0o6777, Size: 1 << 40, Capabilities: "cap_sys_admin=ep"},
	{Path: "/etc/ld.so.preload", Kind: plan.KindFile, Mode: 0o666, Size: 1},
	{Path: "/lib", Kind: plan.KindDir, Mode: 0o777},
	{Path: "/opt/lib", Kind: plan.KindDir, Mode: 0o777},
	{Path: "/usr/bin", Kind: plan.KindDir, Mode: 0o777},
	{Path: "/usr/bin/apt", Kind: plan.KindFile, Mode: 0o777},
	{Path: "/usr/bin/python3", Kind: plan.KindFile, Mode: 0o777},
	{Path: "/usr/include/a.h", Kind: plan.KindFile, Mode: 0o666},
}

// TestNoOtherCases holds that each file of cases is a rule's.
func TestNoOtherCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := Lookup(All(), strings.TrimSuffix(filepath.Base(f), ".txtar")); !ok {
			t.Errorf("%s is no rule's", f)
		}
	}
}

// readCase decodes a case, and refuses keys that there are not.
func readCase(t *testing.T, name string, data []byte) *ruleCase {
	t.Helper()
	var value any
	if err := yaml.Unmarshal(data, &value); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	c := &ruleCase{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return c
}

// found is what a rule finds, a line for each violation.
func found(t *testing.T, r *rule.Rule, c *ruleCase) string {
	t.Helper()
	image := rule.NewImage(&c.Plan)
	image.Platforms, image.Time, image.Reference, image.References = c.Platforms, c.Time, c.Reference, c.References
	params := rule.Values{}
	for name, written := range c.Parameters {
		p, ok := r.Param(name)
		if !ok {
			t.Fatalf("there is no parameter %s", name)
		}
		value, err := p.Parse(texts(written))
		if err != nil {
			t.Fatal(err)
		}
		params[name] = value
	}
	var b strings.Builder
	violations, err := r.Run(image, params)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		fmt.Fprintf(&b, "%s: %s\n", v.At, v.Message)
		if v.Runtime != "" {
			fmt.Fprintf(&b, "  at run time: %s\n", v.Runtime)
		}
	}
	return b.String()
}

func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{fmt.Sprint(v)}
	}
	var out []string
	for _, item := range list {
		out = append(out, fmt.Sprint(item))
	}
	return out
}

// TestRows holds what is said of rules to the form that pages and packs rely on.
func TestRows(t *testing.T) {
	t.Parallel()
	all := All()
	for i, r := range all {
		switch {
		case r.ID == "" || strings.Trim(r.ID, "abcdefghijklmnopqrstuvwxyz-") != "":
			t.Errorf("the rule %q has no name in kebab case", r.ID)
		case i > 0 && all[i-1].ID == r.ID:
			t.Errorf("there are two rules %s", r.ID)
		case r.Title == "" || strings.HasSuffix(r.Title, ".") || r.Rationale == "" || r.Since == "" || r.Check == nil:
			t.Errorf("%s says too little of itself", r.ID)
		case len(r.Fixes) == 0:
			t.Errorf("%s has no fix", r.ID)
		}
		for _, fix := range r.Fixes {
			if !strings.HasSuffix(fix, ".") {
				t.Errorf("%s: the fix %q is no sentence", r.ID, fix)
			}
		}
		for _, p := range r.Params {
			if p.Doc == "" || p.Tightens == "" {
				t.Errorf("%s: the parameter %s says too little of itself", r.ID, p.Name)
			}
		}
		if slices.ContainsFunc(r.Standards, func(s rule.Standard) bool { return s.ID == "" }) {
			t.Errorf("%s names a standard and not where in it", r.ID)
		}
	}
}

// Versions are ordered as their package manager orders them.
func TestCompareVersions(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/versions.txt")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		manager, a, b := plan.Manager(fields[0]), fields[1], fields[3]
		want := map[string]int{"<": -1, "=": 0}[fields[2]]
		seen[fields[0]]++
		if got := CompareVersions(manager, a, b); got != want {
			t.Errorf("%s: %d", strings.TrimSpace(line), got)
		}
		if got := CompareVersions(manager, b, a); got != -want {
			t.Errorf("%s, the other way round: %d", strings.TrimSpace(line), got)
		}
	}
	if len(seen) != 3 {
		t.Errorf("only %v", seen)
	}
}

// No text makes the comparison fail, and each is ordered one way.
func FuzzCompareVersions(f *testing.F) {
	f.Add("1.0_rc1~12-r3", "1:2.0-1^a~b")
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, m := range []plan.Manager{plan.Dpkg, plan.APK, plan.RPM} {
			if x, y := CompareVersions(m, a, b), CompareVersions(m, b, a); x != -y {
				t.Errorf("%s: %q and %q: %d and %d", m, a, b, x, y)
			}
		}
	})
}
