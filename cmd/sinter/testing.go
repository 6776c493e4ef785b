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

func newTest() *cobra.Command {
	j := &job.Job{Command: job.Test}
	cmd := &cobra.Command{
		Use:               "test",
		Short:             "Run the tests of a spec",
		Long:              testHelp,
		Example:           "  sinter test\n  sinter test -f app.yaml --format json",
		Args:              onlyFlags,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return runHelper(cmd, *j) },
	}
	addFileFlag(cmd, &j.Build)
	addBuildFlags(cmd, &j.Build)
	addChoice(cmd, &j.Format, "format", "how it is written", job.Text, job.JSON)
	return cmd
}
