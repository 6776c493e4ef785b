package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/tonistiigi/fsutil"

	"github.com/sinter-build/sinter/e2e/oci"
	"github.com/sinter-build/sinter/report"
)

// explained has a program of Debian, files of the context, and a link, on a base
// that has some of it.
const explained = `name: gpgv
base: gcr.io/distroless/base-debian12
sources:
  debian: debian:bookworm-slim
  unused: debian:bookworm-slim
binaries:
  - debian:/usr/bin/gpgv
files:
  - {from: data/, to: /srv/data/}
links:
  - {path: /usr/bin/verify, target: gpgv}
`

func explainedDir(t *testing.T) string {
	t.Helper()
	return contextDir(t, map[string]string{"app.yaml": explained, "data/a": "a", "data/b/c": "ccc"})
}

// call asks by `buildx build --call`, in the frontend image.
func call(t *testing.T, dir, what string, args ...string) string {
	t.Helper()
	args = append([]string{"--call=" + what, "--progress", "quiet", "-f", filepath.Join(dir, "app.yaml")}, append(args, dir)...)
	stdout, _ := buildxOutput(t, nil, args...)
	return stdout
}

// sinter runs the command line program, with its helper beside it, on the lab's
// daemon.
func sinter(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	return sinterWith(t, nil, args...)
}

// sinterWith runs it with a standard input.
func sinterWith(t *testing.T, stdin io.Reader, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	return runSinter(t, stdin, nil, args...)
}

// runSinter runs it with a standard input and more of an environment.
func runSinter(t *testing.T, stdin io.Reader, env []string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(interrupted, filepath.Join(dir, "sinter"), args...)
	cmd.Env = slices.Concat(os.Environ(), theLab.Env(), env)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// programs builds the command line programs into one directory, without C as they are
// released: only then BuildKit can run them in its steps.
var programs = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(theLab.Dir, "programs")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", dir, "../cmd/sinter", "../cmd/sinter-buildkit")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
})

// varying is what changes with Debian's updates.
var varying = regexp.MustCompile(`[0-9.]+ [kM]?B\b|\(\d+ bytes\)|\d+ (packages?|files?|layers?)`)

