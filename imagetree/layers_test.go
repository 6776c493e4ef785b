package imagetree

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
)

// entries makes a settled tree of lines "PATH CAUSE SIZE TREE [PACKAGE]" and
// "PATH link FOR".
func entries(t *testing.T, lines string) *Tree {
	t.Helper()
	var entries []Entry
	pkgs := map[string]string{}
	for line := range strings.Lines(lines) {
		f := strings.Fields(line)
		e := plan.Entry{Path: f[0], Kind: plan.KindFile}
		e.Reason = plan.Reason{Cause: plan.Cause(f[1]), At: "binaries[0]", Via: "test", Chain: []string{"/bin/a", f[0]}, Path: f[2], Content: "test", Part: "test"}
		if e.Reason.Cause == plan.CauseLink {
			e.Kind, e.Target = plan.KindSymlink, "elsewhere"
		} else {
			if _, err := fmt.Sscan(f[2], &e.Size); err != nil {
				t.Fatal(err)
			}
		}
		entries = append(entries, Entry{Entry: e})
		if len(f) > 4 {
			pkgs[f[0]] = f[4]
		}
	}
	out, conflicts, err := Settle(entries, nil)
	if err != nil || len(conflicts) > 0 {
		t.Fatal(err, conflicts)
	}
	for line := range strings.Lines(lines) {
		if f := strings.Fields(line); len(f) > 3 {
			out.Entries[f[0]].From = &plan.Origin{Tree: f[3], Path: f[0]}
			out.Entries[f[0]].Package = pkgs[f[0]]
		}
	}
	return out
}

// known are the packages of the tests, by PURL.
var known = map[string]*plan.Package{
	"libssl3": {Name: "libssl3", Version: "3.0"},
}

const app = `/etc/passwd part 100 -
/lib link /usr/lib/libc.so.6
/lib64 link /usr/lib64/ld.so
/usr/lib64/ld.so interpreter 200000 debian libc6
/usr/lib/libc.so.6 library 1900000 debian libc6
/usr/lib/libm.so.6 library 900000 debian libc6
/usr/lib/libssl.so.3 library 600000 debian libssl3
/usr/lib/libcrypto.so.3 library 4700000 debian libssl3
/usr/lib/libicudata.so.72 library 30000000 debian libicu
/usr/lib/libz.so.1 library 120000 debian zlib
/usr/lib/libtiny.so.1 library 9000 debian tiny
/usr/lib/libz.so link /usr/lib/libz.so.1
/opt/lib/libown.so library 5000 build
/opt/lib/libz.so.1 library 130000 build
/opt/lib/libapp.so library 5000000 context
/usr/bin/tool binary 50000 debian
/usr/bin/app binary 80000 context
/usr/share/doc/zlib1g/copyright metadata 10 debian
`

