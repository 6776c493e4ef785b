//go:build linux && amd64

package loader

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/elffile/elftest"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/rootfs/rootfstest"
)

// libraryCases ask about a shared library by itself.
var libraryCases = []struct {
	name string
	tree oracleCase // with libraries in /link only to link against
	path string
	opt  Options
	drop []string
	want string // the libc, then as in treesCases
}{
	{
		name: "what it needs, in a directory beside it", path: "/opt/liba.so",
		tree: oracleCase{libs: []bin{{at: "/opt/liba.so", needs: []string{"libb.so", "libc.so.6"}, runpath: "$ORIGIN/deep"}, lib("/opt/deep/libb.so")},
			host: []string{"/lib/x86_64-linux-gnu/libc.so.6"}},
		want: `glibc
interp tree /lib64/ld-linux-x86-64.so.2
libb.so tree /opt/deep/libb.so (runpath $ORIGIN/deep) for /opt/liba.so
libc.so.6 tree /lib/x86_64-linux-gnu/libc.so.6 (system directory /lib/x86_64-linux-gnu) for /opt/liba.so`,
	},
	{
		name: "origin is where it is asked for", path: "/found/liba.so",
		tree: oracleCase{libs: []bin{{at: "/real/liba.so", needs: []string{"libb.so"}, runpath: "$ORIGIN"}, lib("/real/libb.so"), lib("/found/libb.so", "libc1.so"), lib("/lib/libc1.so")},
			links: map[string]string{"/found/liba.so": "../real/liba.so"}},
		want: `glibc
libb.so tree /found/libb.so (runpath $ORIGIN) for /found/liba.so
libc1.so tree /lib/libc1.so (system directory /lib) for /found/libb.so`,
	},
	{
		name: "its own SONAME is loaded", path: "/opt/liba.so.1.2",
		tree: oracleCase{libs: []bin{{at: "/opt/liba.so.1.2", soname: "liba.so.1", needs: []string{"libb.so"}}, lib("/lib/libb.so", "liba.so.1")}},
		want: `glibc
libb.so tree /lib/libb.so (system directory /lib) for /opt/liba.so.1.2`,
	},
	{
		name: "a library for musl", path: "/opt/liba.so",
		tree: oracleCase{libs: []bin{lib("/opt/liba.so", "libb.so", "libc.musl-x86_64.so.1"), lib("/usr/local/lib/libb.so"), lib("/usr/lib/x86_64-linux-gnu/libb.so")},
			host: []string{muslLoader}},
		want: `musl
interp tree /lib/ld-musl-x86_64.so.1
libb.so tree /usr/local/lib/libb.so (system directories) for /opt/liba.so`,
	},
	{
		name: "the loader that is there tells for whom it is", path: "/opt/liba.so",
		tree: oracleCase{libc: "musl", libs: []bin{lib("/opt/liba.so", "libb.so"), lib("/usr/local/lib/libb.so")}},
		want: `musl
libb.so tree /usr/local/lib/libb.so (system directories) for /opt/liba.so`,
	},
	{
		name: "no loader is there", path: "/opt/liba.so", drop: []string{glibcLoader},
		tree: oracleCase{libs: []bin{lib("/opt/liba.so", "libb.so", "libc1.so"), lib("/usr/lib64/libb.so"), lib("/usr/lib/libc1.so")}},
		want: `glibc
libb.so tree /usr/lib64/libb.so (system directory /usr/lib64) for /opt/liba.so
problem library-not-found libc1.so for /opt/liba.so: libc1.so: cannot open shared object file: No such file or directory`,
	},
	{
		name: "a version is missing", path: "/opt/liba.so",
		tree: oracleCase{libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"},
			{at: "/opt/liba.so", source: "imports", ld: []string{"@/link/libv.so"}}, {at: "/lib/libv.so", soname: "libv.so", script: "V1 { sinter_nothing; };"}}},
		want: "glibc\nlibv.so tree /lib/libv.so (system directory /lib) for /opt/liba.so" +
			"\nproblem version-not-found V2: /lib/libv.so: version `V2' not found (required by /opt/liba.so)",
	},
	{
		name: "symbols are left to whoever opens it", path: "/opt/liba.so",
		tree: oracleCase{libs: []bin{{at: "/opt/liba.so", source: "imports"}}},
		want: "glibc",
	},
	{
		name: "unless they are asked for", path: "/opt/liba.so", opt: Options{CheckSymbols: true},
		tree: oracleCase{libs: []bin{{at: "/opt/liba.so", source: "imports"}}},
		want: `glibc
warning symbol-not-found v: /opt/liba.so: undefined symbol: v`,
	},
	{
		name: "one that nothing loads", path: "/opt/liba.so",
		tree: oracleCase{libs: []bin{{at: "/opt/liba.so", needs: []string{"libb.so"}, edit: set(7, 9)}}},
		want: `glibc
problem library-unusable /opt/liba.so: /opt/liba.so: ELF file OS ABI invalid`,
	},
	{
		name: "one that the user may not read", path: "/opt/liba.so", opt: Options{UID: 65532},
		tree: oracleCase{libs: []bin{{at: "/opt/liba.so", mode: 0o600}}},
		want: `glibc
problem library-unusable /opt/liba.so: /opt/liba.so: cannot open shared object file: Permission denied`,
	},
	{
		name: "one that its user may read and not execute", path: "/opt/liba.so", opt: Options{UID: 65532},
		tree: oracleCase{libs: []bin{{at: "/opt/liba.so", mode: 0o644}}},
		want: "glibc",
	},
}

