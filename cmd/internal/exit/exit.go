// Package exit runs a command line and turns what comes of it into an exit
// status, the same for every program of Sinter.
package exit

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/diag"
)

// The exit statuses.
const (
	Good  = 0
	Bad   = 1 // what was asked about is not as it should be, or cannot be told
	Usage = 2 // the command was called in a way that it does not understand
)

// ErrBad ends the program with Bad. What is bad has been printed.
var ErrBad = errors.New("bad")

// Failure is an error that has nothing to do with how the program was called.
type Failure struct {
	Err error
	// Status is Bad unless set.
	Status int
}

func (f Failure) Error() string { return f.Err.Error() }

// Unwrap returns what failed.
func (f Failure) Unwrap() error { return f.Err }

// Run executes a command with arguments and returns the exit status. Errors name
// files and quote what other programs say, and are made safe to show here.
func Run(root *cobra.Command, args []string, stdout, stderr io.Writer) int {
	root.SilenceUsage, root.SilenceErrors = true, true
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteC()
	var failed Failure
	switch {
	case err == nil:
		return Good
	case errors.Is(err, ErrBad):
		return Bad
	case errors.As(err, &failed):
		fmt.Fprintln(stderr, "sinter:", diag.PlainText(failed.Error()))
		return max(failed.Status, Bad)
	}
	fmt.Fprintf(stderr, "sinter: %s\nrun `%s --help` for how to use it\n", diag.PlainText(err.Error()), cmd.CommandPath())
	return Usage
}
