//go:build linux && amd64

package resolve_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/rootfs"
)

// needsTree is a Debian tree with a static program that names paths, in these packages:
//
//	tool       the program, its modules and configuration; depends on the next three
//	tool-data  of the same source package
//	tool-lib   of the same source package, with a library for other programs
//	other      of another source package, which shares /usr/share/both with tool; depends on other-data
//	other-data of the same source package as other
//	more       is recommended by tool
//	plugin     depends on tool, and on plugin-data of the same source package
//	stranger   nothing to do with it
func needsTree(t *testing.T, names ...string) rootfs.FS {
	t.Helper()
	return rootfs.Dir(needsDir(t, names...))
}

func needsDir(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(at, mode); err != nil {
			t.Fatal(err)
		}
	}
	var status strings.Builder
	for _, p := range []struct {
		name, source, depends string
		files                 []string
	}{
		{"tool", "tool", "tool-data, tool-lib, other (>= 1)", []string{
			"/etc/settings.conf", "/usr/bin/helper", "/usr/bin/tool", "/usr/lib/tool/a.mod", "/usr/lib/tool/sub/b.mod", "/usr/lib/x86_64-linux-gnu/libtool-mod.so",
			"/usr/sbin/suid", "/usr/share/both/tool", "/usr/share/doc/tool/README", "/usr/include/tool.h", "/var/lib/tool/",
		}},
		{"tool-data", "tool", "", []string{"/usr/share/tool/data"}},
		{"tool-lib", "tool", "", []string{"/usr/lib/x86_64-linux-gnu/libtool-extra.so.1", "/usr/share/tool-lib/x"}},
		{"other-data", "other", "", []string{"/usr/share/other/data"}},
		{"other", "other", "other-data", []string{"/etc/other.conf", "/usr/share/tool/solver.msc", "/usr/lib/x86_64-linux-gnu/libother.so.7", "/usr/bin/file", "/usr/bin/other", "/usr/share/both/other"}},
		{"plugin", "plugin", "tool, plugin-data", nil},
		{"plugin-data", "plugin", "", []string{"/usr/share/both/plugin"}},
		{"more", "more", "", []string{"/usr/share/both/more"}},
		{"stranger", "stranger", "", []string{"/etc/stranger.conf"}},
	} {
		fmt.Fprintf(&status, "Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\nSource: %s\nDepends: %s\n", p.name, p.source, p.depends)
		if p.name == "tool" {
			fmt.Fprintln(&status, "Recommends: more | absent")
		}
		fmt.Fprintln(&status)
		var list strings.Builder
		for _, name := range p.files {
			fmt.Fprintln(&list, strings.TrimSuffix(name, "/"))
			if strings.HasSuffix(name, "/") {
				if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
					t.Fatal(err)
				}
				continue
			}
			mode := os.FileMode(0o644)
			switch {
			case strings.Contains(name, "suid"):
				mode = 0o755 | os.ModeSetuid
			case strings.Contains(name, "bin/"):
				mode = 0o755
			}
			write(name, "#", mode)
		}
		write("/var/lib/dpkg/info/"+p.name+".list", list.String(), 0o644)
	}
	write("/usr/share/tool/solver.msc", `{"executable": "/usr/bin/other", "not": "/usr/bin/helper"}`, 0o644)
	write("/var/lib/dpkg/status", status.String(), 0o644)
	write("/usr/share/unowned/x", "x", 0o644)
	source := "const char *names[] = {\"" + strings.ReplaceAll(strings.Join(names, `","`), "_", " ") + "\"};\nint main(void) { return names[0][0]; }\n"
	cmd := exec.Command("gcc", "-static", "-nostdlib", "-e", "main", "-fno-pie", "-no-pie", "-x", "c", "-", "-o", filepath.Join(root, "usr/bin/tool"))
	cmd.Stdin = strings.NewReader(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	return root
}