// TestLibrary compares what is loaded with what the loader lists for the library.
func TestLibrary(t *testing.T) {
	t.Parallel()
	tools, err := oracleTools()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range libraryCases {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			root := c.tree.build(t, tools)
			for _, f := range c.drop {
				if err := os.Remove(filepath.Join(root, f)); err != nil {
					t.Fatal(err)
				}
			}
			got, err := Load([]Tree{{Name: "tree", FS: rootfs.Dir(root)}}, Program{Path: c.path}, c.opt)
			if err != nil {
				t.Fatal(err)
			}
			if text := got.Libc + render(got, []string{"tree"}); text != c.want || !got.Library {
				t.Errorf("got\n%s\nwant\n%s", text, c.want)
			}
			if strings.Contains(c.want, "\nproblem") {
				return
			}
			interp := map[string]string{"glibc": glibcLoader, "musl": muslLoader}[got.Libc]
			real := oracleCase{libc: got.Libc}.parseList(firstOf(oracleCase{}.exec(t, root, interp, nil, "--list", c.path)))
			if found := (oracleCase{libc: got.Libc}).found(got); !slices.Equal(found, real) {
				t.Errorf("the loader lists %q, and found are %q", real, found)
			}
		})
	}
}

func firstOf(text string, _ int) string { return text }

