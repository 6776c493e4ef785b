package html

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

var update = flag.Bool("update", false, "write what the package says into testdata")

const (
	libc = "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12"
	ssl  = "pkg:deb/debian/libssl3@3.0.14-1?arch=amd64&distro=debian-12"
	lib  = "/usr/lib/x86_64-linux-gnu/"
)

// shop is a small image with something in every part of the report.
func shop() Image {
	p := &plan.Plan{
		Platform: "linux/amd64",
		Base:     &plan.Base{Reference: "base:1", Digest: "sha256:b"},
		Sources: []plan.Source{
			{Name: "debian", Kind: plan.SourceImage, Reference: "debian:bookworm-slim", Digest: "sha256:d", Packages: []string{"libssl3"}},
		},
		Layers: []plan.Layer{{Name: "parts", Title: "ready-made parts"}, {Name: "libraries/libssl.so.3", Title: "libssl3 3.0.14-1"}, {Name: "app", Title: "the app's own files"}},
		Packages: []plan.Package{
			{PURL: libc, Name: "libc6", Version: "2.36-9", Arch: "amd64", Source: "glibc"},
			{PURL: ssl, Name: "libssl3", Version: "3.0.14-1", Arch: "amd64", Source: "openssl", Licenses: []string{"Apache-2.0"}, Supplier: "Debian OpenSSL Team <team@example.org>"},
		},
		BasePackages: []plan.Package{{PURL: "pkg:deb/debian/bash@5", Name: "bash", Version: "5"}},
		Provided:     []plan.Provided{{Name: "libcuda.so.1", NeededBy: []string{"/usr/bin/shop"}, At: "libraries"}},
		LeftOut:      []plan.LeftOut{{Path: "/srv", Why: "a build for darwin-arm64", Files: 2, Size: 2000, At: "files"}},
		Config: plan.Config{
			User: plan.User{UID: 65532, GID: 65532}, Workdir: "/srv", Entrypoint: []string{"/usr/bin/shop"}, Cmd: []string{"--greet", "good day"},
			Env: []string{"PATH=/usr/bin", "MODE=fast"}, Ports: []string{"8080/tcp"}, Volumes: []string{"/data"},
			Labels: map[string]string{"vendor": "shop", "a": "b"}, StopSignal: "SIGTERM", Healthcheck: &plan.Healthcheck{Test: []string{"/usr/bin/shop", "health"}},
		},
	}
	add := func(e plan.Entry, r plan.Reason) {
		e.Reason = r
		p.Entries = append(p.Entries, e)
	}
	file := func(name string, size int64, layer, pkg, tree string) plan.Entry {
		return plan.Entry{Path: name, Kind: plan.KindFile, Mode: 0o644, Size: size, Layer: layer, Package: pkg, From: &plan.Origin{Tree: tree, Path: name}}
	}
	add(plan.Entry{Path: "/etc", Kind: plan.KindDir, Mode: 0o755, Layer: "parts"}, plan.Reason{Cause: plan.CauseParent, Path: "/etc/passwd"})
	add(plan.Entry{Path: "/etc/passwd", Kind: plan.KindFile, Mode: 0o644, Data: []byte("root"), Size: 4, Layer: "parts"}, plan.Reason{Cause: plan.CausePart, Part: "accounts"})
	add(plan.Entry{Path: "/lib", Kind: plan.KindSymlink, Target: "usr/lib", Layer: "parts"}, plan.Reason{Cause: plan.CauseLink, Path: lib + "libssl.so.3"})
	index := file("/srv/index.html", 1500, "app", "", plan.TreeContext)
	index.Replaces = &plan.Origin{Tree: plan.TreeBase, Path: "/srv/index.html"}
	add(index, plan.Reason{Cause: plan.CauseFile, At: "files"})
	shop := file("/usr/bin/shop", 1_234_567, "app", "", "debian")
	shop.Mode, shop.Capabilities = 0o4755, "cap_net_bind_service=ep"
	add(shop, plan.Reason{Cause: plan.CauseBinary, At: "binaries"})
	add(file(lib+"libssl.so.3", 688_160, "libraries/libssl.so.3", ssl, "debian"),
		plan.Reason{Cause: plan.CauseLibrary, At: "binaries", Via: "ld.so.cache", Chain: []string{"/usr/bin/shop", lib + "libssl.so.3"}})
	add(file("/usr/share/shop/words", 9000, "app", "", "debian"), plan.Reason{
		Cause: plan.CauseNeed, At: "binaries", Chain: []string{"/usr/bin/shop", lib + "libssl.so.3"},
		Evidence: &plan.Evidence{Kind: plan.EvidenceNamed, In: "/usr/bin/shop", Name: "/usr/share/shop", Package: "shop"},
	})
	add(file("/var/lib/dpkg/status.d/libssl3", 300, "parts", "", "debian"), plan.Reason{Cause: plan.CauseMetadata, Content: "package metadata of libssl3", Package: ssl})
	place := &report.Place{File: "app.yaml", Line: 4, Text: "binaries: [debian:/usr/bin/shop]"}
	locate := func(at string) *report.Place {
		if at == "" {
			return nil
		}
		copied := *place
		return &copied
	}
	return Image{
		Image:  report.New(p, report.About{Name: "shop", Locate: locate}),
		Config: p.Config,
		Findings: []Finding{
			{Code: "setuid", Severity: Warning, Title: "a program gives rights", Message: "/usr/bin/shop is setuid", Runtime: "root", Fixes: []string{"set its mode"}, Paths: []string{"/usr/bin/shop"}, Place: locate("binaries"), Help: "https://example.org/setuid"},
			{Code: "no-shell", Severity: Error, Message: "there is a shell", Help: "javascript:alert(1)"},
			{Code: "size", Severity: Info, Title: "the image has grown"},
			{Code: "old", Severity: Error, Message: "libc6 is old", Exempted: &Exemption{Reason: "it is mended next week", Owner: "security@example.org", Until: "2027-01-01"}},
		},
		Rules: []Rule{
			{ID: "setuid", Title: "no setuid programs", Result: Failed, Level: Warning, Found: 1},
			{ID: "no-shell", Title: "no shell", Result: Failed, Level: Error, Found: 1, Exempted: 2},
			{ID: "old", Title: "no old packages", Result: Exempted, Level: Error, Exempted: 1},
			{ID: "certificates", Title: "certificates are valid", Result: NotRun, Level: Error, Note: "when is not known"},
			{ID: "user", Title: "an ordinary user", Result: Passed, Level: Error},
		},
		Packs: []Pack{{Name: "acme 2026.11", Digest: "sha256:a"}, {Name: "baseline 1"}},
		Tests: []Test{
			{Name: "answers", Does: "starts the image", Result: Passed},
			{Name: "layout", Does: "looks at 2 files", Result: Failed, Said: []string{"/bin/sh is there", "/data is not"}},
			{Name: "arm", Result: NotRun, Said: []string{"this builder cannot"}},
		},
	}
}

