package tests

import (
	"reflect"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// The proposal is ordered by key, package and path; it says what some platforms need
// alone, and leaves out what a directory brings.
func TestTraceText(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{Config: plan.Config{User: plan.User{UID: 65532, GID: 65532}}, Entries: []plan.Entry{
		{Path: "/etc/alone", Kind: plan.KindFile, Reason: plan.Reason{At: "files[2]"}},
		{Path: "/etc/dir/a", Kind: plan.KindFile, Reason: plan.Reason{At: "targets.debug.files[0]"}},
		{Path: "/etc/dir/b", Kind: plan.KindFile, Reason: plan.Reason{At: "targets.debug.files[0]"}},
		{Path: "/etc/passwd", Kind: plan.KindFile, Reason: plan.Reason{At: "include[0]"}},
	}}
	refused := func(path string) Clue {
		return Clue{Path: path, Kind: plan.KindFile, Error: "EACCES", Mode: 0o600, By: "/app"}
	}
	failed := &Outcome{Problems: []string{"no"}}
	clue := func(path, pkg string) Clue {
		return Clue{Path: path, Source: "debian", Kind: plan.KindFile, Package: pkg, Size: 5, By: "/app", InVain: true}
	}
	dir := clue("/usr/share/app", "zapp 1")
	dir.Kind = plan.KindDir
	amd64 := Trace{Platform: "linux/amd64"}
	amd64.AddTest(spec.Test{Name: "plugin"}, p, failed, Causes{Needed: []Clue{clue("/usr/share/z", "b 1"), clue("/usr/share/app/x", "zapp 1"), clue("/usr/lib/x86_64-linux-gnu/p.so", "a 1")}})
	amd64.AddTest(spec.Test{Name: "data"}, p, failed, Causes{Needed: []Clue{dir, {Path: "/var/lib/app", Write: true, Kind: plan.KindDir, Error: "ENOENT", By: "/app"}}})
	amd64.AddTest(spec.Test{Name: "works"}, p, &Outcome{}, Causes{Clues: []Clue{clue("/etc/app.conf", "")}})
	amd64.AddTest(spec.Test{Name: "stays broken"}, p, failed, Causes{Clues: []Clue{clue("/etc/app.conf", "")}})
	amd64.AddTest(spec.Test{Name: "refused"}, p, failed, Causes{Needed: []Clue{refused("/etc/alone"), refused("/etc/dir/a"), refused("/etc/passwd")}})
	arm64 := Trace{Platform: "linux/arm64"}
	arm64.AddTest(spec.Test{Name: "plugin"}, p, failed, Causes{Needed: []Clue{clue("/usr/share/z", "b 1"), clue("/usr/lib/aarch64-linux-gnu/p.so", "a 1"), dir, {Path: "/var/lib/app", Write: true, Kind: plan.KindDir, Error: "ENOENT", By: "/app"}}})
	const want = `linux/amd64:
  plugin: fails, and passes with what is proposed
  data: fails, and passes with what is proposed
  works: passes
  stays broken: fails, and fails with all of the sources, too
  refused: fails, and passes with what is proposed
linux/arm64:
  plugin: fails, and passes with what is proposed
What the tests need and the image lacks:
files:
  - debian:/usr/share/z  # 5 B, of b 1; /app looked for it in vain
  - debian:/usr/share/app/  # 5 B, of zapp 1; /app looked for it in vain
volumes:
  - /var/lib/app  # /app could not write to /var/lib/app: there is no such directory
On linux/amd64 alone:
files:
  - debian:/usr/lib/x86_64-linux-gnu/p.so  # 5 B, of a 1; /app looked for it in vain
in files[2]: mode: "0644"  # /app could not use /etc/alone: permission denied, it has the mode 0600 and belongs to 0:0
in targets.debug.files[0]: owner: "65532:65532"  # /app could not use /etc/dir/a: permission denied, it has the mode 0600 and belongs to 0:0
On linux/arm64 alone:
files:
  - debian:/usr/lib/aarch64-linux-gnu/p.so  # 5 B, of a 1; /app looked for it in vain
What they would open as well, and go on without:
files:
  - debian:/etc/app.conf  # 5 B; /app looked for it in vain
What "stays broken" on linux/amd64 may need, with which it was not seen to pass:
  add files: [debian:/etc/app.conf] (5 B; /app looked for it in vain)
`
	if got := TraceText([]Trace{amd64, arm64}); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	// Where the tests did not run, what names the machine may be called otherwise.
	proposal := Propose([]Trace{amd64, {Platform: "linux/riscv64", NotRun: "they did not run"}})
	if len(proposal.Add) != 5 || len(proposal.Only["linux/amd64"]) != 1 {
		t.Errorf("%+v", proposal)
	}
}

// Whatever a path is called, what comes of it is one item, and nothing else of the spec
// changes.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	const text = "# syntax=sinterbuild/sinter:1\nbinaries: [app] # x\nfiles:\n  - b\n"
	for _, name := range []string{
		"/a b", "/it's", `/say "hi"`, "/a\nentrypoint: [/bin/sh]", "/a\r\nuser: 0", "/a: b", "/a #b", "/a, /b", "/[x]", "/{y}", "/*z", "/&q", "/!t", "/%d",
		"/${HOME}", "/$$x", "/a\u2028user: 0", "/a\u0085user: 0", "/\x1b[2J", "/back\\slash", "/\xff\xfe", "/ ", "/a\t- b", "/...", "/---", "/?", "/|", "/>", "/@", "/`", "/\x7f", "/\ufeff",
	} {
		for _, c := range []Clue{
			{Path: name, Source: "debian", Kind: plan.KindFile},
			{Path: name, Source: "debian", Kind: plan.KindDir},
			{Path: name, Source: "debian", Kind: plan.KindFile, Run: true},
			{Path: "/l", Source: "debian", Kind: plan.KindSymlink, Target: name},
			{Path: name, Kind: plan.KindDir, Write: true, Error: "EACCES", Mode: 0o755},
			{Path: "/etc/passwd", Source: "debian", Kind: plan.KindFile, Account: "x", Content: name},
		} {
			additions := c.Additions(spec.Test{}, &plan.Plan{})
			for i := range additions {
				additions[i].Note = name
			}
			out, err := spec.Amend([]byte(text), "", additions)
			if err != nil {
				continue // refused, which is no harm
			}
			doc, found := spec.Parse("app.yaml", out)
			got, more := doc.Evaluate(spec.Vars{}, "")
			if found.Err() != nil || got == nil || more.Err() != nil {
				continue // the spec refuses such a path
			}
			added := len(got.Binaries) + len(got.Files) + len(got.Links) + len(got.Directories) + len(got.Volumes)
			if added != 2+len(additions) || !reflect.DeepEqual(got.Entrypoint, []string{"/app"}) || got.User != nil {
				t.Errorf("%q as %+v:\n%s", name, c, out)
			}
		}
	}
}
