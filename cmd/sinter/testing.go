package main

import (
	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

const testHelp = `Run the tests of a spec in the image that it describes, which is built and not
exported. What they open of the image is printed, and what no test opens; with
--format json also what programs looked for in vain and a source has.

It exits with 0 when all tests pass, 1 when one fails, and 2 when it was asked
wrongly. The tests run in the frontend's image, which the spec names in its first
line.`

const traceHelp = `Run the tests of a spec in its image, and in the image with all of its sources,
and propose what to add to the spec: what they open there and the image lacks. That
tests fail is no error here. Nothing is written, and nothing is ever proposed for
removal.`

func newTest() *cobra.Command {
	return newTesting(job.Test, "test", "Run the tests of a spec", testHelp)
}

func newTrace() *cobra.Command {
	return newTesting(job.Trace, "trace", "Propose what the tests of a spec need", traceHelp)
}

// newTesting is a command that runs tests.
func newTesting(command, name, short, long string) *cobra.Command {
	j := &job.Job{Command: command}
	cmd := &cobra.Command{
		Use:               name,
		Short:             short,
		Long:              long,
		Example:           "  sinter " + name + "\n  sinter " + name + " -f app.yaml --format json",
		Args:              onlyFlags,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return runHelper(cmd, *j) },
	}
	addFileFlag(cmd, &j.Build)
	addBuildFlags(cmd, &j.Build)
	addChoice(cmd, &j.Format, "format", "how it is written", job.Text, job.JSON)
	return cmd
}
