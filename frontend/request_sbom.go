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
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/sbom"
	"github.com/sinter-build/sinter/step"
)

// RequestSBOM is the name of the request for an SBOM. Nothing is exported.
const RequestSBOM = "frontend.sbom"

// answerSBOM is the SBOM of one platform, as an attestation would have it. A document
// describes one image, and so of several platforms one has to be asked for, unless
// only the spec names them.
func (s *session) answerSBOM(ctx context.Context) (*client.Result, error) {
	if asked := s.client.BuildOpts().Opts["platform"]; len(s.evaluations) > 1 && asked != "" {
		return nil, diag.List{{
			Code:    "sbom-of-platforms",
			At:      atBuild,
			Message: fmt.Sprintf("an SBOM describes the image of one platform, and %d are asked for", len(s.evaluations)),
			Fixes:   []string{"ask for them one by one, with --platform"},
		}}
	}
	images, err := s.images(ctx, s.nearest(), (*image).load, (*image).decide, (*image).assemble, (*image).makeSBOM)
	if err != nil {
		return nil, err
	}
	text, err := gatewayfs.ReadFile(ctx, images[0].sbom, step.SBOMFile)
	if err != nil {
		return nil, fmt.Errorf("reading the SBOM: %w", err)
	}
	table, err := sbomTable(text)
	if err != nil {
		return nil, err
	}
	return s.answered(table, text)
}

// nearest is the evaluation for the builder's own platform, or else the first.
func (s *session) nearest() []*evaluation {
	own := platforms.OnlyStrict(s.ui.BuildPlatforms[0])
	i := max(0, slices.IndexFunc(s.evaluations, func(e *evaluation) bool { return own.Match(e.platform) }))
	return s.evaluations[i : i+1]
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
