package resolve_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// authority is the certificate of an authority of that name, in PEM.
func authority(t *testing.T, name string) string {
	t.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true,
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// A part comes from the source that the spec names, or that the image's programs
// and libraries are from, or the only one that has it. What is taken is what the
// part says it is.
func TestWherePartsComeFrom(t *testing.T) {
	t.Parallel()
	const bundle = "/etc/ssl/certs/ca-certificates.crt file 0644 "
	one, two := authority(t, "one"), authority(t, "two")
	static := "/bin/app file 0755 " + staticProgram(t)
	for _, test := range []struct {
		name  string
		spec  string
		trees map[string][]string
		// want has a line "PATH from TREE:PATH" for each file of the part, or is
		// the error.
		want string
	}{{
		name:  "the only one that has it",
		spec:  "include: [ca-certificates]",
		trees: map[string][]string{"a": nil, "b": {bundle + one}},
		want:  "/etc/ssl/certs/ca-certificates.crt from b:/etc/ssl/certs/ca-certificates.crt",
	}, {
		name:  "Fedora's is not where Debian's is",
		spec:  "include: [ca-certificates]",
		trees: map[string][]string{"a": {"/etc/pki/tls/certs/ca-bundle.crt link ../../x.pem", "/etc/pki/x.pem file 0600 " + one}},
		want:  "/etc/ssl/certs/ca-certificates.crt from a:/etc/pki/x.pem",
	}, {
		name:  "two that differ",
		spec:  "include: [tmp, ca-certificates]",
		trees: map[string][]string{"a": {bundle + one}, "b": {bundle + two}, "c": {bundle + one}},
		want: `ca-certificates could be /etc/ssl/certs/ca-certificates.crt of source a or /etc/ssl/certs/ca-certificates.crt of source b or /etc/ssl/certs/ca-certificates.crt of source c, and these need not be the same
  fix: say which, under include: - ca-certificates: {from: a}
  fix: say which, under include: - ca-certificates: {from: b}
  fix: say which, under include: - ca-certificates: {from: c}`,
	}, {
		name:  "two with the same",
		spec:  "include: [ca-certificates]",
		trees: map[string][]string{"a": {bundle + one}, "b": {bundle + one}},
		want:  "/etc/ssl/certs/ca-certificates.crt from a:/etc/ssl/certs/ca-certificates.crt",
	}, {
		name:  "junk that sorts first asks too",
		spec:  "include: [ca-certificates]",
		trees: map[string][]string{"a": {bundle + "junk"}, "b": {bundle + two}},
		want: `ca-certificates could be /etc/ssl/certs/ca-certificates.crt of source a or /etc/ssl/certs/ca-certificates.crt of source b, and these need not be the same
  fix: say which, under include: - ca-certificates: {from: a}
  fix: say which, under include: - ca-certificates: {from: b}`,
	}, {
		name:  "the one that the spec names",
		spec:  "include: [{ca-certificates: {from: b}}]\nbinaries: ['a:/bin/app']",
		trees: map[string][]string{"a": {bundle + one, static}, "b": {bundle + two}},
		want:  "/etc/ssl/certs/ca-certificates.crt from b:/etc/ssl/certs/ca-certificates.crt",
	}, {
		name:  "even over the base",
		spec:  "include: [{ca-certificates: {from: b}}]",
		trees: map[string][]string{"b": {bundle + two}, plan.TreeBase: {bundle + one}},
		want:  "/etc/ssl/certs/ca-certificates.crt from b:/etc/ssl/certs/ca-certificates.crt",
	}, {
		name:  "the base has it",
		spec:  "include: [ca-certificates]",
		trees: map[string][]string{"a": {bundle + one}, "b": {bundle + two}, plan.TreeBase: {bundle + one}},
		want:  "",
	}, {
		name:  "the program's own",
		spec:  "include: [ca-certificates]\nbinaries: ['b:/bin/app']",
		trees: map[string][]string{"a": {bundle + one}, "b": {bundle + two, static}},
		want:  "/etc/ssl/certs/ca-certificates.crt from b:/etc/ssl/certs/ca-certificates.crt",
	}, {
		name:  "the program's that starts",
		spec:  "include: [ca-certificates]\nbinaries: [{from: 'a:/bin/app', to: /bin/tool}, 'b:/bin/app']\nentrypoint: [/bin/app]",
		trees: map[string][]string{"a": {bundle + one, static}, "b": {bundle + two, static}},
		want:  "/etc/ssl/certs/ca-certificates.crt from b:/etc/ssl/certs/ca-certificates.crt",
	}, {
		name:  "another program's, when that of the first has none",
		spec:  "include: [ca-certificates]\nbinaries: ['b:/bin/app', {from: 'c:/bin/app', to: /bin/tool}]\nentrypoint: [/bin/app]",
		trees: map[string][]string{"a": {bundle + one}, "b": {static}, "c": {bundle + two, static}},
		want:  "/etc/ssl/certs/ca-certificates.crt from c:/etc/ssl/certs/ca-certificates.crt",
	}, {
		name:  "which is no PEM",
		spec:  "include: [ca-certificates]\nbinaries: ['b:/bin/app']",
		trees: map[string][]string{"a": {bundle + one}, "b": {bundle + "junk", static}},
		want: `ca-certificates would be /etc/ssl/certs/ca-certificates.crt of source b, and it holds no certificate in PEM format
  fix: install the package ca-certificates in source b
  fix: take it from another source, under include: - ca-certificates: {from: a}`,
	}, {
		name:  "a private key in a bundle",
		spec:  "include: [{ca-certificates: {from: a}}]",
		trees: map[string][]string{"a": {bundle + one + "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"}},
		want: `ca-certificates would be /etc/ssl/certs/ca-certificates.crt of source a, and it holds a private key, which must not ship
  fix: install the package ca-certificates in source a`,
	}, {
		name:  "a certificate that is damaged",
		spec:  "include: [ca-certificates]",
		trees: map[string][]string{"a": {bundle + "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"}},
		want: `ca-certificates would be /etc/ssl/certs/ca-certificates.crt of source a, and it holds no certificate in PEM format
  fix: install the package ca-certificates in source a`,
	}, {
		name:  "the named one has none",
		spec:  "include: [{tzdata: {from: b}}]",
		trees: map[string][]string{"a": {"/usr/share/zoneinfo/UTC file 0644 TZif2"}, "b": {"/usr/share/zoneinfo dir 0755"}},
		want: `tzdata is to come from source b, which does not have time zones (/usr/share/zoneinfo)
  fix: add tzdata to the packages of source b`,
	}, {
		name:  "an empty directory has no time zones",
		spec:  "include: [tzdata]",
		trees: map[string][]string{"a": {"/usr/share/zoneinfo dir 0755"}, "b": {"/usr/share/zoneinfo/UTC file 0644 TZif2"}},
		want:  "/usr/share/zoneinfo/UTC from b:/usr/share/zoneinfo/UTC",
	}, {
		name:  "nor has one without any",
		spec:  "include: [tzdata]",
		trees: map[string][]string{"a": {"/usr/share/zoneinfo/Europe/Zurich file 0644 Zurich", "/usr/share/zoneinfo/tz link Europe/Zurich"}},
		want: `tzdata would be /usr/share/zoneinfo of source a, and there is no time zone in it, a file that begins with TZif
  fix: install the package tzdata in source a`,
	}, {
		name:  "os-release without a distribution",
		spec:  "include: [os-release]",
		trees: map[string][]string{"a": {"/etc/os-release file 0644 VERSION_ID=12\n#ID=debian\nID=\n"}},
		want: `os-release would be /etc/os-release of source a, and it names no distribution: it has no ID=
  fix: install the package base-files in source a`,
	}, {
		name:  "a source's link decides no path of the image",
		spec:  "include: [os-release]",
		trees: map[string][]string{"a": {"/etc/os-release link ld.so.preload", "/etc/ld.so.preload file 0644 ID=evil"}},
		want:  "/etc/os-release from a:/etc/ld.so.preload",
	}, {
		name:  "the build context has no parts",
		spec:  "include: [os-release]",
		trees: map[string][]string{plan.TreeContext: {"/etc/os-release file 0644 ID=mine"}},
		want: `os-release is taken from the sources, and there is none
  fix: add a source that has it: sources: {debian: {image: debian:bookworm-slim, packages: [base-files]}}`,
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{}
			for name, lines := range test.trees {
				trees[name] = tree(t, lines...)
			}
			res := planFor(t, test.spec+"\nsources: {a: {}, b: {}, c: {}}\nmetadata: none", trees)
			got := res.Diagnostics.Error()
			if got == "" {
				got = takenFrom(res.Plan)
			}
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// takenFrom lists the files of parts that come from somewhere.
func takenFrom(p plan.Plan) string {
	var lines []string
	for _, e := range p.Entries {
		if e.Reason.Cause == plan.CausePart && e.Kind == plan.KindFile && e.From != nil {
			lines = append(lines, e.Path+" from "+e.From.Tree+":"+e.From.Path)
			if e.Reason.Part != "tzdata" && (e.Mode != 0o644 || e.UID != 0 || e.GID != 0) {
				lines = append(lines, "not root's, for everyone to read")
			}
		}
	}
	return strings.Join(lines, "\n")
}
