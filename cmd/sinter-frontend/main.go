// Command sinter-frontend is the BuildKit frontend: the one program of the
// frontend image. BuildKit starts it for `# syntax=` lines and gateway.v0; with
// the argument "analyse" or "sbom" it is a step of the builds it describes.
package main

import (
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/gateway/grpcclient"
	"github.com/moby/buildkit/util/appcontext"

	"github.com/sinter-build/sinter/frontend"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sinter:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 0:
		return grpcclient.RunFromEnvironment(appcontext.Context(), frontend.Build)
	case len(args) == 1 && args[0] == frontend.AnalyseCommand:
		return frontend.Analyse()
	case len(args) == 1 && args[0] == frontend.SBOMCommand:
		return frontend.SBOM(appcontext.Context())
	}
	return fmt.Errorf("unknown argument %q; this program is started by BuildKit", args[0])
}