// What a layer holds does not depend on other layers, and how many there are
// depends on the limit.
func TestPartition(t *testing.T) {
	for limit, want := range map[int]string{
		20: `parts: /etc /etc/passwd
libc: /lib /lib64 /usr /usr/lib /usr/lib/libc.so.6 /usr/lib64 /usr/lib64/ld.so
libraries/libicudata.so.72: /usr/lib/libicudata.so.72
libraries/libcrypto.so.3 (libssl3 3.0): /usr/lib/libcrypto.so.3
libraries/libm.so.6: /usr/lib/libm.so.6
libraries/libssl.so.3 (libssl3 3.0): /usr/lib/libssl.so.3
libraries/opt/lib/libz.so.1: /opt /opt/lib /opt/lib/libz.so.1
libraries/usr/lib/libz.so.1: /usr/lib/libz.so /usr/lib/libz.so.1
libraries: /opt/lib/libown.so /usr/lib/libtiny.so.1
programs: /usr/bin /usr/bin/tool
package metadata: /usr/share /usr/share/doc /usr/share/doc/zlib1g /usr/share/doc/zlib1g/copyright
app: /opt/lib/libapp.so /usr/bin/app
`,
		8: `parts: /etc /etc/passwd
libc: /lib /lib64 /usr /usr/lib /usr/lib/libc.so.6 /usr/lib64 /usr/lib64/ld.so
libraries/libicudata.so.72: /usr/lib/libicudata.so.72
libraries/libcrypto.so.3 (libssl3 3.0): /usr/lib/libcrypto.so.3
libraries: /opt /opt/lib /opt/lib/libown.so /opt/lib/libz.so.1 /usr/lib/libm.so.6 /usr/lib/libssl.so.3 /usr/lib/libtiny.so.1 /usr/lib/libz.so /usr/lib/libz.so.1
programs: /usr/bin /usr/bin/tool
package metadata: /usr/share /usr/share/doc /usr/share/doc/zlib1g /usr/share/doc/zlib1g/copyright
app: /opt/lib/libapp.so /usr/bin/app
`,
		2: `libraries: /etc /etc/passwd /lib /lib64 /opt /opt/lib /opt/lib/libown.so /opt/lib/libz.so.1 /usr /usr/bin /usr/bin/tool /usr/lib /usr/lib/libc.so.6 /usr/lib/libcrypto.so.3 /usr/lib/libicudata.so.72 /usr/lib/libm.so.6 /usr/lib/libssl.so.3 /usr/lib/libtiny.so.1 /usr/lib/libz.so /usr/lib/libz.so.1 /usr/lib64 /usr/lib64/ld.so /usr/share /usr/share/doc /usr/share/doc/zlib1g /usr/share/doc/zlib1g/copyright
app: /opt/lib/libapp.so /usr/bin/app
`,
		1: `app: /etc /etc/passwd /lib /lib64 /opt /opt/lib /opt/lib/libapp.so /opt/lib/libown.so /opt/lib/libz.so.1 /usr /usr/bin /usr/bin/app /usr/bin/tool /usr/lib /usr/lib/libc.so.6 /usr/lib/libcrypto.so.3 /usr/lib/libicudata.so.72 /usr/lib/libm.so.6 /usr/lib/libssl.so.3 /usr/lib/libtiny.so.1 /usr/lib/libz.so /usr/lib/libz.so.1 /usr/lib64 /usr/lib64/ld.so /usr/share /usr/share/doc /usr/share/doc/zlib1g /usr/share/doc/zlib1g/copyright
`,
	} {
		if got := showLayers(entries(t, app), limit); got != want {
			t.Errorf("at most %d layers:\n%s\nwant:\n%s", limit, got, want)
		}
	}
}

func showLayers(tree *Tree, limit int) string { return showLayersOf(tree, known, limit) }

