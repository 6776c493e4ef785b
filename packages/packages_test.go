package packages

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// tree makes a tree of a txtar text. "a -> b" is a link, a name that ends in "/"
// a directory, and the comment is os-release.
func tree(t testing.TB, text string) rootfs.FS {
	t.Helper()
	v := rootfs.NewView()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a := txtar.Parse([]byte(text))
	for _, f := range a.Files {
		if name, target, ok := strings.Cut(f.Name, " -> "); ok {
			check(v.AddLink(name, target))
		}
	}
	if len(a.Comment) > 0 {
		check(v.AddData("/usr/lib/os-release", a.Comment, 0o644, 0, 0))
		check(v.AddLink("/etc/os-release", "../usr/lib/os-release"))
	}
	for _, f := range a.Files {
		switch {
		case strings.Contains(f.Name, " -> "):
		case strings.HasSuffix(f.Name, "/"):
			check(v.AddDir(f.Name, 0o755, 0, 0))
		default:
			check(v.AddData(f.Name, f.Data, 0o644, 0, 0))
		}
	}
	return v
}

// show is package metadata as a txtar text, the form of the wanted results.
func show(t testing.TB, files []MetadataFile) string {
	t.Helper()
	var a txtar.Archive
	for _, e := range files {
		data := string(e.Data)
		if e.From != "" {
			data = "copy of " + e.From + "\n"
		}
		for _, l := range e.Links {
			data += "with " + l.Path + " -> " + l.Target + "\n"
		}
		a.Files = append(a.Files, txtar.File{Name: e.Path + " (" + e.Title + ")", Data: []byte(data)})
	}
	return string(txtar.Format(&a))
}

// ship is what an image has when it takes files from where they are.
func ship(t testing.TB, db *DB, files ...string) map[*plan.Package][]Shipped {
	t.Helper()
	owners, err := db.Owners(files)
	if err != nil {
		t.Fatal(err)
	}
	shipped := map[*plan.Package][]Shipped{}
	for f, p := range owners {
		_, err := db.tree.ReadLink(rootfs.Name(f))
		shipped[p] = append(shipped[p], Shipped{Path: f, Origin: f, Link: err == nil})
	}
	return shipped
}

