// Package gatewaytest is a BuildKit in memory, for tests of what talks to its
// gateway: no daemon, no registry, no container. It has local directories, images
// and the results of Dockerfiles as trees, evaluates LLB on them, and notes what it
// is told. It knows as much of LLB as Sinter uses, and refuses everything else.
//
// Programs are not run. The two kinds of steps that builds of Sinter have are
// played: Sinter's own, by the same code in this process, and the installation of
// packages, by copying their files. What comes of tests is given.
package gatewaytest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/tests"
)

// Gateway is what a frontend talks to. Its fields are set before it is used.
type Gateway struct {
	// Opts are the options of the build.
	Opts map[string]string
	// Platforms are those that the builder runs programs of, its own first;
	// linux/amd64 alone when empty.
	Platforms []string
	// Without are capabilities of LLB that the daemon does not have.
	Without []apicaps.CapID
	// Locals are directories of the client by their names, "context" for one.
	Locals map[string]Tree
	Images []Image
	// Stages are what Dockerfiles build, by the target that is asked for.
	Stages map[string]Tree
	// Remotes are repositories and downloads by their identifiers in LLB, such as
	// "https://example.com/file".
	Remotes map[string]Tree
	// Packages are what the images' package managers can install.
	Packages map[string]Tree
	// Outcomes are what tests come to, by the program that they run; others pass.
	Outcomes map[string]*tests.Outcome

	mu       sync.Mutex
	warnings []string
	told     []string
	requests []string
	built    []*pb.Definition
}

var _ client.Client = (*Gateway)(nil)

// Image is an image in a registry.
type Image struct {
	// Reference is the image's name as in a Dockerfile's FROM.
	Reference string
	// Platform is linux/amd64 when empty.
	Platform string
	Config   dockerspec.DockerOCIImageConfig
	Tree     Tree
}

// InImage is a gateway whose frontend runs from an image, with which it can make
// steps of the build.
type InImage struct{ *Gateway }

// CurrentFrontend is the frontend's own image.
func (InImage) CurrentFrontend() (*llb.State, error) {
	st := llb.Image(frontendImage)
	return &st, nil
}

// frontendImage is what the frontend runs from; of its tree nothing is known.
const frontendImage = "docker.io/sinterbuild/sinter:1"

// BuildOpts implements client.Client.
func (g *Gateway) BuildOpts() client.BuildOpts {
	caps := pb.Caps.All()
	caps = slices.DeleteFunc(caps, func(c *apicaps.PBCap) bool { return slices.Contains(g.Without, apicaps.CapID(c.ID)) })
	worker := client.WorkerInfo{ID: "worker"}
	for _, p := range g.platforms() {
		worker.Platforms = append(worker.Platforms, platforms.MustParse(p))
	}
	return client.BuildOpts{
		Opts:      maps.Clone(g.Opts),
		SessionID: "session",
		Workers:   []client.WorkerInfo{worker},
		Product:   "test",
		LLBCaps:   pb.Caps.CapSet(caps),
		Caps:      gwpb.Caps.CapSet(gwpb.Caps.All()),
	}
}

func (g *Gateway) platforms() []string {
	if len(g.Platforms) == 0 {
		return []string{"linux/amd64"}
	}
	return g.Platforms
}

// Inputs implements client.Client: there are none.
func (g *Gateway) Inputs(context.Context) (map[string]llb.State, error) {
	return map[string]llb.State{}, nil
}

// Solve implements client.Client. Everything is evaluated at once.
func (g *Gateway) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	def := req.Definition
	switch req.Frontend {
	case "":
	case "dockerfile.v0":
		var err error
		if def, err = g.dockerfile(ctx, req); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("there is no frontend %s", req.Frontend)
	}
	res := client.NewResult()
	if len(def.Def) == 0 {
		return res, nil // scratch has no reference
	}
	tree, err := g.evaluate(ctx, def)
	if err != nil {
		return nil, err
	}
	res.SetRef(&Reference{Definition: def, Tree: tree, gateway: g})
	return res, nil
}

