package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/frontend/sources"
	"github.com/sinter-build/sinter/inspect"
	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/step"
)

// analyse has the plan made of the trees. Where BuildKit runs this frontend from an
// image, that image does it in a step of the build, which is cached by its inputs
// like any other; the steps are returned. Where it does not, the same code reads
// the trees through the gateway.
func (e *evaluation) analyse(ctx context.Context, trees *trees, config plan.Config) (*resolve.Result, []llb.State, error) {
	req := e.resolveRequest(trees, config)
	own, err := ownImage(e.client)
	if err != nil {
		return nil, nil, err
	}
	if own == nil {
		found, err := e.analyseHere(ctx, req, trees)
		return found, nil, err
	}
	req.Makes = true
	list, err := e.listContext(ctx, trees)
	if err != nil {
		return nil, nil, err
	}
	if list == nil {
		found, st, err := e.analyseInStep(ctx, *own, req, trees)
		return found, []llb.State{st}, err
	}
	return e.analyseListed(ctx, *own, req, trees, list)
}

// analyseListed has the plan made with no more of the build context than a list of
// its files, so that a changed file alone does not make the analysis run anew. If
// the plan turns out to need the files themselves, another step has them.
func (e *evaluation) analyseListed(ctx context.Context, own llb.State, req request.Request, trees *trees, list *contextList) (*resolve.Result, []llb.State, error) {
	listed := req
	listed.Listings = map[string]request.Listing{plan.TreeContext: list.files}
	found, first, err := e.analyseInStep(ctx, own, listed, trees)
	if err != nil {
		return nil, nil, err
	}
	if !found.NeedsContent {
		found.Plan.FillSizes(plan.TreeContext, func(name string) int64 { return list.sizes[name] })
		if err := inspectListed(&found.Plan, list.tree); err != nil {
			return nil, nil, err
		}
		return found, []llb.State{first}, nil
	}
	found, second, err := e.analyseInStep(ctx, own, req, trees)
	return found, []llb.State{first, second}, err
}

// maxInspected is how many files of a listed build context are looked at for what rules
// ask about.
const maxInspected = 500

// inspectListed notes what the texts of files hold that the analysis had no more of than
// a list.
func inspectListed(p *plan.Plan, files rootfs.FS) error {
	looked := 0
	for i := range p.Entries {
		entry := &p.Entries[i]
		if entry.From == nil || entry.From.Tree != plan.TreeContext || !inspect.HasText(entry) || looked >= maxInspected {
			continue
		}
		looked++
		data, err := rootfs.ReadFile(files, entry.From.Path, inspect.MaxText)
		if err != nil {
			return err
		}
		inspect.Text(entry, data)
	}
	return nil
}

// ownImage is the image that this process runs from, or nil outside the gateway.
func ownImage(c client.Client) (*llb.State, error) {
	current, ok := c.(interface {
		CurrentFrontend() (*llb.State, error)
	})
	if !ok {
		return nil, nil
	}
	return current.CurrentFrontend()
}

// resolveRequest is what the plan depends on besides the content of the trees.
func (e *evaluation) resolveRequest(trees *trees, config plan.Config) request.Request {
	req := request.New(e.spec, config, platforms.Format(e.platform))
	_, req.Base = trees.named[plan.TreeBase]
	req.Trees, req.Ask, req.BaseFiles = trees.order, trees.ask, trees.baseFiles
	req.Others = sources.Unused(e.spec)
	req.References = slices.Sorted(maps.Values(trees.references))
	return req
}

// analyseInStep has the plan made in a step and reads it.
func (e *evaluation) analyseInStep(ctx context.Context, own llb.State, req request.Request, trees *trees) (*resolve.Result, llb.State, error) {
	st, err := e.analysisStep(own, req, trees)
	if err != nil {
		return nil, st, err
	}
	ref, err := e.solve(ctx, st)
	if err != nil {
		return nil, st, err
	}
	data, err := gatewayfs.ReadFile(ctx, ref, step.ResultFile)
	if err != nil {
		return nil, st, err
	}
	found := &resolve.Result{}
	if err := json.Unmarshal(data, found); err != nil {
		return nil, st, fmt.Errorf("reading the analysis: %w", err)
	}
	return found, st, nil
}

// analysisStep runs step.Analyse in the frontend's own image. It only reads files,
// so that it runs on the builder's platform whatever the image's is.
func (e *evaluation) analysisStep(own llb.State, req request.Request, trees *trees) (llb.State, error) {
	in, err := stepInput(step.RequestFile, req, "what to look for")
	if err != nil {
		return llb.State{}, err
	}
	opts := e.stepOptions(step.Analyse, in)
	opts = append(opts, llb.WithCustomNamef("[analyse] what %s needs on %s", e.title(), platforms.Format(e.platform)))
	for _, name := range trees.names() {
		if _, ok := req.Listings[name]; ok {
			continue
		}
		tree := trees.named[name]
		mount := []llb.MountOption{llb.Readonly}
		if !tree.Local {
			mount = e.knownByInputs(mount)
		}
		opts = append(opts, llb.AddMount(step.TreesDir+"/"+step.TreeDir(name), tree.State, mount...))
	}
	return own.Run(opts...).AddMount(step.OutDir, llb.Scratch()), nil
}

// stepInput is a tree with a file that tells a step what to do.
func stepInput(file string, what any, name string) (llb.State, error) {
	data, err := json.Marshal(what)
	if err != nil {
		return llb.State{}, err
	}
	return llb.Scratch().File(llb.Mkfile("/"+file, 0o644, data), llb.WithCustomName("[internal] "+name)), nil
}

// stepOptions are those of every step of Sinter's own.
func (e *evaluation) stepOptions(name string, in llb.State) []llb.RunOption {
	opts := []llb.RunOption{
		llb.Args([]string{step.Program, name}),
		llb.Network(llb.NetModeNone),
		llb.AddMount(step.InDir, in, llb.Readonly),
		llb.Platform(e.ui.BuildPlatforms[0]),
	}
	for _, c := range e.constraints() {
		opts = append(opts, c)
	}
	return opts
}

// knownByInputs has BuildKit know a mount by what it was made from, if it can.
// Images and build results are known well enough by that: to know one by its
// content would take reading all of it, longer than the step itself. A client's
// directory is known by its content only.
func (e *evaluation) knownByInputs(mount []llb.MountOption) []llb.MountOption {
	caps := e.ui.BuildOpts().LLBCaps
	if caps.Supports(pb.CapExecMountContentCache) != nil {
		return mount
	}
	return append(mount, llb.ContentCache(llb.MountContentCacheOff))
}

// leftBy is a directory that the analysis left: the last step made the plan.
func leftBy(analysis []llb.State, dir string) *llbgen.Subtree {
	if len(analysis) == 0 {
		return nil
	}
	return &llbgen.Subtree{State: analysis[len(analysis)-1], Dir: "/" + dir}
}

// analyseHere makes the plan in this process.
func (e *evaluation) analyseHere(ctx context.Context, req request.Request, trees *trees) (*resolve.Result, error) {
	views := map[string]rootfs.FS{}
	for _, name := range trees.names() {
		ref, err := e.solve(ctx, trees.named[name].State)
		if err != nil {
			return nil, err
		}
		views[name] = gatewayfs.New(ctx, ref)
	}
	return resolve.Make(req, views)
}
