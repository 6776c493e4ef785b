package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/errdefs"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"

	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/spec"
)

// trees are the file trees of one platform's build.
type trees struct {
	base      llb.State
	baseImage *dockerspec.DockerOCIImage // nil for scratch and for a base without a config
	states    map[string]llb.State       // by the names that the plan uses
	// local names the trees that are directories of the client.
	local map[string]bool
	// order lists the names in states but for the base and what is only there
	// for a question.
	order []string
	// ask is what is asked about a path; nil for nothing.
	ask *plan.Query
}

// makeTrees turns the base and each source that the image needs into LLB.
func (t *target) makeTrees(ctx context.Context) (*trees, error) {
	out := &trees{base: llb.Scratch(), states: map[string]llb.State{}, local: map[string]bool{}}
	if t.spec.Base != dockerui.EmptyImageName && t.spec.Base != "" {
		st, img, err := t.image(ctx, "base", t.spec.Base, t.spec.At("base"))
		if err != nil {
			return nil, t.blame(t.spec.At("base"), err)
		}
		if img != nil && img.Architecture != "" && img.Architecture != t.platform.Architecture {
			return nil, t.blame(t.spec.At("base"), fmt.Errorf("the base image is for %s, and the image for %s\n"+
				"  fix: use a base that there is for %s", platforms.Format(img.Platform), platforms.Format(t.platform), platforms.Format(t.platform)))
		}
		out.base, out.baseImage = st, img
		out.states[plan.TreeBase] = st
	}
	for _, name := range t.needed() {
		st, err := t.state(ctx, name)
		if err != nil {
			return nil, t.blame("sources."+name, err)
		}
		out.states[name] = st
		out.local[name] = t.isLocal(name)
		out.order = append(out.order, name)
	}
	return out, nil
}

// isLocal tells whether a tree is a directory of the client.
func (t *target) isLocal(name string) bool {
	if name == plan.TreeContext || t.spec.Sources[name].Context != "" {
		return true
	}
	for key, value := range t.ui.BuildOpts().Opts {
		given, _, _ := strings.Cut(strings.TrimPrefix(key, "context:"), "::")
		if strings.HasPrefix(key, "context:") && given == name && strings.HasPrefix(value, "local:") {
			return true
		}
	}
	return false
}

// blame makes an error point at a spec node, unless it points somewhere
// already: into the Dockerfile of a source, for one. Only its text is kept: what
// came over gRPC would reach the client without what is said around it.
func (b *build) blame(at string, err error) error {
	if len(errdefs.Sources(err)) > 0 {
		return err
	}
	err = fmt.Errorf("%s: %v", b.position(at), err) //nolint:errorlint // only the text is kept
	return errdefs.WithSource(err, &errdefs.Source{Info: b.sourceInfo(), Ranges: b.ranges(at)})
}