// What a program names ships if it is of its own source package, or of one that its
// package depends on, and nothing else does.
func TestNeeds(t *testing.T) {
	t.Parallel()
	data := "/usr/share/tool/data /var/lib/tool 65532" // by the packages alone
	for _, test := range []struct{ name, names, want string }{
		{"nothing named", "x", data},
		{"its configuration and modules", "/etc/settings.conf /usr/lib/tool", "/etc/settings.conf /usr/lib/tool/a.mod /usr/lib/tool/sub/b.mod " + data},
		{"a directory by a name that is made at run time", "/usr/lib/tool/%s.mod", "/usr/lib/tool/a.mod /usr/lib/tool/sub/b.mod " + data},
		{"a directory by the beginning of its name", "/usr/lib/too%s/x", "/usr/lib/tool/a.mod /usr/lib/tool/sub/b.mod " + data},
		{"a directory for what it keeps", "/var/lib/toolstate/db /var/log/tool.log", "/usr/share/tool/data /var/lib/tool 65532 /var/lib/toolstate 65532"},
		{"a helper program of its own", "/usr/bin/helper", "/usr/bin/helper " + data},
		{"a file that other text follows", "/etc/other.conf%s /etc/stranger.conf$x", "/etc/other.conf " + data},
		{"a file of a dependency", "/etc/other.conf", "/etc/other.conf " + data},
		{"a program that a description beside it names", "/usr/share/tool", "/usr/bin/other /usr/share/tool/data /usr/share/tool/solver.msc /var/lib/tool 65532"},
		{"a program of a dependency", "other", "/usr/bin/other " + data},
		{"a file of a part of a dependency", "/usr/share/other/data", "/usr/share/other/data " + data},
		{"a library of a dependency in the version that is there", "libother.so.%s", "/usr/lib/x86_64-linux-gnu/libother.so.7 " + data},
		{"a library of its own package that it opens", "libtool-mod.so", "/usr/lib/x86_64-linux-gnu/libtool-mod.so " + data},
		{"not a library of a dependency that it does not name", "libother.so", data},
		{"not a program whose name has other meanings", "file", data},
		{"but a command that begins with it", "file_-b_%s", "/usr/bin/file " + data},
		{"a package with a library by the library's name", "libtool-extra.so.1", "/usr/lib/x86_64-linux-gnu/libtool-extra.so.1 " + "/usr/share/tool-lib/x " + data},
		{"not a program of a dependency in prose", "the_other other_things", data},
		{"not another package's", "/etc/stranger.conf /usr/share/unowned/x /usr/share/unowned", data},
		{"of a directory that packages share those of dependencies, of plugins' parts and of what is recommended, too", "/usr/share/both", "/usr/share/both/more /usr/share/both/other /usr/share/both/plugin /usr/share/both/tool " + data},
		{"not what is there for all", "/usr/lib /etc /usr/share / /usr/bin /var/lib", data},
		{"not setuid programs, documentation and headers", "/usr/sbin/suid /usr/share/doc/tool/README /usr/include/tool.h", data},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": needsTree(t, strings.Fields(test.names)...)}
			const spec = "binaries: ['debian:/usr/bin/tool']\nmetadata: none\nexclude: [accounts, tmp, nsswitch]\nruntime: "
			if got := needed(planFor(t, spec+"auto", trees)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if got := needed(planFor(t, spec+"closure", trees)); got != "" {
				t.Errorf("with runtime: closure %s", got)
			}
		})
	}
}

