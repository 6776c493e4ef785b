package llbgen_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	"go.yaml.in/yaml/v4"
	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

var update = flag.Bool("update", false, "rewrite the expected LLB under testdata")

// assembleCase is a txtar archive: plan.yaml is a plan, merge.llb is what Assemble
// makes of it, and copies.llb, where there is one, what it makes of it for a daemon
// without MergeOp; old.llb is for one of the oldest version. Where there is app.yaml, steps point at the lines of that spec.
type assembleCase struct {
	archive *txtar.Archive
	plan    plan.Plan
}

func TestAssemble(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			c := readAssembleCase(t, file)
			c.compare(t, file, "merge.llb", pb.Caps.All())
			if c.file("copies.llb") != nil {
				c.compare(t, file, "copies.llb", without(pb.Caps.All(), pb.CapMergeOp))
			}
			if c.file("old.llb") != nil {
				c.compare(t, file, "old.llb", without(pb.Caps.All(), pb.CapFileCopyAlwaysReplaceExistingDestPaths))
			}
		})
	}
}

func readAssembleCase(t *testing.T, file string) *assembleCase {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := &assembleCase{archive: archive}
	var value any
	if err := yaml.Unmarshal(c.file("plan.yaml"), &value); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c.plan); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *assembleCase) file(name string) []byte {
	for _, f := range c.archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// options has a tree for each that the plan names, and package metadata where the
// plan has any.
func (c *assembleCase) options(t *testing.T, caps []*apicaps.PBCap) llbgen.Options {
	t.Helper()
	opt := llbgen.Options{
		Base:        llb.Scratch(),
		Trees:       map[string]llb.State{},
		Epoch:       time.Unix(1700000000, 0),
		Caps:        pb.Caps.CapSet(caps),
		Constraints: []llb.ConstraintsOpt{llb.LinuxAmd64},
		Locate:      locator(t, c.file("app.yaml")),
		Last:        "the image",
	}
	if c.plan.Base != nil {
		opt.Base = llb.Image(c.plan.Base.Reference, llb.LinuxAmd64)
	}
	for _, e := range c.plan.Entries {
		if e.From != nil {
			opt.Trees[e.From.Tree] = llb.Local(e.From.Tree)
		}
		if e.IsMetadata() {
			opt.Metadata = &llbgen.Subtree{State: llb.Local("analysis"), Dir: "metadata"}
		}
	}
	return opt
}

// locator turns nodes of a spec into its lines.
func locator(t *testing.T, text []byte) func(at ...string) llb.ConstraintsOpt {
	t.Helper()
	if text == nil {
		return nil
	}
	doc, list := spec.Parse("app.yaml", text)
	if len(list) > 0 {
		t.Fatal(list)
	}
	source := llb.NewSourceMap(nil, "app.yaml", "yaml", text)
	return func(at ...string) llb.ConstraintsOpt {
		var ranges []*pb.Range
		for _, node := range at {
			r, ok := doc.Range(node)
			if !ok {
				t.Errorf("the spec has no %s", node)
			}
			ranges = append(ranges, &pb.Range{Start: &pb.Position{Line: int32(r.StartLine)}, End: &pb.Position{Line: int32(r.EndLine)}})
		}
		return source.Location(ranges)
	}
}

func (c *assembleCase) compare(t *testing.T, file, name string, caps []*apicaps.PBCap) {
	t.Helper()
	st, err := llbgen.Assemble(&c.plan, c.options(t, caps))
	if err != nil {
		t.Fatal(err)
	}
	want := string(c.file(name))
	got := dump(t, st)
	switch {
	case got == want:
	case *update:
		for i := range c.archive.Files {
			if c.archive.Files[i].Name == name {
				c.archive.Files[i].Data = []byte(got)
			}
		}
		if err := os.WriteFile(file, txtar.Format(c.archive), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// without is all capabilities but one.
func without(caps []*apicaps.PBCap, id apicaps.CapID) []*apicaps.PBCap {
	out := make([]*apicaps.PBCap, 0, len(caps))
	for _, c := range caps {
		if c.ID != string(id) {
			out = append(out, c)
		}
	}
	return out
}
