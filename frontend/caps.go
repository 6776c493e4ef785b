package frontend

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"

	"github.com/sinter-build/sinter/diag"
)

// Caps are the frontend capabilities that callers may ask for. The frontend
// image carries them in its label moby.buildkit.frontend.caps.
var Caps = []string{
	"moby.buildkit.frontend.inputs",
	"moby.buildkit.frontend.subrequests",
	"moby.buildkit.frontend.contexts",
	"moby.buildkit.frontend.contexts.zstd",
	"moby.buildkit.frontend.gitquerystring",
}

// checkCaps refuses a caller that needs what this frontend cannot do. One that
// ends in "+forward" only wants to be passed on. Clients recognise the error by
// its type.
func checkCaps(requested string) error {
	for asked := range strings.SplitSeq(requested, ",") {
		name, _, _ := strings.Cut(asked, "+")
		if name == "" || slices.Contains(Caps, name) {
			continue
		}
		problem := diag.List{{
			Code:    "capability-unknown",
			At:      atBuild,
			Message: "the client needs a frontend that can do more than this version of Sinter",
			Fixes:   []string{"name a newer version of Sinter after # syntax="},
		}}
		typed := &errdefs.FrontendCap{Name: name}
		return grpcerrors.WrapCode(typed.WrapError(problem), codes.Unimplemented)
	}
	return nil
}
