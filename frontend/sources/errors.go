package sources

import (
	"context"
	"errors"
	"strings"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/sinter-build/sinter/diag"
)

// failure is a finding that ends a build.
func failure(code, at, message string, fixes ...string) error {
	return diag.List{{Code: code, At: at, Message: message, Fixes: fixes}}
}

// located turns an error of BuildKit's into a finding at a node of the spec, unless
// it is one already or has a place of its own, in the Dockerfile of a source for
// one. Only its text is kept: what came over gRPC would reach the client without
// what is said around it.
func located(ctx context.Context, at string, err error) error {
	var findings diag.List
	if errors.As(err, &findings) || len(errdefs.Sources(err)) > 0 || ctx.Err() != nil {
		return err
	}
	return failure("source-unavailable", at, oneLine(err))
}

// oneLine is the text of an error of BuildKit's as a finding has it, without what
// BuildKit says of its own work.
func oneLine(err error) string {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	text := strings.Join(lines, "; ")
	for _, prefix := range []string{"failed to load cache key: ", "failed to compute cache key: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return strings.NewReplacer(":; ", ": ", "; : ", ": ").Replace(text)
}