// What a program names of a package that the spec asks for by name ships, though nothing relates the two,
// and nothing else of that package does.
func TestAskedFor(t *testing.T) {
	t.Parallel()
	const both = "/etc/stranger.conf /usr/share/tool/data"
	for _, test := range []struct{ asked, more, want string }{
		{"tool", "", "/usr/share/tool/data"},
		{"tool, stranger", "", both},
		{"tool, 'stranger:amd64=1'", "", both},
		{"tool, other", "", "/usr/share/tool/data"},
		{"tool-data, stranger", "", both},
		{"tool, stranger", "tests: [{run: ['debian:/etc/stranger.conf']}]", "/usr/share/tool/data"}, // which is for the test
	} {
		t.Run(test.asked+test.more, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": needsTree(t, "/etc/stranger.conf")}
			text := "sources: {debian: {image: 'debian:bookworm-slim', packages: [" + test.asked + "]}}\nbinaries: ['debian:/usr/bin/tool']\nmetadata: none\nexclude: [accounts, tmp, nsswitch, /var/lib/tool]\n" + test.more
			if got := needed(planFor(t, text, trees)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// A directory that a program of another package names first, which has nothing there, is
// still shipped for the one that has.
func TestDirectoryThatTwoPackagesName(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "/usr/lib/tool")
	program, err := os.ReadFile(filepath.Join(root, "usr/bin/tool"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		os.WriteFile(filepath.Join(root, "usr/bin/stranger"), program, 0o755),
		os.WriteFile(filepath.Join(root, "var/lib/dpkg/info/stranger.list"), []byte("/usr/bin/stranger\n"), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	const want = "/usr/lib/tool/a.mod /usr/lib/tool/sub/b.mod /usr/share/tool/data /var/lib/tool 65532"
	checkNeeded(t, root, "binaries: ['debian:/usr/bin/stranger', 'debian:/usr/bin/tool']\nentrypoint: [/usr/bin/tool]\n", want)
}

// A directory that the package names and that was not installed keeps no other back.
func TestDirectoryThatWasNotInstalled(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "x")
	list := filepath.Join(root, "var/lib/dpkg/info/tool.list")
	if err := errors.Join(
		os.RemoveAll(filepath.Join(root, "usr/lib/tool")),
		os.Mkdir(filepath.Join(root, "etc/tool"), 0o755),
		os.WriteFile(filepath.Join(root, "etc/tool/x"), nil, 0o644),
		os.WriteFile(list, []byte("/etc/tool\n/etc/tool/x\n/usr/bin/tool\n/usr/lib/tool\n/usr/lib/tool/a.mod\n"), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	checkNeeded(t, root, "binaries: ['debian:/usr/bin/tool']\n", "/etc/tool/x /usr/share/tool/data")
}

// What one library alone reads ships with that library.
func TestReadByOneLibrary(t *testing.T) {
	t.Parallel()
	const program, data = "binaries: ['debian:/usr/bin/tool']\nmetadata: none\n", " /usr/lib/tool/sub/b.mod /usr/share/tool/data"
	root := needsDir(t, "/usr/lib/tool")
	list := filepath.Join(root, "var/lib/dpkg/info/tool.list")
	bitcode := filepath.Join(root, "usr/lib/tool/bitcode/x")
	if err := errors.Join(
		os.MkdirAll(bitcode, 0o755),
		os.WriteFile(filepath.Join(bitcode, "y.bc"), nil, 0o644),
		os.WriteFile(list, []byte("/usr/bin/tool\n/usr/lib/tool\n/usr/lib/tool/a.mod\n/usr/lib/tool/bitcode\n/usr/lib/tool/bitcode/x\n/usr/lib/tool/bitcode/x/y.bc\n/usr/lib/tool/llvmjit.so\n"), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)}
	check := func(exclude, want string) {
		t.Helper()
		if got := needed(planFor(t, program+"exclude: [accounts, tmp, nsswitch"+exclude+"]\n", trees)); got != want {
			t.Errorf("exclude %q: got %s, want %s", exclude, got, want)
		}
	}
	check("", "/usr/lib/tool/a.mod"+data)
	if err := os.WriteFile(filepath.Join(root, "usr/lib/tool/llvmjit.so"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	check("", "/usr/lib/tool/a.mod /usr/lib/tool/bitcode/x/y.bc /usr/lib/tool/llvmjit.so"+data)
	check(", /usr/lib/tool/llvmjit.so", "/usr/lib/tool/a.mod"+data)
}

// A directory with a program's name that has plugins in it ships where no configuration says
// which of them it loads, and the program names something there.
func TestNamesakeWithPlugins(t *testing.T) {
	t.Parallel()
	const all = "/usr/lib/tool/a.mod /usr/lib/tool/sub/b.mod /usr/lib/tool/x.so /usr/share/tool/data"
	for _, test := range []struct{ name, named, config, want string }{
		{"a file is named", "/usr/lib/tool/a.mod", "", all},
		{"nothing there is", "x", "", "/usr/share/tool/data"},
		{"there is a configuration", "/usr/lib/tool/a.mod", "/etc/settings.conf\n", "/usr/lib/tool/a.mod /usr/share/tool/data"},
	} {
		root := needsDir(t, test.named)
		list := "/usr/bin/tool\n/usr/lib/tool\n/usr/lib/tool/a.mod\n/usr/lib/tool/sub/b.mod\n/usr/lib/tool/x.so\n" + test.config
		if err := errors.Join(
			os.WriteFile(filepath.Join(root, "usr/lib/tool/x.so"), nil, 0o644),
			os.WriteFile(filepath.Join(root, "var/lib/dpkg/info/tool.list"), []byte(list), 0o644),
		); err != nil {
			t.Fatal(err)
		}
		t.Run(test.name, func(t *testing.T) {
			checkNeeded(t, root, "binaries: ['debian:/usr/bin/tool']\n", test.want)
		})
	}
}

// A file of the spec in the place of a link that programs go through hides what the link leads
// to, which is told.
func TestFileInPlaceOfLink(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "/etc/tool/a.mod")
	if err := os.Symlink("../usr/lib/tool", filepath.Join(root, "etc/tool")); err != nil {
		t.Fatal(err)
	}
	trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)}
	for to, want := range map[string]string{
		"/etc/tool/own.conf":     "files[0]: /etc/tool is a link to /usr/lib/tool in source debian, which programs go through: with /etc/tool/own.conf it is a directory, in which they find nothing else: put it where the link leads: to: /usr/lib/tool/own.conf",
		"/usr/lib/tool/own.conf": "",
	} {
		res := planFor(t, "binaries: ['debian:/usr/bin/tool']\nfiles: [{from: 'debian:/usr/share/unowned/x', to: "+to+"}]\n", trees)
		var got []string
		for _, d := range res.Diagnostics {
			got = append(got, d.At+": "+d.Message+": "+strings.Join(d.Fixes, "; "))
		}
		if text := strings.Join(got, "\n"); text != want || res.Diagnostics.Err() != nil {
			t.Errorf("%s: got %q, want %q", to, text, want)
		}
	}
}

// A part of a program in Scheme says which programs of its dependencies it starts.
func TestProgramNamedInScheme(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "/usr/lib/tool", "g_spawn_sync")
	if err := errors.Join(
		os.WriteFile(filepath.Join(root, "usr/lib/tool/run.scm"), []byte("; \"helper\"\n(search-executable '(\"other\" \"file\"))\n"), 0o644),
		os.WriteFile(filepath.Join(root, "usr/lib/tool/run.lua"), []byte("LD = \"helper\"\n"), 0o644),
		os.WriteFile(filepath.Join(root, "var/lib/dpkg/info/tool.list"), []byte("/usr/bin/tool\n/usr/lib/tool\n/usr/lib/tool/run.lua\n/usr/lib/tool/run.scm\n"), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	checkNeeded(t, root, "binaries: ['debian:/usr/bin/tool']\n", "/usr/bin/other /usr/lib/tool/a.mod /usr/lib/tool/run.lua /usr/lib/tool/run.scm /usr/lib/tool/sub/b.mod /usr/share/tool/data")
}

// checkNeeded compares what ships by evidence from the tree in a directory.
func checkNeeded(t *testing.T, root, spec, want string) {
	t.Helper()
	res := planFor(t, spec+"metadata: none\nexclude: [accounts, tmp, nsswitch]\n", map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)})
	if got := needed(res); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// needed lists what ships by evidence: files, and directories that are the user's.
func needed(res *resolve.Result) string {
	var out []string
	for _, e := range res.Plan.Entries {
		switch {
		case e.Reason.Cause != plan.CauseNeed:
		case e.Kind != plan.KindDir:
			out = append(out, e.Path)
		case e.UID != 0:
			out = append(out, fmt.Sprint(e.Path, " ", e.UID))
		}
	}
	if res.Diagnostics.Err() != nil {
		return res.Diagnostics.Error()
	}
	return strings.Join(out, " ")
}

// What only a library needs that ships by evidence cannot be left out by its own name:
// the build says what to exclude in its place.
func TestExclusionOfWhatANeedBrings(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "/usr/lib/tool")
	for _, args := range [][]string{
		{"-o", "usr/lib/libsmall.so.1", "-Wl,-soname,libsmall.so.1"},
		{"-o", "usr/lib/libbig.so.1", "-Wl,-soname,libbig.so.1"},
		{"-o", "usr/lib/tool/a.mod", "-Wl,--no-as-needed", "-L" + root + "/usr/lib", "-l:libbig.so.1"},
	} {
		cmd := exec.Command("gcc", append([]string{"-shared", "-nostdlib", "-x", "c", "/dev/null", "-x", "none"}, args...)...)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("gcc: %v\n%s", err, out)
		}
	}
	dynamic := exec.Command("gcc", "-nostdlib", "-e", "main", "-pie", "-fPIC", "-Wl,--no-as-needed", "-Lusr/lib", "-l:libsmall.so.1", "-x", "c", "-", "-o", "usr/bin/tool")
	dynamic.Dir, dynamic.Stdin = root, strings.NewReader("const char name[] = \"/usr/lib/tool\"; int main(void) { return name[0]; }")
	if out, err := dynamic.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	loader, err := os.ReadFile("/lib64/ld-linux-x86-64.so.2")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(filepath.Join(root, "lib64"), 0o755), os.WriteFile(filepath.Join(root, "lib64/ld-linux-x86-64.so.2"), loader, 0o755)); err != nil {
		t.Fatal(err)
	}
	err = errors.Join(os.WriteFile(filepath.Join(root, "var/lib/dpkg/info/other.list"), []byte("/usr/lib/libbig.so.1\n"), 0o644),
		os.WriteFile(filepath.Join(root, "var/lib/dpkg/info/other-data.list"), nil, 0o644))
	if err != nil {
		t.Fatal(err)
	}
	trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)}
	for _, test := range []struct{ exclude, want string }{
		{"/usr/lib/tool/a.mod", ""},
		{"other", "exclude[0]: /usr/lib/libbig.so.1 ships although other is excluded: /usr/lib/tool/a.mod needs it"},
		{"/usr/lib/libbig.so.1", "exclude[0]: /usr/lib/libbig.so.1 ships although /usr/lib/libbig.so.1 is excluded: /usr/lib/tool/a.mod needs it"},
		{"libbig.so.*", "exclude[0]: libbig.so.1 cannot be excluded: /usr/lib/tool/a.mod needs it"},
		{"nothing", "exclude[0]: nothing of nothing would ship because of what programs open when they run"},
	} {
		res := planFor(t, "exclude: ['"+test.exclude+"']\nbinaries: ['debian:/usr/bin/tool']\n", trees)
		var got []string
		for _, d := range res.Diagnostics {
			got = append(got, d.At+": "+d.Message)
		}
		if text := strings.Join(got, "\n"); text != test.want {
			t.Errorf("%s: got %s, want %s", test.exclude, text, test.want)
		}
	}
}

// A library that is asked for by two of its links has both in the image.
func TestLibraryByTwoLinks(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "x")
	gcc := func(args ...string) {
		cmd := exec.Command("gcc", append([]string{"-nostdlib", "-x", "c", "-"}, args...)...)
		cmd.Dir, cmd.Stdin = root, strings.NewReader("int main(void) { return 0; }")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("gcc: %v\n%s", err, out)
		}
	}
	links := []string{"usr/lib/liba.so.1.0", "usr/lib/liba.so.1.1"}
	for _, link := range links { // what the program is linked with calls itself by both names
		gcc("-shared", "-o", link, "-Wl,-soname,"+filepath.Base(link))
	}
	gcc("-e", "main", "-fPIC", "-pie", "-o", "usr/bin/tool", "-x", "none", "-Wl,--no-as-needed", links[0], links[1])
	for _, link := range links {
		if err := os.Remove(filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("liba.so.1.2", filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	gcc("-shared", "-o", "usr/lib/liba.so.1.2", "-Wl,-soname,liba.so.1.2")
	loader, err := os.ReadFile("/lib64/ld-linux-x86-64.so.2")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(filepath.Join(root, "lib64"), 0o755), os.WriteFile(filepath.Join(root, "lib64/ld-linux-x86-64.so.2"), loader, 0o755)); err != nil {
		t.Fatal(err)
	}
	res := planFor(t, "binaries: ['debian:/usr/bin/tool']\n", map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)})
	got := linksWith(res, "/usr/lib/liba.so")
	want := "/usr/lib/liba.so.1.0 liba.so.1.2, /usr/lib/liba.so.1.1 liba.so.1.2, /usr/lib/liba.so.1.2"
	if got != want || res.Diagnostics.Err() != nil {
		t.Errorf("got %s\nwant %s\n%v", got, want, res.Diagnostics)
	}
}