// bare is a small image of which there is little to tell.
func bare() Image {
	p := &plan.Plan{Platform: "linux/arm64", Layers: []plan.Layer{{Name: "app"}}, Config: plan.Config{Entrypoint: []string{"/hello"}}}
	p.Entries = []plan.Entry{{Path: "/hello", Kind: plan.KindFile, Mode: 0o755, Size: 1200, Layer: "app", From: &plan.Origin{Tree: plan.TreeContext, Path: "/hello"}, Reason: plan.Reason{Cause: plan.CauseBinary, At: "binaries"}}}
	return Image{Image: report.New(p, report.About{Locate: func(string) *report.Place { return nil }}), Config: p.Config}
}

func document() Document {
	d := Document{Images: []Image{shop(), bare()}}
	Compare(&d, "other.yaml", []report.Image{shop().Image, {Platform: "linux/s390x"}})
	return d
}

// TestRender holds the whole report, but for the style and the script.
func TestRender(t *testing.T) {
	t.Parallel()
	got := Render(document())
	if again := Render(document()); !bytes.Equal(got, again) {
		t.Error("the same document gives other bytes")
	}
	got = bytes.Replace(got, []byte(style), []byte("(style.css)"), 1)
	got = bytes.Replace(got, []byte(script), []byte("(script.js)"), 1)
	got = regexp.MustCompile(`sha256-[^']*`).ReplaceAll(got, []byte("sha256-(hash)"))
	name := filepath.Join("testdata", "report.html")
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is no longer what comes out: go test ./report/html -update, and read the difference", name)
	}
}

