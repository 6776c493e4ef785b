package sbom

import (
	"bytes"
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

var update = flag.Bool("update", false, "write testdata")

const goModules = `path	example.com/app/cmd/app
mod	example.com/app	(devel)
dep	example.com/lib	v1.2.3	h1:abc=
dep	example.com/Old/mod	v1.0.0+incompatible	h1:def=
=>	example.com/fork/mod	v1.0.1	h1:ghi=
dep	example.com/local	v0.0.0
=>	../local	(devel)	
build	vcs=git
build	vcs.revision=0123abcd
build	vcs.modified=true
`

const (
	libssl = "pkg:deb/debian/libssl3@3.0.15-1~deb12u1?arch=amd64&distro=debian-12"
	zlib   = "pkg:deb/debian/zlib1g@1%3A1.2.13?arch=amd64&distro=debian-12"
	tzdata = "pkg:deb/debian/tzdata@2025a?arch=all&distro=debian-12"
)

// madeUp is an image with a program that needs two libraries of one package and
// one of another, a Go program, and a base.
func madeUp(t *testing.T) Image {
	t.Helper()
	v := rootfs.NewView()
	var entries []plan.Entry
	file := func(name, pkg string, data []byte, r plan.Reason) {
		if err := v.AddData(name, data, 0o644, 0, 0); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, plan.Entry{Path: name, Kind: plan.KindFile, Package: pkg, Reason: r})
	}
	library := func(chain ...string) plan.Reason {
		return plan.Reason{Cause: plan.CauseLibrary, At: "binaries[0]", Via: "system directory", Chain: chain}
	}
	const ssl, crypto = "/usr/lib/libssl.so.3", "/usr/lib/libcrypto.so.3"
	named := plan.Reason{Cause: plan.CauseBinary, At: "binaries[0]"}
	file("/etc/os-release", "", []byte("ID=debian\n"), plan.Reason{Cause: plan.CausePart, Part: "os-release"})
	file("/usr/bin/app", "", tiny{needed: []string{"libssl.so.3", "libz.so.1"}}.bytes(), named)
	file("/usr/bin/gopher", "", tiny{goVersion: "go1.26.3 X:some", modules: goModules}.bytes(), named)
	gopher := &entries[len(entries)-1]
	gopher.Mode, gopher.Capabilities = 0o4755, "cap_net_raw=ep"
	file("/usr/bin/run", "", []byte("#!/usr/bin/app\n"), named)
	file(crypto, libssl, tiny{soname: "libcrypto.so.3"}.bytes(), library("/usr/bin/app", ssl, crypto))
	file("/usr/lib/libssl.so.3.0", libssl, tiny{soname: "libssl.so.3", needed: []string{"libcrypto.so.3"}}.bytes(), library("/usr/bin/app", ssl))
	file("/usr/lib/libz.so.1", zlib, tiny{soname: "libz.so.1"}.bytes(), library("/usr/bin/app", "/usr/lib/libz.so.1"))
	opened := library("/usr/bin/app", ssl, "/usr/lib/provider.so")
	opened.Cause = plan.CauseOpened
	file("/usr/lib/provider.so", libssl, []byte("\x7fELFbroken"), opened)
	file("/usr/share/doc/libssl3/copyright", libssl, []byte("Apache\n"), plan.Reason{Cause: plan.CauseMetadata, Content: "copyright", Package: libssl})
	file("/var/lib/data", "", []byte{0, 1}, plan.Reason{Cause: plan.CauseFile, At: "files[0]"})
	if err := v.AddLink(ssl, "libssl.so.3.0"); err != nil {
		t.Fatal(err)
	}
	entries = append(entries,
		plan.Entry{Path: ssl, Kind: plan.KindSymlink, Target: "libssl.so.3.0", Package: libssl},
		plan.Entry{Path: "/usr", Kind: plan.KindDir},
	)
	return Image{
		Name:    "made-up",
		Base:    "example.com/base",
		Created: time.Unix(1700000000, 0),
		Tree:    v,
		Plan: &plan.Plan{
			Platform: "linux/amd64",
			Entries:  entries,
			Packages: []plan.Package{
				{
					PURL: libssl, Manager: plan.Dpkg, Name: "libssl3", Version: "3.0.15-1~deb12u1", Arch: "amd64",
					Source: "openssl", Licenses: []string{"Apache-2.0", "Artistic-1.0 OR GPL-1.0-or-later", "public-domain"},
					Supplier: "Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>",
					Homepage: "https://www.openssl.org/", Size: 1 << 20,
				},
				{
					PURL: zlib, Manager: plan.Dpkg, Name: "zlib1g", Version: "1:1.2.13", Supplier: "Mark Brown <broonie@debian.org>",
					Homepage: "javascript:alert(1)",
				},
			},
			Provided: []plan.Provided{{Name: "libcuda.so.1", NeededBy: []string{"/usr/bin/app", crypto}, At: "libraries.provided[0]"}},
			BasePackages: []plan.Package{
				{PURL: tzdata, Manager: plan.Dpkg, Name: "tzdata", Version: "2025a"},
				{PURL: zlib, Manager: plan.Dpkg, Name: "zlib1g", Version: "1:1.2.13"},
			},
		},
	}
}