// A plugin that is a library for others, too, as modules of Lua are, keeps the name by which these are linked
// with it.
func TestPluginThatOthersLink(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "/usr/lib/tool")
	dir := filepath.Join(root, "usr/lib/x86_64-linux-gnu")
	cmd := exec.Command("gcc", "-nostdlib", "-shared", "-x", "c", "-", "-o", filepath.Join(dir, "libmod.so.1.0.0"), "-Wl,-soname,libmod.so.1")
	cmd.Stdin = strings.NewReader("int f(void) { return 0; }")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	list := "/usr/bin/tool\n/usr/lib/tool\n/usr/lib/tool/mod.so\n/usr/lib/x86_64-linux-gnu/libmod.so.1.0.0\n/usr/lib/x86_64-linux-gnu/libmod.so.1\n/usr/lib/x86_64-linux-gnu/libmod.so\n"
	err := errors.Join(os.Symlink("libmod.so.1.0.0", filepath.Join(dir, "libmod.so.1")), os.Symlink("libmod.so.1.0.0", filepath.Join(dir, "libmod.so")),
		os.Symlink("../x86_64-linux-gnu/libmod.so.1.0.0", filepath.Join(root, "usr/lib/tool/mod.so")), os.WriteFile(filepath.Join(root, "var/lib/dpkg/info/tool.list"), []byte(list), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	res := planFor(t, "binaries: ['debian:/usr/bin/tool']\n", map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)})
	got := linksWith(res, "mod.so")
	want := "/usr/lib/tool/mod.so ../x86_64-linux-gnu/libmod.so.1.0.0, /usr/lib/x86_64-linux-gnu/libmod.so.1 libmod.so.1.0.0, /usr/lib/x86_64-linux-gnu/libmod.so.1.0.0"
	if got != want || res.Diagnostics.Err() != nil {
		t.Errorf("got %s\nwant %s\n%v", got, want, res.Diagnostics)
	}
}

