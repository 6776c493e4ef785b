package sources

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/spec"
)

// Failed says what it means that a step of a source has failed: which source's, and
// what can be done. BuildKit knows the step by its place in the spec. Errors of
// other steps, those of a Dockerfile among them, are returned as they are.
func (l *Loader) Failed(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	if found := l.failedForSecret(ctx, err); found != nil {
		return found
	}
	if name := l.installing(err); name != "" {
		return failedStep("sources."+name+".packages", name, "packages", l.Spec.Sources[name], err)
	}
	places := errdefs.Sources(err)
	if len(places) == 0 {
		return err
	}
	place := places[0] // the innermost
	if place.Info == nil || len(place.Ranges) != 1 || !bytes.Equal(place.Info.Data, l.Text) {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(l.Spec.Sources)) {
		for _, key := range sourceKeys {
			at := "sources." + name + "." + key
			if r := l.Ranges(at); len(r) == 1 && sameRange(r[0], place.Ranges[0]) {
				return failedStep(at, name, key, l.Spec.Sources[name], err)
			}
		}
	}
	return err
}

// installing is the source whose packages could not be installed, or "". With its
// proxy network BuildKit tells no place for a command that has failed.
func (l *Loader) installing(err error) string {
	solve, ok := errors.AsType[*errdefs.SolveError](err)
	if !ok || solve.Op.GetExec() == nil {
		return ""
	}
	args := solve.Op.GetExec().GetMeta().GetArgs()
	for _, name := range slices.Sorted(maps.Keys(l.Spec.Sources)) {
		if slices.Equal(args, installArgs(l.Spec.Sources[name].Packages)) {
			return name
		}
	}
	return ""
}

// sourceKeys are the keys of a source that vertices point at.
var sourceKeys = []string{"packages", "repositories", "unpack", "image", "git", "http", "context"}

// failedStep is the finding for a step of a source that has failed.
func failedStep(at, name, key string, src spec.Source, err error) error {
	switch key {
	case "packages":
		fixes := []string{
			"see what the package manager says in the output of this step",
			"check the names: the packages have to be those of the distribution and the release of " + src.Image,
		}
		if len(src.Repositories) > 0 {
			fixes[1] += ", or of its repositories"
			fixes = append(fixes, "check that each repository has its suite and components, and that key is the one that signs it")
		}
		return failure("packages-not-installed", at,
			fmt.Sprintf("%s cannot be installed in source %s: %s", strings.Join(src.Packages, ", "), name, oneLine(err)), fixes...)
	case "repositories":
		return failure("source-unavailable", at, fmt.Sprintf("a key of the repositories of source %s cannot be had: %s", name, oneLine(err)),
			"see that the file is where key says: SOURCE:PATH, or a path in the build context")
	case "image":
		return failure("image-unavailable", at, fmt.Sprintf("the image of source %s cannot be had: %s", name, oneLine(err)),
			"see that the builder can reach its registry")
	}
	return failure("source-unavailable", at, fmt.Sprintf("source %s cannot be made: %s", name, oneLine(err)),
		"see that it is there, and can be reached from where BuildKit runs")
}

func sameRange(a, b *pb.Range) bool {
	return a.Start.Line == b.Start.Line && a.Start.Character == b.Start.Character &&
		a.End.Line == b.End.Line && a.End.Character == b.End.Character
}
