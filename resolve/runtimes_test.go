//go:build linux && amd64

package resolve_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// runtimeTree is a source of static programs and other files; a name with "+s" is setuid,
// what is in /bin is executable, as libraries are, and "-> x" is a link to x.
// All files have the time 1700000000.
func runtimeTree(t *testing.T, programs []string, files map[string]string) rootfs.FS {
	t.Helper()
	root := t.TempDir()
	program := filepath.Join(t.TempDir(), "program")
	cmd := exec.Command("gcc", "-static", "-nostdlib", "-e", "main", "-fno-pie", "-no-pie", "-x", "c", "-", "-o", program)
	cmd.Stdin = strings.NewReader("int main(void) { return 0; }\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string, mode os.FileMode) {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), mode.Perm()); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(at, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(at, time.Unix(1700000000, 0), time.Unix(1700000000, 0)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range programs {
		name, isSetuid := strings.CutSuffix(name, "+s")
		mode := os.FileMode(0o755)
		if isSetuid {
			mode |= os.ModeSetuid
		}
		write(name, string(text), mode)
	}
	for name, text := range files {
		target, isLink := strings.CutPrefix(text, "-> ")
		switch {
		case isLink:
			at := filepath.Join(root, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.Symlink(target, at)); err != nil {
				t.Fatal(err)
			}
		case path.Base(path.Dir(name)) == "bin" || strings.Contains(name, ".so"):
			write(name, text, 0o755)
		default:
			write(name, text, 0o644)
		}
	}
	return rootfs.Dir(root)
}

