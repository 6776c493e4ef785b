package frontend

import (
	"slices"
	"testing"

	"github.com/containerd/platforms"

	"github.com/sinter-build/sinter/diag"
)

// What all evaluations have is told once, and what only some have with their names.
func TestMerge(t *testing.T) {
	t.Parallel()
	evaluationOf := func(platform, target string, messages ...string) *evaluation {
		e := &evaluation{platform: platforms.MustParse(platform), target: target}
		for _, m := range messages {
			e.findings = append(e.findings, diag.Diagnostic{Message: m})
		}
		return e
	}
	for _, test := range []struct {
		name string
		all  []*evaluation
		want []string
	}{
		{"one", []*evaluation{evaluationOf("linux/amd64", "", "a", "b", "a")}, []string{"a", "b"}},
		{"platforms", []*evaluation{
			evaluationOf("linux/amd64", "", "a", "b"), evaluationOf("linux/arm64", "", "c", "a"), evaluationOf("linux/s390x", "", "b", "a"),
		}, []string{"a", "b (on linux/amd64 and linux/s390x)", "c (on linux/arm64)"}},
		{"targets", []*evaluation{
			evaluationOf("linux/amd64", "", "a", "main"), evaluationOf("linux/amd64", "debug", "a", "more"),
		}, []string{"a", "main (in the main image)", "more (in target debug)"}},
		{"targets on platforms", []*evaluation{
			evaluationOf("linux/amd64", "", "a"), evaluationOf("linux/arm64", "", "a"),
			evaluationOf("linux/amd64", "debug", "b"), evaluationOf("linux/arm64", "debug", "b", "c"),
		}, []string{"a (in the main image)", "b (in target debug)", "c (in target debug, on linux/arm64)"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, d := range merge(test.all, func(e *evaluation) (*evaluation, diag.List) { return e, e.findings }) {
				got = append(got, d.Message)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A node of a target says by itself which target it is.
func TestMergeOfTargetNode(t *testing.T) {
	t.Parallel()
	all := []*evaluation{{platform: platforms.MustParse("linux/amd64")}, {platform: platforms.MustParse("linux/amd64"), target: "debug"}}
	all[1].findings = diag.List{{At: "targets.debug.files[0]", Message: "a"}}
	got := merge(all, func(e *evaluation) (*evaluation, diag.List) { return e, e.findings })
	if len(got) != 1 || got[0].Message != "a" {
		t.Errorf("got %v", got)
	}
}
