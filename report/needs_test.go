package report

import (
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
