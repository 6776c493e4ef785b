package e2e

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
	spb "github.com/moby/buildkit/sourcepolicy/pb"
	"github.com/tonistiigi/fsutil"
	"google.golang.org/protobuf/encoding/protojson"
)

// The source policy of docs/policy.md applies to the base: one that it denies ends the
// build at its line, with the ways out, and one that it allows is built on.
func TestSourcePolicy(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "docs", "policy.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```json\n(\\{\"rules\".*?)```").FindSubmatch(text)
	if shown == nil {
		t.Fatal("docs/policy.md shows no source policy")
	}
	policy := &spb.Policy{}
	if err := protojson.Unmarshal(shown[1], policy); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ base, want string }{
		{"gcr.io/distroless/base-debian12", ""},
		{"debian:bookworm-slim", "app.yaml:1:7: the source policy of this build denies the image debian:bookworm-slim"},
	} {
		dir := contextDir(t, map[string]string{"app.yaml": "base: " + test.base + "\nfiles: [{content: hello, to: /hello}]\n"})
		files, err := fsutil.NewFS(dir)
		if err != nil {
			t.Fatal(err)
		}
		c := &testCase{recipe: recipe{File: "app.yaml"}, context: dir}
		request, err := c.request(nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = daemon.Solve(t.Context(), nil, client.SolveOpt{
			Frontend: request.Frontend, FrontendAttrs: request.FrontendOpt, SourcePolicy: policy,
			LocalMounts: map[string]fsutil.FS{"context": files, "dockerfile": files},
		}, nil)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.base, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "fix: use an image that the policy allows")):
			t.Errorf("%s: %v", test.base, err)
		}
	}
}

// A pack of a repository is that of the commit which the spec names, whatever has become
// of it since, and without a commit it is none.
func TestPolicyFromGit(t *testing.T) {
	t.Parallel()
	pack := func(severity string) map[string]string {
		return map[string]string{"packs/acme.yaml": "name: acme\nversion: \"1\"\nrules: {healthcheck-set: " + severity + "}\n"}
	}
	repository := serveGit(t)
	strict := repository.commit(t, contextDir(t, pack("error")))
	mild := repository.commit(t, contextDir(t, pack("warning")))
	const spec = "sources: {policies: {git: \"URL#REF\"}}\nfiles: [{content: hello, to: /hello}]\npolicy: policies:/packs/acme.yaml\n"
	const found = "the image has no health check"
	for _, test := range []struct {
		ref      string
		refused  string
		warnings []string
	}{
		{ref: strict, refused: "app.yaml: " + found + " [healthcheck-set]"},
		{ref: mild, warnings: []string{found}},
		{ref: "main", refused: "app.yaml:3:9: the policy policies:/packs/acme.yaml is named without a digest"},
	} {
		text := strings.NewReplacer("URL", repository.url, "REF", test.ref).Replace(spec)
		refused, warnings := judgedBuild(t, map[string]string{"app.yaml": text}, nil)
		if test.refused == "" && refused != "" || !strings.Contains(refused, test.refused) {
			t.Errorf("%s: refused with %q, want %q", test.ref, refused, test.refused)
		}
		if !slices.Equal(warnings, test.warnings) {
			t.Errorf("%s: warned of %q, want %q", test.ref, warnings, test.warnings)
		}
	}
}

// What a pack asks for a week is told before it, stops builds in it, and is nothing after
// it. Which of these it is, is said by SOURCE_DATE_EPOCH and not by the clock.
func TestFreezeWeek(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"app.yaml": "files: [{content: hello, to: /hello}]\nlabels: {release: \"7\"}\npolicy: freeze.yaml\n",
		"freeze.yaml": `name: freeze
version: "1"
effectiveFrom: 2026-12-21
effectiveUntil: 2026-12-27
custom:
  - id: no-release
    title: Nothing is released in the week of Christmas
    deny: has(plan.config.labels) && "release" in plan.config.labels
`,
	}
	const found = "Nothing is released in the week of Christmas"
	for _, test := range []struct {
		at, refused string
		warnings    []string
	}{
		{at: "2026-12-20T23:59:59Z", warnings: []string{found + " (an error from 2026-12-21 on)"}},
		{at: "2026-12-21T00:00:00Z", refused: found + " [freeze/no-release]"},
		{at: "2026-12-27T23:59:59Z", refused: found + " [freeze/no-release]"},
		{at: "2026-12-28T00:00:00Z"},
		{at: "", refused: "when the image is judged is not known"},
	} {
		args := map[string]string{}
		if test.at != "" {
			at, err := time.Parse(time.RFC3339, test.at)
			if err != nil {
				t.Fatal(err)
			}
			args["SOURCE_DATE_EPOCH"] = strconv.FormatInt(at.Unix(), 10)
		}
		refused, warnings := judgedBuild(t, files, args)
		if test.refused == "" && refused != "" || !strings.Contains(refused, test.refused) {
			t.Errorf("at %q: refused with %q, want %q", test.at, refused, test.refused)
		}
		if !slices.Equal(warnings, test.warnings) {
			t.Errorf("at %q: warned of %q, want %q", test.at, warnings, test.warnings)
		}
	}
}

// judgedBuild builds a spec. It returns the error of a build that is refused, which exports
// nothing, and the first lines of its warnings.
func judgedBuild(t *testing.T, files, args map[string]string) (refused string, warnings []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(interrupted, 5*time.Minute)
	defer cancel()
	c := &testCase{recipe: recipe{File: "app.yaml", Args: args}, context: contextDir(t, files)}
	layout := filepath.Join(t.TempDir(), "layout")
	if err := c.build(ctx, layout, nil); err != nil {
		refused = errorText(t, err)
	}
	_, err := os.Stat(filepath.Join(layout, "index.json"))
	if exported := err == nil; exported != (refused == "") {
		t.Errorf("exported: %t, error: %q", exported, refused)
	}
	for _, w := range c.warnings {
		first, _, _ := strings.Cut(w, "\n")
		warnings = append(warnings, first)
	}
	return refused, warnings
}
