package frontend

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"golang.org/x/sync/errgroup"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/step"
	"github.com/sinter-build/sinter/tests"
)

// findCauses finds out why tests failed, for each of them.
func (i *image) findCauses(ctx context.Context, own llb.State, failed []*trial) ([]tests.Causes, error) {
	evidence, clues, err := i.findClues(ctx, own, failed)
	if err != nil {
		return nil, err
	}
	out := make([]tests.Causes, len(failed))
	g, gctx := errgroup.WithContext(ctx)
	for n, t := range failed {
		out[n] = tests.Causes{Evidence: evidence[n], Clues: clues[n]}
		if t.outcome.Passed() {
			continue
		}
		g.Go(func() (err error) {
			out[n].Needed, err = i.mend(gctx, own, t, evidence[n], clues[n])
			return err
		})
	}
	return out, g.Wait()
}

// findClues finds out what tests that failed may have lacked, for each of them. Each is
// run once more, with all of the sources below the image: what it opens there and the
// image lacks is what it needs, if it passes. What was seen is returned, too.
func (i *image) findClues(ctx context.Context, own llb.State, failed []*trial) ([]tests.Evidence, [][]tests.Clue, error) {
	q := i.question()
	q.Tests = make([]tests.Evidence, len(failed))
	caps := i.ui.BuildOpts().LLBCaps
	g, gctx := errgroup.WithContext(ctx)
	for n, t := range failed {
		q.Tests[n] = tests.NewEvidence(t.outcome)
		i.noteSources(q.From, t.outcome)
		if t.outcome.Unwatched != "" || len(q.Sources) == 0 || caps.Supports(pb.CapMergeOp) != nil {
			continue
		}
		g.Go(func() error {
			whole, err := i.explore(gctx, own, i.overSources(q.Sources), t.Test, llb.WithCustomNamef("[why] %s: with all of %s%s", tests.Title(t.Test), strings.Join(q.Sources, ", "), i.ofPlatform()))
			if err == nil {
				q.Tests[n].AddWhole(t.outcome, whole)
			}
			return gctx.Err() // what cannot be tried so is no evidence
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	clues, err := i.askClues(ctx, own, q)
	return q.Tests, clues, err
}

// question is what is to be looked up about tests of the image, without any.
func (i *image) question() tests.Question {
	started := i.doc.Has("entrypoint") || i.target != "" && i.doc.Has("targets."+i.target+".entrypoint")
	return tests.Question{
		Sources: i.testSources(), User: i.plan.Config.User, From: map[string]string{},
		OneProgram: !started && len(i.spec.Binaries) == 1,
	}
}

// noteSources notes which sources the programs are from that asked for something.
func (i *image) noteSources(from map[string]string, o *tests.Outcome) {
	asked := map[string]bool{}
	for _, a := range o.Accesses {
		asked[a.By] = true
	}
	for _, e := range i.plan.Entries {
		if asked[e.Path] && e.From != nil {
			from[e.Path] = e.From.Tree
		}
	}
}

// testSources are the sources that the image takes from, those of programs first. The
// build context is none: its files have other paths in the image.
func (i *image) testSources() []string {
	var out []string
	add := func(name string) {
		if name != "" && name != plan.TreeContext && i.trees.named[name] != nil && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, b := range i.spec.Binaries {
		add(b.From.Source)
	}
	for _, name := range slices.Concat(i.spec.Libraries.From, i.trees.order) {
		add(name)
	}
	return out
}

// overSources is the image with sources below it.
func (i *image) overSources(names []string) llb.State {
	var layers []llb.State
	for _, name := range slices.Backward(names) {
		layers = append(layers, i.trees.named[name].State)
	}
	return llb.Merge(append(layers, i.final), append(i.constraints(), llb.WithCustomName("[internal] the image over its sources"))...)
}

// askClues has the paths looked up in the trees.
func (i *image) askClues(ctx context.Context, own llb.State, q tests.Question) ([][]tests.Clue, error) {
	in, err := stepInput(step.QuestionFile, q, "what the tests asked for")
	if err != nil {
		return nil, err
	}
	opts := append(i.stepOptions(step.Clues, in),
		llb.AddMount(step.ImageDir, i.final, i.knownByInputs([]llb.MountOption{llb.Readonly})...),
		llb.WithCustomNamef("[why] what the tests lack on %s", platforms.Format(i.platform)),
	)
	for _, name := range q.Sources {
		opts = append(opts, llb.AddMount(path.Join(step.TreesDir, step.TreeDir(name)), i.trees.named[name].State, i.knownByInputs([]llb.MountOption{llb.Readonly})...))
	}
	var clues [][]tests.Clue
	if err := i.readStep(ctx, own.Run(opts...).AddMount(step.OutDir, llb.Scratch()), step.CluesFile, &clues); err != nil {
		return nil, err
	}
	if len(clues) != len(q.Tests) {
		return nil, fmt.Errorf("reading what tests lack: %d answers to %d questions", len(clues), len(q.Tests))
	}
	return clues, nil
}