// That a program can run commands by a shell brings none, but is told, with the words that
// bring it; and then the commands that stand in the program ship, too. A program that has
// no other way to start what it needs has one.
func TestWantedShell(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "system", "rm -rf %s", "'TAR=/usr/bin/tar'")
	tool, err := os.ReadFile(filepath.Join(root, "usr/bin/tool"))
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(os.MkdirAll(filepath.Join(root, "bin"), 0o755),
		os.WriteFile(filepath.Join(root, "bin/sh"), tool, 0o755), os.WriteFile(filepath.Join(root, "usr/bin/rm"), tool, 0o755),
		os.WriteFile(filepath.Join(root, "usr/bin/tar"), tool, 0o755)) // stands in the options of configure
	if err != nil {
		t.Fatal(err)
	}
	trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)}
	wanted := plan.Wanted{Path: "/bin/sh", Tree: "debian", By: "/usr/bin/tool", Why: "runs rm by a shell", Size: int64(len(tool)), At: "binaries[0]", Told: true}
	for _, c := range []struct {
		names []string
		ships bool
	}{
		{[]string{"system", "helper"}, true},
		{[]string{"system", "execv", `\"%s\" -V`, "helper"}, true},
		{[]string{"system", "execv", "helper"}, false},
		{[]string{"system", `\"%s\" -V`}, false},
		{[]string{"system", "execv", "helper -x %s"}, true},
		{[]string{"execl", "/bin/sh", `\"%s%shelper\" -w`}, true},
		{[]string{"execl", "/bin/sh", "helper"}, false},
	} {
		dir := needsDir(t, c.names...)
		if err := errors.Join(os.MkdirAll(filepath.Join(dir, "bin"), 0o755), os.WriteFile(filepath.Join(dir, "bin/sh"), tool, 0o755)); err != nil {
			t.Fatal(err)
		}
		res := planFor(t, "binaries: ['debian:/usr/bin/tool']\n", map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(dir)})
		if ships := strings.Contains(needed(res), "/bin/sh"); ships != c.ships || ships == (len(res.Plan.Wanted) > 0) {
			t.Errorf("%q: got %s, %+v", c.names, needed(res), res.Plan.Wanted)
		}
	}
	for _, test := range []struct {
		spec string
		want []plan.Wanted
		rm   bool
	}{
		{spec: "", want: []plan.Wanted{wanted}},
		{spec: "files: [debian:/bin/sh]\n", rm: true},
	} {
		res := planFor(t, "binaries: ['debian:/usr/bin/tool']\n"+test.spec, trees)
		ships := func(name string) bool {
			return slices.ContainsFunc(res.Plan.Entries, func(e plan.Entry) bool { return e.Path == name })
		}
		rm := ships("/usr/bin/rm")
		if !slices.Equal(res.Plan.Wanted, test.want) || rm != test.rm || ships("/usr/bin/tar") || res.Diagnostics.Err() != nil {
			t.Errorf("%s: got %+v, rm ships: %t, %v", test.spec, res.Plan.Wanted, rm, res.Diagnostics)
		}
	}
}

