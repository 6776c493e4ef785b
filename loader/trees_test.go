//go:build linux && amd64

package loader

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/rootfs"
)

// treesCase searches several trees. The program is in the tree "build".
type treesCase struct {
	name  string
	as    string
	opt   Options
	trees []string // names, in search order
	in    map[string]oracleCase
	drop  map[string][]string // files to remove from trees
	want  string
}

// Each tree of a case comes with a loader and a program /app, so that building
// it needs nothing special; what a case is not about is dropped.
var treesCases = []treesCase{
	{
		name:  "a library from another tree",
		trees: []string{"build", "debian"},
		in: map[string]oracleCase{
			"build":  {app: needs("liba.so", "libb.so"), libs: []bin{lib("/lib/liba.so")}},
			"debian": {libs: []bin{lib("/lib/liba.so"), lib("/usr/lib/libb.so", "liba.so")}},
		},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
liba.so build /lib/liba.so (system directory /lib) for /app /usr/lib/libb.so
libb.so debian /usr/lib/libb.so (system directory /usr/lib) for /app`,
	},
	{
		name: "a program that moves takes what is beside it along", as: "/usr/bin/app",
		trees: []string{"base", "build"},
		in: map[string]oracleCase{
			"base": {},
			"build": {app: bin{at: "/out/bin/app", needs: []string{"liba.so"}, runpath: "$ORIGIN/../lib"},
				libs: []bin{{at: "/out/lib/liba.so", needs: []string{"libb.so"}, runpath: "$ORIGIN/deep"}, lib("/out/lib/deep/libb.so")}},
		},
		want: `
interp base /lib64/ld-linux-x86-64.so.2
liba.so build /out/lib/liba.so as /usr/lib/liba.so (runpath $ORIGIN/../lib) for /usr/bin/app
libb.so build /out/lib/deep/libb.so as /usr/lib/deep/libb.so (runpath $ORIGIN/deep of /usr/lib/liba.so) for /usr/lib/liba.so`,
	},
	{
		name: "a program that moves finds what is beside its new place", as: "/usr/bin/app",
		trees: []string{"base", "build"},
		in: map[string]oracleCase{
			"base":  {libs: []bin{lib("/usr/lib/x/liba.so")}},
			"build": {app: bin{at: "/out/app", needs: []string{"liba.so", "libb.so"}, runpath: "$ORIGIN/../lib/x"}, libs: []bin{lib("/usr/lib/x/libb.so")}},
		},
		want: `
interp base /lib64/ld-linux-x86-64.so.2
liba.so base /usr/lib/x/liba.so (runpath $ORIGIN/../lib/x) for /usr/bin/app
libb.so build /usr/lib/x/libb.so (runpath $ORIGIN/../lib/x) for /usr/bin/app`,
	},
	{
		name:  "added libraries and what they need",
		trees: []string{"build"},
		opt:   Options{Add: []string{"libplugin.so", "/opt/other.so", "libgone.so"}},
		in: map[string]oracleCase{
			"build": {libs: []bin{lib("/lib/libplugin.so", "liba.so"), lib("/lib/liba.so"), lib("/opt/other.so")}},
		},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
libplugin.so build /lib/libplugin.so (add) for /app
liba.so build /lib/liba.so (system directory /lib) for /lib/libplugin.so
/opt/other.so build /opt/other.so (add) for /app
problem library-not-found libgone.so for /app`,
	},
	{
		name:  "what is in the way is told once, with all who ask",
		trees: []string{"build"},
		in: map[string]oracleCase{"build": {
			app: needs("liba.so", "libb.so", "libbad.so"),
			libs: []bin{
				lib("/lib/liba.so", "libgone.so", "libbad.so"),
				{at: "/lib/libb.so", needs: []string{"libbad.so", "libgone.so", "libother.so"}, runpath: "/opt"},
				{at: "/opt/libother.so", needs: []string{"libbad.so"}},
			},
			files: map[string]string{"/lib/libbad.so": "text", "/opt/libbad.so": "text"},
		}},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
liba.so build /lib/liba.so (system directory /lib) for /app
libb.so build /lib/libb.so (system directory /lib) for /app
libother.so build /opt/libother.so (runpath /opt of /lib/libb.so) for /lib/libb.so
problem library-unusable libbad.so for /app, /lib/liba.so, /opt/libother.so
problem library-not-found libgone.so for /lib/liba.so, /lib/libb.so
problem library-unusable libbad.so for /lib/libb.so`,
	},
	{
		name:  "libraries of the host are not looked for, whoever asks",
		trees: []string{"build"},
		opt: Options{
			Add: []string{"libplugin.so"}, Env: map[string]string{"LD_PRELOAD": "libhost3.so"},
			Provided: func(name string) bool { return strings.HasPrefix(name, "libhost") },
		},
		in: map[string]oracleCase{
			"build": {app: needs("libhost1.so", "liba.so"), libs: []bin{lib("/lib/liba.so", "libhost1.so"), lib("/lib/libhost1.so"), lib("/lib/libplugin.so", "libhost2.so", "libgone.so")}},
		},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
liba.so build /lib/liba.so (system directory /lib) for /app
libplugin.so build /lib/libplugin.so (add) for /app
problem library-not-found libgone.so for /lib/libplugin.so
provided libhost3.so for /app
provided libhost1.so for /app /lib/liba.so
provided libhost2.so for /lib/libplugin.so`,
	},
	{
		name:  "their symbols may be theirs",
		trees: []string{"build"},
		opt:   Options{CheckSymbols: true, Provided: func(name string) bool { return name == "libhost.so" }},
		in: map[string]oracleCase{"build": {
			app:  bin{source: "imports", ld: []string{"@/link/libhost.so"}},
			libs: []bin{{at: "/link/libhost.so", soname: "libhost.so", source: "plain"}},
		}},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
provided libhost.so for /app`,
	},
	{
		name:  "with their versions",
		trees: []string{"build"},
		opt:   Options{CheckSymbols: true, Provided: func(name string) bool { return name == "libhost.so" }},
		in: map[string]oracleCase{"build": {
			app:  bin{source: "imports", ld: []string{"@/link/libhost.so"}},
			libs: []bin{{at: "/link/libhost.so", soname: "libhost.so", source: "versioned", script: "V1 {}; V2 {} V1;"}},
		}},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
provided libhost.so for /app`,
	},
	{
		name:  "those that another library has to have are missed all the same",
		trees: []string{"build"},
		opt:   Options{CheckSymbols: true, Provided: func(name string) bool { return name == "libhost.so" }},
		in: map[string]oracleCase{"build": {
			app: bin{source: "imports", needs: []string{"libhost.so"}, ld: []string{"@/link/libv.so"}},
			libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"},
				{at: "/lib/libv.so", soname: "libv.so", script: "V1 {}; V2 { sinter_nothing; } V1;"}},
		}},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
libv.so build /lib/libv.so (system directory /lib) for /app
problem symbol-not-found v: /app: symbol lookup error: /app: undefined symbol: v, version V2
provided libhost.so for /app`,
	},
	{
		name:  "a symlinked library",
		trees: []string{"build"},
		in: map[string]oracleCase{
			"build": {app: needs("liba.so.1"), libs: []bin{lib("/lib/liba.so.1.2")},
				links: map[string]string{"/usr/lib/liba.so.1": "/etc/alternatives/liba", "/etc/alternatives/liba": "/lib/liba.so.1.2"}},
		},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
liba.so.1 build /usr/lib/liba.so.1 [/usr/lib/liba.so.1 /etc/alternatives/liba] (system directory /usr/lib) for /app`,
	},
	{
		name:  "one library by two links",
		trees: []string{"build"},
		in: map[string]oracleCase{
			"build": {app: needs("liba.so.1.0", "liba.so.1.1"), libs: []bin{lib("/lib/liba.so.1.2")},
				links: map[string]string{"/lib/liba.so.1.0": "liba.so.1.2", "/lib/liba.so.1.1": "liba.so.1.2"}},
		},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
liba.so.1.0 build /lib/liba.so.1.0 [/lib/liba.so.1.0] and /lib/liba.so.1.1 (system directory /lib) for /app`,
	},
	{
		name:  "an interpreter from a later tree",
		trees: []string{"build", "debian"},
		in:    map[string]oracleCase{"build": {app: needs("liba.so"), libs: []bin{lib("/lib/liba.so")}}, "debian": {}},
		drop:  map[string][]string{"build": {glibcLoader}},
		want: `
interp debian /lib64/ld-linux-x86-64.so.2
liba.so build /lib/liba.so (system directory /lib) for /app`,
	},
	{
		name:  "an unusable file in the first tree stops the search",
		trees: []string{"build", "debian"},
		in: map[string]oracleCase{
			"build":  {app: needs("liba.so"), files: map[string]string{"/lib/liba.so": ""}},
			"debian": {libs: []bin{lib("/lib/liba.so")}},
		},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
problem library-unusable liba.so for /app`,
	},
	{
		name:  "a file that the user may not read",
		trees: []string{"build", "debian"},
		opt:   Options{UID: 65532, GID: 65532},
		in: map[string]oracleCase{
			"build":  {app: needs("liba.so"), libs: []bin{{at: "/lib/liba.so", mode: 0o600}}},
			"debian": {libs: []bin{lib("/usr/lib/liba.so")}},
		},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
liba.so debian /usr/lib/liba.so (system directory /usr/lib) for /app`,
	},
	{
		name:  "what glibc opens for pthread_exit",
		trees: []string{"build"},
		in: map[string]oracleCase{
			"build": {app: bin{source: "exits", ld: []string{"@/lib/x86_64-linux-gnu/libc.so.6"}},
				host: []string{"/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libgcc_s.so.1"}},
		},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
libc.so.6 build /lib/x86_64-linux-gnu/libc.so.6 (system directory /lib/x86_64-linux-gnu) for /app /lib/x86_64-linux-gnu/libgcc_s.so.1
libgcc_s.so.1 build /lib/x86_64-linux-gnu/libgcc_s.so.1 (opened by libc for pthread_exit) for /lib/x86_64-linux-gnu/libc.so.6`,
	},
	{
		name:  "what glibc cannot open for pthread_exit",
		trees: []string{"build"},
		in: map[string]oracleCase{
			"build": {app: bin{source: "exits", ld: []string{"@/lib/x86_64-linux-gnu/libc.so.6"}},
				host: []string{"/lib/x86_64-linux-gnu/libc.so.6"}},
		},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
libc.so.6 build /lib/x86_64-linux-gnu/libc.so.6 (system directory /lib/x86_64-linux-gnu) for /app
warning runtime-library-not-found libgcc_s.so.1`,
	},
	{
		name:  "what an optional library lacks",
		trees: []string{"build"},
		in: map[string]oracleCase{
			"build": {app: bin{source: "notes"}, libs: []bin{lib("/lib/libr.so.2", "libhard.so"), lib("/lib/libgone.so", "libsoft.so", "libhard.so")}},
		},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
libr.so.2 build /lib/libr.so.2 (dlopen note) for /app
libgone.so build /lib/libgone.so (dlopen note) for /app
problem library-not-found libhard.so for /lib/libr.so.2
warning library-not-found libsoft.so for /lib/libgone.so
warning library-not-found libhard.so for /lib/libgone.so
suggested libs.so.1`,
	},
	{
		name:  "variants for processors",
		trees: []string{"build"},
		in: map[string]oracleCase{
			"build": {app: needs("liba.so"), libs: []bin{lib("/lib/liba.so"), lib("/lib/glibc-hwcaps/x86-64-v3/liba.so"), lib("/lib/glibc-hwcaps/x86-64-v2/liba.so")}},
		},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
liba.so build /lib/liba.so {/lib/glibc-hwcaps/x86-64-v2/liba.so /lib/glibc-hwcaps/x86-64-v3/liba.so} (system directory /lib) for /app`,
	},
	{
		name:  "what notes declare",
		trees: []string{"build"},
		in: map[string]oracleCase{
			"build": {app: bin{source: "notes"}, libs: []bin{lib("/lib/libr.so.1"), lib("/lib/libs.so.1")}},
		},
		want: `
interp build /lib64/ld-linux-x86-64.so.2
libr.so.1 build /lib/libr.so.1 (dlopen note) for /app
warning dlopen-library-not-found libgone.so
suggested libs.so.1`,
	},
}

func TestTrees(t *testing.T) {
	t.Parallel()
	tools, err := oracleTools()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range treesCases {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			var trees []Tree
			prog := Program{Path: "/app", To: c.as}
			for i, name := range c.trees {
				oc := c.in[name]
				root := oc.build(t, tools)
				for _, f := range c.drop[name] {
					if err := os.Remove(filepath.Join(root, f)); err != nil {
						t.Fatal(err)
					}
				}
				trees = append(trees, Tree{Name: name, FS: rootfs.Dir(root)})
				if name == "build" {
					prog.Tree, prog.Path = i, oc.app.at
				}
			}
			got, err := Load(trees, prog, c.opt)
			if err != nil {
				t.Fatal(err)
			}
			if text := render(got, c.trees); text != c.want {
				t.Errorf("got%s\nwant%s", text, c.want)
			}
			if !strings.Contains(c.want, "\nproblem") && c.opt.UID == 0 {
				ship(t, trees, got)
			}
		})
	}
}

// ship puts what was found into an image of its own, looks at it once more with
// the rules for one tree, and starts the program in it, with what a host provides: the
// files in /link of the first tree.
func ship(t *testing.T, trees []Tree, r *Result) {
	t.Helper()
	image := rootfs.NewView()
	for _, o := range append([]Object{r.Program, *r.Interp}, r.Objects...) {
		place := o.To
		if o.To == o.Path {
			for _, l := range slices.Concat(append(o.Also, o.Links)...) {
				if err := image.AddLink(l.Path, l.Target); err != nil {
					t.Fatal(err)
				}
			}
			place = o.Real
		}
		if err := image.AddFile(place, trees[o.Tree].FS, rootfs.Name(o.Real), o.Info); err != nil {
			t.Fatal(err)
		}
	}
	again, err := Load([]Tree{{Name: "image", FS: image}}, Program{Path: r.Program.To}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, o := range r.Objects {
		if o.Via != "add" && !slices.Contains(o.NeededBy, "/lib/libplugin.so") {
			want = append(want, o.To)
		}
	}
	for _, o := range again.Objects {
		got = append(got, o.Path)
	}
	if !slices.Equal(got, want) {
		t.Errorf("in the image, %q are loaded, not %q; problems %+v", got, want, again.Problems)
	}
	for _, p := range r.Provided { // as the host would
		from, err := rootfs.Resolve(trees[0].FS, "/link/"+p.Name)
		if err != nil {
			t.Fatal(err)
		}
		if err := image.AddFile("/lib/"+p.Name, trees[0].FS, rootfs.Name(from.Path), from.Info); err != nil {
			t.Fatal(err)
		}
	}
	root := materialise(t, image)
	if err := os.Symlink(r.Program.To, filepath.Join(root, "proc/self/exe")); err != nil {
		t.Fatal(err)
	}
	if text, code := (oracleCase{}).exec(t, root, r.Program.To, nil); code != 0 {
		t.Errorf("in the image, the program exits with %d: %s", code, text)
	}
}

// materialise writes a view to a directory.
func materialise(t *testing.T, image *rootfs.View) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, image); err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(root, "proc/self")
	if err := os.MkdirAll(exe, 0o755); err != nil {
		t.Fatal(err)
	}
	return root
}

// render shows a result in one line for each finding.
func render(r *Result, trees []string) string {
	var b strings.Builder
	if r.Interp != nil {
		fmt.Fprintf(&b, "\ninterp %s %s", trees[r.Interp.Tree], r.Interp.Path)
	}
	for _, o := range r.Objects {
		fmt.Fprintf(&b, "\n%s %s %s", o.Name, trees[o.Tree], o.Path)
		if o.To != o.Path {
			fmt.Fprintf(&b, " as %s", o.To)
		}
		var links []string
		for _, l := range o.Links {
			links = append(links, l.Path)
		}
		if len(links) > 0 {
			fmt.Fprintf(&b, " %v", links)
		}
		for _, way := range o.Also {
			fmt.Fprintf(&b, " and %s", way[0].Path)
		}
		if len(o.Variants) > 0 {
			fmt.Fprintf(&b, " {%s}", strings.Join(o.Variants, " "))
		}
		fmt.Fprintf(&b, " (%s) for %s", o.Via, strings.Join(o.NeededBy, " "))
	}
	for _, p := range r.Problems {
		severity := "problem"
		if p.Severity != "" {
			severity = string(p.Severity)
		}
		fmt.Fprintf(&b, "\n%s %s %s", severity, p.Code, p.Name)
		switch p.Code {
		case CodeLibraryMissing, CodeLibraryUnusable:
			if p.NeededBy != "" {
				fmt.Fprintf(&b, " for %s", p.NeededBy)
			}
		}
		if r.Library || p.Code == CodeSymbolMissing {
			fmt.Fprintf(&b, ": %s", p.Runtime)
		}
	}
	for _, p := range r.Provided {
		fmt.Fprintf(&b, "\nprovided %s for %s", p.Name, strings.Join(p.NeededBy, " "))
	}
	for _, s := range r.Suggested {
		fmt.Fprintf(&b, "\nsuggested %s", strings.Join(s.Note.Sonames, " "))
	}
	return b.String()
}

// TestMessages shows whole problems, as a user reads them.
func TestMessages(t *testing.T) {
	t.Parallel()
	tools, err := oracleTools()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range messageCases {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			root := c.tree.build(t, tools)
			for _, f := range c.drop {
				if err := os.Remove(filepath.Join(root, f)); err != nil {
					t.Fatal(err)
				}
			}
			got, err := Load([]Tree{{Name: "build", FS: rootfs.Dir(root)}}, Program{Path: "/app"}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, p := range got.Problems {
				lines = append(lines, p.Message, "  at run time: "+p.Runtime)
				for _, f := range p.Fixes {
					lines = append(lines, "  fix: "+f)
				}
			}
			if want := strings.Split(strings.TrimSpace(c.want), "\n"); !slices.Equal(lines, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

var messageCases = []struct {
	name string
	tree oracleCase
	drop []string
	want string
}{
	{
		name: "a missing library with near misses",
		tree: oracleCase{
			app: needs("liba.so.3"),
			libs: []bin{lib("/usr/lib/liba.so.1.1"), {at: "/usr/lib/liba.so.3", m32: true}, lib("/usr/lib64/liba.so.3"),
				lib("/lib/libother.so")},
		},
		want: `
liba.so.3, needed by /app, was not found; searched build (the loader's own directories); found /usr/lib/liba.so.3 in build but it is for i386 (32-bit); build has another version, /usr/lib/liba.so.1.1; /usr/lib64/liba.so.3 is in build, but not where the loader looks
  at run time: /app: error while loading shared libraries: liba.so.3: cannot open shared object file: No such file or directory
  fix: add the package that has liba.so.3 to a source's packages and name that source in libraries.from
  fix: if the library is your own, put its directory into the program's RUNPATH ($ORIGIN/../lib) or copy it with files`,
	},
	{
		name: "a missing library of a driver",
		tree: oracleCase{app: needs("libcuda.so.1")},
		want: `
libcuda.so.1, needed by /app, was not found; searched build (the loader's own directories)
  at run time: /app: error while loading shared libraries: libcuda.so.1: cannot open shared object file: No such file or directory
  fix: it belongs to a driver of the host, whose container runtime provides it: write libraries: {provided: [nvidia]}`,
	},
	{
		name: "a missing interpreter",
		tree: oracleCase{app: needs("libc.so.6"), links: map[string]string{"/lib/ld-musl-x86_64.so.1": "x"}},
		drop: []string{glibcLoader},
		want: `
/app needs the program interpreter /lib64/ld-linux-x86-64.so.2 (glibc's dynamic loader), which is not in build; build has musl's loader /lib/ld-musl-x86_64.so.1 instead
  at run time: exec /app: no such file or directory
  fix: build the program on a distribution with the C library of the image
  fix: name a source that has /lib64/ld-linux-x86-64.so.2 in libraries.from (an image with glibc, such as debian, ubuntu or fedora)
  fix: link it statically (C, C++: -static with musl; Rust: --target ARCH-unknown-linux-musl)`,
	},
	{
		name: "only the interpreter is missing",
		tree: oracleCase{},
		drop: []string{glibcLoader},
		want: `
/app needs the program interpreter /lib64/ld-linux-x86-64.so.2 (glibc's dynamic loader), which is not in build
  at run time: exec /app: no such file or directory
  fix: name a source that has /lib64/ld-linux-x86-64.so.2 in libraries.from (an image with glibc, such as debian, ubuntu or fedora)
  fix: it needs no library: link it without -buildmode=pie (Go) or as static PIE (-static-pie), and no interpreter is needed`,
	},
	{
		name: "a missing version",
		tree: oracleCase{
			app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
			libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"},
				{at: "/lib/libv.so", soname: "libv.so", script: "V1 { sinter_nothing; };"}},
		},
		want: "\n/app needs version V2 of libv.so, but /lib/libv.so in build does not define it\n" +
			"  at run time: /app: /lib/libv.so: version `V2' not found (required by /app)\n" +
			"  fix: take libv.so from a newer distribution: one that defines V2\n" +
			"  fix: link it statically (C, C++: -static with musl; Rust: --target ARCH-unknown-linux-musl)",
	},
}
