package llbgen_test

import (
	"errors"
	"fmt"
	"strings"
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

// The time that BuildKit takes for a file operation grows with the square of its actions,
// so that their number must not grow with the image. Whatever is not copied takes one
// action for all of it.
func TestAssembleBoundsActions(t *testing.T) {
	const many = 2000
	reason := plan.Reason{Cause: plan.CauseFile, At: "files[0]"}
	for _, test := range []struct {
		name  string
		entry func(i int) plan.Entry
		// The vertices of the LLB, the most actions that one has, and all of them.
		vertices, most, all int
	}{
		{"directories", func(i int) plan.Entry {
			return plan.Entry{Path: fmt.Sprintf("/d%04d", i), Kind: plan.KindDir, Mode: 0o755}
		}, 3, 1, 2},
		{"links", func(i int) plan.Entry {
			return plan.Entry{Path: fmt.Sprintf("/l%04d", i), Kind: plan.KindSymlink, Target: "x"}
		}, 3, 1, 2},
		{"a deep directory", func(i int) plan.Entry {
			return plan.Entry{Path: strings.Repeat("/d", i+1), Kind: plan.KindDir, Mode: 0o755}
		}, 3, 1, 2},
		// Twice 1000 copies, and one each of what these have brought together.
		{"files", func(i int) plan.Entry {
			name := fmt.Sprintf("/f%04d", i)
			return plan.Entry{Path: name, Kind: plan.KindFile, Mode: 0o644, From: &plan.Origin{Tree: "context", Path: name}}
		}, 5, 1000, many + 2},
	} {
		p := &plan.Plan{Layers: []plan.Layer{{Name: "app", Title: "files"}}}
		for i := range many {
			e := test.entry(i)
			e.Layer, e.Reason = "app", reason
			p.Entries = append(p.Entries, e)
		}
		opt := options()
		opt.Trees = map[string]llb.State{"context": llb.Local("context")}
		st, err := llbgen.Assemble(p, opt)
		if err != nil {
			t.Fatal(err)
		}
		def, err := st.Marshal(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		most, all := 0, 0
		for _, data := range def.Def {
			var op pb.Op
			if err := op.UnmarshalVT(data); err != nil {
				t.Fatal(err)
			}
			n := len(op.GetFile().GetActions())
			most, all = max(most, n), all+n
		}
		if len(def.Def) != test.vertices || most != test.most || all != test.all {
			t.Errorf("%s: %d vertices, %d actions at most in one and %d in all; want %d, %d and %d",
				test.name, len(def.Def), most, all, test.vertices, test.most, test.all)
		}
	}
}

func options() llbgen.Options {
	return llbgen.Options{Base: llb.Scratch(), Caps: pb.Caps.CapSet(pb.Caps.All())}
}
