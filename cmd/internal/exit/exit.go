// Package exit turns what comes of a command into an exit status, the same for
// every program of the command line.
package exit

import (
	"errors"
	"fmt"
	"io"

	"github.com/sinter-build/sinter/diag"
)

// The exit statuses.
const (
	Good  = 0
	Bad   = 1 // what was asked about is not as it should be, or cannot be told
	Usage = 2 // the command was called in a way that it does not understand
)

// Printed is the exit status of a command that has printed what is wrong.
type Printed int

func (p Printed) Error() string { return fmt.Sprintf("exit status %d", int(p)) }

// Failure is an error that has nothing to do with how the program was called.
type Failure struct {
	Err error
	// Status is Bad unless set.
	Status int
}

func (f Failure) Error() string { return f.Err.Error() }

// Unwrap returns what failed.
func (f Failure) Unwrap() error { return f.Err }

// Status prints an error of a command, "sinter explain" for one, and returns the
// exit status. An error that is neither a Failure nor Printed is about how the
// command was called. Errors name files and quote what other programs say, and are
// made safe to show here.
func Status(err error, command string, stderr io.Writer) int {
	if err == nil {
		return Good
	}
	if status, ok := errors.AsType[Printed](err); ok {
		return int(status)
	}
	fmt.Fprintln(stderr, "sinter:", diag.PlainText(err.Error()))
	if failed, ok := errors.AsType[Failure](err); ok {
		return max(failed.Status, Bad)
	}
	fmt.Fprintf(stderr, "run `%s --help` for how to use it\n", command)
	return Usage
}
