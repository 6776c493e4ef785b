package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

// A rule that would take forever is given up, and fails the image.
func TestCostLimit(t *testing.T) {
	t.Parallel()
	text := `{name: slow, version: "1", custom: [{id: cubic, title: a, deny: "plan.entries.exists(a, plan.entries.exists(b, plan.entries.exists(c, a.path + b.path == c.path)))"}]}`
	policy, err := Load(context.Background(), []Named{{Name: "slow.yaml"}}, Spec{}, files{"slow.yaml": text})
	if err != nil || policy.Problems() != nil {
		t.Fatal(err, policy.Problems())
	}
	p := &plan.Plan{}
	for i := range 1000 {
		p.Entries = append(p.Entries, plan.Entry{Path: fmt.Sprintf("/%d", i), Kind: plan.KindFile})
	}
	notes := policy.Judge(rule.NewImage(p)).Notes
	if len(notes) != 1 || !strings.Contains(notes[0].Message, "cannot be asked") || notes.Err() == nil {
		t.Errorf("notes are %v", notes)
	}
}

// A pattern and a text that would take long to match fail the image, too.
func TestGlobLimit(t *testing.T) {
	t.Parallel()
	text := `{name: slow, version: "1", custom: [{id: glob, title: a, parameters: {pattern: "` + strings.Repeat("*a", 10_000) + `"}, deny: 'glob(params.pattern, plan.config.labels["a"])'}]}`
	policy, err := Load(context.Background(), []Named{{Name: "slow.yaml"}}, Spec{}, files{"slow.yaml": text})
	if err != nil || policy.Problems() != nil {
		t.Fatal(err, policy.Problems())
	}
	p := &plan.Plan{Config: plan.Config{Labels: map[string]string{"a": strings.Repeat("a", 1<<20)}}}
	notes := policy.Judge(rule.NewImage(p)).Notes
	if len(notes) != 1 || !strings.Contains(notes[0].Message, "are too long") || notes.Err() == nil {
		t.Errorf("notes are %v", notes)
	}
}

// Packs that are wrong are refused with what is wrong.
func TestBadPacks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"", "it is empty"},
		{"name: a", "it has no version"},
		{"name: A\nversion: 1", "its name is \"A\""},
		{"name: a\nversion: 1\nrule: {}", "line 3: a pack has no key \"rule\"; did you mean rules?"},
		{"name: a\nversion: 1\nexemptions: [{rule: no-shell, ownr: me}]", "line 3: an item of exemptions has no key \"ownr\"; did you mean owner?"},
		{"- a", "line 1: a pack is a list, and must be a mapping of keys"},
		{"name: a\nversion: 1\nrules: [no-shell]", "line 3: rules is a list, and must be a mapping of keys"},
		{"name: a\nversion: 1\nrules: {no-shell: [error]}", "line 3: a rule's setting is error, warning, info or off"},
		{"name: a\nversion: 1\nrules:\n  no-shell: off\n  no-shell: error", "line 5: mapping key \"no-shell\" already defined at line 4"},
		{"name: a\nversion: 1\neffectiveFrom: 2027-03-01\neffectiveUntil: 2027-02-01", "it ends before it begins"},
		{"name: a\nversion: 1\neffectiveFrom: 2027-03-01\nrules: {no-shell: {effectiveUntil: 2027-02-01}}", "no-shell is in force until 2027-02-01, and from 2027-03-01 on: it ends before it begins"},
		{"name: a\nversion: 1\nrules: {size-budget: {parameters: {bytes: NaN}}}", "a size such as 40MB"},
		{"name: a\nversion: 1\nrules: {package-allowed: {parameters: {deny: [openssl => 3]}}}", "\"openssl => 3\" is no package: write NAME, or NAME < VERSION"},
		{"name: a\nversion: 1\nrules: {size-budget: {parameters: {growth: 5, reference: shop:1}}}", "reference: \"shop:1\" has no digest: write NAME@sha256:DIGEST"},
		{"name: a\nversion: 1\nrules: {base-allowed: {parameters: {allow: debian:bookworm}}}", "allow: \"debian:bookworm\" has a tag or a digest"},
		{"name: a\nversion: 1\nextends: a.yaml", "it extends itself: a.yaml extends a.yaml"},
		{"name: a\nversion: 1\nrules: {no-shell: fatal}", "the severity of no-shell is \"fatal\""},
		{"name: a\nversion: 1\nrules: {no-shell: {level: error}}", "has no key \"level\""},
		{"name: a\nversion: 1\neffectiveFrom: soon", "\"soon\" is not a date"},
		{"name: a\nversion: 1\nexemptions: [{rule: no-shell}]", "says not all"},
		{"name: a\nversion: 1\nallowExemptions: some", "allowExemptions is \"some\""},
		{"name: a\nversion: 1\nextends: [a.yaml]\n#" + strings.Repeat("x", maxPackBytes), "and a pack at most"},
		{"name: a\nversion: 1\nrules: {size-budget: {parameters: {bytes: [1, 2]}}}", "one value, not 2"},
		{"name: a\nversion: 1\nrules: {size-budget: {parameters: {byte: 1}}}", "has the parameters bytes, files"},
		{"name: a\nversion: 1\nextends: [gone.yaml]", "no such file"},
		{"name: a\nversion: 1\ntests: [{plan: {entry: []}}]", "unknown field \"entry\""},
		{"a: &a [*a]", "a"},
	} {
		policy, err := Load(context.Background(), []Named{{Name: "a.yaml"}}, Spec{}, files{"a.yaml": test.text})
		if err != nil {
			t.Fatal(err)
		}
		if got := policy.Problems(); got.Err() == nil || !strings.Contains(got.Error(), test.want) {
			t.Errorf("%.60q: %v, want %s", test.text, got, test.want)
		}
	}
}

