package sources

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerui"
	digest "github.com/opencontainers/go-digest"

	"github.com/sinter-build/sinter/plan"
)

// namedContext is what the build gives in place of a source or an image, with
// --build-context NAME=…; nil when it gives nothing.
func (l *Loader) namedContext(ctx context.Context, name string) (*Tree, error) {
	var dgst digest.Digest
	given, err := l.UI.NamedContext(name, dockerui.ContextOpt{
		Platform:      &l.Platform,
		ResolveMode:   l.UI.ImageResolveMode.String(),
		CaptureDigest: &dgst,
	})
	if err != nil || given == nil {
		return nil, err
	}
	st, img, err := given.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("context %s: %w", name, err)
	}
	specifier := l.specifier(name)
	tree := &Tree{
		State: *st,
		Image: img,
		Local: strings.HasPrefix(specifier, "local:"),
		About: plan.Source{Kind: plan.SourceNamed, Reference: publicReference(specifier), Digest: dgst.String()},
	}
	if strings.HasPrefix(specifier, "input:") {
		tree.Secrets, err = secretsOf(ctx, *st)
	}
	return tree, err
}

// specifier is the option that gives a named context, such as "local:NAME". One for
// the platform goes first, as in dockerui.Client.NamedContext.
func (l *Loader) specifier(name string) string {
	if named, err := reference.ParseNormalizedNamed(name); err == nil {
		name = strings.TrimSuffix(reference.FamiliarString(named), ":latest")
	}
	opts := l.UI.BuildOpts().Opts
	if v, ok := opts["context:"+name+"::"+platforms.FormatAll(platforms.Normalize(l.Platform))]; ok {
		return v
	}
	return opts["context:"+name]
}

// Given reports whether the build gives something in place of a source.
func (l *Loader) Given(name string) bool { return l.specifier(name) != "" }

// publicReference is what a specifier says to anyone but the build's client: an
// image or a URL. Others hold names that only have a meaning in its session.
func publicReference(specifier string) string {
	scheme, rest, _ := strings.Cut(specifier, ":")
	switch {
	case scheme == "docker-image":
		return strings.TrimPrefix(rest, "//")
	case scheme == "git", scheme == "http", scheme == "https":
		return withoutPassword(specifier)
	case strings.HasPrefix(scheme, "git@"):
		return specifier
	}
	return ""
}

// withoutPassword is a URL without the user and password that it may hold.
func withoutPassword(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.User == nil {
		return text
	}
	u.User = nil
	return u.String()
}
