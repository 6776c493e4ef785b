package frontend

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/moby/buildkit/frontend/dockerui"
)

// epoch is the time that everything in the image carries.
type epoch struct {
	time.Time
}

// sourceDateEpoch is the build argument that sets the time, as
// https://reproducible-builds.org/specs/source-date-epoch/ has it.
const sourceDateEpoch = "SOURCE_DATE_EPOCH"

// resolveEpoch reads SOURCE_DATE_EPOCH: seconds since 1970, or "context" for the
// commit or modification time of the build context. It is 1970 when not given:
// the build's own clock never gets into an image.
func resolveEpoch(ctx context.Context, ui *dockerui.Client) (epoch, error) {
	start := epoch{time.Unix(0, 0).UTC()}
	switch value := ui.BuildArgs[sourceDateEpoch]; value {
	case "":
		return start, nil
	case "context":
		t, err := ui.ResolveMainContextSourceDateEpoch(ctx)
		if err != nil {
			return start, fmt.Errorf("%s=context: %w", sourceDateEpoch, err)
		}
		if t == nil {
			// A local directory has no time that two machines would agree on.
			return start, nil
		}
		return epoch{t.UTC().Truncate(time.Second)}, nil
	default:
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds < 0 {
			return start, fmt.Errorf("invalid %s %q: give seconds since 1970, or \"context\" for the time of the build context's commit", sourceDateEpoch, value)
		}
		return epoch{time.Unix(seconds, 0).UTC()}, nil
	}
}
