package html

import (
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// TestCompareLayers is a table of what a second image has in the layer "l", or in
// another, where this one has one file.
func TestCompareLayers(t *testing.T) {
	t.Parallel()
	packaged := report.Entry{Path: "/a", Kind: plan.KindFile, Size: 1, Mode: "0644", Layer: "l", Package: "pkg:deb/a@1"}
	own := report.Entry{Path: "/a", Kind: plan.KindFile, Size: 1, Mode: "0644", Layer: "l"}
	made := own
	made.Digest = "sha256:1"
	with := func(e report.Entry, change func(*report.Entry)) report.Entry {
		change(&e)
		return e
	}
	for _, test := range []struct {
		summary string
		mine    report.Entry
		theirs  []report.Entry
		whole   bool
		want    string
	}{
		{"the same package's file", packaged, []report.Entry{packaged}, false, "the same"},
		{"in a layer of another name", packaged, []report.Entry{with(packaged, func(e *report.Entry) { e.Layer = "m" })}, false, "the same"},
		{"another version", packaged, []report.Entry{with(packaged, func(e *report.Entry) { e.Package = "pkg:deb/a@2" })}, false, "other (1 path differs)"},
		{"another size", packaged, []report.Entry{with(packaged, func(e *report.Entry) { e.Size = 2 })}, false, "other (1 path differs)"},
		{"another mode", packaged, []report.Entry{with(packaged, func(e *report.Entry) { e.Mode = "0755" })}, false, "other (1 path differs)"},
		{"one file more", packaged, []report.Entry{packaged, with(packaged, func(e *report.Entry) { e.Path = "/b" })}, false, "other (1 path differs)"},
		{"no such layer", packaged, nil, false, "only here"},
		{"contents are known", made, []report.Entry{made}, false, "the same"},
		{"contents are known and differ", made, []report.Entry{with(made, func(e *report.Entry) { e.Digest = "sha256:2" })}, false, "other (1 path differs)"},
		{"contents are not known", own, []report.Entry{own}, false, "the same, if the contents of 1 file are"},
		{"a finished image tells no packages", packaged, []report.Entry{with(own, func(e *report.Entry) { e.Digest = "sha256:1" })}, true, "the same, if the contents of 1 file are"},
		{"directories do not count", packaged, []report.Entry{packaged, {Path: "/d", Kind: plan.KindDir, Layer: "l"}}, false, "the same"},
	} {
		b := report.Image{Whole: test.whole, Entries: test.theirs}
		seen := map[string]bool{}
		for _, e := range test.theirs {
			if !seen[e.Layer] {
				seen[e.Layer] = true
				b.Layers = append(b.Layers, report.Layer{Name: e.Layer})
			}
		}
		a := report.Image{Layers: []report.Layer{{Name: "l"}}, Entries: []report.Entry{test.mine}}
		if got := string(compareLayers(a, b)[0].words()); got != test.want {
			t.Errorf("%s: %s, want %s", test.summary, got, test.want)
		}
	}
}
