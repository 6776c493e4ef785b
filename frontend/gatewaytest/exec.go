package gatewaytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/step"
	"github.com/sinter-build/sinter/tests"
)

// exec plays a step, and returns the trees of its outputs: of those mounts that
// have one.
func (g *Gateway) exec(ctx context.Context, op *pb.ExecOp, inputs []Tree) ([]Tree, error) {
	mounts := map[string]Tree{}
	for _, m := range op.Mounts {
		if m.MountType != pb.MountType_BIND {
			continue
		}
		tree, err := pick(inputs, m.Input)
		if err != nil {
			return nil, err
		}
		mounts[m.Dest] = tree
	}
	if err := g.play(ctx, op.GetMeta().GetArgs(), mounts); err != nil {
		return nil, err
	}
	var out []Tree
	for _, m := range op.Mounts {
		if m.Output < 0 {
			continue
		}
		for int(m.Output) >= len(out) {
			out = append(out, nil)
		}
		out[m.Output] = mounts[m.Dest]
	}
	return out, nil
}

// play does what a program would do to its mounts.
func (g *Gateway) play(ctx context.Context, args []string, mounts map[string]Tree) error {
	switch {
	case slices.Equal(args, []string{step.Program, step.Analyse}):
		return analyse(ctx, mounts)
	case slices.Equal(args, []string{step.Program, step.SBOM}):
		return describe(ctx, mounts)
	case slices.Equal(args, []string{step.Program, step.CheckFiles}):
		return checkFiles(ctx, mounts)
	case slices.Equal(args, []string{step.Program, step.Clues}):
		return findClues(ctx, mounts)
	case slices.Equal(args, []string{step.TestSelf + step.Program, step.Test}):
		return g.test(mounts)
	case slices.Equal(args, []string{step.Program, step.Tell}):
		return g.tell(mounts)
	case len(args) == 2 && args[0] == "/bin/sh" && path.Base(args[1]) == "authorities":
		return nil
	case len(args) > 2 && args[0] == "/bin/sh" && path.Base(args[1]) == "install":
		root := maps.Clone(mounts["/"])
		for _, name := range args[2:] {
			files, ok := g.Packages[name]
			if !ok {
				return fmt.Errorf("process %q did not complete successfully: exit code: 100", args)
			}
			for _, file := range files.below("/") {
				root.put(file, files[file])
			}
		}
		mounts["/"] = root
		return nil
	}
	return fmt.Errorf("there is no program %q in memory", args)
}

