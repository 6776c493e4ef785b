package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/child"
	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
)

// helper is the program that asks a BuildKit.
const helper = "sinter-buildkit"

// runHelper has the helper do a job. It uses this program's input and output, and
// prints what is wrong itself.
func runHelper(cmd *cobra.Command, j job.Job) error {
	at, err := findHelper()
	if err != nil {
		return exit.Failure{Err: err}
	}
	arg, err := j.Encode()
	if err != nil {
		return exit.Failure{Err: err}
	}
	program := exec.Command(at, arg)
	program.Stdin, program.Stdout, program.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	err = child.Run(program)
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.Exited() {
		return exit.Printed(ended.ExitCode())
	}
	if err != nil {
		return exit.Failure{Err: fmt.Errorf("%s: %w", at, err)}
	}
	return nil
}

// findHelper returns where the helper is: beside this program or in PATH.
func findHelper() (string, error) {
	if own, err := os.Executable(); err == nil {
		if own, err = filepath.EvalSymlinks(own); err == nil {
			if at, err := exec.LookPath(filepath.Join(filepath.Dir(own), helper)); err == nil {
				return at, nil
			}
		}
	}
	at, err := exec.LookPath(helper)
	if err != nil {
		return "", fmt.Errorf("%s is neither beside sinter nor in PATH, and is what asks a BuildKit\n"+
			"  fix: go install github.com/sinter-build/sinter/cmd/...@latest", helper)
	}
	return at, nil
}
