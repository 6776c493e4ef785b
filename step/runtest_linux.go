package step

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/sinter-build/sinter/tests"
	"github.com/sinter-build/sinter/tests/runner"
	"github.com/sinter-build/sinter/watch"
)

// runTest runs a test in the image that is this step's root directory. That the test
// fails is no error of the step: what came of it is in its outcome.
func runTest() error {
	var t tests.Test
	if err := readJSON(filepath.Join(TestDir, TestFile), &t); err != nil {
		return err
	}
	outcome := runner.Run(t, runner.Place{
		Helper:  []string{TestSelf + Program, Become},
		Sources: TestSources,
		Env:     os.Environ(),
	})
	data, err := json.Marshal(outcome)
	if err != nil {
		return err
	}
	// No program of the test is left, but one may have been here.
	name := filepath.Join(TestOut, OutcomeFile)
	if err := os.RemoveAll(name); err != nil {
		return err
	}
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	return errors.Join(err, out.Close())
}

// become makes this process the program of args.
func become(args []string) error {
	if len(args) == 0 {
		return errors.New("no program to become")
	}
	watch.Become(args)
	os.Exit(127)
	return nil
}