// tell keeps what a step says in its log.
func (g *Gateway) tell(mounts map[string]Tree) error {
	text, ok := mounts[step.InDir]["/"+step.WarningsFile]
	if !ok {
		return errors.New("there is nothing to tell")
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.told = append(g.told, string(text.Data))
	return nil
}

// analyse is the step that makes a plan.
func analyse(ctx context.Context, mounts map[string]Tree) error {
	var req request.Request
	if err := readJSON(mounts[step.InDir], step.RequestFile, &req); err != nil {
		return err
	}
	trees := map[string]rootfs.FS{}
	names := append(req.AllTrees(), req.References...)
	if req.Base {
		names = append(names, plan.TreeBase)
	}
	for _, name := range names {
		if list, ok := req.Listings[name]; ok {
			tree, err := list.Tree()
			if err != nil {
				return err
			}
			trees[name] = tree
			continue
		}
		trees[name] = open(ctx, mounts[path.Join(step.TreesDir, step.TreeDir(name))])
	}
	found, err := resolve.Make(req, trees)
	if err != nil {
		return err
	}
	out := Tree{}
	if err := writeJSON(out, step.ResultFile, found); err != nil {
		return err
	}
	mounts[step.OutDir] = out
	return writeMetadata(out, &found.Plan, trees)
}

// writeMetadata adds the package metadata of each layer.
func writeMetadata(out Tree, p *plan.Plan, trees map[string]rootfs.FS) error {
	for i, l := range p.Layers {
		dir := path.Join("/", step.MetadataDir, llbgen.MetadataDir(i))
		out.put(dir, File{Mode: fs.ModeDir | 0o755})
		above := map[string]bool{}
		for _, e := range p.Entries {
			if !e.IsMetadata() || e.Layer != l.Name {
				continue
			}
			data := e.Data
			if e.From != nil {
				var err error
				if data, err = fs.ReadFile(trees[e.From.Tree], rootfs.Name(e.From.Path)); err != nil {
					return err
				}
			}
			out.put(path.Join(dir, e.Path), File{Mode: e.FileMode(), UID: e.UID, GID: e.GID, Data: data})
			for _, up := range ancestors(e.Path) {
				above[up] = true
			}
		}
		for _, e := range p.Entries {
			if above[e.Path] {
				out.put(path.Join(dir, e.Path), File{Mode: fs.ModeDir | e.FileMode(), UID: e.UID, GID: e.GID})
			}
		}
	}
	return nil
}

// describe is the step that makes an SBOM.
func describe(ctx context.Context, mounts map[string]Tree) error {
	var subject step.Subject
	if err := readJSON(mounts[step.InDir], step.SubjectFile, &subject); err != nil {
		return err
	}
	var found resolve.Result
	if err := readJSON(mounts[step.AnalysisDir], step.ResultFile, &found); err != nil {
		return err
	}
	text, err := subject.Describe(ctx, &found.Plan, open(ctx, mounts[step.ImageDir]))
	if err != nil {
		return err
	}
	out := Tree{}
	out.put("/"+step.SBOMFile, File{Mode: 0o644, Data: text, Time: time.Unix(0, 0)})
	mounts[step.OutDir] = out
	return nil
}

// checkFiles is the step that looks at files of the finished image.
func checkFiles(ctx context.Context, mounts map[string]Tree) error {
	var lists [][]tests.File
	if err := readJSON(mounts[step.InDir], step.FilesFile, &lists); err != nil {
		return err
	}
	out := Tree{}
	mounts[step.OutDir] = out
	return writeJSON(out, step.ProblemsFile, tests.JudgeLists(open(ctx, mounts[step.ImageDir]), lists))
}

// findClues is the step that finds out what tests lack.
func findClues(ctx context.Context, mounts map[string]Tree) error {
	var q tests.Question
	if err := readJSON(mounts[step.InDir], step.QuestionFile, &q); err != nil {
		return err
	}
	trees := map[string]rootfs.FS{}
	for _, name := range q.Sources {
		trees[name] = open(ctx, mounts[path.Join(step.TreesDir, step.TreeDir(name))])
	}
	clues, err := q.LookUp(open(ctx, mounts[step.ImageDir]), trees)
	if err != nil {
		return err
	}
	out := Tree{}
	mounts[step.OutDir] = out
	return writeJSON(out, step.CluesFile, clues)
}

// test is the step that runs a test: it comes to what Outcomes says.
func (g *Gateway) test(mounts map[string]Tree) error {
	var t tests.Test
	if err := readJSON(mounts[step.TestDir], step.TestFile, &t); err != nil {
		return err
	}
	var outcome tests.Outcome
	for _, command := range [][]string{t.Run, t.Service} {
		if len(command) > 0 && g.Outcomes[command[0]] != nil {
			outcome = *g.Outcomes[command[0]]
			break
		}
	}
	outcome.Started = time.Now().UnixNano()
	out := Tree{}
	mounts[step.TestOutside] = out
	return writeJSON(out, path.Base(step.TestOut)+"/"+step.OutcomeFile, outcome)
}

func open(ctx context.Context, tree Tree) rootfs.FS {
	return gatewayfs.New(ctx, &Reference{Tree: tree})
}

func readJSON(tree Tree, name string, v any) error {
	file, ok := tree["/"+name]
	if !ok {
		return fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
	}
	return json.Unmarshal(file.Data, v)
}

func writeJSON(tree Tree, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	tree.put("/"+name, File{Mode: 0o644, Data: data})
	return nil
}
