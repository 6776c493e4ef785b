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

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// analyse has the plan made for the source trees. Where BuildKit runs this
// frontend from an image, that image does it in a step of the build, which is
// cached by its inputs like any other; the steps are returned. Where it does not,
// the same code reads the trees through the gateway.
func (t *target) analyse(ctx context.Context, trees *trees) (*resolve.Result, []llb.State, error) {
	req := t.request(trees)
	own, err := ownImage(t.client)
	if err != nil {
		return nil, nil, err
	}
	if own == nil {
		found, err := t.analyseHere(ctx, req, trees)
		return found, nil, err
	}
	var steps []llb.State
	o, err := t.list(ctx, trees)
	if err != nil {
		return nil, nil, err
	}
	if o != nil {
		req.Listings = map[string]resolve.Listing{plan.TreeContext: o.out}
		found, step, err := t.analyseIn(ctx, *own, req, trees)
		if err != nil {
			return nil, nil, err
		}
		steps = append(steps, step)
		if !found.NeedsContent {
			found.Plan.FillSizes(plan.TreeContext, func(name string) int64 { return o.sizes[name] })
			return found, steps, nil
		}
		req.Listings = nil
	}
	found, step, err := t.analyseIn(ctx, *own, req, trees)
	return found, append(steps, step), err
}

// analyseIn has the plan made in a step.
func (t *target) analyseIn(ctx context.Context, own llb.State, req resolve.Request, trees *trees) (*resolve.Result, llb.State, error) {
	step, err := t.analysisStep(own, req, trees)
	if err != nil {
		return nil, step, err
	}
	found, err := t.readResult(ctx, step)
	return found, step, err
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

// request is what the plan depends on besides the trees.
func (t *target) request(trees *trees) resolve.Request {
	s := t.spec
	_, hasBase := trees.states[plan.TreeBase]
	req := resolve.Request{
		Platform:    platforms.Format(t.platform),
		Base:        hasBase,
		Trees:       trees.order,
		Binaries:    s.Binaries,
		Libraries:   s.Libraries,
		Include:     s.Include,
		Exclude:     s.Exclude,
		Files:       s.Files,
		Directories: s.Directories,
		Links:       s.Links,
		User:        spec.Owner(t.config.User),
		Env:         t.config.Environ(),
		Workdir:     t.config.Workdir,
		Metadata:    s.Metadata,
		MaxLayers:   s.Layers.Max,
		Ask:         trees.ask,
	}
	req.Commands = t.commands()
	return req
}

// commands lists what the image's config starts. An entrypoint that the spec
// leaves out is its only binary, or the base's.
func (t *target) commands() []resolve.Command {
	var out []resolve.Command
	if start := t.config.Command(); len(start) > 0 {
		c := resolve.Command{Name: start[0], Use: "entrypoint", At: t.spec.At("entrypoint")}
		if !t.doc.Has(c.At) && len(t.spec.Binaries) > 0 {
			c.At = t.spec.Binaries[0].At
		}
		out = append(out, c)
	}
	if h := t.spec.Healthcheck; h != nil && len(h.Test) > 0 {
		out = append(out, resolve.Command{Name: h.Test[0], Use: "health check", At: t.spec.At("healthcheck") + ".test"})
	}
	return out
}

// Paths in the analysis step's container.
const (
	stepDir    = "/sinter"
	stepIn     = stepDir + "/in"
	stepOut    = stepDir + "/out"
	stepTrees  = stepDir + "/trees"
	resultFile = "result.json"
)

// analysisStep runs AnalyseCommand in the frontend's own image with the trees
// mounted. It only reads files, so that it runs on the builder's platform
// whatever the target is.
func (t *target) analysisStep(own llb.State, req resolve.Request, trees *trees) (llb.State, error) {
	data, err := json.Marshal(req)
	if err != nil {
		return llb.State{}, err
	}
	native := t.ui.BuildPlatforms[0]
	in := llb.Scratch().File(
		llb.Mkfile("/request.json", 0o644, data),
		llb.WithCustomName("[internal] what to look for"),
	)
	opts := []llb.RunOption{
		llb.Args([]string{"/sinter-frontend", AnalyseCommand}),
		llb.Network(llb.NetModeNone),
		llb.AddMount(stepIn, in, llb.Readonly),
		llb.Platform(native),
		llb.WithCustomNamef("[analyse] what %s needs on %s", t.title(), platforms.Format(t.platform)),
	}
	for _, c := range t.constraints(t.ui.Target) {
		opts = append(opts, c)
	}
	caps := t.ui.BuildOpts().LLBCaps
	for _, name := range slices.Sorted(maps.Keys(trees.states)) {
		if _, ok := req.Listings[name]; ok {
			continue
		}
		mount := []llb.MountOption{llb.Readonly}
		if !trees.local[name] && caps.Supports(pb.CapExecMountContentCache) == nil {
			// Images and build results are known by digest: reading all of one
			// to know it by content would take longer than the analysis. A
			// client's directory is known by its content only.
			mount = append(mount, llb.ContentCache(llb.MountContentCacheOff))
		}
		opts = append(opts, llb.AddMount(stepTrees+"/"+treeDir(name), trees.states[name], mount...))
	}
	run := own.Run(opts...)
	return run.AddMount(stepOut, llb.Scratch()), nil
}

// title is what progress calls the image.
func (t *target) title() string {
	switch {
	case t.spec.Name != "":
		return t.spec.Name
	case len(t.spec.Entrypoint) > 0:
		return t.spec.Entrypoint[0]
	}
	return "the image"
}

// treeDir is the directory that a tree is mounted at.
func treeDir(name string) string {
	if name == plan.TreeBase {
		return "_base"
	}
	return name
}

// readResult has the step run and reads what it wrote.
func (t *target) readResult(ctx context.Context, step llb.State) (*resolve.Result, error) {
	ref, err := t.solve(ctx, step)
	if err != nil {
		return nil, err
	}
	data, err := readAll(ctx, ref, resultFile)
	if err != nil {
		return nil, fmt.Errorf("reading the analysis: %w", err)
	}
	found := &resolve.Result{}
	if err := json.Unmarshal(data, found); err != nil {
		return nil, fmt.Errorf("reading the analysis: %w", err)
	}
	return found, nil
}

// chunk is how much is asked for at once: the gateway answers no more than
// 16 MiB in a message.
const chunk = 8 << 20

func readAll(ctx context.Context, ref client.Reference, name string) ([]byte, error) {
	var out []byte
	for {
		part, err := ref.ReadFile(ctx, client.ReadRequest{
			Filename: name,
			Range:    &client.FileRange{Offset: len(out), Length: chunk},
		})
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
		if len(part) < chunk {
			return out, nil
		}
	}
}

// analyseHere makes the plan in this process.
func (t *target) analyseHere(ctx context.Context, req resolve.Request, trees *trees) (*resolve.Result, error) {
	views := map[string]rootfs.FS{}
	for _, name := range slices.Sorted(maps.Keys(trees.states)) {
		st := trees.states[name]
		ref, err := t.solve(ctx, st)
		if err != nil {
			return nil, err
		}
		views[name] = newGatewayFS(ctx, ref)
	}
	return resolve.Make(req, views)
}
