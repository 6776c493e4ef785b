package report

import (
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
)

// What is large and ships by evidence is told, with its libraries, and what is small is not.
func TestNeedsText(t *testing.T) {
	t.Parallel()
	file := func(name, pkg string, size int64, chain ...string) plan.Entry {
		e := plan.Entry{Path: name, Kind: plan.KindFile, Size: size}
		switch {
		case pkg != "":
			e.Reason = plan.Reason{Cause: plan.CauseNeed, Chain: []string{"/usr/bin/app"}, Evidence: &plan.Evidence{Kind: plan.EvidenceNamed, Package: pkg}}
		case chain != nil:
			e.Reason = plan.Reason{Cause: plan.CauseLibrary, Chain: chain}
		}
		return e
	}
	const mb = 1 << 20
	p := &plan.Plan{Entries: []plan.Entry{
		file("/usr/bin/app", "", 20*mb),
		file("/usr/lib/libapp.so.1", "", 30*mb, "/usr/bin/app", "/usr/lib/libapp.so.1"),
		file("/usr/lib/app/jit.so", "app-jit", mb),
		file("/usr/lib/libLLVM.so", "", 30*mb, "/usr/lib/app/jit.so", "/usr/lib/libLLVM.so"),
		file("/usr/share/app/data", "app-data", 10*mb),
		file("/usr/share/app/small", "app-small", 7*mb),
	}}
	const want = "; opened at run time: app-jit 32.5 MB (exclude: [app-jit] leaves it out), app-data 10.5 MB (exclude: [app-data] leaves it out)"
	if got := needsText(p); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What does not ship is told in every build where more than a function tells of it, and in
// an explanation always.
func TestWanted(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{
		Entries: []plan.Entry{{Path: "/usr/bin/app", Kind: plan.KindFile, Size: 1 << 20}},
		Wanted: []plan.Wanted{
			{Path: "/bin/sh", Tree: "debian", By: "/usr/bin/app", Why: "runs sort by a shell", Size: 125_640, Told: true},
			{Path: "/usr/lib/gconv", Tree: "debian", By: "/usr/bin/app", Why: "converts between charsets", Size: 8_086_702},
		},
	}
	const want = "1 file, 1.0 MB, 0 packages, 0 layers; largest: /usr/bin/app 1.0 MB; not shipped: /bin/sh 126 kB (app runs sort by a shell; files: [debian:/bin/sh] brings it)"
	if got := Summary(p); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	img := New(p, About{Locate: func(string) *Place { return nil }})
	text := (&Document{Images: []Image{img}}).Text()
	const section = `
NOT SHIPPED, for few need it
  126 kB  /bin/sh         app runs sort by a shell       files: [debian:/bin/sh] brings it
  8.1 MB  /usr/lib/gconv  app converts between charsets  files: [debian:/usr/lib/gconv] brings it
`
	if !strings.Contains(text, section) {
		t.Errorf("got\n%s\nwithout%s", text, section)
	}
}
