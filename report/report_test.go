package report_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

var update = flag.Bool("update", false, "write what the package says into testdata")

// spec is the file that the made-up plan is of. What its entries say of their
// reasons are its top-level keys.
const spec = `name: shop
sources: {debian: debian:bookworm-slim}
binaries: [debian:/usr/bin/shop]
libraries: {provided: [nvidia]}
include: [tzdata]
files: [{from: site/, to: /srv/}]
directories: [{path: /var/lib/shop, owner: "65532:65532"}]
links: [{path: /shop, target: usr/bin/shop}]
`

func locate(at string) *report.Place {
	for i, line := range strings.Split(spec, "\n") {
		if at != "" && strings.HasPrefix(line, at+":") {
			return &report.Place{File: "app.yaml", Line: i + 1, Text: line}
		}
	}
	return nil
}

const (
	libc = "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12"
	ssl  = "pkg:deb/debian/libssl3@3.0.14-1?arch=amd64&distro=debian-12"
	lib  = "/usr/lib/x86_64-linux-gnu/"
)

// shop is a small plan with every cause of a reason.
func shop() *plan.Plan {
	p := &plan.Plan{
		Platform: "linux/amd64",
		Layers: []plan.Layer{
			{Name: "parts", Title: "ready-made parts"},
			{Name: "libc", Title: "the C library and its loader"},
			{Name: "libraries/libssl3", Title: "libssl3 3.0.14-1"},
			{Name: "libraries", Title: "libraries"},
			{Name: "package metadata", Title: "what scanners read about the packages"},
			{Name: "app", Title: "the app's own files"},
		},
		Sources: []plan.Source{{Name: "debian", Kind: plan.SourceImage, Reference: "debian:bookworm-slim", Packages: []string{"libssl3", "tzdata", "libidn2-0"}}},
		Packages: []plan.Package{
			{PURL: libc, Name: "libc6", Version: "2.36-9+deb12u10", Arch: "amd64"},
			{PURL: ssl, Name: "libssl3", Version: "3.0.14-1", Arch: "amd64"},
		},
	}
	dir := func(name, layer string, r plan.Reason) {
		p.Entries = append(p.Entries, plan.Entry{Path: name, Kind: plan.KindDir, Mode: 0o755, Layer: layer, Reason: r})
	}
	parent := func(name, layer, of string) { dir(name, layer, plan.Reason{Cause: plan.CauseParent, Path: of}) }
	link := func(name, target, layer string, r plan.Reason) {
		p.Entries = append(p.Entries, plan.Entry{Path: name, Kind: plan.KindSymlink, Target: target, Layer: layer, Reason: r})
	}
	file := func(name string, size int64, layer, pkg string, r plan.Reason) {
		p.Entries = append(p.Entries, plan.Entry{
			Path: name, Kind: plan.KindFile, Mode: 0o644, Size: size, Layer: layer, Package: pkg,
			From: &plan.Origin{Tree: "debian", Path: name}, Reason: r,
		})
	}
	made := func(name, data, layer string, r plan.Reason) {
		p.Entries = append(p.Entries, plan.Entry{
			Path: name, Kind: plan.KindFile, Mode: 0o644, Size: int64(len(data)), Data: []byte(data), Layer: layer, Reason: r,
		})
	}
	needed := func(chain ...string) plan.Reason {
		return plan.Reason{Cause: plan.CauseLibrary, At: "binaries", Via: "ld.so.cache", Chain: append([]string{"/usr/bin/shop"}, chain...)}
	}
	parent("/etc", "parts", "/etc/passwd")
	made("/etc/ld.so.cache", "glibc-ld.so.cache1.1", "package metadata", plan.Reason{Cause: plan.CauseCache, Path: lib + "libssl.so.3"})
	made("/etc/passwd", "root:x:0:0:root:/root:/sbin/nologin\n", "parts", plan.Reason{Cause: plan.CausePart, Part: "accounts"})
	link("/lib", "usr/lib", "libc", plan.Reason{Cause: plan.CauseLink, At: "binaries", Path: lib + "libc.so.6"})
	link("/shop", "usr/bin/shop", "app", plan.Reason{Cause: plan.CauseSymlink, At: "links"})
	parent("/srv", "app", "/srv/index.html")
	for _, name := range []string{"index.html", "logo.svg", "style.css", "sub/about.html"} {
		if name == "sub/about.html" {
			dir("/srv/sub", "app", plan.Reason{Cause: plan.CauseFile, At: "files"})
		}
		file("/srv/"+name, 1500, "app", "", plan.Reason{Cause: plan.CauseFile, At: "files"})
	}
	parent("/usr", "parts", "/usr/share/zoneinfo/UTC")
	parent("/usr/bin", "app", "/usr/bin/shop")
	file("/usr/bin/shop", 1_234_567, "app", "", plan.Reason{Cause: plan.CauseBinary, At: "binaries"})
	parent("/usr/lib", "libc", lib+"libc.so.6")
	parent("/usr/lib/x86_64-linux-gnu", "libc", lib+"libc.so.6")
	file(lib+"ld-linux-x86-64.so.2", 215_000, "libc", libc, plan.Reason{
		Cause: plan.CauseInterpreter, At: "binaries", Chain: []string{"/usr/bin/shop", "/lib64/ld-linux-x86-64.so.2"},
	})
	file(lib+"libc.so.6", 1_926_232, "libc", libc, needed(lib+"libc.so.6"))
	file(lib+"libcrypto.so.3", 4_709_896, "libraries/libssl3", ssl, needed(lib+"libssl.so.3", lib+"libcrypto.so.3"))
	link(lib+"libidn2.so.0", "libidn2.so.0.3.8", "libraries", plan.Reason{Cause: plan.CauseLink, At: "binaries", Path: lib + "libidn2.so.0.3.8"})
	file(lib+"libidn2.so.0.3.8", 199_000, "libraries", "", plan.Reason{
		Cause: plan.CauseOpened, At: "binaries", Via: "dlopen note", Chain: []string{"/usr/bin/shop", lib + "libidn2.so.0"},
	})
	file(lib+"libssl.so.3", 688_160, "libraries/libssl3", ssl, needed(lib+"libssl.so.3"))
	parent("/usr/share", "parts", "/usr/share/zoneinfo/UTC")
	parent("/usr/share/zoneinfo", "parts", "/usr/share/zoneinfo/UTC")
	for _, zone := range []string{"CET", "EET", "MET", "UTC", "WET"} {
		file("/usr/share/zoneinfo/"+zone, 900, "parts", "", plan.Reason{Cause: plan.CausePart, At: "include", Part: "tzdata"})
	}
	parent("/var", "app", "/var/lib/shop")
	parent("/var/lib", "app", "/var/lib/shop")
	for _, name := range []string{"libc6", "libc6.md5sums", "libssl3", "libssl3.md5sums"} {
		made("/var/lib/dpkg/status.d/"+name, "Package: "+name+"\n", "package metadata",
			plan.Reason{Cause: plan.CauseMetadata, Content: "package metadata of " + strings.TrimSuffix(name, ".md5sums"), Package: libc})
	}
	p.LeftOut = []plan.LeftOut{
		{Path: "/srv/node_modules", Why: "a build for darwin-arm64", Files: 2, Size: 1_400_000, At: "files"},
	}
	p.Provided = []plan.Provided{
		{Name: "libcuda.so.1", NeededBy: []string{"/usr/bin/shop", lib + "libidn2.so.0.3.8"}, At: "libraries"},
		{Name: "libnvidia-ml.so.1", NeededBy: []string{"/usr/bin/shop"}, At: "libraries"},
	}
	dir("/var/lib/shop", "app", plan.Reason{Cause: plan.CauseDirectory, At: "directories"})
	last := &p.Entries[len(p.Entries)-1]
	last.UID, last.GID, last.Owner = 65532, 65532, "nonroot:nonroot"
	return p
}