// needed lists the trees that the plan can take something from. A source that
// nothing names is only looked at for parts that can come from any.
func (t *target) needed() []string {
	used := map[string]bool{}
	for _, bin := range t.spec.Binaries {
		used[resolve.TreeOf(bin.From)] = true
	}
	for _, f := range t.spec.Files {
		used[resolve.TreeOf(f.From)] = true
	}
	for _, name := range t.spec.Libraries.From {
		used[name] = true
	}
	for _, part := range t.spec.Include {
		for _, ref := range part.Add {
			used[resolve.TreeOf(ref)] = true
		}
		row, _ := parts.Lookup(part.Name)
		switch {
		case part.From != "":
			used[part.From] = true
		case row.Source != nil:
			for name := range t.spec.Sources {
				used[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(used))
}

// state is one source as LLB. A named context of the same name replaces it.
func (t *target) state(ctx context.Context, name string) (llb.State, error) {
	if name == plan.TreeContext {
		return t.context(ctx, t.contextPaths())
	}
	st, _, ok, err := t.named(ctx, name)
	if ok || err != nil {
		return st, err
	}
	src := t.spec.Sources[name]
	switch {
	case src.Image != "":
		return t.imageSource(ctx, name, src)
	case src.Dockerfile != "":
		return t.dockerfile(ctx, name, src)
	case src.Context != "":
		return t.contextSource(ctx, name, src)
	case src.Git != "":
		return t.git(name, src)
	case src.HTTP != "":
		return t.http(name, src)
	}
	return llb.State{}, fmt.Errorf("source %s has to be given with the build\n  fix: add --build-context %s=DIRECTORY, or %s=docker-image://IMAGE", name, name, name)
}

// named is the named context of a source or an image reference, if there is one.
func (t *target) named(ctx context.Context, name string) (llb.State, *dockerspec.DockerOCIImage, bool, error) {
	nc, err := t.ui.NamedContext(name, dockerui.ContextOpt{
		Platform:    &t.platform,
		ResolveMode: t.ui.ImageResolveMode.String(),
	})
	if err != nil || nc == nil {
		return llb.State{}, nil, false, err
	}
	st, img, err := nc.Load(ctx)
	if err != nil {
		return llb.State{}, nil, false, fmt.Errorf("context %s: %w", name, err)
	}
	return *st, img, true, nil
}

// context is the main build context, as far as the ignore file lets it through.
// Of a client's directory only the given paths are sent, or all when none are.
func (t *target) context(ctx context.Context, paths []string) (llb.State, error) {
	var opts []llb.LocalOption
	if len(paths) > 0 {
		opts = append(opts, llb.FollowPaths(paths))
	}
	st, err := t.ui.MainContext(ctx, opts...)
	if err != nil {
		return llb.State{}, err
	}
	return *st, nil
}

// contextPaths lists what is taken from the main build context, or nothing when
// it can be anything: the libraries of a program are looked for next to it.
func (t *target) contextPaths() []string {
	var paths []string
	add := func(ref spec.Ref) {
		if ref.Source == "" {
			paths = append(paths, strings.TrimPrefix(ref.Path, "/"))
		}
	}
	for _, bin := range t.spec.Binaries {
		if bin.From.Source == "" && bin.Linkage != spec.LinkageStatic {
			return nil
		}
		add(bin.From)
	}
	for _, f := range t.spec.Files {
		add(f.From)
	}
	for _, part := range t.spec.Include {
		for _, ref := range part.Add {
			add(ref)
		}
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	// What is sent is chosen by patterns, which such names would be.
	if slices.ContainsFunc(paths, func(p string) bool { return strings.ContainsAny(p, `*?[\\`) }) {
		return nil
	}
	if slices.Contains(t.spec.Libraries.From, plan.TreeContext) || slices.Contains(paths, "") {
		return nil
	}
	return paths
}

func (t *target) contextSource(ctx context.Context, name string, src spec.Source) (llb.State, error) {
	if path.Clean(src.Context) == "." {
		return t.context(ctx, nil)
	}
	paths := []string{src.Context}
	if strings.ContainsAny(src.Context, `*?[\\`) {
		paths = nil // it is no pattern
	}
	st, err := t.context(ctx, paths)
	if err != nil {
		return st, err
	}
	return llb.Scratch().File(
		llb.Copy(st, src.Context, "/", &llb.CopyInfo{CopyDirContentsOnly: true}),
		t.step(name, "directory "+src.Context+" of the build context", "context")...,
	), nil
}

func (t *target) git(name string, src spec.Source) (llb.State, error) {
	var opts []llb.GitOption
	for _, c := range t.step(name, src.Git, "git") {
		opts = append(opts, c)
	}
	st, ok, err := dockerui.DetectGitContext(src.Git, nil, opts...)
	if err != nil {
		return llb.State{}, err
	}
	if !ok {
		return llb.State{}, fmt.Errorf("%s is not a git repository's URL, such as https://example.com/project.git#v1.2:dir", src.Git)
	}
	return *st, nil
}

func (t *target) http(name string, src spec.Source) (llb.State, error) {
	filename := src.Filename
	if filename == "" {
		filename = spec.URLFilename(src.HTTP)
	}
	opts := []llb.HTTPOption{llb.Filename(filename)}
	if src.Checksum != "" {
		sum, err := digest.Parse(src.Checksum)
		if err != nil {
			return llb.State{}, fmt.Errorf("checksum %q: %w", src.Checksum, err)
		}
		opts = append(opts, llb.Checksum(sum))
	}
	for _, c := range t.step(name, src.HTTP, "http") {
		opts = append(opts, c)
	}
	st := llb.HTTP(src.HTTP, opts...)
	if !src.Unpack {
		return st, nil
	}
	return llb.Scratch().File(
		llb.Copy(st, "/"+filename, "/", &llb.CopyInfo{AttemptUnpack: true}),
		t.step(name, "unpack "+filename, "unpack")...,
	), nil
}

// step names a vertex of a source and points it at the source's node.
func (t *target) step(name, text, node string) []llb.ConstraintsOpt {
	return append(t.constraints(name),
		llb.WithCustomNamef("[%s] %s", name, text),
		t.locate("sources."+name+"."+node),
	)
}

// image is an image reference as LLB with its config. A named context for the
// reference replaces it, as in a Dockerfile's FROM.
func (t *target) image(ctx context.Context, name, ref, at string) (llb.State, *dockerspec.DockerOCIImage, error) {
	if st, img, ok, err := t.named(ctx, ref); ok || err != nil {
		return st, img, err
	}
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return llb.State{}, nil, t.blame(at, err)
	}
	ref = reference.TagNameOnly(named).String()
	pinned, dgst, config, err := t.client.ResolveImageConfig(ctx, ref, sourceresolver.Opt{
		LogName: fmt.Sprintf("[%s] look up %s for %s", name, ref, platforms.Format(t.platform)),
		ImageOpt: &sourceresolver.ResolveImageOpt{
			Platform:    &t.platform,
			ResolveMode: t.ui.ImageResolveMode.String(),
		},
	})
	if err != nil {
		return llb.State{}, nil, t.blame(at, fmt.Errorf("image %s cannot be had for %s: %w\n"+
			"  fix: check its name, tag and platforms, and that the builder can reach its registry",
			reference.FamiliarString(named), platforms.Format(t.platform), err))
	}
	if pinned, err = withDigest(pinned, dgst); err != nil {
		return llb.State{}, nil, err
	}
	img := &dockerspec.DockerOCIImage{}
	if err := json.Unmarshal(config, img); err != nil {
		return llb.State{}, nil, t.blame(at, fmt.Errorf("config of image %s: %w", ref, err))
	}
	st := llb.Image(pinned,
		llb.Platform(t.platform),
		t.ui.ImageResolveMode,
		llb.WithCustomNamef("[%s] %s", name, reference.FamiliarString(named)),
		t.locate(at),
	)
	st, err = st.WithImageConfig(config)
	return st, img, err
}

// withDigest pins a reference, so that the tree that is analysed is the one
// that is copied from.
func withDigest(ref string, dgst digest.Digest) (string, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil || dgst == "" {
		return ref, err
	}
	if _, ok := named.(reference.Canonical); ok {
		return ref, nil
	}
	pinned, err := reference.WithDigest(named, dgst)
	if err != nil {
		return "", err
	}
	return pinned.String(), nil
}
