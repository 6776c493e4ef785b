package sources

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
)

// Blame says which image it is that could not be had, where BuildKit tells no place: the
// layers of an image are fetched when a step needs them, and it is that step which
// fails. Other errors are returned as they are.
func (l *Loader) Blame(ctx context.Context, trees map[string]*Tree, err error) error {
	if _, found := errors.AsType[diag.List](err); err == nil || found || ctx.Err() != nil || len(errdefs.Sources(err)) > 0 {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(trees)) {
		if trees[name].Image == nil {
			continue
		}
		if cause := l.fetch(ctx, trees[name]); cause != nil && len(errdefs.Sources(cause)) == 0 {
			return l.notFetched(name, cause)
		}
	}
	return err
}

// fetch has all layers of a tree fetched.
func (l *Loader) fetch(ctx context.Context, tree *Tree) error {
	ref, err := l.solve(ctx, tree.State)
	if err != nil || ref == nil {
		return err
	}
	_, err = ref.ReadDir(ctx, client.ReadDirRequest{Path: "/"})
	return err
}

func (l *Loader) notFetched(name string, err error) error {
	at, what := "sources."+name, "the image of source "+name
	if name == plan.TreeBase {
		at, what = l.Spec.At("base"), "the base image"
	}
	text := oneLine(err)
	fix := "try again, and see that the builder can reach its registry"
	switch {
	case unreachable(text):
		fix = reachFix
	case refusedLogin(text):
		fix = "log in to its registry: docker login"
	case holds(text, "not found"):
		fix = "its registry does not have all layers of it: take another tag or digest, or push it again"
	case holds(text, "no space left"):
		fix = "free disk space where BuildKit runs: docker buildx prune"
	}
	return failure("image-unavailable", at, fmt.Sprintf("%s cannot be fetched: %s", what, text), fix)
}
