package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/solver/result"

	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/plan"
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
}

// sbomSubject is called by the spec's name, or by what the image starts.
func (t *target) sbomSubject(trees *trees) sbomSubject {
	s := sbomSubject{Name: t.spec.Name, Created: t.epoch.Time}
	if entrypoint, cmd := llbgen.Command(t.spec, trees.baseImage); s.Name == "" {
		for _, word := range append(entrypoint, cmd...) {
			s.Name = word
			break
		}
	}
	if s.Name == "" {
		s.Name = "image"
	}
	return s
}

// document has the SBOM of the finished image made. Like the analysis it is a
// step of the build where this frontend runs from an image, so that it is cached
// with what it describes, and else it is made here, over the gateway: the
// document is the same.
func (t *target) document(ctx context.Context, trees *trees, found *plan.Result, steps []llb.State, final llb.State) (client.Reference, error) {
	own, err := ownImage(t.client)
	if err != nil {
		return nil, err
	}
	st := llb.State{}
	if own != nil && len(steps) > 0 {
		st, err = t.sbomStep(*own, t.sbomSubject(trees), steps[len(steps)-1], final)
	} else {
		st, err = t.sbomHere(ctx, t.sbomSubject(trees), &found.Plan, final)
	}
	if err != nil {
		return nil, err
	}
	return t.solve(ctx, st)
}

// sbomStep runs SBOMCommand in the frontend's own image, with the analysis and
// the finished image mounted.
func (t *target) sbomStep(own llb.State, subject sbomSubject, analysis, final llb.State) (llb.State, error) {
	data, err := json.Marshal(subject)
	if err != nil {
		return llb.State{}, err
	}
	in := llb.Scratch().File(
		llb.Mkfile("/"+sbomRequest, 0o644, data),
		llb.WithCustomName("[internal] what the image is called"),
	)
	image := []llb.MountOption{llb.Readonly}
	caps := t.ui.BuildOpts().LLBCaps
	if caps.Supports(pb.CapExecMountContentCache) == nil {
		// What the image is made from says what is in it. To know it by its
		// content would take reading it once more.
		image = append(image, llb.ContentCache(llb.MountContentCacheOff))
	}
	opts := []llb.RunOption{
		llb.Args([]string{"/sinter-frontend", SBOMCommand}),
		llb.Network(llb.NetModeNone),
		llb.AddMount(stepIn, in, llb.Readonly),
		llb.AddMount(stepAnalysis, analysis, llb.Readonly),
		llb.AddMount(stepImage, final, image...),
		llb.Platform(t.ui.BuildPlatforms[0]),
		llb.WithCustomNamef("[sbom] what is in %s for %s", t.title(), platforms.Format(t.platform)),
	}
	for _, c := range t.constraints(t.ui.Target) {
		opts = append(opts, c)
	}
	return own.Run(opts...).AddMount(stepOut, llb.Scratch()), nil
}

// sbomHere makes the document in this process and returns a state with it.
func (t *target) sbomHere(ctx context.Context, subject sbomSubject, p *plan.Plan, final llb.State) (llb.State, error) {
	ref, err := t.solve(ctx, final)
	if err != nil {
		return llb.State{}, err
	}
	text, err := makeSBOM(ctx, subject, p, newGatewayFS(ctx, ref))
	if err != nil {
		return llb.State{}, err
	}
	return llb.Scratch().File(
		llb.Mkfile("/"+sbomFile, 0o644, text, llb.WithCreatedTime(t.epoch.Time)),
		llb.WithCustomNamef("[sbom] what is in %s for %s", t.title(), platforms.Format(t.platform)),
	), nil
}

func makeSBOM(ctx context.Context, subject sbomSubject, p *plan.Plan, tree rootfs.FS) ([]byte, error) {
	doc, err := sbom.Make(ctx, sbom.Image{Name: subject.Name, Created: subject.Created, Plan: p, Tree: tree})
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
	var found plan.Result
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