// pluginCases have a program and what it may open by path, of the tree.
var pluginCases = []struct {
	name    string
	tree    oracleCase
	plugins []string
	opt     Options
	want    string
}{
	{
		name:    "for another machine and another word size",
		tree:    oracleCase{libs: []bin{{at: "/p/arm64.so", needs: []string{"libgone.so"}, edit: set(18, 183)}, {at: "/p/i386.so", m32: true}, lib("/p/x86-64.so")}},
		plugins: []string{"/p/arm64.so", "/p/i386.so", "/p/x86-64.so"},
		want: `
interp tree /lib64/ld-linux-x86-64.so.2
/p/x86-64.so tree /p/x86-64.so (plugin) for /app
foreign /p/arm64.so it is for arm64
foreign /p/i386.so it is for i386 (32-bit)`,
	},
	{
		name:    "for musl beside those for glibc",
		tree:    oracleCase{libs: []bin{lib("/p/musl.node", "libc.musl-x86_64.so.1", "libgone.so"), lib("/p/glibc.node", "libc.so.6")}, host: []string{"/lib/x86_64-linux-gnu/libc.so.6"}},
		plugins: []string{"/p/musl.node", "/p/glibc.node"},
		want: `
interp tree /lib64/ld-linux-x86-64.so.2
/p/glibc.node tree /p/glibc.node (plugin) for /app
libc.so.6 tree /lib/x86_64-linux-gnu/libc.so.6 (system directory /lib/x86_64-linux-gnu) for /p/glibc.node
foreign /p/musl.node it is for musl`,
	},
	{
		name:    "for glibc beside those for musl",
		tree:    oracleCase{libc: "musl", libs: []bin{lib("/p/musl.node", "libc.so"), lib("/p/glibc.node", "libc.so.6", "ld-linux-x86-64.so.2")}},
		plugins: []string{"/p/musl.node", "/p/glibc.node"},
		want: `
interp tree /lib/ld-musl-x86_64.so.1
/p/musl.node tree /p/musl.node (plugin) for /app
foreign /p/glibc.node it is for glibc`,
	},
	{
		name: "for glibc where a compatibility layer is",
		tree: oracleCase{libc: "musl", libs: []bin{lib("/p/glibc.node", "libc.so.6", "ld-linux-x86-64.so.2"), lib("/lib/libgcompat.so.0")},
			links: map[string]string{"/lib64/ld-linux-x86-64.so.2": "../lib/libgcompat.so.0", "/lib/ld-linux-x86-64.so.2": "libgcompat.so.0"}},
		plugins: []string{"/p/glibc.node"},
		want: `
interp tree /lib/ld-musl-x86_64.so.1
/p/glibc.node tree /p/glibc.node (plugin) for /app
ld-linux-x86-64.so.2 tree /lib/ld-linux-x86-64.so.2 [/lib/ld-linux-x86-64.so.2] (system directories) for /p/glibc.node`,
	},
	{
		name:    "symbols of a plugin are its opener's business",
		tree:    oracleCase{libs: []bin{{at: "/p/a.so", source: "imports"}}},
		plugins: []string{"/p/a.so"},
		want: `
interp tree /lib64/ld-linux-x86-64.so.2
/p/a.so tree /p/a.so (plugin) for /app`,
	},
	{
		name:    "unless they are asked for",
		tree:    oracleCase{libs: []bin{{at: "/p/a.so", source: "imports"}}},
		plugins: []string{"/p/a.so"}, opt: Options{CheckSymbols: true},
		want: `
interp tree /lib64/ld-linux-x86-64.so.2
/p/a.so tree /p/a.so (plugin) for /app
warning symbol-not-found v: /p/a.so: undefined symbol: v`,
	},
	{
		name:    "the program has them",
		tree:    oracleCase{app: bin{source: "plain", ld: []string{"--export-dynamic"}}, libs: []bin{{at: "/p/a.so", source: "imports"}}},
		plugins: []string{"/p/a.so"}, opt: Options{CheckSymbols: true},
		want: `
interp tree /lib64/ld-linux-x86-64.so.2
/p/a.so tree /p/a.so (plugin) for /app`,
	},
	{
		name:    "a plugin is not there when the program starts",
		tree:    oracleCase{app: bin{source: "imports", ld: []string{"--unresolved-symbols=ignore-all", "--export-dynamic"}}, libs: []bin{{at: "/p/a.so", source: "plain"}}},
		plugins: []string{"/p/a.so"},
		want: `
interp tree /lib64/ld-linux-x86-64.so.2
/p/a.so tree /p/a.so (plugin) for /app
problem symbol-not-found v: /app: symbol lookup error: /app: undefined symbol: v`,
	},
	{
		name:    "it may be when a function is called",
		tree:    oracleCase{app: bin{source: "calls", ld: []string{"--unresolved-symbols=ignore-all", "--export-dynamic", "-z", "lazy"}}, libs: []bin{{at: "/p/a.so", source: "plain"}}},
		plugins: []string{"/p/a.so"},
		want: `
interp tree /lib64/ld-linux-x86-64.so.2
/p/a.so tree /p/a.so (plugin) for /app`,
	},
	{
		name: "a function that nothing defines may be called",
		tree: oracleCase{app: bin{source: "calls", ld: []string{"--unresolved-symbols=ignore-all", "--export-dynamic", "-z", "lazy"}}},
		want: `
interp tree /lib64/ld-linux-x86-64.so.2
warning symbol-not-found v: /app: symbol lookup error: /app: undefined symbol: v`,
	},
}

func TestPlugins(t *testing.T) {
	t.Parallel()
	tools, err := oracleTools()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range pluginCases {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			root := c.tree.build(t, tools)
			for _, p := range c.plugins {
				c.opt.Plugins = append(c.opt.Plugins, Program{Path: p})
			}
			got, err := Load([]Tree{{Name: "tree", FS: rootfs.Dir(root)}}, Program{Path: "/app"}, c.opt)
			if err != nil {
				t.Fatal(err)
			}
			text := render(got, []string{"tree"})
			for _, f := range got.Foreign {
				text += fmt.Sprintf("\nforeign %s %s", f.To, f.Why)
			}
			if text != c.want {
				t.Errorf("got%s\nwant%s", text, c.want)
			}
		})
	}
}

