package evidence

import (
	"testing"

	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
)

// A program's own fonts, which may be of symbols alone, are none for text.
func TestIsForText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		path  string
		cause plan.Cause
		want  bool
	}{
		{"/usr/share/fonts/truetype/x.ttf", plan.CauseNeed, true},
		{"/usr/local/share/fonts/x.otf", plan.CauseNeed, true},
		{"/usr/share/lilypond/2.24.1/fonts/otf/emmentaler-11.otf", plan.CauseNeed, false},
		{"/app/fonts/x.ttf", plan.CauseFile, true},
		{"/usr/share/fonts/README", plan.CauseNeed, false},
	} {
		e := imagetree.Entry{Entry: plan.Entry{Path: test.path, Kind: plan.KindFile, Reason: plan.Reason{Cause: test.cause}}}
		if got := isForText(e); got != test.want {
			t.Errorf("%s: got %t", test.path, got)
		}
	}
}
