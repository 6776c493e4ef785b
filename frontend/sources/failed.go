package sources

import (
	"bytes"
	"cmp"
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
		return l.failedStep(ctx, "sources."+name+".packages", name, "packages", err)
	}
	if found := l.missingSecret(err); found != nil {
		return found
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
		for _, key := range sourceKeys() {
			at := "sources." + name + "." + key
			if r := l.Ranges(at); len(r) == 1 && sameRange(r[0], place.Ranges[0]) {
				return l.failedStep(ctx, at, name, key, err)
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

// sourceKeys are the keys of a source that vertices point at. Those of a Dockerfile point
// into that.
func sourceKeys() []string {
	kinds := slices.DeleteFunc(spec.SourceKinds(), func(kind string) bool { return kind == "dockerfile" })
	return append([]string{"packages", "repositories", "unpack"}, kinds...)
}

// failedStep is the finding for a step of a source that has failed.
func (l *Loader) failedStep(ctx context.Context, at, name, key string, err error) error {
	src := l.Spec.Sources[name]
	switch key {
	case "packages":
		return l.notInstalled(ctx, name, src, err)
	case "repositories":
		return failure("source-unavailable", at, fmt.Sprintf("a key of the repositories of source %s cannot be had: %s", name, oneLine(err)),
			"see that the file is where key says: SOURCE:PATH, or a path in the build context")
	case "image":
		return failure("image-unavailable", at, fmt.Sprintf("the image of source %s cannot be had: %s", name, oneLine(err)),
			"see that the builder can reach its registry")
	case "git":
		return noRepository(at, name, src, err)
	case "http", "unpack":
		return noDownload(at, name, src, err)
	case "context":
		return l.noDirectory(ctx, at, name, src)
	}
	return failure("source-unavailable", at, fmt.Sprintf("source %s cannot be made: %s", name, oneLine(err)),
		"see that it is there, and can be reached from where BuildKit runs")
}

func sameRange(a, b *pb.Range) bool {
	return a.Start.Line == b.Start.Line && a.Start.Character == b.Start.Character &&
		a.End.Line == b.End.Line && a.End.Character == b.End.Character
}

// failedDockerfile says what it means that a Dockerfile could not be read or
// turned into steps.
func (l *Loader) failedDockerfile(ctx context.Context, name string, src spec.Source, err error) error {
	at, text := "sources."+name, oneLine(err)
	switch {
	case ctx.Err() != nil:
		return err
	case !isText(src.Dockerfile) && holds(text, "failed to read dockerfile"):
		return l.noDockerfile(ctx, name, src)
	case holds(text, "failed to resolve source metadata", "pull access denied"):
		if other := l.sourceIn(text); other != "" {
			return failure("source-unavailable", at+".dockerfile",
				fmt.Sprintf("the Dockerfile of source %s names the source %s, and Dockerfiles see no sources of the spec: %s", name, other, text),
				"put both into one Dockerfile, as two stages, and name the stage that each source is with target")
		}
	case src.Target != "" && holds(text, "target stage"):
		return failure("source-unavailable", at+".target", fmt.Sprintf("the Dockerfile of source %s has no stage %s: %s", name, src.Target, text),
			"name a stage as its FROM … AS NAME does, or leave target out for the last one")
	}
	return err
}

// sourceIn is the source whose name a text has for an image, or "".
func (l *Loader) sourceIn(text string) string {
	for _, name := range slices.Sorted(maps.Keys(l.Spec.Sources)) {
		if strings.Contains(text, "docker.io/library/"+name+":latest") && l.Spec.Sources[name].Image == "" {
			return name
		}
	}
	return ""
}

// missingSecret is the finding for a step of a Dockerfile of the spec that needs a
// secret or an SSH agent which the build does not give, or nil.
func (l *Loader) missingSecret(err error) error {
	solve, ok := errors.AsType[*errdefs.SolveError](err)
	text := oneLine(err)
	if !ok || !holds(text, "not found", "no ssh key") {
		return nil
	}
	name, line := l.dockerfileOf(err)
	if name == "" {
		return nil
	}
	for _, secret := range secretsOfStep(solve.Op) {
		switch {
		case secret.SSH && holds(text, "no ssh key"):
			return failure("secret-missing", "sources."+name+".dockerfile",
				fmt.Sprintf("a step of the Dockerfile of source %s, at %s, needs an SSH agent, which the build does not give: %s", name, line, text),
				"lend it yours: --ssh "+cmp.Or(secret.ID, "default"))
		case !secret.SSH && !secret.Optional && strings.Contains(text, "secret "+secret.ID+":"):
			return failure("secret-missing", "sources."+name+".dockerfile",
				fmt.Sprintf("a step of the Dockerfile of source %s, at %s, needs the secret %s, which the build does not give", name, line, secret.ID),
				fmt.Sprintf("give it: --secret id=%s,src=FILE, or --secret id=%s,env=VARIABLE", secret.ID, secret.ID))
		}
	}
	return nil
}

// dockerfileOf is the source whose Dockerfile an error is about, and the line in it;
// "" for other errors.
func (l *Loader) dockerfileOf(err error) (source, line string) {
	places := errdefs.Sources(err)
	if len(places) == 0 || places[0].Info == nil || len(places[0].Ranges) == 0 {
		return "", ""
	}
	file := places[0].Info.Filename
	for _, name := range slices.Sorted(maps.Keys(l.Spec.Sources)) {
		src := l.Spec.Sources[name]
		if src.Dockerfile != "" && (file == src.Dockerfile || file == inlineName(name)) {
			return name, fmt.Sprintf("%s:%d", file, places[0].Ranges[0].Start.Line)
		}
	}
	return "", ""
}