// dockerfile plays the Dockerfile frontend: what it is asked for is noted, and
// what it makes is a stage.
func (g *Gateway) dockerfile(ctx context.Context, req client.SolveRequest) (*pb.Definition, error) {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(req.FrontendOpt)) {
		fmt.Fprintf(&b, "%s=%s\n", key, req.FrontendOpt[key])
	}
	for _, name := range slices.Sorted(maps.Keys(req.FrontendInputs)) {
		tree, err := g.evaluate(ctx, req.FrontendInputs[name])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "input %s: %s\n", name, strings.Join(tree.paths(), " "))
	}
	g.mu.Lock()
	g.requests = append(g.requests, b.String())
	g.mu.Unlock()
	target := req.FrontendOpt["target"]
	if _, ok := g.Stages[target]; !ok {
		return nil, fmt.Errorf("target stage %q could not be found", target)
	}
	def, err := llb.Local(stagePrefix+target, llb.WithCustomName("the stage "+target)).Marshal(ctx)
	if err != nil {
		return nil, err
	}
	return def.ToPB(), nil
}

// stagePrefix is how the local sources begin that stand for stages.
const stagePrefix = "stage:"

// DockerfileRequests are what the Dockerfile frontend was asked for, each once and
// sorted: a line for each option, and for each input with the files it has.
func (g *Gateway) DockerfileRequests() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(g.requests)))
}

// Built is the LLB of what was to be built at once, when nothing was read of it yet, in
// order.
func (g *Gateway) Built() []*pb.Definition {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.built)
}

// ResolveImageConfig implements client.Client.
func (g *Gateway) ResolveImageConfig(_ context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	var wanted *ocispecs.Platform
	if opt.ImageOpt != nil {
		wanted = opt.ImageOpt.Platform
	}
	img, p, err := g.image(ref, wanted)
	if err != nil {
		return "", "", nil, err
	}
	config := dockerspec.DockerOCIImage{
		Image:  ocispecs.Image{Platform: p, RootFS: ocispecs.RootFS{Type: "layers", DiffIDs: []digest.Digest{img.digest()}}},
		Config: img.Config,
	}
	data, err := json.Marshal(config)
	return ref, img.digest(), data, err
}

// image finds an image by a reference, of which a digest is no matter.
func (g *Gateway) image(ref string, p *ocispecs.Platform) (*Image, ocispecs.Platform, error) {
	wanted := platforms.MustParse(g.platforms()[0])
	if p != nil {
		wanted = *p
	}
	name, err := familiar(ref)
	if err != nil {
		return nil, wanted, err
	}
	for i := range g.Images {
		img := &g.Images[i]
		own, err := familiar(img.Reference)
		if err != nil {
			return nil, wanted, err
		}
		has, err := platforms.Parse(cmp.Or(img.Platform, "linux/amd64"))
		if err != nil {
			return nil, wanted, err
		}
		if own == name && platforms.OnlyStrict(wanted).Match(has) {
			return img, has, nil
		}
	}
	return nil, wanted, fmt.Errorf("%s: not found", name)
}

// familiar is a reference as people write it, with a tag and without a digest.
func familiar(ref string) (string, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "", err
	}
	tag := "latest"
	if tagged, ok := named.(reference.Tagged); ok {
		tag = tagged.Tag()
	}
	return reference.FamiliarName(named) + ":" + tag, nil
}

// digest is made up, and the same for the same image.
func (i *Image) digest() digest.Digest {
	return digest.FromString(i.Reference + " " + i.Platform)
}

// ResolveSourceMetadata implements client.Client: nothing more is known of sources.
func (g *Gateway) ResolveSourceMetadata(_ context.Context, op *pb.SourceOp, _ sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	return &sourceresolver.MetaResponse{Op: op}, nil
}

// NewContainer implements client.Client.
func (g *Gateway) NewContainer(context.Context, client.NewContainerRequest) (client.Container, error) {
	return nil, errors.New("there are no containers in memory")
}

// Warn implements client.Client.
func (g *Gateway) Warn(_ context.Context, _ digest.Digest, msg string, opts client.WarnOpts) error {
	var b strings.Builder
	for _, r := range opts.Range {
		fmt.Fprintf(&b, "%s:%d: ", opts.SourceInfo.GetFilename(), r.Start.Line)
	}
	b.WriteString(msg + "\n")
	for _, line := range opts.Detail {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	if opts.URL != "" {
		fmt.Fprintf(&b, "  %s\n", opts.URL)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.warnings = append(g.warnings, b.String())
	return nil
}

// Told is what the build's own progress says of warnings.
func (g *Gateway) Told() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.told)
}

// Warnings are what clients were warned of, in order.
func (g *Gateway) Warnings() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.warnings)
}
