package frontend

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/sbom"
)

// RequestSBOM is the name of the request for an SBOM. Nothing is exported.
const RequestSBOM = "frontend.sbom"

// answerSBOM is the SBOM of one platform, as an attestation would have it. A
// document describes one image, and so of several platforms one has to be asked
// for, unless only the spec names them.
func (b *build) answerSBOM(ctx context.Context) (*client.Result, error) {
	if err := b.parse(); err != nil {
		return nil, err
	}
	if n := len(b.ui.TargetPlatforms); n > 1 {
		return nil, fmt.Errorf("an SBOM describes the image of one platform, and %d are asked for\n  fix: ask for them one by one, with --platform", n)
	}
	var err error
	if b.epoch, err = resolveEpoch(ctx, b.ui); err != nil {
		return nil, err
	}
	if err := b.choosePlatforms(); err != nil {
		return nil, err
	}
	b.warnings = make([]diag.List, 1)
	p, err := b.plan(ctx, b.nearestPlatform(), 0)
	b.warn(ctx, diag.Unique(b.warnings[0]))
	if err != nil {
		return nil, err
	}
	text, err := p.readSBOM(ctx)
	if err != nil {
		return nil, err
	}
	table, err := sbomTable(text)
	return answered(table, text), err
}

// nearestPlatform is the builder's own, if it is among those to build for, or the
// first of them.
func (b *build) nearestPlatform() ocispecs.Platform {
	own := platforms.OnlyStrict(b.ui.BuildPlatforms[0])
	if i := slices.IndexFunc(b.ui.TargetPlatforms, own.Match); i >= 0 {
		return b.ui.TargetPlatforms[i]
	}
	return b.ui.TargetPlatforms[0]
}

// readSBOM has the image built, and its SBOM made and read.
func (p *planned) readSBOM(ctx context.Context) ([]byte, error) {
	final, err := p.assemble()
	if err != nil {
		return nil, err
	}
	ref, err := p.sbom(ctx, final)
	if err != nil {
		return nil, err
	}
	text, err := readAll(ctx, ref, sbomFile)
	if err != nil {
		return nil, fmt.Errorf("reading the SBOM: %w", err)
	}
	return text, nil
}

// sbomTable lists the packages of a document for a person.
func sbomTable(text []byte) (string, error) {
	doc, err := sbom.Decode(text)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PACKAGE\tVERSION\tLICENCE\tWHAT SHIPS")
	for _, p := range doc.Packages {
		if p.PrimaryPackagePurpose == sbom.PurposeImage {
			continue
		}
		row := []string{p.PackageName, dash(p.PackageVersion), licence(doc, p), p.PackageComment}
		for i, cell := range row {
			row[i] = diag.Plain(cell)
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	if err := w.Flush(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s\nSPDX: %d files, %d relationships; all of it with format=json\n",
		b.String(), len(doc.Files), len(doc.Relationships)), nil
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// licence is what a package declares, in its own words and not too long.
func licence(doc *spdx.Document, p *spdx.Package) string {
	text := p.PackageLicenseDeclared
	if text == sbom.NoAssertion {
		return "-"
	}
	for _, l := range doc.OtherLicenses {
		text = strings.ReplaceAll(text, l.LicenseIdentifier, l.LicenseName)
	}
	const most = 40
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most-1]) + "…"
	}
	return text
}
