package e2e

import (
	"archive/tar"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/e2e/oci"
)

// testedSpec is a program with a test that runs it, on two platforms if asked.
const testedSpec = `# syntax=sinterbuild/sinter:1
sources:
  debian: debian:bookworm-slim
binaries:
  - debian:/usr/bin/gpgv
files:
  - {from: data/, to: /srv/data/}
tests:
  - [/usr/bin/gpgv, --version]
`

func testedDir(t *testing.T) string {
	t.Helper()
	return contextDir(t, map[string]string{"app.yaml": testedSpec, "data/a": "a"})
}

// The image of `sinter build` is that of the frontend image to the bit, and its digest
// alone is on standard output.
func TestBuildCommand(t *testing.T) {
	t.Parallel()
	dir := testedDir(t)
	attrs := map[string]string{"filename": "app.yaml"}
	want := solve(t, dir, viaImage(attrs), attrs)
	layout := filepath.Join(t.TempDir(), "layout")
	status, stdout, stderr := sinter(t, "build", "--context", dir, "--progress", "plain", "-o", "type=oci,tar=false,dest="+layout)
	if status != 0 {
		t.Fatal(stderr)
	}
	images, err := oci.Open(layout)
	if err != nil {
		t.Fatal(err)
	}
	if images[0].Digest != want.Digest || stdout != want.Digest.String()+"\n" {
		t.Errorf("it is %s, by the frontend image %s, and told is %s", images[0].Digest, want.Digest, stdout)
	}
	for _, step := range []string{"[analyse] what /usr/bin/gpgv needs on linux/amd64", "[test] /usr/bin/gpgv --version"} {
		if !strings.Contains(stderr, step) {
			t.Errorf("no step %s in\n%s", step, stderr)
		}
	}
}

// What a build refuses is told like elsewhere, with nothing on standard output and no
// file for the image.
func TestBuildCommandFails(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{"app.yaml": "files: [none]\n"})
	file := filepath.Join(t.TempDir(), "app.tar")
	status, stdout, stderr := sinter(t, "build", "-f", filepath.Join(dir, "app.yaml"), "--context", dir, "-o", "type=oci,dest="+file)
	if status != 1 || stdout != "" || !strings.Contains(stderr, "app.yaml:1:9: ") || !strings.Contains(stderr, "[file-not-found]") {
		t.Errorf("%d %s%s", status, stdout, stderr)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("there is a file")
	}
}

// A push is to the registry that the tags name, on this machine without TLS; several
// platforms are one index, whose digest is told.
func TestBuildCommandPushes(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{"app.yaml": "files: [a]\n", "a": "a"})
	status, stdout, stderr := sinter(t, "build", "-f", filepath.Join(dir, "app.yaml"), "--context", dir,
		"--platform", "linux/amd64,linux/arm64", "-t", theLab.Registry+"/command/app:1", "--push")
	if status != 0 {
		t.Fatal(stderr)
	}
	resp, err := http.Get("http://" + theLab.Registry + "/v2/command/app/manifests/" + strings.TrimSpace(stdout))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var index ocispecs.Index
	if err := json.NewDecoder(resp.Body).Decode(&index); err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("Docker-Content-Digest")+"\n" != stdout || len(index.Manifests) != 2 {
		t.Errorf("%s %v", stdout, index.Manifests)
	}
}

// A loaded image goes through the engine that is there, with its name.
func TestBuildCommandLoads(t *testing.T) {
	t.Parallel()
	dir, bin := testedDir(t), t.TempDir()
	archive := filepath.Join(bin, "archive")
	fake(t, bin, "docker", `[ "$*" = load ] && exec cat >`+archive)
	status, stdout, stderr := runSinter(t, nil, []string{"PATH=" + bin + ":" + os.Getenv("PATH")}, "build", "--context", dir, "-t", "app:1", "--load")
	if status != 0 || !strings.HasPrefix(stdout, "sha256:") {
		t.Fatal(stdout, stderr)
	}
	text := tarFile(t, archive, "manifest.json")
	if !strings.Contains(text, `"RepoTags":["docker.io/library/app:1"]`) && !strings.Contains(text, `"RepoTags":["app:1"]`) {
		t.Errorf("loaded %s", text)
	}
}

// fake makes a program of a shell script.
func fake(t *testing.T, dir, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// tarFile is a file of a tar file.
func tarFile(t *testing.T, archive, name string) string {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if h.Name == name {
			text, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
}

// Secrets, build arguments, labels and named contexts reach the build.
func TestBuildCommandOptions(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{
		"app.yaml": `args: {WHO: nobody}
sources:
  given: {}
  build:
    dockerfile: |
      FROM debian:bookworm-slim
      RUN --mount=type=secret,id=word mkdir /out && cat /run/secrets/word >/out/word
files: ["build:/out/word", given:/b]
labels: {who: "${WHO}"}
`, "given/b": "b", "secret": "sesame",
	})
	layout := filepath.Join(t.TempDir(), "layout")
	status, _, stderr := sinter(t, "build", "-f", filepath.Join(dir, "app.yaml"), "--context", dir,
		"--secret", "id=word,src="+filepath.Join(dir, "secret"), "--build-arg", "WHO=me", "--label", "more=1",
		"--build-context", "given="+filepath.Join(dir, "given"), "-o", "type=oci,tar=false,dest="+layout)
	if status != 0 {
		t.Fatal(stderr)
	}
	images, err := oci.Open(layout)
	if err != nil {
		t.Fatal(err)
	}
	if got := images[0].Config.Config.Labels; got["who"] != "me" || got["more"] != "1" {
		t.Errorf("labels %v", got)
	}
	tree, err := images[0].Unpack(t.Context(), filepath.Join(t.TempDir(), "root"), theLab.Seeded, (&testCase{}).epoch(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"out/word": "sesame", "b": "b"} {
		if text, err := os.ReadFile(filepath.Join(tree.Root, name)); string(text) != want {
			t.Errorf("%s is %q, %v", name, text, err)
		}
	}
}

// Where there is no BuildKit the one in PATH is started and ends with the build; the
// image is the same, and what was built is there the next time.
func TestBuildCommandStartsBuildKit(t *testing.T) {
	t.Parallel()
	dir := testedDir(t)
	attrs := map[string]string{"filename": "app.yaml"}
	want := solve(t, dir, viaImage(attrs), attrs)
	own := filepath.Join(theLab.Dir, "own")
	temp := filepath.Join(own, "temp")
	if err := os.MkdirAll(temp, 0o755); err != nil {
		t.Fatal(err)
	}
	env := []string{
		"BUILDKIT_HOST=", "XDG_CACHE_HOME=" + own, "TMPDIR=" + temp,
		"PATH=" + filepath.Dir(theLab.Tool("buildkitd")),
		"BUILDKITD_FLAGS=" + strings.Join(theLab.DaemonFlags(), " "),
	}
	for range 2 {
		status, stdout, stderr := runSinter(t, nil, env, "build", "--context", dir, "--progress", "plain")
		if status != 0 || stdout != want.Digest.String()+"\n" {
			t.Fatalf("%d %s, want %s\n%s", status, stdout, want.Digest, stderr)
		}
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
	if left := processesOf(t, own); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
}

// processesOf are the command lines of processes that name a directory.
func processesOf(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil && slices.ContainsFunc(strings.Split(string(text), "\x00"), func(arg string) bool { return strings.HasPrefix(arg, dir) }) {
			found = append(found, strings.ReplaceAll(string(text), "\x00", " "))
		}
	}
	return found
}
