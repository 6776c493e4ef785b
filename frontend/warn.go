package frontend

import (
	"context"
	"fmt"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/render"
	"github.com/sinter-build/sinter/step"
)

// warn sends warnings to the client, which shows them with the spec's lines, and has
// them told in the build's own progress.
func (s *session) warn(ctx context.Context, list diag.List) {
	list = list.Warnings()
	for i, d := range list {
		if i == maxWarned {
			s.file.Warn(ctx, fmt.Sprintf("… and %d more warnings", len(list)-i), client.WarnOpts{})
			break
		}
		lines := strings.Split(d.String(), "\n")
		detail := make([][]byte, 0, len(lines)-1)
		for _, line := range lines[1:] {
			detail = append(detail, []byte(strings.TrimSpace(line)))
		}
		s.file.Warn(ctx, lines[0], client.WarnOpts{Range: s.ranges(d.At), Detail: detail, URL: helpOf(d)})
	}
	s.tell(ctx, list[:min(len(list), maxWarned)])
}

// tell has a step of the build say warnings, as its name and in its log. Few people
// would see them otherwise: buildctl shows none, and buildx how many there are. A
// frontend that BuildKit does not run from an image leaves them to its client.
// Whatever is wrong with that, the build goes on.
func (s *session) tell(ctx context.Context, list diag.List) {
	own, err := ownImage(s.client)
	if err != nil || own == nil || len(list) == 0 || len(s.evaluations) == 0 {
		return
	}
	text := render.Text(list, s)
	title, _, _ := strings.Cut(text, "\n")
	if more := len(list) - 1; more > 0 {
		title += fmt.Sprintf(" (and %d more)", more)
	}
	in := llb.Scratch().File(llb.Mkfile("/"+step.WarningsFile, 0o644, []byte(text)), llb.WithCustomName("[internal] warnings"))
	e := s.evaluations[0]
	// The log of a step is shown when it runs, so that this one always does.
	opts := append(e.stepOptions(step.Tell, in), llb.IgnoreCache, llb.WithCustomName("[warning] "+strings.Replace(title, "warning: ", "", 1)))
	ref, err := e.solve(ctx, own.Run(opts...).Root())
	if err == nil {
		_ = ref.Evaluate(ctx)
	}
}