// newer is the plan after an update: a new libssl3, a file less, another mode.
func newer() *plan.Plan {
	p := shop()
	const now = "pkg:deb/debian/libssl3@3.0.15-1?arch=amd64&distro=debian-12"
	p.Packages[1].PURL, p.Packages[1].Version = now, "3.0.15-1"
	p.Layers[2].Title = "libssl3 3.0.15-1"
	var left []plan.Entry
	for _, e := range p.Entries {
		switch e.Path {
		case lib + "libcrypto.so.3":
			e.Size += 4096
		case "/var/lib/shop":
			e.Mode = 0o750
		case "/etc/passwd":
			e.Data = []byte("root:x:0:0:root:/root:/bin/nologin\n\n")
		case lib + "libidn2.so.0", lib + "libidn2.so.0.3.8":
			continue
		}
		if e.Package == ssl {
			e.Package = now
		}
		left = append(left, e)
	}
	p.Entries = append(left, plan.Entry{
		Path: "/var/lib/shop/seed", Kind: plan.KindFile, Mode: 0o600, UID: 65532, GID: 65532, Size: 12_000, Layer: "app",
		From: &plan.Origin{Tree: plan.TreeContext, Path: "/seed"}, Reason: plan.Reason{Cause: plan.CauseFile, At: "files"},
	})
	return p
}

