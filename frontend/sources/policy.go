package sources

import (
	"context"
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// Pack is the tree that has the file of a pack of rules. Packs say what an image is
// judged by, so that they have to be named with a digest, unless they are in the build's
// own context or the build gives them. Of the build context it is that file alone.
func (l *Loader) Pack(ctx context.Context, pack spec.Pack, file string) (*Tree, error) {
	if image, _, ok := pack.Image(); ok {
		tree, err := l.image(ctx, "policy", image, pack.At)
		if err != nil {
			return nil, located(ctx, pack.At, err)
		}
		tree.About.Name = image
		if tree.About.Kind == plan.SourceImage && !strings.Contains(image, "@sha256:") {
			return nil, unpinnedPack(pack, fmt.Sprintf("write docker-image://%s@%s#%s", image, tree.About.Digest, strings.TrimPrefix(file, "/")))
		}
		return tree, nil
	}
	ref, ok := pack.Ref()
	switch {
	case !ok:
		message, names := fmt.Sprintf("there is no policy %s in Sinter", pack.Name), []string{"baseline", "restricted"}
		if guess := diag.Nearest(pack.Name, names); guess != "" {
			message += "; did you mean " + guess + "?"
		}
		return nil, failure("policy-unavailable", pack.At, message,
			"write "+strings.Join(names, " or ")+", or the path of a file: ./"+pack.Name+".yaml")
	case ref.Source == "":
		st, err := l.context(ctx, []string{strings.TrimPrefix(file, "/")})
		return &Tree{State: st, Local: true, About: plan.Source{Name: plan.TreeContext, Kind: plan.SourceContext}}, err
	}
	tree, err := l.Load(ctx, ref.Source)
	if err != nil {
		return nil, err
	}
	if fix := unpinnedSource(ref.Source, tree.About); fix != "" {
		return nil, unpinnedPack(pack, fix)
	}
	return tree, nil
}

// Reference is the tree of an image that a policy compares with.
func (l *Loader) Reference(ctx context.Context, image, at string) (*Tree, error) {
	tree, err := l.image(ctx, "reference", image, at)
	if err != nil {
		return nil, located(ctx, at, err)
	}
	return tree, nil
}

// unpinnedSource says how a source is pinned that a pack comes from; empty if it is.
func unpinnedSource(name string, about plan.Source) string {
	if about.Pinned() {
		return ""
	}
	switch about.Kind {
	case plan.SourceImage:
		return fmt.Sprintf("sources: {%s: {image: %q}}", name, about.Reference+"@"+about.Digest)
	case plan.SourceGit:
		repository, _, _ := strings.Cut(about.Reference, "#")
		return fmt.Sprintf("sources: {%s: {git: %q}}", name, repository+"#COMMIT")
	case plan.SourceHTTP:
		return fmt.Sprintf("sources: {%s: {http: %q, checksum: sha256:DIGEST}}", name, about.Reference)
	case plan.SourceDockerfile:
		return "take the policy from the build context, an image or a repository"
	}
	return ""
}

func unpinnedPack(pack spec.Pack, fix string) error {
	name, _, ok := pack.Image()
	if !ok {
		ref, _ := pack.Ref()
		name = ref.Source
	}
	return failure("policy-unpinned", pack.At, fmt.Sprintf("the policy %s is named without a digest: what it asks could be something else tomorrow", pack.Name),
		fix, fmt.Sprintf("or give it with the build: --build-context %s=…", name))
}
