package resolve_test

import (
	"testing"

	"github.com/sinter-build/sinter/elffile/elftest"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// A library for which no program is there ships beside what the base has, though it
// lies behind a link in its source and the base has a directory in the link's place.
func TestAddedLibraryOnUnmergedBase(t *testing.T) {
	t.Parallel()
	const musl = "/ld-musl-x86_64.so.1 file 0755 "
	libc := string(elftest.File{Soname: "libc.musl-x86_64.so.1"}.Bytes())
	library := string(elftest.File{Soname: "liba.so.1"}.Bytes())
	for _, test := range []struct{ name, add string }{
		{"by its name", "liba.so.1"},
		{"by its path", "/lib/liba.so.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			res := planFor(t, "exclude: [accounts, tmp, nsswitch]\nsources: {debian: {}}\nlibraries: {from: [debian], add: ["+test.add+"]}\n", map[string]rootfs.FS{
				plan.TreeBase: tree(t, "/lib"+musl+libc), plan.TreeContext: tree(t),
				"debian": tree(t, "/lib link usr/lib", "/usr/lib"+musl+libc, "/usr/lib/liba.so.1 link liba.so.1.0", "/usr/lib/liba.so.1.0 file 0644 "+library),
			})
			const want = `/usr dir 0755 0:0
/usr/lib dir 0755 0:0
/usr/lib/liba.so.1 link liba.so.1.0
/usr/lib/liba.so.1.0 file 0644 0:0
`
			if got := show(res.Plan); got != want || len(res.Diagnostics) > 0 {
				t.Errorf("%v\ngot:\n%s\nwant:\n%s", res.Diagnostics, got, want)
			}
		})
	}
}