// A script's commands ship from its interpreter's source with what they run, and so does
// what Python imports for a command of a script.
func TestShellCommands(t *testing.T) {
	t.Parallel()
	const pyc = "\xa7\x0d\x0d\x0a\x00\x00\x00\x00\x00\xf1\x53\x65\x01\x00\x00\x00"
	trees := map[string]rootfs.FS{
		plan.TreeContext: runtimeTree(t, nil, map[string]string{"/run.sh": "#!/usr/bin/sh\ngreet | su\n[ -f x ] && absent\nexec python3.11 -m app\n"}),
		"debian": runtimeTree(t, []string{"/usr/bin/sh", "/usr/bin/greet", "/usr/bin/other", "/usr/bin/su+s", "/usr/bin/python3.11"}, map[string]string{
			"/usr/lib/python3.11/os.py":                                     "x",
			"/usr/lib/python3.11/json/__init__.py":                          "x",
			"/usr/lib/python3.11/json/__pycache__/__init__.cpython-311.pyc": pyc,
			"/usr/lib/python3.11/test/__init__.py":                          "x",
			"/usr/lib/python3/dist-packages/app.py":                         "import json",
			"/usr/lib/python3/dist-packages/unused.py":                      "",
		}),
	}
	res := planFor(t, "binaries: ['debian:/usr/bin/sh']\nfiles: [{from: run.sh, to: /run.sh, mode: '0755'}]\nentrypoint: [/run.sh]\nmetadata: none\nexclude: [accounts, tmp, nsswitch]\nruntime: auto", trees)
	if res.Diagnostics.Err() != nil {
		t.Fatal(res.Diagnostics)
	}
	var got strings.Builder
	for _, e := range res.Plan.Entries {
		if e.Reason.Cause != plan.CauseNeed {
			continue
		}
		fmt.Fprintf(&got, "%s: %s", e.Path, e.Reason.Evidence)
		if e.Verbatim {
			got.WriteString(", whole")
		}
		if e.ModTime != nil {
			fmt.Fprintf(&got, ", at %d", *e.ModTime)
		}
		got.WriteByte('\n')
	}
	const want = `/usr/bin/greet: run.sh starts greet
/usr/bin/python3.11: run.sh starts python3.11
/usr/lib/python3.11: python3.11: the standard library of Python 3.11
/usr/lib/python3.11/json: python3.11: the standard library of Python 3.11, whole, at 1700000000
/usr/lib/python3.11/json/__init__.py: python3.11: the standard library of Python 3.11, at 1700000000
/usr/lib/python3.11/json/__pycache__: python3.11: the standard library of Python 3.11, whole, at 1700000000
/usr/lib/python3.11/json/__pycache__/__init__.cpython-311.pyc: python3.11: the standard library of Python 3.11, at 1700000000
/usr/lib/python3.11/os.py: python3.11: the standard library of Python 3.11
/usr/lib/python3/dist-packages/app.py: python3.11 asks for app
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

// What the image starts can come with a directory that is among the files: its interpreter
// ships behind the links that lead out of it, with its library.
func TestStartedFromFiles(t *testing.T) {
	t.Parallel()
	trees := map[string]rootfs.FS{
		plan.TreeContext: tree(t),
		"debian": runtimeTree(t, []string{"/usr/local/bin/python3.12"}, map[string]string{
			"/usr/local/bin/python3":                      "-> python3.12",
			"/usr/local/lib/python3.12/os.py":             "",
			"/app/venv/bin/serve":                         "#!/app/venv/bin/python\n",
			"/app/venv/bin/python":                        "-> python3",
			"/app/venv/bin/python3":                       "-> /usr/local/bin/python3",
			"/app/venv/pyvenv.cfg":                        "home = /usr/local/bin\n",
			"/app/venv/lib/python3.12/site-packages/a.py": "",
		}),
	}
	res := planFor(t, "files: ['debian:/app']\nentrypoint: [/app/venv/bin/serve]\nmetadata: none\nexclude: [accounts, tmp, nsswitch]", trees)
	if res.Diagnostics.Err() != nil {
		t.Fatal(res.Diagnostics)
	}
	var got strings.Builder
	for _, e := range res.Plan.Entries {
		if e.Kind != plan.KindDir && !strings.HasPrefix(e.Path, "/app/") {
			fmt.Fprintf(&got, "%s: %s\n", e.Path, e.Reason)
		}
	}
	const want = `/usr/local/bin/python3: a link on the way to /usr/local/bin/python3.12
/usr/local/bin/python3.12: what runs the script /app/venv/bin/serve
/usr/local/lib/python3.12/os.py: opened at run time: python3.12: the standard library of Python 3.12
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

// compile makes a file of a directory from C and returns its content.
func compile(t *testing.T, dir, source, name string, args ...string) string {
	t.Helper()
	at := filepath.Join(dir, name)
	cmd := exec.Command("gcc", append([]string{"-nostdlib", "-o", at}, args...)...)
	cmd.Stdin = strings.NewReader(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	text, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A library that a module lacks is told where an installer has put the module there, and not
// of a package's modules and of the standard library.
func TestModuleLacksLibrary(t *testing.T) {
	t.Parallel()
	build := t.TempDir()
	gcc := func(name string, args ...string) string {
		return compile(t, build, "int main(void) { return 0; }\n", name, args...)
	}
	loader, err := os.ReadFile("/lib64/ld-linux-x86-64.so.2")
	if err != nil {
		t.Fatal(err)
	}
	python := gcc("python", "-e", "main", "-pie", "-fpie", "-x", "c", "-")
	module := func(lib string) string {
		gcc(lib, "-shared", "-Wl,-soname,"+lib, "-x", "c", "-")
		return gcc("module.so", "-shared", "-x", "c", "-", "-x", "none", "-Wl,--no-as-needed", filepath.Join(build, lib))
	}
	const lib = "/usr/local/lib/python3.12/"
	trees := map[string]rootfs.FS{
		plan.TreeContext: tree(t),
		"debian": runtimeTree(t, nil, map[string]string{
			"/lib64/ld-linux-x86-64.so.2": string(loader), "/usr/local/bin/python3.12": python,
			lib + "os.py": "", lib + "lib-dynload/_dbm.so": module("libdb.so.1"), lib + "site-packages/pg.so": module("libpq.so.5"),
		}),
	}
	res := planFor(t, "binaries: ['debian:/usr/local/bin/python3.12']\ncmd: [-c, import pg]\nmetadata: none\nexclude: [accounts, tmp, nsswitch]", trees)
	var got []string
	for _, d := range res.Diagnostics {
		got = append(got, d.Code+" "+d.At+" "+d.Message)
	}
	want := "library-not-found binaries[0] libpq.so.5, needed by /usr/local/lib/python3.12/site-packages/pg.so, was not found; searched the image (the loader's own directories)"
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

// The language that a plugin is linked with starts where the plugin was installed for itself, and
// not where it is one of those that a program has anyway.
func TestPluginOfLanguage(t *testing.T) {
	t.Parallel()
	build := t.TempDir()
	gcc := func(source, name string, args ...string) string { return compile(t, build, source, name, args...) }
	loader, err := os.ReadFile("/lib64/ld-linux-x86-64.so.2")
	if err != nil {
		t.Fatal(err)
	}
	const lib = "/usr/lib/x86_64-linux-gnu/libtcl8.6.so"
	files := map[string]string{
		"/lib64/ld-linux-x86-64.so.2":        string(loader),
		"/usr/bin/app":                       gcc(`const char *names[] = {"/usr/lib/app"}; int main(void) { return names[0][0]; }`, "app", "-e", "main", "-pie", "-fpie", "-x", "c", "-"),
		lib:                                  gcc("int f(void) { return 0; }", "libtcl8.6.so", "-shared", "-Wl,-soname,libtcl8.6.so", "-x", "c", "-"),
		"/usr/lib/app/tcl.so":                gcc("int g(void) { return 0; }", "tcl.so", "-shared", "-x", "c", "-", "-x", "none", "-Wl,--no-as-needed", filepath.Join(build, "libtcl8.6.so")),
		"/usr/share/tcltk/tcl8.6/init.tcl":   "x",
		"/var/lib/dpkg/info/libtcl8.6.list":  lib + "\n/usr/share/tcltk/tcl8.6/init.tcl\n",
		"/var/lib/dpkg/info/app.list":        "/usr/bin/app\n/usr/lib/app\n",
		"/var/lib/dpkg/info/app-tcl.list":    "/usr/lib/app\n/usr/lib/app/tcl.so\n",
		"/var/lib/dpkg/info/app-common.list": "",
	}
	status := func(name, more string) string {
		return "Package: " + name + "\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n" + more + "\n"
	}
	for _, test := range []struct{ name, app, plugin, want string }{
		{"installed for itself", "", "Source: app\nDepends: app, libtcl8.6\n", "/usr/lib/app/tcl.so /usr/share/tcltk/tcl8.6/init.tcl"},
		{"a part of the program", "Depends: app-tcl\n", "Source: app\nDepends: app, libtcl8.6\n", "/usr/lib/app/tcl.so; not /usr/share/tcltk/tcl8.6: tcl.so can start libtcl8.6.so"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := maps.Clone(files)
			files["/var/lib/dpkg/status"] = status("app", test.app) + status("app-tcl", test.plugin) + status("libtcl8.6", "")
			trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": runtimeTree(t, nil, files)}
			res := planFor(t, "binaries: ['debian:/usr/bin/app']\nmetadata: none\nexclude: [accounts, tmp, nsswitch]", trees)
			got := needed(res)
			for _, w := range res.Plan.Wanted {
				got += fmt.Sprintf("; not %s: %s %s", w.Path, path.Base(w.By), w.Why)
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// A library that is linked with that of a language and names modules in it starts the language, whatever
// program it is for, as libsigrokdecode does Python for its decoders. One that names none does not.
func TestLibraryWithModules(t *testing.T) {
	t.Parallel()
	loader, err := os.ReadFile("/lib64/ld-linux-x86-64.so.2")
	if err != nil {
		t.Fatal(err)
	}
	const dir, init = "/usr/lib/x86_64-linux-gnu/", "/usr/lib/python3.11/os.py"
	for _, test := range []struct{ named, want string }{
		{"/usr/share/decode", init + " /usr/share/decode/a.py"},
		{"/usr/share/other", "; not /usr/lib/python3.11: libdecode.so.1 can start libpython3.11.so.1.0"},
	} {
		build := t.TempDir()
		link := func(source, name string, args ...string) string {
			return compile(t, build, source, name, append(args, "-x", "none", "-Wl,--no-as-needed", "-Wl,--allow-shlib-undefined")...)
		}
		files := map[string]string{
			"/lib64/ld-linux-x86-64.so.2": string(loader),
			dir + "libpython3.11.so.1.0":  link("int f(void) { return 0; }", "libpython3.11.so.1.0", "-shared", "-Wl,-soname,libpython3.11.so.1.0", "-x", "c", "-"),
			dir + "libdecode.so.1": link(`const char *names[] = {"`+test.named+`"};`, "libdecode.so.1", "-shared", "-Wl,-soname,libdecode.so.1", "-Wl,--no-as-needed",
				"-x", "c", "-", "-x", "none", filepath.Join(build, "libpython3.11.so.1.0")),
			"/usr/bin/app":                          link("int main(void) { return 0; }", "app", "-e", "main", "-pie", "-fpie", "-Wl,--no-as-needed", "-x", "c", "-", "-x", "none", filepath.Join(build, "libdecode.so.1"), "-Wl,--allow-shlib-undefined"),
			init:                                    "x",
			"/usr/share/decode/a.py":                "x",
			"/var/lib/dpkg/info/app.list":           "/usr/bin/app\n",
			"/var/lib/dpkg/info/libdecode1.list":    dir + "libdecode.so.1\n/usr/share/decode\n/usr/share/decode/a.py\n",
			"/var/lib/dpkg/info/libpython3.11.list": dir + "libpython3.11.so.1.0\n" + init + "\n",
			"/var/lib/dpkg/status":                  "",
		}
		for _, name := range []string{"app", "libdecode1", "libpython3.11"} {
			files["/var/lib/dpkg/status"] += "Package: " + name + "\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"
		}
		trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": runtimeTree(t, nil, files)}
		res := planFor(t, "binaries: ['debian:/usr/bin/app']\nmetadata: none\nexclude: [accounts, tmp, nsswitch]", trees)
		got := needed(res)
		for _, w := range res.Plan.Wanted {
			got += fmt.Sprintf("; not %s: %s %s", w.Path, path.Base(w.By), w.Why)
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s\n%v", test.named, got, test.want, res.Diagnostics)
		}
	}
}

// Arguments of what the image starts name accounts, too, and so do settings of its configuration:
// after an option for one it can be one that every system has.
func TestAccountsOfCommand(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ cmd, config, want string }{
		{"[-f]", "", ""},
		{"[--user, proxy, --log=mail]", "", "proxy"},
		{"['--group=proxy', nobody, mail]", "", "nobody proxy"},
		{"['proxy:mail']", "", ""},
		{"[-u, 'proxy:mail']", "", "proxy mail"},
		{"[]", "run-as-user = proxy\nfacility = mail\n", "proxy"},
	} {
		trees := map[string]rootfs.FS{
			plan.TreeContext: runtimeTree(t, nil, map[string]string{"/app.conf": test.config}),
			"debian": runtimeTree(t, []string{"/usr/bin/app"}, map[string]string{
				"/etc/passwd":                 "mail:x:8:8::/:\nproxy:x:13:13::/:\nnobody:x:65534:65534::/:\n",
				"/etc/group":                  "mail:x:8:\nproxy:x:13:\nnogroup:x:65534:\n",
				"/var/lib/dpkg/info/app.list": "/usr/bin/app\n",
				"/var/lib/dpkg/status":        "Package: app\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n",
			}),
		}
		res := planFor(t, "binaries: ['debian:/usr/bin/app']\nfiles: [{from: app.conf, to: /etc/app.conf}]\nmetadata: none\ncmd: "+test.cmd, trees)
		var got []string
		for _, e := range res.Plan.Entries {
			if e.Path == "/etc/passwd" {
				for line := range strings.Lines(string(e.Data)) {
					if name, _, _ := strings.Cut(line, ":"); name != "root" && name != "nonroot" {
						got = append(got, name)
					}
				}
			}
		}
		slices.Sort(got)
		want := strings.Fields(test.want)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s %q: got %q, want %q", test.cmd, test.config, got, want)
		}
	}
}

// A script of a package starts programs of its own package by names that it keeps in variables, and
// those of what Debian prefers among packages that it depends on.
func TestStartedByVariables(t *testing.T) {
	t.Parallel()
	status := func(name, more string) string {
		return "Package: " + name + "\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n" + more + "\n"
	}
	trees := map[string]rootfs.FS{
		plan.TreeContext: tree(t),
		"debian": runtimeTree(t, []string{"/usr/bin/perl", "/usr/bin/app_bin", "/usr/bin/app_other", "/usr/bin/java", "/usr/bin/stranger"}, map[string]string{
			"/usr/bin/app":                        "#!/usr/bin/perl\nmy $bin = 'app_bin';\nmy $java = \"java\";\nmy $no = 'stranger';\nexec $bin;\n",
			"/var/lib/dpkg/info/app.list":         "/usr/bin/app\n/usr/bin/app_bin\n/usr/bin/app_other\n",
			"/var/lib/dpkg/info/perl.list":        "/usr/bin/perl\n",
			"/var/lib/dpkg/info/jre-17.list":      "/usr/bin/java\n",
			"/var/lib/dpkg/info/stranger.list":    "/usr/bin/stranger\n",
			"/var/lib/dpkg/info/default-jre.list": "",
			"/var/lib/dpkg/status": status("app", "Depends: perl, default-jre\n") + status("default-jre", "Depends: jre-17\n") +
				status("jre-17", "") + status("perl", "") + status("stranger", ""),
		}),
	}
	res := planFor(t, "binaries: ['debian:/usr/bin/app']\nmetadata: none\nexclude: [accounts, tmp, nsswitch]", trees)
	if got, want := needed(res), "/usr/bin/app_bin /usr/bin/java"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A module of a program names files of packages that its own depends on, and starts programs that make
// packages, if it depends on them: a plain word for those that install some says nothing. A module of
// another package names its own data.
func TestPathsOfModules(t *testing.T) {
	t.Parallel()
	status := func(name, more string) string {
		return "Package: " + name + "\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n" + more + "\n"
	}
	trees := map[string]rootfs.FS{
		plan.TreeContext: tree(t),
		"debian": runtimeTree(t, []string{"/usr/bin/perl", "/usr/bin/dpkg-deb", "/usr/bin/dpkg", "/usr/bin/apt-get"}, map[string]string{
			"/usr/bin/app": "#!/usr/bin/perl\nuse App;\n",
			"/usr/share/perl5/App.pm": "use Rules;\nmy @paths = ('/usr/share/base', '/usr/share/strange');\nmy @c = ('dpkg-deb', '-c');\n" +
				"open my $f, '-|', 'apt-get', 'update';\nmy $w = 'dpkg'; # '/usr/share/base-doc'\n",
			"/usr/share/perl5/Rules.pm": "my $d = '/usr/share/rules'; my $no = '/usr/share/base-doc';\n",
			"/usr/share/base/a":         "", "/usr/share/base-doc/a": "", "/usr/share/strange/a": "", "/usr/share/rules/a": "",
			"/var/lib/dpkg/info/app.list":      "/usr/bin/app\n/usr/share/perl5/App.pm\n",
			"/var/lib/dpkg/info/base.list":     "/usr/share/base\n/usr/share/base/a\n/usr/share/base-doc\n/usr/share/base-doc/a\n",
			"/var/lib/dpkg/info/rules.list":    "/usr/share/perl5/Rules.pm\n/usr/share/rules\n/usr/share/rules/a\n",
			"/var/lib/dpkg/info/stranger.list": "/usr/share/strange\n/usr/share/strange/a\n",
			"/var/lib/dpkg/info/perl.list":     "/usr/bin/perl\n",
			"/var/lib/dpkg/info/dpkg.list":     "/usr/bin/dpkg\n/usr/bin/dpkg-deb\n",
			"/var/lib/dpkg/info/apt.list":      "/usr/bin/apt-get\n",
			"/var/lib/dpkg/status": status("app", "Depends: perl, base, dpkg, rules\n") + status("base", "") + status("rules", "Depends: base\n") +
				status("stranger", "") + status("perl", "") + status("dpkg", "") + status("apt", ""),
		}),
	}
	res := planFor(t, "binaries: ['debian:/usr/bin/app']\nmetadata: none\nexclude: [accounts, tmp, nsswitch]", trees)
	const want = "/usr/bin/dpkg-deb /usr/share/base/a /usr/share/perl5/App.pm /usr/share/perl5/Rules.pm /usr/share/rules/a"
	if got := needed(res); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A module that the app reaches starts programs of packages that its own depends on, and of those that
// the spec asks for, if it names them. What one names that depends on no such package is a word, and so is
// the name of a compiler, and of a program with a module of its name.
func TestModulesThatWrap(t *testing.T) {
	t.Parallel()
	status := func(name, more string) string {
		return "Package: " + name + "\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n" + more + "\n"
	}
	trees := map[string]rootfs.FS{
		plan.TreeContext: tree(t),
		"debian": runtimeTree(t, []string{"/usr/bin/perl", "/usr/bin/wrapped", "/usr/bin/other", "/usr/bin/stranger", "/usr/bin/asked", "/usr/bin/cc", "/usr/bin/Tool"}, map[string]string{
			"/usr/share/perl5/Wrap.pm":             "use Tool;\nmy $p = 'wrapped';\nmy @no = ('stranger', 'cc', 'Tool');\nsystem($p);\nmy $i = 'perl';\n",
			"/usr/share/perl5/Tool.pm":             "1;\n",
			"/usr/share/perl5/Asks.pm":             "my @cmd = ('asked', '-x');\nmy $no = 'other';\nsystem(@cmd);\n",
			"/usr/share/perl5/None.pm":             "my $p = 'other';\nsystem($p);\n",
			"/var/lib/dpkg/info/perl.list":         "/usr/bin/perl\n",
			"/var/lib/dpkg/info/wrapped.list":      "/usr/bin/wrapped\n/usr/bin/other\n",
			"/var/lib/dpkg/info/stranger.list":     "/usr/bin/stranger\n",
			"/var/lib/dpkg/info/asked.list":        "/usr/bin/asked\n",
			"/var/lib/dpkg/info/libwrap-perl.list": "/usr/share/perl5/Wrap.pm\n",
			"/var/lib/dpkg/info/gcc.list":          "/usr/bin/cc\n",
			"/var/lib/dpkg/info/tool.list":         "/usr/bin/Tool\n/usr/share/perl5/Tool.pm\n",
			"/var/lib/dpkg/info/libasks-perl.list": "/usr/share/perl5/Asks.pm\n/usr/share/perl5/None.pm\n",
			"/var/lib/dpkg/status": status("perl", "") + status("wrapped", "") + status("stranger", "") + status("asked", "") + status("gcc", "") + status("tool", "") +
				status("libwrap-perl", "Depends: perl, wrapped, gcc, tool\n") + status("libasks-perl", "Depends: perl\n"),
		}),
	}
	res := planFor(t, `sources: {debian: {image: x, packages: [perl, libwrap-perl, libasks-perl, asked]}}
binaries: ['debian:/usr/bin/perl']
files: [{content: "use Wrap;\nuse Asks;\nuse None;\n", to: /app.pl}]
entrypoint: [/usr/bin/perl, /app.pl]
metadata: none
exclude: [accounts, tmp, nsswitch]`, trees)
	const want = "/usr/bin/asked /usr/bin/wrapped /usr/share/perl5/Asks.pm /usr/share/perl5/None.pm /usr/share/perl5/Tool.pm /usr/share/perl5/Wrap.pm"
	if got := needed(res); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
