package e2e

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/tonistiigi/fsutil"
)

// aptRepository makes a signed repository with two versions of a package, the
// older of which nobody gets without asking. It returns its directory and that of
// the keys.
func aptRepository(t *testing.T) (repository, keys string) {
	t.Helper()
	repository, keys = t.TempDir(), t.TempDir()
	home := filepath.Join(t.TempDir(), "gpg")
	run := func(argv ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
		cmd.Env = append(os.Environ(), "GNUPGHOME="+home)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", argv, err, out)
		}
	}
	run("mkdir", "-p", "-m", "0700", home)
	run("mkdir", "-p", filepath.Join(repository, "dists/bookworm/extra/binary-amd64"))
	var index strings.Builder
	for _, version := range []string{"1.0-1", "2.0-1"} {
		index.WriteString(debianPackage(t, repository, version))
	}
	sum := sha256.Sum256([]byte(index.String()))
	release := fmt.Sprintf("Codename: bookworm\nComponents: extra\nArchitectures: amd64\nDate: Mon, 01 Jan 2024 00:00:00 UTC\nSHA256:\n %x %d extra/binary-amd64/Packages\n", sum, index.Len())
	suite := filepath.Join(repository, "dists/bookworm")
	for name, text := range map[string]string{"extra/binary-amd64/Packages": index.String(), "Release": release} {
		if err := os.WriteFile(filepath.Join(suite, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	gpg := []string{"gpg", "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"}
	run(append(gpg, "--quick-generate-key", "archive@example.com", "rsa2048", "sign", "never")...)
	run(append(gpg, "--clearsign", "--output", filepath.Join(suite, "InRelease"), filepath.Join(suite, "Release"))...)
	run(append(gpg, "--export", "--armor", "--output", filepath.Join(keys, "archive.key"))...)
	run(append(gpg, "--export", "--output", filepath.Join(keys, "binary.key"))...)
	run("gpgconf", "--homedir", home, "--kill", "all")
	return repository, keys
}

// debianPackage makes a package and returns what an index says of it.
func debianPackage(t *testing.T, repository, version string) string {
	t.Helper()
	control := "Package: sinter-hello\nVersion: " + version + "\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: a test\n"
	tree := contextDir(t, map[string]string{"DEBIAN/control": control, "usr/share/sinter-hello/version": version})
	name := "sinter-hello_" + version + "_all.deb"
	file := filepath.Join(repository, name)
	if out, err := exec.CommandContext(t.Context(), "dpkg-deb", "--root-owner-group", "--build", tree, file).CombinedOutput(); err != nil {
		t.Fatalf("dpkg-deb: %v\n%s", err, out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%sFilename: ./%s\nSize: %d\nSHA256: %x\n\n", control, name, len(data), sha256.Sum256(data))
}

// Packages come from a further repository that its key vouches for, at the version
// that is asked for, and nothing of the repository stays in the source.
func TestRepositories(t *testing.T) {
	t.Parallel()
	repository, keys := aptRepository(t)
	server := httptest.NewServer(http.FileServer(http.Dir(repository)))
	t.Cleanup(server.Close) // after the cases, which run in parallel
	for _, test := range []struct{ name, key, version, want string }{
		{"a key in text, a pinned version", ", key: archive.key", "=1.0-1", "1.0-1"},
		{"a binary key of a source", ", key: 'keys:/binary.key'", "", "2.0-1"},
		{"no key", "", "", "error"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(keys)); err != nil {
				t.Fatal(err)
			}
			spec := `sources:
  keys: {context: .}
  debian:
    image: debian:bookworm-slim
    repositories: [{url: '` + server.URL + `', components: [extra]` + test.key + `}]
    packages: [sinter-hello` + test.version + `]
files:
  - {from: debian:/usr/share/sinter-hello/, to: /srv/}
  - {from: debian:/etc/apt/, to: /srv/apt/}
`
			if err := os.WriteFile(filepath.Join(dir, "app.yaml"), []byte(spec), 0o644); err != nil {
				t.Fatal(err)
			}
			files, err := buildFiles(t, dir, client.SolveOpt{})
			if test.want == "error" {
				if err == nil || !strings.Contains(errorText(t, err), "app.yaml:6:15: sinter-hello cannot be installed in source debian: ") {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(errorText(t, err))
			}
			if got := files["srv/version"]; got != test.want {
				t.Errorf("version %q, want %q", got, test.want)
			}
			for name := range files {
				if strings.HasPrefix(name, "srv/apt/") && strings.Contains(name, "sinter") {
					t.Errorf("%s stayed", name)
				}
			}
		})
	}
}

// Behind BuildKit's proxy network, which intercepts HTTPS with a certificate of its
// own, packages install as elsewhere, and the certificate gets into no image.
func TestProxyNetwork(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{"app.yaml": `sources:
  debian: {image: debian:bookworm-slim, packages: [ca-certificates]}
include: [ca-certificates]
files: [debian:/usr/sbin/update-ca-certificates]
`})
	files, err := buildFiles(t, dir, client.SolveOpt{ProxyNetwork: true})
	if err != nil {
		t.Fatal(errorText(t, err))
	}
	if files["usr/sbin/update-ca-certificates"] == "" {
		t.Error("the package is not there")
	}
	bundle := files["etc/ssl/certs/ca-certificates.crt"]
	if !strings.Contains(bundle, "BEGIN CERTIFICATE") || strings.Contains(strings.ToLower(bundle), "buildkit") {
		t.Errorf("the bundle of %d bytes is not that of the package", len(bundle))
	}
}

// buildFiles builds the spec in dir and returns the image's files with their
// content.
func buildFiles(t *testing.T, dir string, opt client.SolveOpt) (map[string]string, error) {
	t.Helper()
	files, err := fsutil.NewFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	opt.LocalMounts = map[string]fsutil.FS{"context": files, "dockerfile": files}
	opt.Exports = []client.ExportEntry{{Type: client.ExporterLocal, OutputDir: out}}
	_, err = daemon.Build(t.Context(), opt, "", func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		return viaImage(map[string]string{"filename": "app.yaml"})(ctx, c)
	}, nil)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	return found, filepath.WalkDir(out, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(out, path)
		found[name] = string(data)
		return err
	})
}
