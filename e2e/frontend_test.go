package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	caps "github.com/moby/buildkit/util/apicaps/pb"
	"github.com/tonistiigi/fsutil"

	"github.com/sinter-build/sinter/e2e/oci"
	"github.com/sinter-build/sinter/frontend"
)

// smallSpec is a program with libraries, a part from a source, and a group.
const smallSpec = `sources:
  debian: debian:bookworm-slim
binaries:
  - {from: debian:/usr/bin/gpgv}
include: [os-release]
files:
  - {from: data/, to: /srv/data/}
directories:
  - {path: /var/lib/app, mode: "1770", owner: "65532:65532"}
`

// context writes files into a new directory.
func contextDir(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// solve builds the spec in dir with a gateway function and opens what it made.
func solve(t *testing.T, dir string, build gateway.BuildFunc, attrs map[string]string) *oci.Image {
	t.Helper()
	files, err := fsutil.NewFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	layout := filepath.Join(t.TempDir(), "layout")
	_, err = daemon.Build(t.Context(), client.SolveOpt{
		LocalMounts:   map[string]fsutil.FS{"context": files, "dockerfile": files},
		FrontendAttrs: attrs,
		Exports:       []client.ExportEntry{{Type: client.ExporterOCI, Attrs: map[string]string{"tar": "false"}, OutputDir: layout}},
	}, "", build, nil)
	if err != nil {
		t.Fatal(errorText(t, err))
	}
	images, err := oci.Open(layout)
	if err != nil {
		t.Fatal(err)
	}
	if len(images) != 1 {
		t.Fatalf("%d images", len(images))
	}
	return images[0]
}

// viaImage builds with the frontend image, as users do.
func viaImage(attrs map[string]string) gateway.BuildFunc {
	return func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		opts := map[string]string{"source": frontendRef}
		maps.Copy(opts, attrs)
		return c.Solve(ctx, gateway.SolveRequest{Frontend: "gateway.v0", FrontendOpt: opts})
	}
}

func listing(t *testing.T, img *oci.Image) string {
	t.Helper()
	tree, err := img.Unpack(t.Context(), filepath.Join(t.TempDir(), "root"), theLab.Seeded, (&testCase{}).epoch(t))
	if err != nil {
		t.Fatal(err)
	}
	list, err := tree.List(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Without a frontend image to run, the analysis reads the trees through the
// gateway. The image must be the same to the bit.
func TestWithoutFrontendImage(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{"app.yaml": smallSpec, "data/a": "a", "data/b/c": "c"})
	attrs := map[string]string{"filename": "app.yaml"}
	here := solve(t, dir, frontend.Build, attrs)
	image := solve(t, dir, viaImage(attrs), attrs)
	if here.Digest != image.Digest {
		t.Errorf("in this process %s, in the frontend image %s", here.Digest, image.Digest)
	}
}

// oldDaemon hides capabilities that daemons without them do not have.
type oldDaemon struct {
	gateway.Client
	without []apicaps.CapID
}

func (o oldDaemon) BuildOpts() gateway.BuildOpts {
	opts := o.Client.BuildOpts()
	var left []*caps.APICap
	for _, c := range pb.Caps.All() {
		if !slices.Contains(o.without, apicaps.CapID(c.ID)) {
			left = append(left, c)
		}
	}
	opts.LLBCaps = pb.Caps.CapSet(left)
	return opts
}

// onBase changes what a base has: a directory, a link, and directories with
// special bits in several layers.
const onBase = `base: gcr.io/distroless/base-debian12
sources:
  debian: debian:bookworm-slim
binaries:
  - {from: debian:/usr/bin/gpgv}
files:
  - {from: data/, to: /tmp/data/}
  - {from: data/a, to: /var/local/a}
directories:
  - {path: /home, mode: "0711", owner: "65532:65532"}
  - {path: /var/lib/app, mode: "1770", owner: "65532:65532"}
links:
  - {path: /etc/os-release, target: /srv/os-release}
`

// Docker's graph drivers have no MergeOp: layers are then copied onto each
// other, and the tree must be the same.
func TestWithoutMergeOp(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]string{"scratch": smallSpec, "base": onBase} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compareWithoutMergeOp(t, spec)
		})
	}
}