// TestJSON holds that a document survives being sent.
func TestJSON(t *testing.T) {
	t.Parallel()
	d := document()
	text, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(Render(got), Render(d)) {
		t.Error("the report on what was decoded is another one")
	}
	if _, err := Decode([]byte(`{"version": 0}`)); err == nil {
		t.Error("a document of another version is read")
	}
}

// attack is what a name may hold: the end of an attribute, of a comment, of a script and
// of the page, elements, an entity, an escape, an override of the direction, a line that
// looks like a template's, and no UTF-8.
const attack = `s"'><img src=x onerror=alert(1)><script>alert(2)<!--&lt;` + "`${x}{{.}}$BODY$SCRIPT\n\x1b[2J\u202e\u2028\x00\xff"

// poison puts the attack into every text below a value, always alike. Kinds, causes,
// severities and results are not texts of others.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			poison(field)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			value := v.MapIndex(key).String()
			v.SetMapIndex(key, reflect.Value{})
			v.SetMapIndex(reflect.ValueOf(poisoned(key.String())), reflect.ValueOf(poisoned(value)))
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(poisoned(v.String()))
		}
	}
}

func poisoned(text string) string { return strings.ReplaceAll(text, "s", attack) }

var (
	tag    = regexp.MustCompile(`<[^>]*>`)
	quoted = regexp.MustCompile(`"[^"]*"`)
)

// tags are the elements of a page with the names of their attributes, sorted, for an
// attack changes the order of names.
func tags(text string) []string {
	var out []string
	for _, t := range tag.FindAllString(text, -1) {
		out = append(out, quoted.ReplaceAllString(t, `""`))
	}
	slices.Sort(out)
	return out
}

// TestNamesAreText holds that no name of an image adds, ends or changes an element.
func TestNamesAreText(t *testing.T) {
	t.Parallel()
	clean, hostile := document(), document()
	poison(reflect.ValueOf(&hostile))
	// What decides about words and not only is one.
	for n := range hostile.Images {
		hostile.Images[n].Platform = clean.Images[n].Platform
	}
	hostile.Images[0].Findings[0].Help = `https://e.org/"><script>` + attack
	text := strings.Replace(string(Render(hostile)), script, "", 1)
	if n := strings.Count(text, "onerror=alert(1)"); n < 50 {
		t.Errorf("only %d names are shown", n)
	}
	want := tags(strings.Replace(string(Render(clean)), script, "", 1))
	if got := tags(text); !slices.Equal(got, want) {
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Fatalf("the elements are others: %s, want %s", got[i], want[i])
			}
		}
		t.Errorf("there are %d elements, want %d", len(got), len(want))
	}
	for _, bad := range []string{"<img", "javascript:", "\x1b", "\x00", "\u202e", "\u2028", "\xff", `href="https://e.org/">`} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

// TestSelfContained holds that the page asks the network for nothing, that its policy
// lets its own style and script run and nothing else, and that its script makes no HTML
// of text.
func TestSelfContained(t *testing.T) {
	t.Parallel()
	text := string(Render(document()))
	policy := "default-src 'none'; style-src '" + hash(style) + "'; script-src '" + hash(script) + "'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
	if !strings.Contains(text, `<meta http-equiv="Content-Security-Policy" content="`+policy+`">`) {
		t.Error("the page has not the policy that it should")
	}
	if strings.Count(text, "<style>"+style+"</style>") != 1 || strings.Count(text, "<script>"+script+"</script>") != 1 {
		t.Error("what the policy names is not what is there")
	}
	for _, bad := range []string{" src=", " style=", "<link", "<iframe", "@import", "url(", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "fetch(", "XMLHttpRequest", "import("} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}
