package sources

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
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
	if found := l.failedInstruction(ctx, err); found != nil {
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
		if found := l.noKey(ctx, name, src, err); found != nil {
			return found
		}
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
	case holds(text, noMetadata...):
		if other := l.sourceIn(text); other != "" {
			return failure("source-unavailable", at+".dockerfile",
				fmt.Sprintf("the Dockerfile of source %s names the source %s, and Dockerfiles see no sources of the spec: %s", name, other, text),
				"put both into one Dockerfile, as two stages, and name the stage that each source is with target")
		}
	case src.Target != "" && holds(text, "target stage"):
		return failure("source-unavailable", at+".target", fmt.Sprintf("the Dockerfile of source %s has no stage %s: %s", name, src.Target, text),
			"name a stage as its FROM … AS NAME does, or leave target out for the last one")
	}
	if found := l.failedInstruction(ctx, err); found != nil {
		return found
	}
	if isText(src.Dockerfile) && holds(text, noMetadata...) {
		return failure("source-unavailable", at+".dockerfile", fmt.Sprintf("the Dockerfile of source %s: %s", name, text), imageInDockerfile)
	}
	return err
}

// noMetadata is what BuildKit says of an image that cannot be had.
var noMetadata = []string{"failed to resolve source metadata", "pull access denied"}

const imageInDockerfile = "name an image that there is, or a stage of the same text above, after FROM, COPY --from= and RUN --mount=from="

// notThere finds what COPY or ADD did not find.
var notThere = regexp.MustCompile(`failed to calculate checksum of ref [^ ]+: "(/[^"]*)": not found`)

// lineInDockerfile is where a mistake is in the text of the Dockerfile: the finding has the
// line in the spec.
var lineInDockerfile = regexp.MustCompile(`^dockerfile parse error on line \d+: `)

// failedInstruction is the finding for an instruction of a Dockerfile in the spec that
// cannot be read or has failed, at its line of the spec; nil for other errors. What is wrong
// in a file is shown there.
func (l *Loader) failedInstruction(ctx context.Context, err error) error {
	name, line := l.dockerfileOf(err)
	if name == "" || !isText(l.Spec.Sources[name].Dockerfile) {
		return nil
	}
	text, at, instruction := lineInDockerfile.ReplaceAllString(oneLine(err), ""), "sources."+name+".dockerfile", ""
	lines := strings.Split(l.Spec.Sources[name].Dockerfile, "\n")
	if line <= len(lines) {
		instruction = strings.TrimSpace(lines[line-1])
		at = l.lineOf(at, line, instruction)
	}
	var fixes []string
	switch missing := notThere.FindStringSubmatch(text); {
	case missing != nil && !strings.Contains(instruction, "--from"):
		text, fixes = l.absent(ctx, "file or directory", missing[1], instruction)
	case missing != nil:
		text, fixes = missing[1]+" is not there", []string{"check the path, and that the stage or image that --from names has it"}
	case holds(text, "exit code: 127"):
		fixes = []string{"a command of this line is not there: install it in a line before", "its output is above"}
	case holds(text, "did not complete successfully"):
		fixes = []string{"its output is above"}
	case holds(text, noMetadata...):
		fixes = []string{imageInDockerfile}
	case holds(text, "no build stage in current context"):
		fixes = []string{"begin the text with FROM IMAGE"}
	case holds(text, "unknown instruction"):
		fixes = []string{"correct the word that the line begins with; what continues a line needs a \\ at its end"}
	}
	return failure("source-unavailable", at, fmt.Sprintf("the Dockerfile of source %s: %s", name, text), fixes...)
}

// lineOf is the place in the spec of a line of the text at one of its nodes: of a literal
// block, the text begins below that.
func (l *Loader) lineOf(at string, line int, text string) string {
	ranges := l.Ranges(at)
	if len(ranges) != 1 {
		return at
	}
	n := int(ranges[0].Start.Line) + line
	all := strings.Split(string(l.Text), "\n")
	if n > len(all) || strings.TrimSpace(all[n-1]) != text {
		return at
	}
	return spec.PositionAt(n, 1+len(all[n-1])-len(strings.TrimLeft(all[n-1], " ")))
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
	name, number := l.dockerfileOf(err)
	if name == "" {
		return nil
	}
	line := fmt.Sprintf("%s:%d", errdefs.Sources(err)[0].Info.Filename, number)
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
func (l *Loader) dockerfileOf(err error) (source string, line int) {
	places := errdefs.Sources(err)
	if len(places) == 0 || places[0].Info == nil || len(places[0].Ranges) == 0 {
		return "", 0
	}
	file := places[0].Info.Filename
	for _, name := range slices.Sorted(maps.Keys(l.Spec.Sources)) {
		src := l.Spec.Sources[name]
		if src.Dockerfile != "" && (file == src.Dockerfile || file == inlineName(name)) {
			return name, int(places[0].Ranges[0].Start.Line)
		}
	}
	return "", 0
}
