package step

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/sbom"
)

// Subject is what an SBOM says of an image besides its plan and its files.
type Subject struct {
	// Name is what the image is called.
	Name string `json:"name"`
	// Created is the time that the image carries.
	Created time.Time `json:"created"`
	// Base is the reference of the base image; empty for scratch.
	Base string `json:"base,omitempty"`
}

// Describe makes the SBOM of an image, of which tree has all the files.
func (s Subject) Describe(ctx context.Context, p *plan.Plan, tree rootfs.FS) ([]byte, error) {
	doc, err := sbom.Make(ctx, sbom.Image{Name: s.Name, Created: s.Created, Base: s.Base, Plan: p, Tree: tree})
	if err != nil {
		return nil, fmt.Errorf("SBOM: %w", err)
	}
	return sbom.Encode(doc)
}

// makeSBOM writes the SBOM of the image that was made after an analysis.
func makeSBOM(ctx context.Context, root string) error {
	var subject Subject
	if err := readJSON(filepath.Join(root, InDir, SubjectFile), &subject); err != nil {
		return err
	}
	var found resolve.Result
	if err := readJSON(filepath.Join(root, AnalysisDir, ResultFile), &found); err != nil {
		return err
	}
	text, err := subject.Describe(ctx, &found.Plan, rootfs.Dir(filepath.Join(root, ImageDir)))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, OutDir, SBOMFile), text, 0o644)
}
