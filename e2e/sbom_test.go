package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
	"github.com/tonistiigi/fsutil"

	"github.com/sinter-build/sinter/e2e/oci"
	"github.com/sinter-build/sinter/frontend"
)

// attested builds the spec in dir and returns what is attested of its images, and
// the names of the steps that were run.
func attested(t *testing.T, dir string, build gateway.BuildFunc, attrs map[string]string) ([]oci.Attestation, string) {
	t.Helper()
	files, err := fsutil.NewFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	status := make(chan *client.SolveStatus)
	var steps strings.Builder
	var done sync.WaitGroup
	done.Go(func() {
		for s := range status {
			for _, v := range s.Vertexes {
				steps.WriteString(v.Name + "\n")
			}
		}
	})
	layout := filepath.Join(t.TempDir(), "layout")
	_, err = daemon.Build(t.Context(), client.SolveOpt{
		LocalMounts:   map[string]fsutil.FS{"context": files, "dockerfile": files},
		FrontendAttrs: attrs,
		Exports:       []client.ExportEntry{{Type: client.ExporterOCI, Attrs: map[string]string{"tar": "false"}, OutputDir: layout}},
	}, "", build, status)
	if err != nil {
		t.Fatal(errorText(t, err))
	}
	done.Wait()
	found, err := oci.Attestations(layout)
	if err != nil {
		t.Fatal(err)
	}
	return found, steps.String()
}

// One document a platform comes with the image when it is asked for, and no
// other: BuildKit leaves its own scanner out. It is the same to the byte whether
// a step of the build or the client writes it, and on daemons without MergeOp.
func TestSBOM(t *testing.T) {
	t.Parallel()
	chained := func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		return frontend.Build(ctx, oldDaemon{c, []apicaps.CapID{pb.CapMergeOp, pb.CapPassthroughOp, pb.CapExecMountContentCache}})
	}
	for name, spec := range map[string]string{"scratch": smallSpec, "base": onBase} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := contextDir(t, map[string]string{"app.yaml": spec, "data/a": "a", "data/b/c": "c"})
			attrs := map[string]string{"filename": "app.yaml", "platform": "linux/amd64,linux/arm64", "attest:sbom": ""}
			image, steps := attested(t, dir, viaImage(attrs), attrs)
			if len(image) != 2 || image[0].Platform != "linux/amd64" || image[1].Platform != "linux/arm64" {
				t.Fatalf("attestations of %v", image)
			}
			if strings.Contains(steps, "generating sbom") || !strings.Contains(steps, "[sbom] what is in") {
				t.Errorf("the steps are\n%s", steps)
			}
			for _, a := range image {
				checkSPDX(t, a)
			}
			here, _ := attested(t, dir, frontend.Build, attrs)
			old, _ := attested(t, dir, chained, attrs)
			for i := range image {
				if !bytes.Equal(here[i].Predicate, image[i].Predicate) || !bytes.Equal(old[i].Predicate, image[i].Predicate) {
					t.Errorf("%s: the document differs with where it is written", image[i].Platform)
				}
			}
		})
	}
}

const spdxDocument = "https://spdx.dev/Document" // the predicate type

func checkSPDX(t *testing.T, a oci.Attestation) {
	t.Helper()
	if a.PredicateType != spdxDocument {
		t.Errorf("predicate type %s", a.PredicateType)
	}
	doc, err := spdxjson.Read(bytes.NewReader(a.Predicate))
	if err != nil {
		t.Fatal(err)
	}
	if err := spdxlib.ValidateDocument(doc); err != nil {
		t.Error(err)
	}
	if len(doc.Files) == 0 {
		t.Error("no files")
	}
}

// Nobody asked for it, nobody gets it: an attestation turns a manifest into an
// index.
func TestNoSBOM(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{"app.yaml": "files: [a]\n", "a": "a"})
	attrs := map[string]string{"filename": "app.yaml"}
	if found, steps := attested(t, dir, viaImage(attrs), attrs); len(found) > 0 || strings.Contains(steps, "[sbom]") {
		t.Errorf("%d attestations, steps\n%s", len(found), steps)
	}
}

// What --call=sbom answers is what a build attests, without a build's result.
func TestSBOMRequest(t *testing.T) {
	t.Parallel()
	const spec = "platforms: [linux/arm64, linux/amd64]\nsources: {debian: 'debian:bookworm-slim'}\nbinaries: ['debian:/usr/bin/gpgv']\n"
	attrs := map[string]string{"filename": "app.yaml", "platform": "linux/amd64", "attest:sbom": ""}
	want, _ := attested(t, contextDir(t, map[string]string{"app.yaml": spec}), viaImage(attrs), attrs)
	answer, err := ask(t, frontend.RequestSBOM, spec, "json", nil)
	if err != nil {
		t.Fatal(err)
	}
	var got, escaped bytes.Buffer
	if err := json.Compact(&got, []byte(answer)); err != nil {
		t.Fatal(err)
	}
	json.HTMLEscape(&escaped, got.Bytes()) // as BuildKit writes statements
	if !bytes.Equal(escaped.Bytes(), want[0].Predicate) {
		t.Errorf("asked, it is\n%s\nattested\n%s", got.Bytes(), want[0].Predicate)
	}
	table, err := ask(t, frontend.RequestSBOM, spec, "txt", nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(table, "\ngpgv ") || !strings.Contains(table, "\nlibc6 ") || strings.Contains(table, "LicenseRef") {
		t.Errorf("the table is\n%s", table)
	}
	_, err = ask(t, frontend.RequestSBOM, spec, "json", map[string]string{"platform": "linux/amd64,linux/arm64"})
	if err == nil || !strings.Contains(err.Error(), "one by one, with --platform") {
		t.Errorf("error %v", err)
	}
}

// The command line has the same document, and another that says the same.
func TestSinterSBOM(t *testing.T) {
	t.Parallel()
	const spec = "sources: {debian: 'debian:bookworm-slim'}\nbinaries: ['debian:/usr/bin/gpgv']\n"
	want, err := ask(t, frontend.RequestSBOM, spec, "json", nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := contextDir(t, map[string]string{"app.yaml": spec})
	args := []string{"sbom", "-f", filepath.Join(dir, "app.yaml"), "--context", dir}
	if status, stdout, stderr := sinter(t, args...); status != 0 || stdout != want {
		t.Errorf("sinter sbom: %d %s\n%s", status, stderr, diff(want, stdout))
	}
	status, stdout, stderr := sinter(t, append(args, "--format", "cyclonedx")...)
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(strings.NewReader(stdout), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatalf("sinter sbom --format cyclonedx: %d %s\n%v", status, stderr, err)
	}
	if !slices.ContainsFunc(*bom.Components, func(c cdx.Component) bool {
		return c.Name == "libc6" && c.Components != nil && strings.HasPrefix(c.PackageURL, "pkg:deb/debian/libc6@")
	}) {
		t.Errorf("no libc6 with files in\n%s", stdout)
	}
	if status, _, stderr := sinter(t, append(args, "--format", "xml")...); status != 2 || !strings.Contains(stderr, "not \"xml\"") {
		t.Errorf("--format xml: %d %s", status, stderr)
	}
}