func compareWithoutMergeOp(t *testing.T, spec string) {
	dir := contextDir(t, map[string]string{"app.yaml": spec, "data/a": "a", "data/b/c": "c"})
	attrs := map[string]string{"filename": "app.yaml"}
	old := func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		return frontend.Build(ctx, oldDaemon{c, []apicaps.CapID{pb.CapMergeOp, pb.CapPassthroughOp}})
	}
	chained, merged := solve(t, dir, old, attrs), solve(t, dir, frontend.Build, attrs)
	if got, want := listing(t, chained), listing(t, merged); got != want {
		t.Errorf("chained copies differ from merged layers:\n%s", diff(want, got))
	}
	if len(chained.Manifest.Layers) != len(merged.Manifest.Layers) {
		t.Errorf("%d layers chained, %d merged", len(chained.Manifest.Layers), len(merged.Manifest.Layers))
	}
}

const variants = `name: hello
args:
  GREETING: {default: hi, description: what to say}
  WHO: {}
binaries:
  - {from: bin/hello, linkage: static}
env: {GREETING: "${GREETING}", WHO: "${WHO}"}
targets:
  debug:
    description: tells more
    env: {DEBUG: "1"}
`

// ask sends a subrequest and returns its result.txt or result.json.
func ask(t *testing.T, name, spec, format string, attrs map[string]string) (text string, err error) {
	t.Helper()
	files, err := fsutil.NewFS(contextDir(t, map[string]string{"app.yaml": spec}))
	if err != nil {
		t.Fatal(err)
	}
	opts := map[string]string{
		"filename": "app.yaml", "requestid": name, "source": frontendRef,
		"frontend.caps": "moby.buildkit.frontend.subrequests",
	}
	maps.Copy(opts, attrs)
	_, err = daemon.Build(t.Context(), client.SolveOpt{
		LocalMounts: map[string]fsutil.FS{"context": files, "dockerfile": files},
	}, "", func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		res, err := c.Solve(ctx, gateway.SolveRequest{Frontend: "gateway.v0", FrontendOpt: opts})
		if err == nil {
			text = string(res.Metadata["result."+format])
		}
		return gateway.NewResult(), err
	}, nil)
	return text, err
}

func TestSubrequests(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, request, spec string
		attrs               map[string]string
		want                string
	}{
		{
			"outline", "frontend.outline", variants, map[string]string{"build-arg:WHO": "world"},
			"BUILD ARG   VALUE   DESCRIPTION\nGREETING    hi      what to say\nWHO         world   \n\n",
		}, {
			"targets", "frontend.targets", variants, nil,
			"TARGET    DESCRIPTION\n(default) The main image\ndebug     tells more\n",
		}, {
			"describe", "frontend.subrequests.describe", variants, nil,
			`NAME                 VERSION DESCRIPTION
outline              1.0.0   List the build arguments of the spec
targets              1.0.0   List the targets of the spec
lint                 1.0.0   Check the spec without building
explain              1.0.0   Tell which files ship and why; of one with --build-arg explain=PATH
tree                 1.0.0   Draw the tree of what ships, with sizes
sbom                 1.0.0   Describe what ships in SPDX, with checksums
report               1.0.0   Write a report in HTML, for those who sign the image off
schema               1.0.0   Print the JSON Schema of a spec, for editors
test                 1.0.0   Run the tests of the spec and tell what comes of each
coverage             1.0.0   Tell which shipped files no test opens
trace                1.0.0   Tell what the tests need of the sources and the image lacks
subrequests.describe 1.0.0   List available subrequest types
`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := ask(t, test.request, test.spec, "txt", test.attrs)
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		_, err := ask(t, "frontend.nonsense", variants, "txt", nil)
		if err == nil || !strings.Contains(err.Error(), "unsupported request frontend.nonsense") {
			t.Errorf("error %v", err)
		}
	})
}

