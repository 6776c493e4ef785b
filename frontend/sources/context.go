package sources

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"golang.org/x/sync/errgroup"

	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// patternCharacters are those that BuildKit's path filters give a meaning: a name
// that holds one cannot be asked for by itself.
const patternCharacters = `*?[\`

// context is the main build context, as far as the ignore file lets it through.
// Of a client's directory only the given paths are sent, or all when none are.
func (l *Loader) context(ctx context.Context, paths []string) (llb.State, error) {
	var opts []llb.LocalOption
	if len(paths) > 0 {
		opts = append(opts, llb.FollowPaths(paths))
	} else if excluded, err := l.excluded(ctx); err != nil {
		return llb.State{}, err
	} else if len(excluded) > 0 {
		opts = append(opts, llb.ExcludePatterns(excluded))
	}
	st, err := l.UI.MainContext(ctx, opts...)
	if err != nil {
		return llb.State{}, err
	}
	return *st, nil
}

// excluded are the patterns of what stays out of the build context where that differs from
// what its ignore file says. Both files are asked for at the same time: each costs a round
// trip to the client, in builds that are otherwise cached as well.
func (l *Loader) excluded(ctx context.Context) ([]string, error) {
	var ignored, own []string
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		ignored, err = l.UI.DockerIgnorePatterns(ctx)
		return err
	})
	g.Go(func() error {
		own = l.ownFiles(ctx)
		return nil
	})
	if err := g.Wait(); err != nil || len(own) == 0 {
		return nil, err
	}
	return slices.Concat(ignored, own), nil
}

// ownFiles are the spec and its ignore file, where they are at the root of the client's
// build context and the spec does not name them. They are no part of what is built:
// to edit them is not to change it.
func (l *Loader) ownFiles(ctx context.Context) []string {
	name := l.UI.BuildOpts().Opts["filename"]
	if name == "" {
		name = dockerui.DefaultDockerfileName
	}
	name = path.Clean(name)
	if !l.FromClient(ctx) || strings.Contains(name, "/") || strings.ContainsAny(name, patternCharacters+"!#") || l.mentions(ctx, name) {
		return nil
	}
	local := l.localName()
	ref, err := l.solve(ctx, llb.Local(local,
		llb.FollowPaths([]string{name}),
		llb.SessionID(l.sessionOf(local)),
		llb.SharedKeyHint(local+"-spec"),
		dockerui.WithInternalName("see whether the build context has the spec"),
	))
	if err != nil {
		return nil
	}
	// The spec can come from elsewhere, and the build context have a file of that name.
	text, err := gatewayfs.ReadFile(ctx, ref, name)
	if err != nil || !bytes.Equal(text, l.Text) {
		return nil
	}
	return []string{name, name + ".dockerignore", dockerui.DefaultDockerignoreName}
}

// mentions reports whether the spec takes a file of the root of the build context by its
// name, or may do so in a Dockerfile.
func (l *Loader) mentions(ctx context.Context, name string) bool {
	refs := []spec.Ref{}
	for _, b := range l.Spec.Binaries {
		refs = append(refs, b.From)
	}
	for _, f := range l.Spec.Files {
		refs = append(refs, f.From)
	}
	if slices.ContainsFunc(refs, func(r spec.Ref) bool { return r.Path == "/"+name }) {
		return true
	}
	for _, src := range l.Spec.Sources {
		if src.Dockerfile != "" && strings.Contains(l.dockerfileText(ctx, src), name) {
			return true
		}
	}
	return false
}

// contextDirectory is a directory of the build context.
func (l *Loader) contextDirectory(ctx context.Context, name string, src spec.Source) (*Tree, error) {
	tree := &Tree{Local: true, About: plan.Source{Kind: plan.SourceContext, Reference: src.Context}}
	var paths []string
	whole := path.Clean(src.Context) == "."
	if !whole && !strings.ContainsAny(src.Context, patternCharacters) {
		paths = []string{src.Context}
	}
	st, err := l.context(ctx, paths)
	if err != nil || whole {
		tree.State = st
		return tree, err
	}
	tree.State = llb.Scratch().File(
		llb.Copy(st, src.Context, "/", &llb.CopyInfo{CopyDirContentsOnly: true}),
		l.vertex(name, "context", "directory "+src.Context+" of the build context")...,
	)
	return tree, nil
}

// localName is the name of the client's directory that is the build context.
func (l *Loader) localName() string {
	if v, ok := l.UI.BuildOpts().Opts["contextkey"]; ok {
		return v
	}
	return dockerui.DefaultLocalNameContext
}

// remoteContext reports whether the build context is fetched by the daemon.
func (l *Loader) remoteContext() bool {
	value := l.UI.BuildOpts().Opts[l.localName()]
	if _, ok, _ := dockerui.DetectGitContext(value, nil); ok {
		return true
	}
	_, _, ok := dockerui.DetectHTTPContext(value)
	return ok
}