func encode(t *testing.T, img Image) []byte {
	t.Helper()
	doc, err := Make(context.Background(), img)
	if err != nil {
		t.Fatal(err)
	}
	text, err := Encode(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDocument(t *testing.T) {
	t.Parallel()
	got := encode(t, madeUp(t))
	const golden = "testdata/made-up.spdx.json"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the document is not %s but\n%s", golden, got)
	}
}

// What SPDX's own library reads is valid to it, and is written the same again.
func TestValid(t *testing.T) {
	t.Parallel()
	text := encode(t, madeUp(t))
	doc, err := spdxjson.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := spdxlib.ValidateDocument(doc); err != nil {
		t.Error(err)
	}
	again, err := Encode(doc)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, text) {
		t.Error("read and written again, the document differs")
	}
}

// The order in which packages and entries come in makes no difference.
func TestStable(t *testing.T) {
	t.Parallel()
	want := encode(t, madeUp(t))
	for range 20 {
		img := madeUp(t)
		for _, list := range [][]plan.Package{img.Plan.Packages, img.Plan.BasePackages} {
			rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
		slices.Reverse(img.Plan.Entries)
		if got := encode(t, img); !bytes.Equal(got, want) {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// The namespace belongs to the content.
func TestNamespace(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, name := range []string{"a", "b"} {
		img := madeUp(t)
		img.Name = name
		doc, err := Make(context.Background(), img)
		if err != nil {
			t.Fatal(err)
		}
		seen[doc.DocumentNamespace] = true
	}
	if len(seen) != 2 {
		t.Errorf("two documents have the namespace %v", seen)
	}
}

func TestLicenses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		declared []string
		want     string
	}{
		{nil, "NOASSERTION"},
		{[]string{"MIT"}, "MIT"},
		{[]string{"MIT", "MIT"}, "MIT"},
		{[]string{"GPL-2.0-only OR MIT"}, "GPL-2.0-only OR MIT"},
		{[]string{"MIT", "GPL-2.0-only OR MIT"}, "(GPL-2.0-only OR MIT) AND MIT"},
		{[]string{"GPL-2.0-or-later WITH Bison-exception-2.2"}, "GPL-2.0-or-later WITH Bison-exception-2.2"},
		{[]string{"public-domain"}, "LicenseRef-public-domain-6ff96a20467f"},
		{[]string{"LicenseRef-mine"}, "LicenseRef-LicenseRef-mine-285e66e30d8b"},
		{[]string{"what\never (it) is"}, "LicenseRef-what-ever--it--is-2043ac6dc587"},
	} {
		l := licenses{}
		if got := l.declared(test.declared); got != test.want {
			t.Errorf("%q: got %s, want %s", test.declared, got, test.want)
		}
	}
}

func TestSupplier(t *testing.T) {
	t.Parallel()
	for maintainer, want := range map[string]string{
		"Mark Brown <broonie@debian.org>":                      "Person: Mark Brown (broonie@debian.org)",
		"GNU Libc Maintainers <debian-glibc@lists.debian.org>": "Organization: GNU Libc Maintainers (debian-glibc@lists.debian.org)",
		"Fedora Project":                           "Organization: Fedora Project",
		"Someone\n Folded <someone@example.com>":   "Person: Someone Folded (someone@example.com)",
		"Debian QA Group <packages@qa.debian.org>": "Organization: Debian QA Group (packages@qa.debian.org)",
	} {
		s := supplier(maintainer)
		if got := s.SupplierType + ": " + s.Supplier; got != want {
			t.Errorf("%q: got %q, want %q", maintainer, got, want)
		}
	}
}