func document(p *plan.Plan, base string) report.Document {
	if base != "" {
		p.Base = &plan.Base{Reference: base}
	}
	return report.Document{Images: []report.Image{report.New(p, report.About{Name: "shop", Locate: locate})}}
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	doc := document(shop(), "")
	golden(t, "explain.txt", doc.Text())
	data, err := doc.JSON()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "explain.json", string(data))
}

func TestTree(t *testing.T) {
	t.Parallel()
	doc := document(shop(), "gcr.io/distroless/base")
	doc.Images = append(doc.Images, doc.Images[0])
	doc.Images[1].Platform = "linux/arm64"
	golden(t, "tree.txt", doc.Tree())
}

func TestSummary(t *testing.T) {
	t.Parallel()
	want := "21 files, 9.0 MB, 2 packages, 6 layers; largest: libcrypto.so.3 4.7 MB, libc.so.6 1.9 MB, /usr/bin/shop 1.2 MB"
	if got := report.Summary(shop()); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := report.Summary(&plan.Plan{}); got != "0 files, 0 B, 0 packages, 0 layers" {
		t.Error(got)
	}
}

// What a search of the sources may have found.
var elsewhere = map[string]*plan.Answer{
	lib + "libgnutls.so.30": {Candidates: []plan.Candidate{{
		Origin: plan.Origin{Tree: "debian", Path: lib + "libgnutls.so.30"}, Kind: plan.KindFile, Real: lib + "libgnutls.so.30.34.3",
		Size: 2_100_000, Linkage: string(linkage.SharedLibrary), Soname: "libgnutls.so.30",
		Package: &plan.Package{PURL: "pkg:deb/debian/libgnutls30@3.7.9-2", Name: "libgnutls30", Version: "3.7.9-2"},
		Notes:   []plan.DlopenNote{{By: "/usr/bin/shop", Feature: "tls", Priority: "suggested"}},
	}}},
	"curl": {Candidates: []plan.Candidate{{
		Origin: plan.Origin{Tree: "debian", Path: "/usr/bin/curl"}, Kind: plan.KindFile, Real: "/usr/bin/curl",
		Size: 290_000, Linkage: string(linkage.Dynamic),
	}, {
		Origin: plan.Origin{Tree: "build", Path: "/src/curl"}, Kind: plan.KindDir, Real: "/src/curl",
	}}, More: 2},
	"/usr/lib/libfoo.so.1":               {Similar: []plan.Origin{{Tree: "debian", Path: lib + "libfoo.so.2"}}},
	"/etc/ssl/certs/ca-certificates.crt": {},
	"/etc/nsswitch.conf": {
		At:    "/etc/nsswitch.conf",
		Links: []plan.Link{{Path: "/lib", Target: "usr/lib"}},
		Candidates: []plan.Candidate{{
			Origin: plan.Origin{Tree: plan.TreeBase, Path: "/etc/nsswitch.conf"}, Kind: plan.KindFile, Real: "/etc/nsswitch.conf", Size: 497,
		}, {
			Origin: plan.Origin{Tree: "debian", Path: "/etc/nsswitch.conf"}, Kind: plan.KindFile, Real: "/etc/nsswitch.conf", Size: 494,
		}},
	},
}