// A program with a setuid bit that another one starts does not ship for that, but is told.
func TestWantedSetuid(t *testing.T) {
	t.Parallel()
	trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(needsDir(t, "execlp", "suid"))}
	res := planFor(t, "binaries: ['debian:/usr/bin/tool']\n", trees)
	want := []plan.Wanted{{Path: "/usr/sbin/suid", Tree: "debian", By: "/usr/bin/tool", Why: "starts it, and it runs with its owner's rights", Size: 1, At: "binaries[0]", Told: true}}
	if !slices.Equal(res.Plan.Wanted, want) || res.Diagnostics.Err() != nil {
		t.Errorf("got %+v, want %+v, %v", res.Plan.Wanted, want, res.Diagnostics)
	}
}

// Nothing ships by the names in a program that no package owns, which can be of the machine
// that it was built on, but directories for what changes; what its source has of them is told,
// with the words that bring it.
func TestUnownedProgram(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "/usr/local/etc/app/app.conf", "/usr/local/app/", "/usr/local/app/data", "/usr/share/unowned/x", "/etc/other.conf", "/etc/hosts",
		"/usr/local/lib", "/usr/include/tool.h", "/usr/bin/other", "/src/app.c", "/usr/local/share/gone", "/usr/local/bin/app", "/usr/local/share/empty",
		"/var/log/app/error.log", "/var/cache/app/tmp", "/run/app/sock", "/var/lib/tool/state", "/var/lib/app")
	for _, name := range []string{"usr/local/etc/app/app.conf", "usr/local/app/data", "etc/hosts", "src/app.c", "usr/local/lib/x"} {
		if err := errors.Join(os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o755), os.WriteFile(filepath.Join(root, name), []byte("x"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(root, "usr/local/share/empty"), 0o755), os.MkdirAll(filepath.Join(root, "var/cache/app"), 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(root, "usr/local/bin"), 0o755), os.Rename(filepath.Join(root, "usr/bin/tool"), filepath.Join(root, "usr/local/bin/app"))); err != nil {
		t.Fatal(err)
	}
	trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)}
	res := planFor(t, "binaries: ['debian:/usr/local/bin/app']\nfiles: [debian:/usr/share/unowned]\n", trees)
	var got []string
	for _, w := range res.Plan.Wanted {
		got = append(got, fmt.Sprint(w.Path, " ", w.Why, " ", w.Told))
	}
	want := "/etc/other.conf names it true, /usr/local/app names it true, /usr/local/etc/app/app.conf names it true"
	if text := strings.Join(got, ", "); text != want {
		t.Errorf("got %s, want %s", text, want)
	}
	if got, want := needed(res), "/run/app 65532 /var/cache/app 65532 /var/log/app 65532"; got != want {
		t.Errorf("ships %s, want %s", got, want)
	}
}

