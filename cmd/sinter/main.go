// Command sinter is Sinter's command line: what the frontend knows, without a
// build.
//
// It exits with 0 when all is well, 1 when what was asked about is not, and 2
// when it was asked in a way that it does not understand.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"
)

const (
	exitGood  = 0
	exitBad   = 1
	exitUsage = 2
)

func main() {
	debug.SetGCPercent(400) // so short a run is over before collecting pays
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// errBad ends the program with exitBad. What is bad has been printed.
var errBad = errors.New("bad")

// failure is an error that has nothing to do with how the program was called.
type failure struct{ error }

func run(args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteC()
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, errBad):
		return exitBad
	case errors.As(err, &failure{}):
		fmt.Fprintln(stderr, "sinter:", err)
		return exitBad
	}
	fmt.Fprintf(stderr, "sinter: %v\nrun `%s --help` for how to use it\n", err, cmd.CommandPath())
	return exitUsage
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "sinter",
		Short:         "Look at programs the way minimal images need it",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newClosure(), newVersion())
	return root
}
