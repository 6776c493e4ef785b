package resolve_test

import (
	"strings"
	"testing"

	"github.com/sinter-build/sinter/elffile/elftest"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// What is in the way is said at the item that can be changed: the program's, or where
// an item puts a file in the way, that one's. Files beyond Sinter's limits are a finding
// as any other.
func TestWhereItIsSaid(t *testing.T) {
	t.Parallel()
	const (
		interp = "/lib/ld-musl-x86_64.so.1"
		bare   = "exclude: [accounts, tmp, nsswitch]\nsources: {debian: {}}\n"
		app    = "libraries: {from: [debian]}\nbinaries: ['debian:/usr/bin/app']\n"
		plugin = "binaries: ['debian:/usr/bin/app']\nfiles: [{from: 'debian:/plugin.so', to: /opt/}]\n"
	)
	many := make([]string, 1<<15+1)
	for i := range many {
		many[i] = "liba.so"
	}
	file := func(at string, f elftest.File) string { return at + " file 0755 " + string(f.Bytes()) }
	debian := []string{
		file(interp, elftest.File{Soname: "libc.musl-x86_64.so.1"}),
		file("/lib/liba.so", elftest.File{Soname: "liba.so"}),
		file("/usr/bin/app", elftest.File{Interp: interp, Needed: []string{"liba.so", "libb.so"}}),
		file("/lib/libb.so", elftest.File{Needed: []string{"liba.so"}}),
		file("/usr/bin/huge", elftest.File{Interp: interp, Needed: many}),
		file("/usr/bin/needs-huge", elftest.File{Interp: interp, Needed: []string{"libhuge.so"}}),
		file("/lib/libhuge.so", elftest.File{Needed: many}),
		file("/plugin.so", elftest.File{Needed: []string{"libgone.so"}}),
		file("/plugins/x.so", elftest.File{Needed: []string{"libgone.so"}}),
		file("/programs/app", elftest.File{Interp: interp, Needed: []string{"libgone.so"}}),
		file("/usr/bin/other", elftest.File{Interp: interp, Needed: []string{"libneedy.so"}}),
		file("/needy/libneedy.so", elftest.File{Needed: []string{"libgone.so"}}),
		"/junk file 0644 junk",
		"/huge.so file 0755 " + string(elftest.File{Needed: many}.Bytes()),
	}
	for _, test := range []struct{ name, spec, want string }{
		{"nothing", app, ""},
		{"a library that files put in its place", app + "files: [{from: 'debian:/junk', to: /lib/liba.so}]",
			"files[0] library-unusable liba.so, needed by /usr/bin/app, is found first at /lib/liba.so in the image"},
		{"an interpreter that files put in its place", app + "files: [{from: 'debian:/junk', to: " + interp + ", mode: '0755'}]",
			"files[0] interpreter-unusable the program interpreter /lib/ld-musl-x86_64.so.1 of /usr/bin/app, found in the image, cannot be used: it is too short"},
		{"a program", "libraries: {from: [debian]}\nbinaries: ['debian:/usr/bin/huge']",
			"binaries[0].from beyond-limits /usr/bin/huge is an ELF file beyond Sinter's limits: more than 32768 NEEDED entries"},
		{"a library", "libraries: {from: [debian]}\nbinaries: ['debian:/usr/bin/needs-huge']",
			"binaries[0] beyond-limits what /lib/libhuge.so in source debian needs is not known"},
		{"a library among the files, as the finding says to ship it", app + "files: [{from: 'debian:/huge.so', to: /opt/}]", ""},
		{"a library that a program needs lacks one", "libraries: {from: [debian]}\nbinaries: ['debian:/usr/bin/other']\nfiles: [{from: 'debian:/needy/', to: /usr/lib/}]", "binaries[0] library-not-found libgone.so, needed by /usr/lib/libneedy.so, was not found"},
		{"a plugin lacks a library", plugin + "libraries: {from: [debian]}", "files[0] warning library-not-found libgone.so, needed by /opt/plugin.so, was not found"},
		{"a plugin that is opened lacks one", plugin + "libraries: {from: [debian], add: [/opt/plugin.so]}", "libraries.add[0] library-not-found libgone.so, needed by /opt/plugin.so, was not found"},
		{"one that is opened by its name", plugin + "libraries: {from: [debian], add: [plugin.so]}\nenv: {LD_LIBRARY_PATH: /opt}", "libraries.add[0] library-not-found libgone.so, needed by /opt/plugin.so, was not found"},
		{"a plugin in whose place something else is", plugin + "links: [{path: /opt/plugin.so, target: nothing}]\nlibraries: {from: [debian]}", "files[0] path-conflict two different things for /opt/plugin.so"},
		{"a plugin of a directory in whose place something else is", "files: ['debian:/plugins/']\n" + "links: [{path: /plugins/x.so, target: nothing}]\n" + app, "links[0] warning link-leads-nowhere the link /plugins/x.so leads to /plugins/nothing"},
		{"a program of a directory in whose place something else is", "files: ['debian:/programs/', {content: text, to: /programs/app}]\n" + app, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			res := planFor(t, bare+test.spec, map[string]rootfs.FS{"debian": tree(t, debian...), plan.TreeContext: tree(t)})
			var lines []string
			for _, d := range res.Diagnostics {
				lines = append(lines, strings.TrimSpace(d.At+" "+string(d.Severity))+" "+d.Code+" "+d.Message)
			}
			got := strings.Join(lines, "\n")
			if !strings.HasPrefix(got, test.want) || len(lines) > 1 || test.want == "" && got != "" {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}