func TestWhy(t *testing.T) {
	t.Parallel()
	img := document(shop(), "").Images[0]
	var all report.Answers
	for _, question := range []string{
		"/lib/x86_64-linux-gnu/libcrypto.so.3", "libidn2.so.0", "/shop", "/srv", "/var/lib/shop/",
		lib + "libgnutls.so.30", "curl", "/usr/lib/libfoo.so.1", "/etc/ssl/certs/ca-certificates.crt", "/etc/nsswitch.conf", "libcuda.so.1", lib + "libnvidia-ml.so.1",
	} {
		a := img.Why(question)
		if a.Found == report.FoundAbsent {
			a.Complete(elsewhere[question])
		}
		all.Answers = append(all.Answers, a)
	}
	all.Answers[7].Unseen = []string{"assets"}
	golden(t, "why.txt", all.Text())
	data, err := all.JSON()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "why.json", string(data))
}

// The root is of the image, whether there is a base or not.
func TestWhyRoot(t *testing.T) {
	t.Parallel()
	img := document(shop(), "").Images[0]
	as := report.Answers{Answers: []report.Answer{img.Why("/")}}
	if text := as.Text(); strings.Contains(text, "of the base") {
		t.Error(text)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	before, after := document(shop(), ""), document(newer(), "")
	c := report.Compare(before, after)
	c.Before, c.After = "before.json", "app.yaml"
	golden(t, "diff.txt", c.Text())
	data, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "diff.json", string(data))
	if c := report.Compare(before, document(shop(), "")); !c.Same {
		t.Errorf("an image differs from itself: %s", c.Text())
	}
}

// Images are compared by platform, and one that only one build has is a
// difference.
func TestDiffPlatforms(t *testing.T) {
	t.Parallel()
	both, one := document(shop(), ""), document(shop(), "")
	both.Images = append(both.Images, both.Images[0])
	both.Images[1].Platform = "linux/arm64"
	c := report.Compare(both, one)
	want := "linux/amd64: no difference (21 files, 9.0 MB)\n\n\nlinux/arm64: only before\n"
	if c.Same || c.Text() != want {
		t.Errorf("got %s\nwant %s", c.Text(), want)
	}
}

// A finished image is compared with a plan without what its base brings, and
// what it does not say of packages is no difference.
func TestDiffWithFinishedImage(t *testing.T) {
	t.Parallel()
	planned := document(shop(), "gcr.io/distroless/base")
	finished := document(shop(), "")
	img := &finished.Images[0]
	img.Whole, img.Base = true, ""
	img.Layers = append([]report.Layer{{Name: "layer 1", Base: true}}, img.Layers...)
	img.Entries = append(img.Entries, report.Entry{Path: "/zz", Kind: plan.KindFile, Size: 5, Layer: "layer 1"})
	for i := range img.Entries {
		img.Entries[i].Reason = nil
		if img.Entries[i].Package == libc {
			img.Entries[i].Package = ""
		}
	}
	img.Packages = img.Packages[1:]
	if c := report.Compare(planned, finished); !c.Same {
		t.Errorf("differs:\n%s", c.Text())
	}
	if c := report.Compare(finished, planned); !c.Same {
		t.Errorf("the other way round differs:\n%s", c.Text())
	}
}
