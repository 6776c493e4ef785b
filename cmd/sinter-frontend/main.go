// Command sinter-frontend is the BuildKit frontend: the one program of the
// frontend image. BuildKit starts it for `# syntax=` lines and gateway.v0; with
// the name of a step as its argument it is that step of a build (package step).
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/moby/buildkit/frontend/gateway/grpcclient"
	"github.com/moby/buildkit/util/appcontext"

	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/step"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sinter:", err)
		os.Exit(1)
	}
}

// garbage is how much of it may be there in terms of what is in use, in percent, before
// it is collected. Both the frontend and its steps are short and most of what they make
// stays in use, so that they should not spend a quarter of their time looking for more.
const garbage = 400

func run(args []string) error {
	debug.SetGCPercent(garbage)
	if len(args) == 0 {
		return grpcclient.RunFromEnvironment(appcontext.Context(), frontend.Build)
	}
	return step.Run(appcontext.Context(), args)
}