// Where the spec has replaced a configuration of a directory, the others there count only if
// it mentions them: the program reads no others.
func TestReplacedConfiguration(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "/etc/tool.d")
	for name, text := range map[string]string{"main.conf": "include more.conf\n", "more.conf": "load /usr/lib/tool/a.mod\n"} {
		if err := errors.Join(os.MkdirAll(filepath.Join(root, "etc/tool.d"), 0o755), os.WriteFile(filepath.Join(root, "etc/tool.d", name), []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	list, err := os.OpenFile(filepath.Join(root, "var/lib/dpkg/info/tool.list"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := list.WriteString("/etc/tool.d\n/etc/tool.d/main.conf\n/etc/tool.d/more.conf\n"); err != nil {
		t.Fatal(err)
	}
	if err := list.Close(); err != nil {
		t.Fatal(err)
	}
	const data = " /usr/share/tool/data /var/lib/tool 65532"
	for _, test := range []struct{ files, want string }{
		{"", "/etc/tool.d/main.conf /etc/tool.d/more.conf /usr/lib/tool/a.mod" + data},
		{"port 1\n", "/etc/tool.d/more.conf" + data},
		{"include *.conf\n", "/etc/tool.d/more.conf /usr/lib/tool/a.mod" + data},
		{"include more.conf # and others\n", "/etc/tool.d/more.conf /usr/lib/tool/a.mod" + data},
	} {
		spec := "binaries: ['debian:/usr/bin/tool']\nentrypoint: [/usr/bin/tool]\nmetadata: none\nexclude: [accounts, tmp, nsswitch]\n"
		trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)}
		if test.files != "" {
			spec += "files: [{from: main.conf, to: /etc/tool.d/main.conf}]\n"
			trees[plan.TreeContext] = tree(t, "/main.conf file 644 "+test.files)
		}
		if got := needed(planFor(t, spec, trees)); got != test.want {
			t.Errorf("%q: got %s, want %s", test.files, got, test.want)
		}
	}
}

// A file that no package owns is made by installing: it ships where it is named and all may read
// it, in a directory of the program's package.
func TestMadeByInstalling(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "/var/lib/tool/list", "/var/lib/tool/key", "/usr/share/unowned/x")
	err := errors.Join(os.WriteFile(filepath.Join(root, "var/lib/tool/list"), nil, 0o644), os.WriteFile(filepath.Join(root, "var/lib/tool/key"), nil, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	res := planFor(t, "binaries: ['debian:/usr/bin/tool']\nmetadata: none\nexclude: [accounts, tmp, nsswitch]\n", map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)})
	if got, want := needed(res), "/usr/share/tool/data /var/lib/tool 65532 /var/lib/tool/list"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A link in a directory of the program's leads to a file of a package that its own depends on by
// way of others.
func TestLinkToFarPackage(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "/usr/lib/tool")
	appendTo := func(name, text string) {
		f, err := os.OpenFile(filepath.Join(root, name), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteString(text)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	appendTo("var/lib/dpkg/info/tool.list", "/usr/lib/tool/far\n/usr/lib/tool/strange\n")
	appendTo("var/lib/dpkg/info/far.list", "/usr/share/far\n")
	appendTo("usr/share/far", "x")
	status := filepath.Join(root, "var/lib/dpkg/status")
	text, err := os.ReadFile(status)
	if err != nil {
		t.Fatal(err)
	}
	const between = "Package: other-data\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\nSource: other\nDepends: "
	changed := strings.Replace(string(text), between, between+"far", 1) +
		"Package: far\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n"
	err = errors.Join(os.WriteFile(status, []byte(changed), 0o644),
		os.Symlink("../../share/far", filepath.Join(root, "usr/lib/tool/far")), os.Symlink("/etc/stranger.conf", filepath.Join(root, "usr/lib/tool/strange")))
	if err != nil {
		t.Fatal(err)
	}
	res := planFor(t, "binaries: ['debian:/usr/bin/tool']\nmetadata: none\nexclude: [accounts, tmp, nsswitch]\n", map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)})
	want := "/usr/lib/tool/a.mod /usr/lib/tool/far /usr/lib/tool/strange /usr/lib/tool/sub/b.mod /usr/share/far /usr/share/tool/data /var/lib/tool 65532"
	if got := needed(res); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// linksWith are the paths of a plan that have a text in them, links with what they lead to.
func linksWith(res *resolve.Result, text string) string {
	var out []string
	for _, e := range res.Plan.Entries {
		if strings.Contains(e.Path, text) {
			out = append(out, strings.TrimSpace(e.Path+" "+e.Target))
		}
	}
	return strings.Join(out, ", ")
}