// The frontend image and the command line tell the same, and all that is in the
// image.
func TestExplain(t *testing.T) {
	t.Parallel()
	dir := explainedDir(t)
	text := call(t, dir, "explain")
	for _, want := range []string{
		"gpgv for linux/amd64, on gcr.io/distroless/base-debian12: ",
		"\nLAYER ", "a program that the spec names (app.yaml:7)\n", "/usr/bin/verify → gpgv\n",
		"needed: /usr/bin/gpgv → libgcrypt.so.20", "\nPACKAGES\n", "/srv/data/a\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for line := range strings.Lines(text) {
		if n := len([]rune(line)); n > 101 {
			t.Errorf("a line of %d columns: %s", n-1, line)
		}
	}
	status, stdout, stderr := sinter(t, "explain", "-f", filepath.Join(dir, "app.yaml"), "--context", dir)
	if status != 0 || stdout != text || stderr != "" {
		t.Errorf("sinter explain: %d %s\n%s", status, stderr, diff(text, stdout))
	}
	var doc report.Document
	if err := json.Unmarshal([]byte(call(t, dir, "explain,format=json")), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Version != report.Version || len(doc.Images) != 1 || doc.Text() != text {
		t.Errorf("what JSON tells is not what the text does:\n%s", diff(text, doc.Text()))
	}
	for _, e := range doc.Images[0].Entries {
		if e.Reason == nil || e.Reason.Text == "" || e.Layer == "" {
			t.Errorf("no reason or layer: %+v", e)
		}
	}
}

func TestTree(t *testing.T) {
	t.Parallel()
	dir := explainedDir(t)
	text := call(t, dir, "tree")
	for _, want := range []string{
		"  ├── srv/\n     4 B  │   └── data/\n     1 B  │       ├── a\n     3 B  │       └── b/\n     3 B  │           └── c\n",
		"└── verify → gpgv\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if status, stdout, _ := sinter(t, "tree", "-f", filepath.Join(dir, "app.yaml"), "--context", dir); status != 0 || stdout != text {
		t.Errorf("sinter tree: %d\n%s", status, diff(text, stdout))
	}
}

// One path is asked about, there or not.
func TestExplainPath(t *testing.T) {
	t.Parallel()
	dir := explainedDir(t)
	for _, test := range []struct{ question, want string }{
		{"/usr/bin/verify", "/usr/bin/verify is in the image gpgv for linux/amd64, on gcr.io/distroless/base-debian12\n" +
			"  through /usr/bin/verify → gpgv: a link that the spec asks for (app.yaml:11)\n\n/usr/bin/gpgv\n"},
		{"/srv/data/b", "\n/srv/data/b/\n"},
		{"/usr/lib/os-release", "/usr/lib/os-release is in the image gpgv for linux/amd64, on gcr.io/distroless/base-debian12: the base has it\n"},
		{"libcrypto.so.3", "libcrypto.so.3 is in the image gpgv for linux/amd64, on gcr.io/distroless/base-debian12: the base has it\n"},
		{"/bin/perl", "/bin/perl is not in the image gpgv for linux/amd64, on gcr.io/distroless/base-debian12\n\nSource debian has /bin/perl → /usr/bin/perl\n"},
		{"/bin/perl", "\nSource unused has /bin/perl → /usr/bin/perl\n"},
		{"/bin/perl", "    binaries: [\"unused:/bin/perl\"]\n"},
		{"libpam.so.0", "libraries: {from: [debian], add: [libpam.so.0]}"},
		{"/usr/bin/nonesuch", "\nNo source has it, nor has the base."},
		{"/usr/share/zoneinfo/UTC", "the base has it"},
	} {
		text := call(t, dir, "explain", "--build-arg", "explain="+test.question)
		if !strings.Contains(text, test.want) {
			t.Errorf("%s: no %q in\n%s", test.question, test.want, text)
		}
		status, stdout, stderr := sinter(t, "explain", "-f", filepath.Join(dir, "app.yaml"), "--context", dir, test.question)
		if status != 0 || stdout != text || stderr != "" {
			t.Errorf("sinter explain %s: %d %s\n%s", test.question, status, stderr, diff(text, stdout))
		}
	}
}

// Each platform has its section, and what is wrong is said as in a build.
func TestExplainPlatformsAndErrors(t *testing.T) {
	t.Parallel()
	dir := explainedDir(t)
	spec := filepath.Join(dir, "app.yaml")
	text := call(t, dir, "explain", "--platform", "linux/amd64,linux/arm64")
	first, second := strings.Index(text, "gpgv for linux/amd64"), strings.Index(text, "gpgv for linux/arm64")
	if first != 0 || second < first {
		t.Errorf("sections:\n%s", text)
	}
	if err := os.WriteFile(spec, []byte("sources: {debian: debian:bookworm-slim}\nbinaries: [debian:/usr/bin/gpg-v]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := sinter(t, "explain", "-f", spec, "--context", dir)
	if status != 1 || !strings.Contains(stderr, "/usr/bin/gpg-v in source debian is not there [file-not-found]\n  fix: did you mean /usr/bin/gpgv?\n") || !strings.Contains(stderr, "2 | >>> binaries") {
		t.Errorf("%d %s", status, stderr)
	}
	if status, _, stderr := sinter(t, "explain", "-f", "nonesuch.yaml"); status != 2 || !strings.Contains(stderr, "there is no file nonesuch.yaml") {
		t.Errorf("%d %s", status, stderr)
	}
}

// A request describes the image that is built, where the build's time decides what
// a source holds, too.
func TestRequestsDescribeWhatIsBuilt(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{"app.yaml": `sources:
  build:
    dockerfile: |
      FROM debian:bookworm-slim
      ARG SOURCE_DATE_EPOCH
      RUN mkdir /out && touch "/out/$SOURCE_DATE_EPOCH"
files:
  - {from: build:/out/, to: /srv/}
`})
	const epoch, want = "SOURCE_DATE_EPOCH=1700000000", "/srv/1700000000"
	layout := filepath.Join(t.TempDir(), "layout")
	buildx(t, nil, "--build-arg", epoch, "-f", filepath.Join(dir, "app.yaml"), "--output", "type=oci,tar=false,dest="+layout, dir)
	images, err := oci.Open(layout)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := images[0].Unpack(t.Context(), filepath.Join(t.TempDir(), "root"), theLab.Seeded, time.Unix(1700000000, 0))
	if err != nil {
		t.Fatal(err)
	}
	built, err := tree.List(nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ what, text, want string }{
		{"build", built, want + " file "},
		{"explain", call(t, dir, "explain", "--build-arg", epoch), want + "\n"},
		{"explain PATH", call(t, dir, "explain", "--build-arg", epoch, "--build-arg", "explain="+want), want + " is in the image"},
		{"tree", call(t, dir, "tree", "--build-arg", epoch), "─ 1700000000\n"},
		{"sbom", call(t, dir, "sbom,format=json", "--build-arg", epoch), `"fileName": ".` + want + `"`},
	} {
		if !strings.Contains(test.text, test.want) {
			t.Errorf("%s: no %q in\n%s", test.what, test.want, test.text)
		}
	}
}

// What describes an image as data names its base and what its files can come from,
// by digest where there is one, and what the build has put in the place of a source.
func TestSourcesOfAnImage(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{
		"app.yaml": `base: gcr.io/distroless/base-debian12
sources:
  build: {dockerfile: Dockerfile}
  inline:
    dockerfile: |
      FROM scratch
      COPY data/a /a
  data: {context: data}
  debian: debian:bookworm-slim
  given: {}
  other: debian:no-such-tag
  unused: debian:bookworm-slim
binaries: [debian:/usr/bin/gpgv]
files: [build:/b, inline:/a, {from: data:/a, to: /d}, {from: given:/a, to: /c}, {from: other:/etc/debian_version, to: /v}, data/a]
`,
		"data/a":     "a",
		"Dockerfile": "FROM scratch\nCOPY data/a /b\n",
	})
	given := []string{"--build-context", "given=" + filepath.Join(dir, "data"), "--build-context", "other=docker-image://debian:bookworm-slim"}
	const want = `base gcr.io/distroless/base-debian12 sha256:…
build dockerfile Dockerfile
context context
data context data
debian image debian:bookworm-slim sha256:…
given named
inline dockerfile
other named debian:bookworm-slim sha256:…
`
	for _, request := range []string{"explain", "tree"} {
		var doc report.Document
		if err := json.Unmarshal([]byte(call(t, dir, request+",format=json", given...)), &doc); err != nil {
			t.Fatal(err)
		}
		img := doc.Images[0]
		got := strings.Join(strings.Fields(fmt.Sprintln("base", img.Base, img.BaseDigest)), " ") + "\n"
		for _, s := range img.Sources {
			got += strings.Join(strings.Fields(fmt.Sprintln(s.Name, s.Kind, s.Reference, s.Digest)), " ") + "\n"
		}
		if got = digests.ReplaceAllString(got, "sha256:…"); got != want {
			t.Errorf("%s:\n%s", request, diff(want, got))
		}
	}
}

var digests = regexp.MustCompile(`sha256:[0-9a-f]{64}`)

// Specs, listings and layouts of one image are the same, and a change is told.
func TestDiff(t *testing.T) {
	t.Parallel()
	dir := explainedDir(t)
	spec := filepath.Join(dir, "app.yaml")
	_, listing, _ := sinter(t, "explain", "-f", spec, "--context", dir, "--format", "json")
	out := t.TempDir()
	before, layout, tar := filepath.Join(out, "before.json"), filepath.Join(out, "layout"), filepath.Join(out, "layout.tar")
	if err := os.WriteFile(before, []byte(listing), 0o644); err != nil {
		t.Fatal(err)
	}
	buildx(t, nil, "-f", spec, "--output", "type=oci,tar=false,dest="+layout, dir)
	buildx(t, nil, "-f", spec, "--output", "type=oci,dest="+tar, dir)
	for _, pair := range [][2]string{{before, spec}, {before, layout}, {tar, before}, {layout, tar}, {spec, tar}} {
		status, stdout, stderr := sinter(t, "diff", pair[0], pair[1])
		if status != 0 || !strings.HasPrefix(stdout, "linux/amd64: no difference") {
			t.Errorf("%s %s: %d\n%s%s", pair[0], pair[1], status, stdout, stderr)
		}
	}
	changed := strings.Replace(explained, "/usr/bin/verify", "/usr/bin/check", 1)
	if err := os.WriteFile(spec, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	want := `linux/amd64: N, N → N, N (same size)

ADDED N, N
   +link  /usr/bin/check → gpgv
          a link that the spec asks for (app.yaml:11)

REMOVED N, N
   -link  /usr/bin/verify → gpgv
          a link that the spec asks for (app.yaml:11)
`
	status, stdout, _ := sinter(t, "diff", before, spec)
	if got := varying.ReplaceAllString(stdout, "N"); status != 1 || got != want {
		t.Errorf("%d\n%s", status, diff(want, got))
	}
	if status, _, stderr := sinter(t, "diff", out, spec); status != 2 || !strings.Contains(stderr, "not an OCI image layout") {
		t.Errorf("%d %s", status, stderr)
	}
}

// Without --file the spec is the file of the context that says it is one, and
// standard input reaches the helper.
func TestWhichSpec(t *testing.T) {
	t.Parallel()
	spec := "# syntax=sinterbuild/sinter:1\n" + explained
	dir := contextDir(t, map[string]string{"app.yaml": spec, "compose.yaml": "services: {}\n", "data/a": "a"})
	status, want, stderr := sinter(t, "tree", "-f", filepath.Join(dir, "app.yaml"), "--context", dir)
	if status != 0 || want == "" || stderr != "" {
		t.Fatalf("%d %s%s", status, want, stderr)
	}
	status, got, stderr := sinter(t, "tree", "--context", dir)
	if said := "sinter: the spec is " + filepath.Join(dir, "app.yaml") + "\n"; status != 0 || got != want || stderr != said {
		t.Errorf("found: %d %s\n%s", status, stderr, diff(want, got))
	}
	status, got, stderr = sinterWith(t, strings.NewReader(spec), "tree", "-f", "-", "--context", dir)
	if status != 0 || got != want || stderr != "" {
		t.Errorf("from standard input: %d %s\n%s", status, stderr, diff(want, got))
	}
}

// The last vertex of a build says what came of it, without changing the image.
func TestSummary(t *testing.T) {
	t.Parallel()
	files, err := fsutil.NewFS(explainedDir(t))
	if err != nil {
		t.Fatal(err)
	}
	for platforms, want := range map[string][]string{
		"linux/amd64":             {"[image] N, N, N, N; "},
		"linux/amd64,linux/arm64": {"[image linux/amd64] N, N, N, N; ", "[image linux/arm64] N, N, N, N; "},
	} {
		status := make(chan *client.SolveStatus)
		var got []string
		var done sync.WaitGroup
		done.Go(func() {
			for s := range status {
				for _, v := range s.Vertexes {
					if head, _, ok := strings.Cut(v.Name, "largest: "); ok {
						got = append(got, varying.ReplaceAllString(head, "N"))
					}
				}
			}
		})
		_, err = daemon.Build(context.Background(), client.SolveOpt{
			LocalMounts:   map[string]fsutil.FS{"context": files, "dockerfile": files},
			FrontendAttrs: map[string]string{"platform": platforms},
		}, "", viaImage(map[string]string{"filename": "app.yaml", "platform": platforms}), status)
		if err != nil {
			t.Fatal(errorText(t, err))
		}
		done.Wait()
		slices.Sort(got)
		got = slices.Compact(got) // a vertex is told of more than once
		if !slices.Equal(got, want) {
			t.Errorf("%s: summaries %q, want %q", platforms, got, want)
		}
	}
}
