package frontend

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/moby/buildkit/client/llb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/frontend/sources"
	"github.com/sinter-build/sinter/plan"
)

// trees are the file trees of one image.
type trees struct {
	// named are the trees by the names that the plan uses, the base included.
	named map[string]*sources.Tree
	// order lists the names for the plan: without the base, and without what is
	// only there for a question.
	order []string
	// ofTests are the sources that tests take programs from, by name.
	ofTests map[string]*sources.Tree
	// ask is what is asked about a path; nil for nothing.
	ask *plan.Query
	// references are the names of the trees of the images that the policy compares with, by
	// the names of those.
	references map[string]string
	// baseFiles reports whether the plan is to list the files of the base.
	baseFiles bool
}

// loader makes the image's trees.
func (e *evaluation) loader() *sources.Loader {
	return &sources.Loader{
		Client: e.client, UI: e.ui, Spec: e.spec, Platform: e.platform, Epoch: e.epoch,
		Locate: e.locate, Ranges: e.ranges, Text: e.file.Data,
	}
}

// loadTrees makes the base and each source that the image needs. They are made beside
// one another, for what takes time is to ask registries and the client. Of several that
// fail the first one is told, whichever failed first.
func (e *evaluation) loadTrees(ctx context.Context) (*trees, error) {
	out := &trees{named: map[string]*sources.Tree{}, order: sources.Needed(e.spec)}
	loader := e.loader()
	all := append([]string{plan.TreeBase}, out.order...)
	made := make([]*sources.Tree, len(all))
	failed := make([]error, len(all))
	var g sync.WaitGroup
	for n, name := range all {
		g.Go(func() {
			if name == plan.TreeBase {
				made[n], failed[n] = loader.Base(ctx)
			} else {
				made[n], failed[n] = loader.Load(ctx, name)
			}
		})
	}
	g.Wait()
	for n, name := range all {
		if failed[n] != nil {
			return nil, failed[n]
		}
		if made[n] != nil {
			out.named[name] = made[n]
		}
	}
	return out, e.loadTestTrees(ctx, loader, out)
}

// loadTestTrees makes the sources that tests take programs from.
func (e *evaluation) loadTestTrees(ctx context.Context, loader *sources.Loader, out *trees) error {
	out.ofTests = map[string]*sources.Tree{}
	for _, t := range e.spec.Tests {
		program, ok := t.Program()
		if !ok || out.ofTests[program.Source] != nil {
			continue
		}
		tree := out.named[program.Source]
		if tree == nil {
			var err error
			if tree, err = loader.Load(ctx, program.Source); err != nil {
				return err
			}
		}
		out.ofTests[program.Source] = tree
	}
	return nil
}

// loadReferences makes the trees of the images that the policy compares with.
func (i *image) loadReferences(ctx context.Context) error {
	i.trees.references = map[string]string{}
	for n, reference := range i.policy.References() {
		tree, err := i.loader().Reference(ctx, reference, "policy")
		if err != nil {
			return err
		}
		name := fmt.Sprintf("(reference-%d)", n+1)
		i.trees.named[name], i.trees.references[reference] = tree, name
	}
	return nil
}

// baseImage is the config of the base; nil for scratch and for a base without one.
func (t *trees) baseImage() *dockerspec.DockerOCIImage {
	if base, ok := t.named[plan.TreeBase]; ok {
		return base.Image
	}
	return nil
}

func (t *trees) states() map[string]llb.State {
	out := map[string]llb.State{}
	for name, tree := range t.named {
		out[name] = tree.State
	}
	return out
}

// names lists all trees, sorted.
func (t *trees) names() []string { return slices.Sorted(maps.Keys(t.named)) }

// about is what a plan says of the base, which the spec calls by its reference, and
// of the sources.
func (t *trees) about(reference string) (*plan.Base, []plan.Source) {
	var base *plan.Base
	if tree, ok := t.named[plan.TreeBase]; ok {
		base = &plan.Base{Reference: reference}
		if tree.About.Kind == plan.SourceImage {
			base.Digest = tree.About.Digest
		}
		if tree.About.Kind == plan.SourceNamed {
			base.Given, base.By = true, tree.About.Reference
		}
	}
	var all []plan.Source
	for _, name := range t.order {
		all = append(all, t.named[name].About)
	}
	return base, all
}