// manyPlugins is a tree with a program and a directory of so many plugins, each of
// which needs a library that is missing.
func manyPlugins(t *testing.T, n int) (*rootfs.View, []Program) {
	t.Helper()
	image := rootfs.NewView()
	add := func(at string, data []byte) {
		if err := image.AddData(at, data, 0o755, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	interp, err := os.ReadFile(glibcLoader)
	if err != nil {
		t.Fatal(err)
	}
	add(glibcLoader, interp)
	add("/app", elftest.File{Interp: glibcLoader}.Bytes())
	var plugins []Program
	for i := range n {
		p := Program{Path: fmt.Sprintf("/usr/lib/app/plugin%05d.so", i)}
		add(p.Path, elftest.File{Needed: []string{fmt.Sprintf("libgone%d.so", i%3)}}.Bytes())
		plugins = append(plugins, p)
	}
	return image, plugins
}

// TestManyPlugins opens as many plugins as the largest packages have. Each is looked
// at once, and what they lack is told once.
func TestManyPlugins(t *testing.T) {
	t.Parallel()
	const many = 20000
	image, plugins := manyPlugins(t, many)
	fsys := &rootfstest.Counter{FS: image}
	r, err := Load([]Tree{{Name: "tree", FS: fsys}}, Program{Path: "/app"}, Options{Plugins: plugins})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Objects) != many || len(r.Problems) != 3 {
		t.Errorf("%d objects and %d problems", len(r.Objects), len(r.Problems))
	}
	if fsys.Opens > many+100 {
		t.Errorf("%d opens", fsys.Opens)
	}
}

// TestLimits meets the limits of a search, made small.
func TestLimits(t *testing.T) {
	t.Parallel()
	const fix = "name fewer libraries under files and libraries.add: those that the program really opens"
	for _, c := range []struct {
		name  string
		limit func(*limits)
		want  string
	}{
		{"objects", func(l *limits) { l.objects = 12 }, "not all that /app loads could be looked for: more than 12 libraries, a limit of Sinter's"},
		{"names", func(l *limits) { l.requests = 20 }, "not all that /app loads could be looked for: more than 20 names of libraries that others ask for, a limit of Sinter's"},
		{"problems", func(l *limits) { l.problems = 2 }, "not all that /app loads could be looked for: more than 2 problems, a limit of Sinter's"},
		{"looks", func(l *limits) { l.opens = 50 }, "not all that /app loads could be looked for: more than 50 places to look for libraries in, a limit of Sinter's"},
	} {
		image, plugins := manyPlugins(t, 30)
		s := newSearch([]Tree{{Name: "tree", FS: image}}, Program{Path: "/app"}, Options{Plugins: plugins})
		c.limit(&s.limits)
		r, err := s.answer()
		if err != nil {
			t.Fatal(err)
		}
		last := r.Problems[len(r.Problems)-1]
		if last.Code != CodeBeyondLimits || last.Severity != diag.SeverityError || last.NeededBy != "/app" || last.Message != c.want || !slices.Equal(last.Fixes, []string{fix}) {
			t.Errorf("%s: %+v", c.name, last)
		}
	}
}

// TestSymbolLimits has a program that refers to many symbols of libraries that are made
// to be slow to look into.
func TestSymbolLimits(t *testing.T) {
	t.Parallel()
	image, _ := manyPlugins(t, 0)
	add := func(name string, f elftest.File) {
		if err := image.AddData(name, f.Bytes(), 0o755, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	var undefined, defined []string
	for i := range 2 * portion {
		undefined = append(undefined, fmt.Sprintf("u%d", i))
	}
	for i := range 100 {
		defined = append(defined, fmt.Sprintf("d%d", i))
	}
	add("/app", elftest.File{Interp: glibcLoader, Needed: []string{"liba.so", "libb.so"}, Undefined: undefined})
	add("/lib/liba.so", elftest.File{Defined: defined})
	add("/lib/libb.so", elftest.File{Defined: defined})
	s := newSearch([]Tree{{Name: "tree", FS: image}}, Program{Path: "/app"}, Options{})
	s.limits.lookups = portion
	r, err := s.answer()
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("not all that /app loads could be looked for: more than %d lookups of symbols, a limit of Sinter's", portion)
	if len(r.Problems) != 1 || r.Problems[0].Message != want {
		t.Errorf("%+v", r.Problems)
	}
}

// TestLargeConfiguration has a file that nobody should have, which is not taken for
// one that is not there.
func TestLargeConfiguration(t *testing.T) {
	t.Parallel()
	image, _ := manyPlugins(t, 0)
	if err := image.AddData("/etc/ld.so.preload", make([]byte, maxFile+1), 0o644, 0, 0); err != nil {
		t.Fatal(err)
	}
	r, err := Load([]Tree{{Name: "tree", FS: image}}, Program{Path: "/app"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "not all that /app loads could be looked for: /etc/ld.so.preload in tree has more than 4194304 bytes, a limit of Sinter's"
	if len(r.Problems) != 1 || r.Problems[0].Code != CodeBeyondLimits || r.Problems[0].Message != want {
		t.Errorf("%+v", r.Problems)
	}
}
