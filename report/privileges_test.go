package report_test

import (
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// What gives rights is told by itself, though it came with a directory that is told
// as one.
func TestPrivilegesAreTold(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{Platform: "linux/amd64", Layers: []plan.Layer{{Name: "app", Title: "app"}}}
	for _, e := range []plan.Entry{
		{Path: "/bin/a", Mode: 0o755}, {Path: "/bin/b", Mode: 0o755}, {Path: "/bin/c", Mode: 0o755}, {Path: "/bin/d", Mode: 0o755},
		{Path: "/bin/ping", Mode: 0o755, Capabilities: "cap_net_raw=ep"}, {Path: "/bin/su", Mode: 0o4755},
	} {
		e.Kind, e.Layer, e.Reason = plan.KindFile, "app", plan.Reason{Cause: plan.CauseFile, At: "files"}
		e.From = &plan.Origin{Tree: "debian", Path: e.Path}
		p.Entries = append(p.Entries, e)
	}
	img := report.New(p, report.About{Locate: locate})
	text := report.Document{Images: []report.Image{img}}.Text()
	want := `     0 B  /bin/… (4 files)
          a file that the spec names (app.yaml:6)
     0 B  /bin/ping
          a file that the spec names (app.yaml:6)
          gives more rights to whoever executes it: it has the capabilities cap_net_raw=ep
     0 B  /bin/su
          a file that the spec names (app.yaml:6)
          gives more rights to whoever executes it: it runs as user 0 (setuid, mode 4755)
`
	if !strings.Contains(text, want) {
		t.Errorf("got:\n%s\nwant in it:\n%s", text, want)
	}
}
