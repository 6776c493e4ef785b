package llbgen_test

import (
	"errors"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/plan"
)

// A plan that holds a file without a reason makes no image, wherever the plan is
// from.
func TestAssembleRefusesWhatHasNoReason(t *testing.T) {
	for _, reason := range []plan.Reason{
		{},
		{Cause: "because"},
		{Cause: plan.CauseLibrary, At: "binaries[0]", Via: "ld.so.cache"},
		{Cause: plan.CauseLink, At: "binaries[0]"},
	} {
		p := &plan.Plan{
			Layers: []plan.Layer{{Name: "app", Title: "the app's own files"}},
			Entries: []plan.Entry{
				{Path: "/a", Kind: plan.KindDir, Mode: 0o755, Layer: "app", Reason: plan.Reason{Cause: plan.CauseDirectory, At: "directories[0]"}},
				{Path: "/a/b", Kind: plan.KindFile, Mode: 0o644, Layer: "app", Reason: reason},
			},
		}
		_, err := llbgen.Assemble(p, options())
		var refused *plan.MissingReason
		if !errors.As(err, &refused) || refused.Path != "/a/b" {
			t.Errorf("%+v: %v", reason, err)
		}
		p.Entries[1].Reason = plan.Reason{Cause: plan.CauseFile, At: "files[0]"}
		if _, err := llbgen.Assemble(p, options()); err != nil {
			t.Errorf("with a reason: %v", err)
		}
	}
}

// An entry in no layer of the plan would be left out without a word.
func TestAssembleRefusesWhatIsInNoLayer(t *testing.T) {
	p := &plan.Plan{Entries: []plan.Entry{
		{Path: "/a", Kind: plan.KindDir, Mode: 0o755, Layer: "app", Reason: plan.Reason{Cause: plan.CauseDirectory, At: "directories[0]"}},
	}}
	if _, err := llbgen.Assemble(p, options()); err == nil {
		t.Error("no error")
	}
}

func options() llbgen.Options {
	return llbgen.Options{Base: llb.Scratch(), Caps: pb.Caps.CapSet(pb.Caps.All())}
}
