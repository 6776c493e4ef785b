package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
)

// everyCause has a reason of each cause, as complete as Stated wants it.
func everyCause() []plan.Reason {
	whole := plan.Reason{At: "binaries[0]", Via: "ld.so.cache", Path: "/usr/lib/libx.so", Part: "tmp", Content: "copyright of libx", Chain: []string{"/usr/bin/app", "/usr/lib/libx.so"}}
	var all []plan.Reason
	for _, cause := range []plan.Cause{
		plan.CauseBinary, plan.CauseInterpreter, plan.CauseLibrary, plan.CauseOpened, plan.CauseLink, plan.CausePart,
		plan.CauseFile, plan.CauseDirectory, plan.CauseSymlink, plan.CauseParent, plan.CauseCache, plan.CauseMetadata,
	} {
		r := whole
		r.Cause = cause
		all = append(all, r)
	}
	return all
}

// Each entry is in the JSON with its reason, and in one row of the text or
// counted in its layer; asked about, each is found with its reason.
func TestEveryEntryHasItsReason(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{Layers: []plan.Layer{{Name: "app"}}}
	for i, r := range everyCause() {
		if !r.Complete() {
			t.Fatalf("%+v is not stated", r)
		}
		for j, kind := range []plan.Kind{plan.KindFile, plan.KindDir, plan.KindSymlink} {
			p.Entries = append(p.Entries, plan.Entry{Path: fmt.Sprintf("/%c%d", 'a'+i, j), Kind: kind, Target: "x", Layer: "app", Reason: r})
		}
	}
	img := New(p, About{Locate: func(at string) *Place { return &Place{File: "app.yaml", Line: 1, Text: at} }})
	rows, links, dirs := img.rows("app")
	told := len(links) + dirs
	for _, r := range rows {
		told += len(r.entries) + len(r.aliases)
	}
	if told != len(p.Entries) {
		t.Errorf("the text tells of %d entries of %d", told, len(p.Entries))
	}
	for i, e := range img.Entries {
		if e.Path != p.Entries[i].Path || e.Reason.Text != p.Entries[i].Reason.String() || e.Reason.Place == nil {
			t.Errorf("%s: reason %+v", e.Path, e.Reason)
		}
		a := img.Why(e.Path)
		text := strings.Join(strings.Fields(Answers{Answers: []Answer{a}}.Text()), " ")
		if a.Found != FoundImage || !strings.Contains(text, strings.Join(strings.Fields(e.Reason.Text), " ")) {
			t.Errorf("%s: %s", e.Path, text)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 99_949: "99.9 kB", 99_950: "100 kB", 999_499: "999 kB",
		999_500: "1.0 MB", 4_709_896: "4.7 MB", 123_456_789: "123 MB", 5_000_000_000: "5.0 GB", 7_000_000_000_000_000: "7000 TB",
	} {
		if got := size(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("word ", 30)
	var p page
	p.wrap(text, 10)
	for line := range strings.Lines(p.String()) {
		if columns(strings.TrimRight(line, "\n")) > width || !strings.HasPrefix(line, strings.Repeat(" ", 10)) {
			t.Errorf("%q", line)
		}
	}
}
