package sources

import (
	"context"
	"path"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"

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
	}
	st, err := l.UI.MainContext(ctx, opts...)
	if err != nil {
		return llb.State{}, err
	}
	return *st, nil
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

// remoteContext tells whether the build context is fetched by the daemon.
func (l *Loader) remoteContext() bool {
	value := l.UI.BuildOpts().Opts[l.localName()]
	if _, ok, _ := dockerui.DetectGitContext(value, nil); ok {
		return true
	}
	_, _, ok := dockerui.DetectHTTPContext(value)
	return ok
}
