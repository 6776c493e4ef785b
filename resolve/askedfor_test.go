//go:build linux && amd64

package resolve_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// install adds a package to a tree of needsDir. Programs are copies of its program.
func install(t *testing.T, root, name, depends string, files ...string) {
	t.Helper()
	program, err := os.ReadFile(filepath.Join(root, "usr/bin/tool"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, text []byte, mode os.FileMode) {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, text, mode); err != nil {
			t.Fatal(err)
		}
	}
	status, err := os.ReadFile(filepath.Join(root, "var/lib/dpkg/status"))
	if err != nil {
		t.Fatal(err)
	}
	status = fmt.Appendf(status, "Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\nDepends: %s\n\n", name, depends)
	write("var/lib/dpkg/status", status, 0o644)
	write("var/lib/dpkg/info/"+name+".list", []byte(strings.ReplaceAll(strings.Join(files, "\n")+"\n", "/\n", "\n")), 0o644)
	for _, file := range files {
		if strings.HasSuffix(file, "/") { // a directory
			if err := os.MkdirAll(filepath.Join(root, file), 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if strings.Contains(file, "bin/") {
			write(file, append(program, name...), 0o755) // not the same program by another name
		} else {
			write(file, []byte("x"), 0o644)
		}
	}
}

// neededOf is what ships by evidence where the spec asks for packages.
func neededOf(t *testing.T, root, asked string) string {
	t.Helper()
	trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)}
	text := "sources: {debian: {image: 'debian:bookworm-slim', packages: [" + asked + "]}}\nbinaries: ['debian:/usr/bin/tool']\nmetadata: none\nexclude: [accounts, tmp, nsswitch, /var/lib/tool]\n"
	return needed(planFor(t, text, trees))
}

// However many packages that the spec asks for share a directory, their files in it ship.
func TestAskedForInSharedDirectory(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "/usr/lib/tool")
	asked, want := "tool", "/usr/lib/tool/a.mod"
	for _, name := range []string{"p1", "p2", "p3", "p4", "p5"} {
		install(t, root, name, "", "/usr/lib/tool/"+name+".mod")
		asked += ", " + name
		want += " /usr/lib/tool/" + name + ".mod"
	}
	if got, want := neededOf(t, root, asked), want+" /usr/lib/tool/sub/b.mod /usr/share/tool/data"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A program starts what the spec asks for by the beginning of its own name: git-lfs is "git lfs".
func TestAskedForCommand(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "x")
	install(t, root, "lfs", "", "/usr/bin/tool-lfs", "/usr/bin/toolbox")
	for asked, want := range map[string]string{
		"tool":      "/usr/share/tool/data",
		"tool, lfs": "/usr/bin/tool-lfs /usr/share/tool/data",
	} {
		if got := neededOf(t, root, asked); got != want {
			t.Errorf("%s: got %s, want %s", asked, got, want)
		}
	}
}

// With a compiler ships what builds with a library that the spec asks for start, and what
// pkg-config reads.
func TestAskedForDevelopment(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "/usr/include", "/usr/local/include")
	install(t, root, "libx-dev", "libx-dev-bin, pkg-config, libx", "/usr/include/x.h", "/usr/lib/x86_64-linux-gnu/pkgconfig/x.pc", "/usr/lib/x86_64-linux-gnu/x/include/config.h")
	install(t, root, "libx-dev-bin", "", "/usr/bin/x-compile", "/usr/share/x/data")
	install(t, root, "pkg-config", "", "/usr/bin/pkg-config", "/usr/share/pkgconfig/all.pc")
	const headers = "/usr/include/tool.h /usr/include/x.h /usr/lib/x86_64-linux-gnu/libtool-mod.so"
	const config = " /usr/lib/x86_64-linux-gnu/x/include/config.h"
	for asked, want := range map[string]string{
		"tool":           headers + config + " /usr/share/tool/data",
		"tool, libx-dev": "/usr/bin/pkg-config /usr/bin/x-compile " + headers + " /usr/lib/x86_64-linux-gnu/pkgconfig/x.pc" + config + " /usr/share/pkgconfig/all.pc /usr/share/tool/data",
	} {
		if got := neededOf(t, root, asked); got != want {
			t.Errorf("%s: got %s, want %s", asked, got, want)
		}
	}
}

// Make starts what its rules name: the programs of packages that the spec asks for beside it.
func TestAskedForBuild(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "x")
	install(t, root, "make", "", "/usr/bin/make")
	install(t, root, "bison", "", "/usr/bin/bison")
	trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)}
	const text = "sources: {debian: {image: 'debian:bookworm-slim', packages: [make, bison]}}\nbinaries: ['debian:/usr/bin/make']\nmetadata: none\nexclude: [accounts, tmp, nsswitch]\n"
	if got, want := needed(planFor(t, text, trees)), "/usr/bin/bison"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A file of the app names the fonts that it writes with, by the path or the name of the file.