func showLayersOf(tree *Tree, pkgs map[string]*plan.Package, limit int) string {
	layers := tree.Partition(pkgs, limit)
	var b strings.Builder
	for _, l := range layers {
		b.WriteString(l.Name)
		if strings.HasPrefix(l.Title, "libssl3") {
			b.WriteString(" (" + l.Title + ")")
		}
		b.WriteString(":")
		for _, e := range tree.Sorted() {
			if e.Layer == l.Name {
				b.WriteString(" " + e.Path)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// apk's database is with the programs that it tells the files of, dpkg's of other
// packages is not.
func TestPartitionPackageMetadata(t *testing.T) {
	const lines = `/usr/bin/tool binary 50000 source tool
/lib/db/installed metadata 10 -
`
	for manager, want := range map[plan.Manager]string{
		plan.APK:  "programs: /lib /lib/db /lib/db/installed /usr /usr/bin /usr/bin/tool\n",
		plan.Dpkg: "programs: /usr /usr/bin /usr/bin/tool\npackage metadata: /lib /lib/db /lib/db/installed\n",
	} {
		tree := entries(t, lines)
		tree.Entries["/lib/db/installed"].Reason.Package = ""
		p := map[string]*plan.Package{"tool": {Name: "tool", Manager: manager}}
		if got := showLayersOf(tree, p, 10); got != want {
			t.Errorf("%s: %s", manager, got)
		}
	}
}

// However few layers there may be, there are no more, and each entry is in one.
func TestPartitionLimit(t *testing.T) {
	for limit := 1; limit < 20; limit++ {
		tree := entries(t, app)
		layers := tree.Partition(known, limit)
		if len(layers) > limit {
			t.Errorf("%d layers where %d are allowed", len(layers), limit)
		}
		p := plan.Plan{Entries: tree.Sorted(), Layers: layers}
		if err := p.Check(); err != nil {
			t.Errorf("at most %d layers: %v", limit, err)
		}
	}
}

// A library's layer holds the same whatever else is in the image.
func TestPartitionIsTheSame(t *testing.T) {
	all := showLayers(entries(t, app), 20)
	other := showLayers(entries(t, `/lib link /usr/lib/libz.so.1
/usr/lib64/ld.so interpreter 200000 debian libc6
/lib64 link /usr/lib64/ld.so
/lib link /usr/lib/libc.so.6
/usr/lib/libc.so.6 library 1900000 debian libc6
/usr/lib/libz.so link /usr/lib/libz.so.1
/usr/lib/libz.so.1 library 120000 debian zlib
/usr/lib/libcrypto.so.3 library 4700000 debian libssl3
/srv/other file 7 context
`), 10)
	for line := range strings.Lines(other) {
		if strings.HasPrefix(line, "app:") {
			continue
		}
		if _, paths, _ := strings.Cut(line, ":"); !strings.Contains(all, paths) {
			t.Errorf("another image has %s", line)
		}
	}
}

// trivy sees which files a package brought only where the package's list of them
// is in the same layer, and takes the others for Python packages and the like of
// their own.
func TestPartitionKeepsProgramsWithTheirPackage(t *testing.T) {
	tree := entries(t, `/usr/lib/libz.so.1 library 120000 debian zlib
/usr/lib/python3/numpy.egg-info file 10 debian numpy
/usr/lib/python3/_numpy.so opened 120000 debian numpy
/var/lib/dpkg/status.d/numpy metadata 10
/var/lib/dpkg/status.d/zlib metadata 10
`)
	for _, name := range []string{"numpy", "zlib"} {
		tree.Entries["/var/lib/dpkg/status.d/"+name].Reason.Package = name
	}
	tree.Partition(known, 10)
	for name, want := range map[string]string{"numpy": layerPrograms, "zlib": layerMetadata} {
		if got := tree.Entries["/var/lib/dpkg/status.d/"+name].Layer; got != want {
			t.Errorf("the data of %s is in layer %q, want %q", name, got, want)
		}
	}
}

// Nothing gets into a tree without a reason, whatever asks for it.
func TestNoReason(t *testing.T) {
	for _, r := range []plan.Reason{
		{},
		{Cause: "whim", At: "binaries[0]"},
		{Cause: plan.CauseBinary},
		{Cause: plan.CauseLibrary, At: "binaries[0]", Via: "ld.so.cache"},
		{Cause: plan.CauseLibrary, At: "binaries[0]", Chain: []string{"/bin/a", "/lib/b"}},
		{Cause: plan.CauseInterpreter, Chain: []string{"/bin/a", "/lib/ld.so"}},
		{Cause: plan.CauseLink, At: "binaries[0]"},
		{Cause: plan.CausePart, At: "include[0]"},
		{Cause: plan.CauseMetadata},
	} {
		var refused *plan.MissingReason
		_, _, err := Settle([]Entry{{Entry: plan.Entry{Path: "/a", Kind: plan.KindDir, Reason: r}}}, nil)
		if !errors.As(err, &refused) || refused.Path != "/a" {
			t.Errorf("%+v: %v", r, err)
		}
		p := plan.Plan{Layers: []plan.Layer{{Name: "app"}}, Entries: []plan.Entry{{Path: "/a", Layer: "app", Reason: r}}}
		if err := p.Check(); !errors.As(err, &refused) {
			t.Errorf("%+v in a plan: %v", r, err)
		}
	}
}
