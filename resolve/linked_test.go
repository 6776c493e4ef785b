//go:build linux && amd64

package resolve_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// A linkedTree is needsTree with a program that is linked with libraries.
type linkedTree struct {
	t    *testing.T
	root string
}

func newLinkedTree(t *testing.T) linkedTree {
	t.Helper()
	tree := linkedTree{t, needsDir(t, "x")}
	loader, err := os.ReadFile("/lib64/ld-linux-x86-64.so.2")
	if err != nil {
		t.Fatal(err)
	}
	tree.write("lib64/ld-linux-x86-64.so.2", string(loader), 0o755)
	return tree
}

func (l linkedTree) write(name, text string, mode os.FileMode) {
	l.t.Helper()
	at := filepath.Join(l.root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(text), mode), os.Chmod(at, mode)); err != nil {
		l.t.Fatal(err)
	}
}

// own adds paths to those of a package.
func (l linkedTree) own(pkg string, paths ...string) {
	l.t.Helper()
	f, err := os.OpenFile(filepath.Join(l.root, "var/lib/dpkg/info", pkg+".list"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		l.t.Fatal(err)
	}
	_, err = fmt.Fprintln(f, strings.Join(paths, "\n"))
	if err := errors.Join(err, f.Close()); err != nil {
		l.t.Fatal(err)
	}
}

// compile makes an ELF file that is linked with libraries of the tree.
func (l linkedTree) compile(name, source string, args ...string) {
	l.t.Helper()
	if err := os.MkdirAll(filepath.Join(l.root, filepath.Dir(name)), 0o755); err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.Command("gcc", append([]string{"-nostdlib", "-fPIC", "-fno-builtin", "-o", name, "-x", "c", "-", "-x", "none", "-Wl,--no-as-needed", "-Wl,--allow-shlib-undefined"}, args...)...)
	cmd.Dir, cmd.Stdin = l.root, strings.NewReader(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		l.t.Fatalf("gcc: %v\n%s", err, out)
	}
}

const libraries = "usr/lib/x86_64-linux-gnu/"

func (l linkedTree) library(name, source string, args ...string) {
	l.compile(libraries+name, source, append([]string{"-shared", "-Wl,-soname," + name}, args...)...)
}

func (l linkedTree) program(source string, args ...string) {
	l.compile("usr/bin/tool", source, append([]string{"-pie", "-e", "main"}, args...)...)
}

const noCode = "int main(void) { return 0; }\n"

// A program starts one of a package that its own depends on by a link that is another package's,
// as gcc does "as" of binutils.
func TestProgramByAnothersLink(t *testing.T) {
	t.Parallel()
	tree := linkedTree{t, needsDir(t, "alias")}
	tree.own("stranger", "/usr/bin/alias")
	if err := os.Symlink("other", filepath.Join(tree.root, "usr/bin/alias")); err != nil {
		t.Fatal(err)
	}
	checkNeeded(t, tree.root, "binaries: ['debian:/usr/bin/tool']\n", "/usr/bin/alias /usr/bin/other /usr/share/tool/data /var/lib/tool 65532")
}

// A program that calls no function of a library asks the kernel itself to start others, as Free
// Pascal's do; one that calls others and none for that starts nothing. Libraries start programs for others.
func TestProgramThatAsksKernel(t *testing.T) {
	t.Parallel()
	const data = "/usr/share/tool/data /var/lib/tool 65532"
	for _, test := range []struct{ source, want string }{
		{"const char *name = \"other\"; int main(void) { return name[0]; }\n", "/usr/bin/other " + data},
		{"int f(void); const char *name = \"other\"; int main(void) { return name[f()]; }\n", data},
		{"int pipecmd_new(void); const char *name = \"other\"; int main(void) { return name[pipecmd_new()]; }\n", "/usr/bin/other " + data},
	} {
		tree := newLinkedTree(t)
		tree.library("libf.so.1", "int f(void) { return 0; }\nint pipecmd_new(void) { return 0; }\n")
		tree.program(test.source, "-fvisibility=hidden", libraries+"libf.so.1")
		checkNeeded(t, tree.root, "binaries: ['debian:/usr/bin/tool']\n", test.want)
	}
}

// A program that a package's script starts has around itself what it opens, as 7z has 7z.so, though
// it is one of the files that ship with the script.
func TestProgramBehindScript(t *testing.T) {
	t.Parallel()
	tree := linkedTree{t, needsDir(t, "x")}
	program, err := os.ReadFile(filepath.Join(tree.root, "usr/bin/tool"))
	if err != nil {
		t.Fatal(err)
	}
	tree.write("usr/bin/script", "#!/bin/sh\nexec /usr/lib/tool/main \"$@\"\n", 0o755)
	tree.write("usr/lib/tool/main", string(program), 0o755)
	tree.write("usr/lib/tool/main.so", "x", 0o644)
	tree.write("bin/sh", string(program), 0o755)
	tree.own("tool", "/usr/bin/script", "/usr/lib/tool/main", "/usr/lib/tool/main.so")
	const want = "/usr/lib/tool/a.mod /usr/lib/tool/main /usr/lib/tool/main.so /usr/lib/tool/sub/b.mod /usr/share/both/tool /usr/share/tool/data /var/lib/tool 65532"
	checkNeeded(t, tree.root, "binaries: ['debian:/usr/bin/script']\n", want)
}

// A library opens a configuration of its own package by a name that it puts behind "/etc", and with
// it what that includes by paths from where it lies.
func TestConfigurationOfLibrary(t *testing.T) {
	t.Parallel()
	tree := newLinkedTree(t)
	tree.library("libstrange.so.1", "const char *name[] = {\"/etc\", \"stranger.conf\"};\n")
	tree.program(noCode, libraries+"libstrange.so.1")
	tree.own("stranger", "/"+libraries+"libstrange.so.1", "/etc/strangest.conf", "/etc/stranger.d", "/etc/stranger.d/a.conf")
	tree.write("etc/strangest.conf", "x", 0o644)
	tree.write("etc/stranger.conf", "plugins {\n\tinclude stranger.d/*.conf\n}\n", 0o644)
	tree.write("etc/stranger.d/a.conf", "x", 0o644)
	checkNeeded(t, tree.root, "binaries: ['debian:/usr/bin/tool']\n", "/etc/stranger.conf /etc/stranger.d/a.conf /usr/share/tool/data /var/lib/tool 65532")
}

// A library opens the modules of its own package in the directory beside it that has its name.
func TestModulesOfLibrary(t *testing.T) {
	t.Parallel()
	tree := newLinkedTree(t)
	tree.library("libstrange-1.0.so.1", noCode)
	tree.program(noCode, libraries+"libstrange-1.0.so.1")
	dir := "/" + libraries + "strange-1.0"
	tree.own("stranger", "/"+libraries+"libstrange-1.0.so.1", dir, dir+"/a.so", dir+"/helper", dir+"/gone.so")
	tree.own("tool", dir+"/b.so")
	for _, name := range []string{"a.so", "b.so", "helper"} {
		tree.write(dir[1:]+"/"+name, "x", 0o644)
	}
	checkNeeded(t, tree.root, "binaries: ['debian:/usr/bin/tool']\n", dir+"/a.so /usr/share/tool/data /var/lib/tool 65532")
}

// A library opens one of a package that its own depends on, of the same source, by its own name and more.
func TestLibraryThatExtends(t *testing.T) {
	t.Parallel()
	tree := newLinkedTree(t)
	tree.library("libother.so.7", noCode)
	tree.program(noCode, libraries+"libother.so.7")
	tree.library("libother-mod.so.1", noCode)
	tree.library("libotherwise.so.1", noCode)
	tree.own("other-data", "/"+libraries+"libother-mod.so.1", "/"+libraries+"libotherwise.so.1")
	checkNeeded(t, tree.root, "binaries: ['debian:/usr/bin/tool']\n", "/"+libraries+"libother-mod.so.1 /usr/share/other/data /usr/share/tool/data /var/lib/tool 65532")
}

// Rpmbuild writes scripts into /var/tmp that begin with commands of its macros.
func TestScriptsOfRpmbuild(t *testing.T) {
	t.Parallel()
	emptyContext := tree(t)
	tree := newLinkedTree(t)
	tree.library("librpmbuild.so.9", noCode)
	tree.program(noCode, libraries+"librpmbuild.so.9")
	tree.own("stranger", "/"+libraries+"librpmbuild.so.9")
	install(t, tree.root, "coreutils", "", "/bin/mkdir", "/bin/rm", "/bin/rmdir")
	tmp := filepath.Join(tree.root, "var/tmp")
	if err := errors.Join(os.Mkdir(tmp, 0o777), os.Chmod(tmp, 0o777)); err != nil {
		t.Fatal(err)
	}
	res := planFor(t, "binaries: ['debian:/usr/bin/tool']\n", map[string]rootfs.FS{plan.TreeContext: emptyContext, "debian": rootfs.Dir(tree.root)})
	if got, want := needed(res), "/bin/mkdir /bin/rm /usr/share/tool/data /var/lib/tool 65532 /var/tmp 65532"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What a rule says of a library holds where it is a plugin, too: Open MPI ends if there is no ssh, and
// nbdkit's filters make files in /var/tmp.
func TestRuleForPlugin(t *testing.T) {
	t.Parallel()
	emptyContext := tree(t)
	tree := linkedTree{t, needsDir(t, "/usr/lib/tool")}
	tree.compile("usr/lib/tool/rsh.so", noCode, "-shared", "-Wl,-soname,mca_plm_rsh.so")
	tree.compile("usr/lib/tool/cow.so", noCode, "-shared", "-Wl,-soname,nbdkit-cow-filter.so")
	tree.compile("usr/bin/ssh", noCode, "-static", "-e", "main")
	tree.own("tool", "/usr/lib/tool/cow.so", "/usr/lib/tool/rsh.so")
	tree.own("stranger", "/usr/bin/ssh")
	tmp := filepath.Join(tree.root, "var/tmp")
	if err := errors.Join(os.Mkdir(tmp, 0o777), os.Chmod(tmp, 0o777)); err != nil {
		t.Fatal(err)
	}
	res := planFor(t, "binaries: ['debian:/usr/bin/tool']\n", map[string]rootfs.FS{plan.TreeContext: emptyContext, "debian": rootfs.Dir(tree.root)})
	const want = "/usr/bin/ssh /usr/lib/tool/a.mod /usr/lib/tool/cow.so /usr/lib/tool/rsh.so /usr/lib/tool/sub/b.mod /usr/share/tool/data /var/lib/tool 65532 /var/tmp 65532"
	if got := needed(res); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// With the parser of SGML ship the catalogs, which it reads whole.
func TestCatalogsOfSGML(t *testing.T) {
	t.Parallel()
	tree := newLinkedTree(t)
	tree.library("libosp.so.5", noCode)
	tree.program(noCode, libraries+"libosp.so.5")
	tree.own("stranger", "/"+libraries+"libosp.so.5", "/usr/share/sgml/a/catalog")
	tree.write("usr/share/sgml/a/catalog", "x", 0o644)
	tree.write("etc/sgml/catalog", "CATALOG /usr/share/sgml/a/catalog\n", 0o644)
	checkNeeded(t, tree.root, "binaries: ['debian:/usr/bin/tool']\n", "/etc/sgml/catalog /usr/share/sgml/a/catalog /usr/share/tool/data /var/lib/tool 65532")
}

// The fonts of a package that the spec asks for ship beside one family in which there are all letters.
func TestAskedForFonts(t *testing.T) {
	t.Parallel()
	tree := newLinkedTree(t)
	tree.library("libfontconfig.so.1", noCode)
	tree.program(noCode, libraries+"libfontconfig.so.1")
	tree.own("stranger", "/"+libraries+"libfontconfig.so.1")
	install(t, tree.root, "fonts-dejavu", "", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
	install(t, tree.root, "fonts-x", "", "/usr/share/fonts/opentype/x/x.otf", "/usr/share/fonts/opentype/x/README")
	const font = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf /usr/share/tool/data"
	for asked, want := range map[string]string{"tool": font, "tool, fonts-x": "/usr/share/fonts/opentype/x/x.otf " + font} {
		if got := neededOf(t, tree.root, asked); got != want {
			t.Errorf("%s: got %s, want %s", asked, got, want)
		}
	}
}

// A shell that a program starts runs the scripts that ship with it, so that what these call ships.
func TestScriptBehindShell(t *testing.T) {
	t.Parallel()
	tree := linkedTree{t, needsDir(t, "system", "helper")}
	install(t, tree.root, "coreutils", "", "/usr/bin/expr")
	install(t, tree.root, "dash", "", "/usr/bin/dash")
	tree.write("usr/bin/helper", "#!/usr/bin/dash\nexpr 1 + 1\n", 0o755)
	if err := errors.Join(os.Mkdir(filepath.Join(tree.root, "bin"), 0o755), os.Symlink("../usr/bin/dash", filepath.Join(tree.root, "bin/sh"))); err != nil {
		t.Fatal(err)
	}
	checkNeeded(t, tree.root, "binaries: ['debian:/usr/bin/tool']\n", "/usr/bin/expr /usr/bin/helper /usr/share/tool/data /var/lib/tool 65532")
}

// A program that has a shell run commands gets one where the user's configuration has commands as the values
// of settings.
func TestShellForSettings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"path = /x": "", "pipe_command = helper x": "/bin/sh "} {
		tree := linkedTree{t, needsDir(t, "system")}
		install(t, tree.root, "dash", "", "/bin/sh")
		checkNeeded(t, tree.root, "binaries: ['debian:/usr/bin/tool']\nfiles: [{content: '"+text+"', to: /etc/my.conf}]\n", want+"/usr/share/tool/data /var/lib/tool 65532")
	}
}

// What libxml2 reads says itself in which charset it is, and glibc converts from it, unless ICU does.
// A library that names a few charsets converts from these; one with many, from what it is asked for.
func TestCharsetsOfDocuments(t *testing.T) {
	t.Parallel()
	const data = "/usr/share/tool/data /var/lib/tool 65532"
	const gconv = "/" + libraries + "gconv/"
	for _, test := range []struct{ library, icu, want string }{
		{"libfew.so.2", "", gconv + "ISO8859-15.so " + gconv + "gconv-modules " + data},
		{"libxml2.so.2", "", gconv + "ISO8859-15.so " + gconv + "gconv-modules " + data},
		{"libxml2.so.2", libraries + "libicuuc.so.72", data},
		{"libothers.so.2", "", data},
	} {
		t.Run(test.library+test.icu, func(t *testing.T) {
			t.Parallel()
			tree := newLinkedTree(t)
			tree.write(gconv[1:]+"gconv-modules", "module ISO-8859-15// INTERNAL ISO8859-15 1\nmodule X// INTERNAL X 1\n", 0o644)
			tree.write(gconv[1:]+"ISO8859-15.so", "x", 0o644)
			tree.write(gconv[1:]+"X.so", "x", 0o644)
			tree.library("libc.so.6", "int iconv_open(void) { return 0; }\n")
			tree.library("libicuuc.so.72", noCode)
			with := []string{libraries + "libc.so.6"}
			if test.icu != "" {
				with = append(with, test.icu)
			}
			source := "int iconv_open(void); int f(void) { return iconv_open(); }\n"
			switch test.library {
			case "libfew.so.2":
				source += "const char *names[] = {\"ISO-8859-15\", \"UTF-8\"};\n"
			case "libothers.so.2":
				source += "const char *names[] = {\"ISO-8859-15\", \"ISO-8859-1\", \"CP1252\", \"KOI8-R\"};\n"
			}
			tree.library(test.library, source, with...)
			tree.program(noCode, libraries+test.library)
			tree.own("stranger", "/"+libraries+test.library)
			checkNeeded(t, tree.root, "binaries: ['debian:/usr/bin/tool']\n", test.want)
		})
	}
}

// A program that asks PAM about accounts is told to need the list of passwords, and the program that
// reads it where the module does not do so itself: since Linux-PAM 1.6.
func TestWantedPasswords(t *testing.T) {
	t.Parallel()
	emptyContext := tree(t)
	for _, test := range []struct{ module, want string }{
		{"int pam_modutil_getspnam(void); int f(void) { return pam_modutil_getspnam(); }\n", "/etc/shadow asks PAM about accounts, which looks into it"},
		{noCode, "/etc/shadow asks PAM about accounts, which looks into it, /usr/sbin/unix_chkpwd asks PAM about accounts, which starts it to look into /etc/shadow"},
	} {
		tree := newLinkedTree(t)
		tree.library("libpam.so.0", "int pam_modutil_getspnam(void) { return 0; }\n")
		tree.library("security/pam_unix.so", test.module)
		tree.program(noCode, libraries+"libpam.so.0")
		tree.write("etc/pam.d/tool", "auth required pam_unix.so\n", 0o644)
		tree.write("etc/shadow", "root:*:1::::::\n", 0o640)
		tree.write("usr/sbin/unix_chkpwd", "x", 0o755|os.ModeSetgid)
		tree.own("tool", "/etc/pam.d/tool")
		res := planFor(t, "binaries: ['debian:/usr/bin/tool']\n", map[string]rootfs.FS{plan.TreeContext: emptyContext, "debian": rootfs.Dir(tree.root)})
		var got []string
		for _, w := range res.Plan.Wanted {
			got = append(got, w.Path+" "+w.Why)
		}
		if text := strings.Join(got, ", "); text != test.want || res.Diagnostics.Err() != nil {
			t.Errorf("got %s\nwant %s\n%v", text, test.want, res.Diagnostics)
		}
	}
}