// What is wrong with a spec is a finding of lint, at its place, and not an error.
func TestLint(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, spec, want string }{
		{"nothing", "files: [{content: x, to: /a}]\n", ""},
		{"error", "binarys: [a]\n", `error 1:0-7: app.yaml:1:1: unknown key "binarys"; did you mean binaries? [unknown-key]` + "\n  fix: write binaries: [a]\n"},
		{
			"every target", "files: [{content: x, to: /a}]\nlinks: [{path: /a, target: main}]\ntargets:\n  one:\n    links: [{path: /l, target: a}, {path: /l, target: b}]\n  two:\n    links: [{path: /a, target: x}]\n",
			"error 2:8-32: " + `app.yaml:2:9: /a cannot be a link: files[0] makes it a file [path-conflict]
  fix: give one of the two another path, or remove it
app.yaml:5:36: /l is already the link of targets.one.links[0] [path-conflict]
  fix: give one of the two another path, or remove it
app.yaml:7:13: /a cannot be a link: files[0] makes it a file [path-conflict]
  fix: give one of the two another path, or remove it
`,
		},
		{
			"warning", "args: {GREETING: hi}\nfiles: [{content: '${GREETING}', to: /a}]\n",
			"undeclared-arg 1:0-4: the build argument GREETINGS is not declared and has no effect; did you mean GREETING?\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			args := map[string]string{}
			if test.name == "warning" {
				args["build-arg:GREETINGS"] = "hello"
			}
			text, err := ask(t, "frontend.lint", test.spec, "json", args)
			if err != nil {
				t.Fatal(err)
			}
			var res lint.LintResults
			if err := json.Unmarshal([]byte(text), &res); err != nil {
				t.Fatal(err)
			}
			if got := findings(res); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func findings(res lint.LintResults) string {
	var b strings.Builder
	add := func(rule, text string, at *pb.Location) {
		where := "nowhere" // what is not about a place in the spec
		if len(at.Ranges) > 0 {
			r := at.Ranges[0]
			where = fmt.Sprintf("%d:%d-%d", r.Start.Line, r.Start.Character, r.End.Character)
		}
		fmt.Fprintf(&b, "%s %s: %s\n", rule, where, text)
	}
	for _, w := range res.Warnings {
		add(w.RuleName, w.Detail, w.Location)
	}
	if res.Error != nil {
		add("error", res.Error.Message, &res.Error.Location)
	}
	return b.String()
}

// A named context replaces a source, from the command line.
func TestNamedContext(t *testing.T) {
	t.Parallel()
	spec := "sources: {assets: {}}\nfiles: [{from: \"assets:/page\", to: /page}]\n"
	dir := contextDir(t, map[string]string{"app.yaml": spec})
	assets := contextDir(t, map[string]string{"page": "hello"})
	layout := filepath.Join(t.TempDir(), "layout")
	out := buildx(t, nil, "-f", filepath.Join(dir, "app.yaml"), "--build-context", "assets="+assets, "--output", "type=oci,tar=false,dest="+layout, dir)
	images, err := oci.Open(layout)
	if err != nil {
		t.Fatal(err, out)
	}
	if list := listing(t, images[0]); !strings.Contains(list, "/page file 0644 0:0") {
		t.Errorf("no /page in\n%s", list)
	}
}

// buildx runs `buildx build` with Sinter as the frontend, whatever the syntax
// line says, and returns its output.
func buildx(t *testing.T, stdin []byte, args ...string) string {
	t.Helper()
	stdout, stderr := buildxOutput(t, stdin, args...)
	return stdout + stderr
}

// buildxOutput is what buildx prints. On its standard error there are at times lines of the
// session's HTTP/2 server, which says that its client went away.
func buildxOutput(t *testing.T, stdin []byte, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(interrupted, theLab.Tool("buildx"), append([]string{
		"build", "--builder", "lab", "--progress", "plain", "--provenance=false",
		"--build-arg", "BUILDKIT_SYNTAX=" + frontendRef,
	}, args...)...)
	cmd.Env = append(os.Environ(), theLab.Env()...)
	cmd.Stdin = bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("buildx: %v\n%s%s", err, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

func TestSpecFromStdin(t *testing.T) {
	t.Parallel()
	layout := filepath.Join(t.TempDir(), "layout")
	dir := contextDir(t, map[string]string{"a": "a"})
	buildx(t, []byte("files: [a]\n"), "-f", "-", "--output", "type=oci,tar=false,dest="+layout, dir)
	images, err := oci.Open(layout)
	if err != nil {
		t.Fatal(err)
	}
	if list := listing(t, images[0]); !strings.Contains(list, "/a file 0644 0:0") {
		t.Errorf("no /a in\n%s", list)
	}
}

// A build from a git repository takes spec and context from there, and
// SOURCE_DATE_EPOCH=context the commit's time.
func TestGitContext(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{
		"app.yaml":       "sources: {build: {dockerfile: sub/Dockerfile}}\nfiles: [a, {from: \"build:/copy\", to: /b}]\n",
		"a":              "a",
		"sub/Dockerfile": "FROM scratch\nCOPY a /copy\n",
	})
	repository := serveGit(t)
	repository.commit(t, dir)
	layout := filepath.Join(t.TempDir(), "layout")
	buildx(t, nil, "-f", "app.yaml", "--build-arg", "SOURCE_DATE_EPOCH=context",
		"--output", "type=oci,tar=false,dest="+layout, repository.url+"#main")
	images, err := oci.Open(layout)
	if err != nil {
		t.Fatal(err)
	}
	if got := images[0].Config.Created.Unix(); got != 1700000000 {
		t.Errorf("created at %d, want the commit's time", got)
	}
	c := &testCase{recipe: recipe{Args: map[string]string{"SOURCE_DATE_EPOCH": "1700000000"}}}
	tree, err := images[0].Unpack(t.Context(), filepath.Join(t.TempDir(), "root"), theLab.Seeded, c.epoch(t))
	if err != nil {
		t.Fatal(err)
	}
	list, err := tree.List(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/a file 0644 0:0", "/b file 0644 0:0"} {
		if !strings.Contains(list, want) {
			t.Errorf("no %s in\n%s", want, list)
		}
	}
}

// Provenance stands beside an image and does not change it.
func TestProvenanceLeavesImageAlone(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{"app.yaml": "files: [a]\n", "a": "a"})
	var digests []string
	for _, attest := range []string{"--attest=type=provenance,mode=min", "--no-cache"} {
		layout := filepath.Join(t.TempDir(), "layout")
		buildx(t, nil, "-f", filepath.Join(dir, "app.yaml"), attest, "--output", "type=oci,tar=false,dest="+layout, dir)
		images, err := oci.Open(layout)
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, fmt.Sprint(images[0].Digest))
	}
	if digests[0] != digests[1] {
		t.Errorf("with provenance %s, without %s", digests[0], digests[1])
	}
}

// A warning that all platforms have reaches the client once.
func TestWarnings(t *testing.T) {
	t.Parallel()
	files, err := fsutil.NewFS(contextDir(t, map[string]string{
		"app.yaml": "args: {GREETING: hi}\nsources: {debian: debian:bookworm-slim}\nbinaries: ['debian:/bin/true']\nenv: {GREETING: '${GREETING}'}\nfiles: ['${TARGETARCH}/']\n",
		"amd64/a":  "a",
		"arm64/a":  "a",
	}))
	if err != nil {
		t.Fatal(err)
	}
	status := make(chan *client.SolveStatus)
	var got []string
	var done sync.WaitGroup
	done.Go(func() {
		for s := range status {
			for _, w := range s.Warnings {
				got = append(got, string(w.Short))
			}
		}
	})
	_, err = daemon.Build(t.Context(), client.SolveOpt{
		LocalMounts:   map[string]fsutil.FS{"context": files, "dockerfile": files},
		FrontendAttrs: map[string]string{"platform": "linux/amd64,linux/arm64"}, // what BuildKit compares with
	}, "", viaImage(map[string]string{
		"filename": "app.yaml", "platform": "linux/amd64,linux/arm64", "build-arg:GREETINGS": "hello",
	}), status)
	if err != nil {
		t.Fatal(errorText(t, err))
	}
	done.Wait()
	want := []string{"the build argument GREETINGS is not declared and has no effect; did you mean GREETING?"}
	if !slices.Equal(got, want) {
		t.Errorf("warnings %q, want %q", got, want)
	}
}
