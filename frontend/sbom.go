package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/solver/result"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/sbom"
)

// SBOMCommand is the argument with which the frontend's binary describes a
// finished image, in a step of its build.
const SBOMCommand = "sbom"

// Paths in the SBOM step's container, besides those of the analysis step.
const (
	stepImage    = stepDir + "/image"
	stepAnalysis = stepDir + "/analysis"
	sbomRequest  = "image.json"
	sbomFile     = "sbom.spdx.json"
)

// sbomSubject is what a document says of the image besides plan and tree.
type sbomSubject struct {
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Base    string    `json:"base,omitempty"`
}

// sbomSubject is called by the spec's name, or by what the image starts.
func (p *planned) sbomSubject() sbomSubject {
	words := slices.Concat([]string{p.spec.Name}, p.config.Command(), []string{"image"})
	first := slices.IndexFunc(words, func(word string) bool { return word != "" })
	return sbomSubject{Name: words[first], Created: p.epoch.Time, Base: p.base()}
}

// sbom has the SBOM of the finished image made. Like the analysis it is a step of
// the build where this frontend runs from an image, so that it is cached with
// what it describes, and else it is made here, over the gateway: the document is
// the same.
func (p *planned) sbom(ctx context.Context, final llb.State) (client.Reference, error) {
	own, err := ownImage(p.client)
	if err != nil {
		return nil, err
	}
	var st llb.State
	if own != nil && len(p.steps) > 0 {
		st, err = p.sbomStep(*own, final)
	} else {
		st, err = p.sbomHere(ctx, final)
	}
	if err != nil {
		return nil, err
	}
	return p.solve(ctx, st)
}

// sbomStep runs SBOMCommand in the frontend's own image, with the analysis and
// the finished image mounted.
func (p *planned) sbomStep(own, final llb.State) (llb.State, error) {
	data, err := json.Marshal(p.sbomSubject())
	if err != nil {
		return llb.State{}, err
	}
	in := llb.Scratch().File(
		llb.Mkfile("/"+sbomRequest, 0o644, data),
		llb.WithCustomName("[internal] what the image is called"),
	)
	image := []llb.MountOption{llb.Readonly}
	caps := p.ui.BuildOpts().LLBCaps
	if caps.Supports(pb.CapExecMountContentCache) == nil {
		// What the image is made from says what is in it. To know it by its
		// content would take reading it once more.
		image = append(image, llb.ContentCache(llb.MountContentCacheOff))
	}
	opts := []llb.RunOption{
		llb.Args([]string{"/sinter-frontend", SBOMCommand}),
		llb.Network(llb.NetModeNone),
		llb.AddMount(stepIn, in, llb.Readonly),
		llb.AddMount(stepAnalysis, p.steps[len(p.steps)-1], llb.Readonly),
		llb.AddMount(stepImage, final, image...),
		llb.Platform(p.ui.BuildPlatforms[0]),
		llb.WithCustomNamef("[sbom] what is in %s for %s", p.title(), platforms.Format(p.platform)),
	}
	for _, c := range p.constraints(p.ui.Target) {
		opts = append(opts, c)
	}
	return own.Run(opts...).AddMount(stepOut, llb.Scratch()), nil
}

// sbomHere makes the document in this process and returns a state with it.
func (p *planned) sbomHere(ctx context.Context, final llb.State) (llb.State, error) {
	ref, err := p.solve(ctx, final)
	if err != nil {
		return llb.State{}, err
	}
	text, err := makeSBOM(ctx, p.sbomSubject(), &p.found.Plan, newGatewayFS(ctx, ref))
	if err != nil {
		return llb.State{}, err
	}
	return llb.Scratch().File(
		llb.Mkfile("/"+sbomFile, 0o644, text, llb.WithCreatedTime(p.epoch.Time)),
		llb.WithCustomNamef("[sbom] what is in %s for %s", p.title(), platforms.Format(p.platform)),
	), nil
}

func makeSBOM(ctx context.Context, subject sbomSubject, plan *plan.Plan, tree rootfs.FS) ([]byte, error) {
	doc, err := sbom.Make(ctx, sbom.Image{Name: subject.Name, Created: subject.Created, Base: subject.Base, Plan: plan, Tree: tree})
	if err != nil {
		return nil, fmt.Errorf("SBOM: %w", err)
	}
	return sbom.Encode(doc)
}

// SBOM is the SBOM step: it reads the plan and the image where sbomStep has
// mounted them, and writes the document.
func SBOM(ctx context.Context) error {
	var subject sbomSubject
	if err := readJSON(filepath.Join(stepIn, sbomRequest), &subject); err != nil {
		return err
	}
	var found resolve.Result
	if err := readJSON(filepath.Join(stepAnalysis, resultFile), &found); err != nil {
		return err
	}
	text, err := makeSBOM(ctx, subject, &found.Plan, rootfs.Dir(stepImage))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(stepOut, sbomFile), text, 0o644)
}

func readJSON(name string, v any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return nil
}

// attest adds the SBOM of each platform to the result, if they were asked for.
// With one there BuildKit runs no scanner of its own (solver/llbsolver/proc,
// SBOMProcessor). The document is not marked as the core one, which BuildKit
// would write anew, with the layer of each file and its own version in it.
func (b *build) attest(res *client.Result) {
	for i, p := range b.ui.TargetPlatforms {
		if b.sboms[i] == nil {
			continue
		}
		res.AddAttestation(platforms.FormatAll(platforms.Normalize(p)), result.Attestation[client.Reference]{
			Kind:     gatewaypb.AttestationKind_InToto,
			Metadata: map[string][]byte{result.AttestationReasonKey: []byte(result.AttestationReasonSBOM)},
			Ref:      b.sboms[i],
			Path:     "/" + sbomFile,
			InToto:   result.InTotoAttestation{PredicateType: sbom.PredicateType},
		})
	}
}
