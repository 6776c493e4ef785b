package frontend

import (
	"cmp"
	"context"
	"path"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/result"

	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/sbom"
	"github.com/sinter-build/sinter/step"
)

// makeSBOM is the stage that has the SBOM of the finished image made. Like the
// analysis it is a step of the build where this frontend runs from an image, so
// that it is cached with what it describes, and else it is made here, over the
// gateway: the document is the same.
func (i *image) makeSBOM(ctx context.Context) error {
	own, err := ownImage(i.client)
	if err != nil {
		return err
	}
	var st llb.State
	if own != nil && len(i.analysis) > 0 {
		st, err = i.sbomStep(*own)
	} else {
		st, err = i.sbomHere(ctx)
	}
	if err != nil {
		return err
	}
	i.sbom, err = i.solve(ctx, st)
	return err
}

// subject is called as the image is, or by the program that its base starts.
func (i *image) subject() step.Subject {
	name := i.name()
	if command := i.plan.Config.Command(); name == "" && len(command) > 0 {
		name = path.Base(command[0])
	}
	subject := step.Subject{Name: cmp.Or(name, i.title()), Created: i.epoch}
	if i.plan.Base != nil {
		subject.Base = i.plan.Base.Reference
	}
	return subject
}

// sbomStep runs step.SBOM in the frontend's own image.
func (i *image) sbomStep(own llb.State) (llb.State, error) {
	in, err := stepInput(step.SubjectFile, i.subject(), "what the image is called")
	if err != nil {
		return llb.State{}, err
	}
	opts := append(i.stepOptions(step.SBOM, in),
		llb.AddMount(step.AnalysisDir, i.analysis[len(i.analysis)-1], llb.Readonly),
		llb.AddMount(step.ImageDir, i.final, i.knownByInputs([]llb.MountOption{llb.Readonly})...),
		i.sbomName(),
	)
	return own.Run(opts...).AddMount(step.OutDir, llb.Scratch()), nil
}

// sbomHere makes the document in this process and returns a state with it.
func (i *image) sbomHere(ctx context.Context) (llb.State, error) {
	ref, err := i.solve(ctx, i.final)
	if err != nil {
		return llb.State{}, err
	}
	text, err := i.subject().Describe(ctx, i.plan, gatewayfs.New(ctx, ref))
	if err != nil {
		return llb.State{}, err
	}
	return llb.Scratch().File(llb.Mkfile("/"+step.SBOMFile, 0o644, text, llb.WithCreatedTime(i.epoch)), i.sbomName()), nil
}

func (i *image) sbomName() llb.ConstraintsOpt {
	return llb.WithCustomNamef("[sbom] what is in %s for %s", i.title(), platforms.Format(i.platform))
}

// attest adds the image's SBOM to the result, if there is one. With one there
// BuildKit runs no scanner of its own (solver/llbsolver/proc, SBOMProcessor). The
// document is not marked as the core one, which BuildKit would write anew, with the
// layer of each file and its own version in it.
func (i *image) attest(res *client.Result) {
	if i.sbom == nil {
		return
	}
	res.AddAttestation(platforms.FormatAll(i.platform), result.Attestation[client.Reference]{
		Kind:     gatewaypb.AttestationKind_InToto,
		Metadata: map[string][]byte{result.AttestationReasonKey: []byte(result.AttestationReasonSBOM)},
		Ref:      i.sbom,
		Path:     "/" + step.SBOMFile,
		InToto:   result.InTotoAttestation{PredicateType: sbom.PredicateType},
	})
}
