package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/exit"
)

// helper is the program that has the commands which talk to a BuildKit. It is one
// apart because what it links takes longer to start than a closure to find:
// 3 of 6 milliseconds.
const helper = "sinter-buildkit"

// delegated are the commands that the helper has, with its own words for them.
func delegated() []*cobra.Command {
	return []*cobra.Command{
		delegate("explain", "Tell which files an image holds and why"),
		delegate("tree", "Draw the tree of what ships, with sizes"),
		delegate("diff", "Tell what sets two images apart"),
		delegate("sbom", "Write the SBOM of an image, in SPDX or CycloneDX"),
	}
}

// delegate is a command that becomes the helper.
func delegate(name, short string) *cobra.Command {
	return &cobra.Command{
		Use:                name,
		Short:              short,
		DisableFlagParsing: true,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
			_ = become(append([]string{cobra.ShellCompRequestCmd, name}, append(args, toComplete)...))
			return nil, cobra.ShellCompDirectiveError
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return exit.Failure{Err: become(append([]string{name}, args...))}
		},
	}
}

// become replaces this process by the helper, the one beside it first. It returns
// only when that fails.
func become(args []string) error {
	at, err := find()
	if err != nil {
		return err
	}
	err = syscall.Exec(at, append([]string{at}, args...), os.Environ())
	return fmt.Errorf("%s: %w", at, err)
}

func find() (string, error) {
	if own, err := os.Executable(); err == nil {
		if own, err = filepath.EvalSymlinks(own); err == nil {
			at, err := exec.LookPath(filepath.Join(filepath.Dir(own), helper))
			if !errors.Is(err, fs.ErrNotExist) {
				return at, err
			}
		}
	}
	at, err := exec.LookPath(helper)
	if err != nil {
		return "", fmt.Errorf("%s is neither beside sinter nor in PATH, and has the commands that talk to a BuildKit\n"+
			"  fix: go install github.com/sinter-build/sinter/cmd/...@latest", helper)
	}
	return at, nil
}
