//go:build linux && amd64

package resolve_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/internal/plantest"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// A command that the entrypoint hands on ships where it is evident that it does: through
// programs that are there to start others, and through scripts that end in exec "$@".
func TestHandedCommands(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, start string
		want        string // what ships for it
		warned      string
	}{
		{"by an init", "entrypoint: [/usr/bin/tini, --]\ncmd: [greet, hello]", "/usr/bin/greet: tini starts greet", ""},
		{"by a script", "entrypoint: [/entry.sh]\ncmd: [greet]", "/usr/bin/greet: entry.sh starts greet", ""},
		{
			"by an init and a script", "entrypoint: [/usr/bin/tini, --, /entry.sh]\ncmd: [greet]",
			"/usr/bin/greet: entry.sh starts greet", "",
		},
		{"by a script with words of its own", "entrypoint: [/shift.sh, mode]\ncmd: [--, greet]", "/usr/bin/greet: shift.sh starts greet", ""},
		{"by a script with one word of its own", "entrypoint: [/shift.sh, 'db:5432']\ncmd: [greet]", "/usr/bin/greet: shift.sh starts greet", ""},
		{"by a script that a script starts", "entrypoint: [/wait.sh] # which starts shift.sh", "/usr/bin/greet: wait.sh starts greet", "/wait.sh:3 calls absent, which is neither in the image nor where it could be taken from"},
		{
			"in arguments of a shell", `entrypoint: [/usr/bin/tini, --, sh, -eo, pipefail, -c, "greet x | absent; exit"]`,
			"/usr/bin/greet: sh starts greet, /usr/bin/sh: tini starts sh", "the script that /usr/bin/sh is given calls absent, which is neither in the image nor where it could be taken from",
		},
		{"in a file for a shell", `entrypoint: [/usr/bin/tini, --, sh, -e, /entry.sh, -c, greet]`, "/usr/bin/sh: the image's command starts /entry.sh", ""},
		{"options", "entrypoint: [/entry.sh]\ncmd: [--verbose]", "", ""},
		{"to a program of its own", "entrypoint: [/own.sh]\ncmd: [greet]", "", "/own.sh:2 calls absent, which is neither in the image nor where it could be taken from"},
		{
			"what is not there", "entrypoint: [/usr/bin/tini, --]\ncmd: [gone]", "",
			"the command that /usr/bin/tini starts is gone, which is in none of the directories of PATH (/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{
				plan.TreeContext: runtimeTree(t, nil, map[string]string{
					"/entry.sh": "#!/usr/bin/sh\nset -e\nexec \"$@\"\n", "/shift.sh": "#!/usr/bin/sh\nshift 2\nexec \"$@\"\n", "/own.sh": "#!/usr/bin/sh\nexec absent \"$@\"\n",
					"/wait.sh": "#!/usr/bin/sh\n/shift.sh db:5432 -t 10 -- greet up\nexec absent\n",
				}),
				"debian": runtimeTree(t, []string{"/usr/bin/sh", "/usr/bin/greet", "/usr/bin/tini"}, nil),
			}
			spec := "binaries: ['debian:/usr/bin/tini']\nlibraries: {from: [debian]}\nmetadata: none\nexclude: [accounts, tmp, nsswitch]\nruntime: auto\nfiles:\n"
			for _, script := range []string{"entry.sh", "shift.sh", "own.sh", "wait.sh"} {
				if strings.Contains(test.start, script) {
					spec += "- {from: " + script + ", to: /" + script + ", mode: '0755'}\n"
				}
			}
			res := planFor(t, strings.TrimSuffix(spec, "files:\n")+test.start, trees)
			if res.Diagnostics.Err() != nil {
				t.Fatal(res.Diagnostics)
			}
			var got []string
			for _, e := range res.Plan.Entries {
				if e.Reason.Cause == plan.CauseNeed && e.Kind == plan.KindFile {
					got = append(got, e.Path+": "+e.Reason.Evidence.String())
				}
			}
			if text := strings.Join(got, ", "); text != test.want {
				t.Errorf("got\n%s\nwant\n%s", text, test.want)
			}
			var warned []string
			for _, d := range res.Diagnostics {
				if d.Severity == diag.SeverityWarning {
					warned = append(warned, d.Message)
				}
			}
			if text := strings.Join(warned, "\n"); text != test.warned {
				t.Errorf("warned of\n%s\nwant\n%s", text, test.warned)
			}
		})
	}
}

// What the build context does not have is looked for in the sources of the programs, unless the spec
// names others.
func TestSourcesOfPrograms(t *testing.T) {
	t.Parallel()
	const programs = "entrypoint: [/app]\nbinaries: ['other:/usr/bin/a', app, 'debian:/usr/bin/b', 'other:/usr/bin/c']\nsources: {debian: {}, more: {}, other: {}}\n"
	for from, want := range map[string][]string{"": {"other", "debian"}, "libraries: {from: [more]}\n": {"more"}} {
		if got := plantest.Request(t, programs+from, nil).Libraries.From; !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", from, got, want)
		}
	}
}

// A working directory that a part makes keeps the part's mode and owner.
func TestWorkdirOfParts(t *testing.T) {
	t.Parallel()
	trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": runtimeTree(t, []string{"/usr/bin/greet"}, nil)}
	for workdir, want := range map[string]string{"/tmp": "1777 0", "/home/nonroot": "700 65532", "/home": "755 0", "/data": "755 0"} {
		res := planFor(t, "binaries: ['debian:/usr/bin/greet']\nmetadata: none\nworkdir: "+workdir+"\n", trees)
		i := slices.IndexFunc(res.Plan.Entries, func(e plan.Entry) bool { return e.Path == workdir })
		if i < 0 {
			t.Errorf("%s is not there", workdir)
			continue
		}
		if got := fmt.Sprintf("%o %d", res.Plan.Entries[i].Mode, res.Plan.Entries[i].UID); got != want {
			t.Errorf("%s has %s, not %s", workdir, got, want)
		}
	}
}
