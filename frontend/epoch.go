package frontend

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/sinter-build/sinter/diag"
)

// epochArg is the build argument that sets the time, as
// https://reproducible-builds.org/specs/source-date-epoch/ has it.
const epochArg = "SOURCE_DATE_EPOCH"

// resolveEpoch reads SOURCE_DATE_EPOCH: seconds since 1970, or "context" for the
// commit or modification time of the build context. It is 1970 when not given:
// the build's own clock never gets into an image.
func resolveEpoch(ctx context.Context, ui *dockerui.Client) (time.Time, error) {
	start := time.Unix(0, 0).UTC()
	switch value := ui.BuildArgs[epochArg]; value {
	case "":
		return start, nil
	case "context":
		t, err := ui.ResolveMainContextSourceDateEpoch(ctx)
		if err != nil && ctx.Err() == nil {
			err = epochProblem(fmt.Sprintf("%s=context: %v", epochArg, err))
		}
		if err != nil || t == nil {
			// A local directory has no time that two machines would agree on.
			return start, err
		}
		return t.UTC().Truncate(time.Second), nil
	default:
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds < 0 {
			return start, epochProblem(fmt.Sprintf("%s=%s is not a time", epochArg, value))
		}
		return time.Unix(seconds, 0).UTC(), nil
	}
}

func epochProblem(message string) error {
	return diag.List{{
		Code:    "invalid-epoch",
		At:      atBuild,
		Message: message,
		Fixes:   []string{`give seconds since 1970, or "context" for the time of the build context's commit`},
	}}
}
