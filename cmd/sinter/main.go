// Command sinter is Sinter's command line: what the frontend knows, without a
// build.
//
// It exits with 0 when all is well, 1 when what was asked about is not, and 2
// when it was asked in a way that it does not understand.
package main

import (
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/exit"
)

func main() {
	debug.SetGCPercent(400) // so short a run is over before collecting pays
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	return exit.Run(newRoot(), args, stdout, stderr)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "sinter",
		Short: "Look at programs and images the way minimal images need it",
	}
	root.AddCommand(newClosure(), newVersion())
	root.AddCommand(delegated()...)
	return root
}