// A pack that extends itself, by another one, is refused.
func TestPacksInACircle(t *testing.T) {
	t.Parallel()
	f := files{
		"a.yaml": "{name: a, version: 1, extends: [b.yaml], rules: {no-shell: error}}",
		"b.yaml": "{name: b, version: 1, extends: [a.yaml]}",
	}
	policy, err := Load(context.Background(), []Named{{Name: "a.yaml"}}, Spec{}, f)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := policy.Problems().Error(), "it extends itself: a.yaml extends b.yaml extends a.yaml"; !strings.Contains(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
}

// The tests of packs judge by the pack and those above it, and not by those below.
func TestPackTests(t *testing.T) {
	t.Parallel()
	text := `
name: a
version: 1
rules: {no-shell: error, user-nonroot: error}
tests:
  - {name: right, plan: {entries: [{path: /bin/sh, kind: file, mode: 0o755}], config: {user: {uid: 1, gid: 1}, workdir: /}}, finds: [no-shell]}
  - {name: wrong, plan: {config: {user: {uid: 0, gid: 0}, workdir: /}}, finds: [no-shell]}
`
	below := `
name: b
version: 1
extends: a.yaml
rules: {labels-set: {severity: error, parameters: {labels: [team]}}}
custom: [{id: late, title: a, deny: build.time.getFullYear() > 2030}]
exemptions: [{rule: no-shell, reason: a, owner: b, expires: 2026-12-31}]
tests:
  - {name: exempted, plan: {entries: [{path: /bin/sh, kind: file, mode: 0o755}], config: {user: {uid: 1, gid: 1}, workdir: /}}, finds: [labels-set]}
  - {name: expired, time: 2031-01-01, plan: {entries: [{path: /bin/sh, kind: file, mode: 0o755}], config: {user: {uid: 1, gid: 1}, workdir: /}}, finds: [labels-set, no-shell, b/late]}
  - {name: a rule that there is not, plan: {config: {user: {uid: 1, gid: 1}, workdir: /}}, finds: [b/lat]}
`
	policy, err := Load(context.Background(), []Named{{Name: "b.yaml"}}, Spec{}, files{"a.yaml": text, "b.yaml": below})
	if err != nil || policy.Problems().Err() != nil {
		t.Fatal(err, policy.Problems())
	}
	ran, failed := policy.Test()
	want := []TestFailure{
		{"a 1", "wrong", "it finds user-nonroot, and should find no-shell"},
		{"b 1", "a rule that there is not", "it should find b/lat, which is no rule; did you mean b/late?"},
	}
	if ran != 5 || !slices.Equal(failed, want) {
		t.Errorf("%d ran, failed are %v, want %v", ran, failed, want)
	}
}

func FuzzPack(f *testing.F) {
	f.Add([]byte("name: a\nversion: 1\nrules: {no-shell: {parameters: {allow: x}}}\ncustom: [{id: a, title: b, deny: 'true'}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		policy, err := Load(context.Background(), []Named{{Name: "a.yaml"}}, Spec{}, files{"a.yaml": string(data)})
		if err != nil {
			t.Fatal(err)
		}
		policy.Judge(rule.NewImage(&plan.Plan{}))
	})
}