func TestNamedFonts(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "x")
	const fonts = "/usr/share/fonts/truetype/"
	install(t, root, "python3", "", "/usr/bin/python3.11")
	install(t, root, "fonts", "", fonts+"A.ttf", fonts+"B.ttf", fonts+"C.ttf", "/usr/share/other/D.ttf")
	context := runtimeTree(t, nil, map[string]string{"/app.py": "font('A.ttf', 'D.ttf')\nfont('" + fonts + "B.ttf')\n"})
	for asked, want := range map[string]string{"python3": "", "python3, fonts": fonts + "A.ttf " + fonts + "B.ttf"} {
		text := "sources: {debian: {image: 'debian:bookworm-slim', packages: [" + asked + "]}}\nbinaries: ['debian:/usr/bin/python3.11']\nfiles: [app.py]\nmetadata: none\nexclude: [accounts, tmp, nsswitch]\n"
		res := planFor(t, text, map[string]rootfs.FS{plan.TreeContext: context, "debian": rootfs.Dir(root)})
		if got := needed(res); got != want {
			t.Errorf("%s: got %s, want %s", asked, got, want)
		}
	}
}

// A library that describes its drivers in files opens those that the spec asks for: here
// the tool opens the library of another package by its name, as vulkaninfo does.
func TestAskedForDriver(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "libother.so.7")
	const libraries = "/usr/lib/x86_64-linux-gnu/"
	for name, soname := range map[string]string{"libother.so.7": "libvulkan.so.1", "libdriver.so": "libdriver.so", "libstranger.so": "libstranger.so"} {
		cmd := exec.Command("gcc", "-nostdlib", "-shared", "-x", "c", "-", "-o", filepath.Join(root, libraries, name), "-Wl,-soname,"+soname)
		cmd.Stdin = strings.NewReader("int sinter_nothing;")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	driver, err := os.ReadFile(filepath.Join(root, libraries, "libdriver.so"))
	if err != nil {
		t.Fatal(err)
	}
	install(t, root, "drivers", "", libraries+"libdriver.so", libraries+"libstranger.so", "/usr/share/vulkan/icd.d/large.json", "/usr/share/vulkan/icd.d/one.json")
	for name, text := range map[string][]byte{
		libraries + "libdriver.so":           driver,
		"/usr/share/vulkan/icd.d/large.json": append([]byte("libstranger.so"), make([]byte, 1<<20)...),
		"/usr/share/vulkan/icd.d/one.json":   []byte(`{"ICD": {"library_path": "` + libraries + `libdriver.so"}}`),
	} {
		if err := os.WriteFile(filepath.Join(root, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const other = libraries + "libother.so.7 /usr/share/other/data /usr/share/tool/data"
	for asked, want := range map[string]string{
		"tool":          other,
		"tool, drivers": libraries + "libdriver.so " + other + " /usr/share/vulkan/icd.d/large.json /usr/share/vulkan/icd.d/one.json",
	} {
		if got := neededOf(t, root, asked); got != want {
			t.Errorf("%s: got %s, want %s", asked, got, want)
		}
	}
}

// A directory that the image's command is given, or that a configuration of the program's names which the
// command is given, ships where the spec asks for all that is in it: by a name that its package provides, too.
func TestAskedForDirectory(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "x")
	install(t, root, "pages", "\nProvides: virtual-pages", "/usr/share/pages/", "/usr/share/pages/index.html", "/usr/share/pages/sub/", "/usr/share/pages/sub/a.css")
	install(t, root, "mixed", "", "/usr/share/mixed/", "/usr/share/mixed/a")
	install(t, root, "unasked", "", "/usr/share/mixed/b")
	if err := os.WriteFile(filepath.Join(root, "etc/settings.conf"), []byte("root = /usr/share/pages\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const data, pages = "/usr/share/tool/data", "/usr/share/pages/index.html /usr/share/pages/sub/a.css "
	for _, test := range []struct{ asked, argument, want string }{
		{"tool", "/usr/share/pages", data},
		{"tool, pages", "/usr/share/pages", pages + data},
		{"tool, pages", "/usr/share/pages/", pages + data},
		{"tool, virtual-pages", "/usr/share/pages", pages + data},
		{"tool, pages", "pages", data},
		{"tool, mixed", "/usr/share/mixed", data},
		{"tool, pages", "/etc/settings.conf", "/etc/settings.conf " + pages + data},
		{"tool", "/etc/settings.conf", "/etc/settings.conf " + data},
	} {
		trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)}
		text := "sources: {debian: {image: 'debian:bookworm-slim', packages: [" + test.asked + "]}}\nbinaries: ['debian:/usr/bin/tool']\ncmd: ['" + test.argument + "']\nmetadata: none\nexclude: [accounts, tmp, nsswitch, /var/lib/tool]\n"
		if got := needed(planFor(t, text, trees)); got != test.want {
			t.Errorf("%s, %s: got %s, want %s", test.asked, test.argument, got, test.want)
		}
	}
}