func open(t testing.TB, fsys rootfs.FS) *DB {
	t.Helper()
	db, err := Open(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// owners asks for the owners of every file and link of a txtar text.
func owners(t testing.TB, text string) map[string]string {
	t.Helper()
	fsys := tree(t, text)
	var files []string
	for _, f := range txtar.Parse([]byte(text)).Files {
		name, _, _ := strings.Cut(f.Name, " -> ")
		name = path.Clean("/" + name)
		if r, err := rootfs.Resolve(fsys, path.Dir(name)); err == nil && !strings.HasPrefix(name, dpkgDir) {
			files = append(files, path.Join(r.Path, path.Base(name)))
		}
	}
	got, err := open(t, fsys).Owners(files)
	if err != nil {
		t.Fatal(err)
	}
	short := map[string]string{}
	for f, p := range got {
		short[f] = p.Name
		if p.Arch != "" {
			short[f] += ":" + p.Arch
		}
	}
	return short
}

const debian12 = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
ID=debian
`

func stanzaOf(name, arch, more string) string {
	return "Package: " + name + "\nStatus: install ok installed\nArchitecture: " + arch + "\nVersion: 1.0-1\n" + more + "\n"
}

func TestOwnersDpkg(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, tree string
		want       map[string]string
	}{
		{
			name: "merged /usr, both ways, and other linked directories",
			tree: "-- lib -> usr/lib --\n-- usr/lib64 -> /lib/x --\n-- usr/lib/x/libc.so.6 --\n-- usr/lib/x/libm.so.6 --\n-- usr/lib/x/libz.so.1 --\n" +
				"-- var/lib/dpkg/status --\n" + stanzaOf("libc6", "amd64", "") +
				"-- var/lib/dpkg/info/libc6:amd64.list --\n/.\n/lib\n/lib/x\n/lib/x/libc.so.6\n/usr/lib/x/libm.so.6\n/usr/lib64/libz.so.1\n",
			want: map[string]string{
				"/lib":                 "libc6:amd64", // a directory that one package lists
				"/usr/lib/x/libc.so.6": "libc6:amd64", "/usr/lib/x/libm.so.6": "libc6:amd64", "/usr/lib/x/libz.so.1": "libc6:amd64",
			},
		},
		{
			name: "a directory of several packages, a file that nobody owns, a package that was removed",
			tree: "-- etc/ --\n-- etc/a --\n-- etc/b --\n-- etc/c --\n-- etc/rc --\n" +
				"-- var/lib/dpkg/status --\n" + stanzaOf("a", "all", "") + stanzaOf("b", "all", "") +
				"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n" +
				"-- var/lib/dpkg/info/a.list --\n/etc\n/etc/a\n-- var/lib/dpkg/info/b.list --\n/etc\n/etc/b\n" +
				"-- var/lib/dpkg/info/gone.list --\n/etc/rc\n",
			want: map[string]string{"/etc/a": "a:all", "/etc/b": "b:all"},
		},
		{
			name: "diversions: the diverter's file, the diverted one, a local diversion",
			tree: "-- bin -> usr/bin --\n-- usr/bin/sh --\n-- usr/bin/sh.distrib --\n-- usr/bin/tool --\n-- usr/bin/tool.real --\n" +
				"-- var/lib/dpkg/diversions --\n/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/tool\n/usr/bin/tool.real\n:\n" +
				"-- var/lib/dpkg/status --\n" + stanzaOf("bash", "amd64", "") + stanzaOf("dash", "amd64", "") + stanzaOf("tool", "amd64", "") +
				"-- var/lib/dpkg/info/bash.list --\n/bin/sh\n-- var/lib/dpkg/info/dash.list --\n/bin/sh\n" +
				"-- var/lib/dpkg/info/tool.list --\n/usr/bin/tool\n",
			want: map[string]string{"/usr/bin/sh": "dash:amd64", "/usr/bin/sh.distrib": "bash:amd64", "/usr/bin/tool.real": "tool:amd64"},
		},
		{
			name: "alternatives and links that ldconfig made belong to what they lead to",
			tree: "-- usr/bin/mawk --\n-- usr/bin/awk -> /etc/alternatives/awk --\n-- etc/alternatives/awk -> /usr/bin/mawk --\n" +
				"-- usr/lib/libx.so.1.2 --\n-- usr/lib/libx.so.1 -> libx.so.1.2 --\n-- usr/lib/dangling -> none --\n-- usr/lib/loop -> loop --\n" +
				"-- var/lib/dpkg/status --\n" + stanzaOf("mawk", "amd64", "") + stanzaOf("libx1", "amd64", "") +
				"-- var/lib/dpkg/info/mawk.list --\n/usr/bin/mawk\n-- var/lib/dpkg/info/libx1:amd64.list --\n/usr/lib/libx.so.1.2\n",
			want: map[string]string{
				"/usr/bin/mawk": "mawk:amd64", "/usr/bin/awk": "mawk:amd64", "/etc/alternatives/awk": "mawk:amd64",
				"/usr/lib/libx.so.1.2": "libx1:amd64", "/usr/lib/libx.so.1": "libx1:amd64",
			},
		},
		{
			name: "architectures of one package share a file",
			tree: "-- usr/share/doc/libx/copyright --\n-- usr/lib/a/x --\n-- usr/lib/b/x --\n" +
				"-- var/lib/dpkg/status --\n" + stanzaOf("libx", "i386", "") + stanzaOf("libx", "amd64", "") +
				"-- var/lib/dpkg/info/libx:i386.list --\n/usr/share/doc/libx/copyright\n/usr/lib/a/x\n" +
				"-- var/lib/dpkg/info/libx:amd64.list --\n/usr/share/doc/libx/copyright\n/usr/lib/b/x\n",
			want: map[string]string{"/usr/share/doc/libx/copyright": "libx:amd64", "/usr/lib/a/x": "libx:i386", "/usr/lib/b/x": "libx:amd64"},
		},
		{
			name: "distroless: a stanza a file, and md5sums for a list",
			tree: "-- lib/libc.so.6 --\n-- usr/share/tz --\n-- lib/libc.so -> libc.so.6 --\n" +
				"-- var/lib/dpkg/status.d/libc6 --\nPackage: libc6\nVersion: 1\nArchitecture: amd64\n" +
				"-- var/lib/dpkg/status.d/libc6.md5sums --\n00000000000000000000000000000000  lib/libc.so.6\nshort\n" +
				"-- var/lib/dpkg/status.d/tzdata --\nPackage: tzdata\nVersion: 1\nArchitecture: all\n" +
				"-- var/lib/dpkg/status.d/tzdata.md5sums --\n00000000000000000000000000000000  ./usr/share/tz\n",
			want: map[string]string{"/lib/libc.so.6": "libc6:amd64", "/lib/libc.so": "libc6:amd64", "/usr/share/tz": "tzdata:all"},
		},
		{name: "neither", tree: "-- usr/bin/x --\n", want: map[string]string{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := owners(t, debian12+test.tree); !maps.Equal(got, test.want) {
				t.Errorf("got  %v\nwant %v", got, test.want)
			}
		})
	}
}

func sum(data string) string {
	s := md5.Sum([]byte(data))
	return hex.EncodeToString(s[:])
}

const libx = debian12 + `-- etc/debian_version --
12.5
-- usr/lib/libx.so.1.2 --
ELF
-- usr/lib/libx.so.1 -> libx.so.1.2 --
-- lib -> usr/lib --
-- etc/x.conf --
changed
-- etc/y.conf --
-- usr/share/doc/libx1 -> libx-common --
-- usr/share/doc/libx-common/copyright --
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: somebody
License: GPL-2+ or Expat
 On Debian systems see /usr/share/common-licenses/GPL.

License: Expat
 text
-- usr/share/common-licenses/GPL -> GPL-3 --
-- usr/share/common-licenses/GPL-3 --
GNU
-- var/lib/dpkg/status --
Package: base-files
Status: install ok installed
Architecture: amd64
Version: 12.4
Description: base

Package: libx1
Status: install ok triggers-pending
Priority: optional
Installed-Size: 12
Maintainer: Somebody <somebody@example.org>
Architecture: amd64
Multi-Arch: same
Source: x (1.2-3)
Version: 1:1.2-3+b1
Depends: libc6 (>= 2.34), base-files | other
Conffiles:
 /etc/x.conf 11111111111111111111111111111111
 /etc/y.conf 22222222222222222222222222222222
Description: a library
 and a long story.
Homepage: https://example.org/x

-- var/lib/dpkg/info/base-files.list --
/etc/os-release
/etc/debian_version
/usr/lib/os-release
/usr/share/common-licenses/GPL-3
/usr/share/common-licenses/GPL
-- var/lib/dpkg/info/base-files.md5sums --
33333333333333333333333333333333  usr/lib/os-release
-- var/lib/dpkg/info/libx1:amd64.list --
/lib/libx.so.1.2
/lib/libx.so.1
/etc/x.conf
/etc/y.conf
-- var/lib/dpkg/info/libx1:amd64.md5sums --
44444444444444444444444444444444  lib/libx.so.1.2
`

func TestMetadataDpkg(t *testing.T) {
	t.Parallel()
	db := open(t, tree(t, libx))
	got, err := db.Metadata(nil, ship(t, db, "/usr/lib/libx.so.1.2", "/usr/lib/libx.so.1", "/etc/x.conf", "/nobody"))
	if err != nil {
		t.Fatal(err)
	}
	copyright := txtarFile(libx, "usr/share/doc/libx-common/copyright")
	want := `-- /etc/debian_version (distribution marker) --
copy of /etc/debian_version
-- /usr/lib/os-release (distribution marker) --
copy of /usr/lib/os-release
with /etc/os-release -> ../usr/lib/os-release
-- /usr/share/common-licenses/GPL-3 (licence text GPL-3) --
copy of /usr/share/common-licenses/GPL-3
with /usr/share/common-licenses/GPL -> GPL-3
-- /usr/share/doc/libx1/copyright (licence of libx1) --
copy of /usr/share/doc/libx-common/copyright
-- /var/lib/dpkg/status.d/base-files (package metadata of base-files) --
Package: base-files
Status: install ok installed
Architecture: amd64
Version: 12.4
Description: base
-- /var/lib/dpkg/status.d/base-files.md5sums (package metadata of base-files) --
` + sum("12.5\n") + `  etc/debian_version
33333333333333333333333333333333  usr/lib/os-release
` + sum("GNU\n") + `  usr/share/common-licenses/GPL-3
-- /var/lib/dpkg/status.d/libx1 (package metadata of libx1) --
Package: libx1
Status: install ok installed
Priority: optional
Installed-Size: 12
Maintainer: Somebody <somebody@example.org>
Architecture: amd64
Multi-Arch: same
Source: x (1.2-3)
Version: 1:1.2-3+b1
Depends: libc6 (>= 2.34), base-files | other
Conffiles:
 /etc/x.conf 11111111111111111111111111111111
Description: a library
Homepage: https://example.org/x
-- /var/lib/dpkg/status.d/libx1.md5sums (package metadata of libx1) --
11111111111111111111111111111111  etc/x.conf
44444444444444444444444444444444  usr/lib/libx.so.1.2
` + sum(copyright) + `  usr/share/doc/libx1/copyright
`
	if got := show(t, got); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if w := db.Warnings(); len(w) > 0 {
		t.Error(w)
	}
}

func txtarFile(text, name string) string {
	for _, f := range txtar.Parse([]byte(text)).Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func TestAllDpkg(t *testing.T) {
	t.Parallel()
	got, err := open(t, tree(t, libx)).All()
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 {
		t.Fatal(got)
	}
	want := plan.Package{
		PURL:    "pkg:deb/debian/libx1@1%3A1.2-3%2Bb1?arch=amd64&distro=debian-12.5&upstream=x%401.2-3",
		Manager: plan.Dpkg, Name: "libx1", Version: "1:1.2-3+b1", Arch: "amd64", Source: "x", SourceVersion: "1.2-3",
		Licenses: []string{"GPL-2.0-or-later OR MIT"}, Supplier: "Somebody <somebody@example.org>",
		Homepage: "https://example.org/x", Size: 12 << 10,
	}
	if p := *got[1]; !equal(p, want) {
		t.Errorf("got  %+v\nwant %+v", p, want)
	}
	if got[0].Name != "base-files" {
		t.Errorf("%+v", got[0])
	}
}

func equal(a, b plan.Package) bool {
	same := slices.Equal(a.Licenses, b.Licenses)
	a.Licenses, b.Licenses = nil, nil
	return same && a.PURL == b.PURL && a.Supplier == b.Supplier && a.Homepage == b.Homepage && a.Size == b.Size &&
		a.Source == b.Source && a.SourceVersion == b.SourceVersion && a.Version == b.Version
}

// TestMetadataBase puts the library's metadata over bases that have some.
func TestMetadataBase(t *testing.T) {
	t.Parallel()
	base := "-- etc/os-release --\nID=other\n-- usr/share/common-licenses/GPL -> x --\n-- usr/share/common-licenses/x --\n"
	tests := []struct{ name, base, want string }{
		{
			name: "nothing of the package",
			base: base,
			want: "/usr/share/doc/libx1/copyright /var/lib/dpkg/status.d/libx1 /var/lib/dpkg/status.d/libx1.md5sums",
		},
		{
			name: "the same version, other files",
			base: base + "-- var/lib/dpkg/status.d/libx1 --\nPackage: libx1\nVersion: 1:1.2-3+b1\nArchitecture: amd64\n" +
				"-- var/lib/dpkg/status.d/libx1.md5sums --\n55555555555555555555555555555555  usr/lib/liby.so\n",
			want: "/usr/share/doc/libx1/copyright /var/lib/dpkg/status.d/libx1.md5sums+liby",
		},
		{
			name: "another version",
			base: base + "-- var/lib/dpkg/status.d/libx1 --\nPackage: libx1\nVersion: 1.1\nArchitecture: amd64\n" +
				"-- var/lib/dpkg/status.d/libx1.md5sums --\n55555555555555555555555555555555  usr/lib/liby.so\n",
			want: "/usr/share/doc/libx1/copyright /var/lib/dpkg/status.d/libx1.1:1.2-3+b1 /var/lib/dpkg/status.d/libx1.md5sums+liby",
		},
		{
			name: "another architecture",
			base: base + "-- var/lib/dpkg/status.d/libx1 --\nPackage: libx1\nVersion: 1:1.2-3+b1\nArchitecture: i386\n" +
				"-- var/lib/dpkg/status.d/libx1.md5sums --\n55555555555555555555555555555555  usr/lib/liby.so\n",
			want: "/usr/share/doc/libx1/copyright /var/lib/dpkg/status.d/libx1:amd64 /var/lib/dpkg/status.d/libx1:amd64.md5sums",
		},
		{
			name: "the same version in dpkg's own database",
			base: base + "-- var/lib/dpkg/status --\nPackage: libx1\nStatus: install ok installed\nVersion: 1:1.2-3+b1\nArchitecture: amd64\n",
			want: "/usr/share/doc/libx1/copyright",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := open(t, tree(t, libx))
			files, err := db.Metadata(tree(t, test.base), ship(t, db, "/usr/lib/libx.so.1.2"))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range files {
				if strings.Contains(string(e.Data), "liby") {
					e.Path += "+liby"
				}
				got = append(got, e.Path)
			}
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestMergeMetadata(t *testing.T) {
	t.Parallel()
	one := open(t, tree(t, libx))
	two := open(t, tree(t, strings.ReplaceAll(strings.ReplaceAll(libx, "1:1.2-3+b1", "1:1.2-4"), "12.5", "12.6")))
	alpine := open(t, tree(t, alpineTree))
	var sets [][]MetadataFile
	for _, s := range []struct {
		db    *DB
		files []string
	}{{one, []string{"/usr/lib/libx.so.1.2"}}, {one, []string{"/etc/x.conf"}}, {two, []string{"/etc/y.conf"}}, {alpine, []string{"/usr/lib/libz.so.1.3"}}} {
		e, err := s.db.Metadata(nil, ship(t, s.db, s.files...))
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, e)
	}
	var got []string
	for _, e := range MergeMetadata(sets...) {
		got = append(got, string(rune('0'+e.Set))+e.Path)
		if strings.HasSuffix(e.Path, "libx1.md5sums") {
			if text := string(e.Data); strings.Count(text, "\n") != 4 {
				t.Errorf("%s:\n%s", e.Path, text)
			}
		}
	}
	want := []string{
		"0/etc/debian_version", "3/lib/apk/db/installed", "0/usr/lib/os-release", "0/usr/share/common-licenses/GPL-3",
		"0/usr/share/doc/libx1/copyright", "0/var/lib/dpkg/status.d/base-files", "0/var/lib/dpkg/status.d/base-files.md5sums",
		"0/var/lib/dpkg/status.d/libx1", "2/var/lib/dpkg/status.d/libx1.1:1.2-4", "0/var/lib/dpkg/status.d/libx1.md5sums",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A package consists of what ucf has put under its name, too, and its own script says what is done
// when it is installed.
func TestManagedAndInstaller(t *testing.T) {
	t.Parallel()
	db, err := Open(tree(t, "-- var/lib/dpkg/status --\n"+stanzaOf("a", "all", "")+stanzaOf("b", "all", "")+
		"-- var/lib/dpkg/info/a.list --\n/etc/a\n-- var/lib/dpkg/info/a.postinst --\nchown a /var/a\n-- var/lib/dpkg/info/b.list --\n/etc/b\n"+
		"-- var/lib/ucf/registry --\na \t /etc/a/conf\nb\t/etc/b/conf\na relative\na /../x\na /etc/a/two\nbroken\n"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := db.All()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range all {
		names, err := db.Contents(p)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s: %s; %q", p.Name, strings.Join(names, " "), db.Installer(p)))
	}
	want := `a: /etc/a /etc/a/conf /etc/a/two; "chown a /var/a\n", b: /etc/b /etc/b/conf; ""`
	if text := strings.Join(got, ", "); text != want {
		t.Errorf("got %s, want %s", text, want)
	}
}
