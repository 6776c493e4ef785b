package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

const testHelp = `Run the tests of a spec in the image that it describes, which is built and not
exported. A line tells of each test when it ends. Then comes what those that fail lack,
or what all of them open of the image, and what no test opens; with --format json also
what programs looked for in vain and a source has.

It exits with 0 when all tests pass, 1 when one fails, and 2 when it was asked
wrongly.`

const traceHelp = `Run the tests of a spec in its image, and in the image with all of its sources,
and propose what to add to the spec, so that those pass that do not: the fewest lines
with which they have been seen to. After -- comes a command that is traced in place of
the tests; it has to end by itself, with the exit status 0.

The change of the spec is shown, and --write makes it: comments and layout stay as they
are. Nothing is ever removed, and no other file is written. That tests fail is no error
here.`

func newTest() *cobra.Command {
	j := &job.Job{Command: job.Test}
	cmd := &cobra.Command{
		Use:               "test",
		Short:             "Run the tests of a spec",
		Long:              testHelp,
		Example:           "  sinter test\n  sinter test -f app.yaml --junit results.xml",
		Args:              onlyFlags,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return runHelper(cmd, *j) },
	}
	addFileFlag(cmd, &j.Build)
	addBuildFlags(cmd, &j.Build)
	addChoice(cmd, &j.Format, "format", "how it is written", job.Text, job.JSON)
	cmd.Flags().StringVar(&j.JUnit, "junit", "", "`FILE` for the results in JUnit's XML")
	return cmd
}

func newTrace() *cobra.Command {
	j := &job.Job{Command: job.Trace}
	cmd := &cobra.Command{
		Use:               "trace [-- COMMAND…]",
		Short:             "Propose what the tests of a spec need",
		Long:              traceHelp,
		Example:           "  sinter trace\n  sinter trace -f app.yaml --write\n  sinter trace -f app.yaml -- /usr/bin/app --self-test",
		Args:              afterDash,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Trace = args
			return runHelper(cmd, *j)
		},
	}
	addFileFlag(cmd, &j.Build)
	addBuildFlags(cmd, &j.Build)
	addChoice(cmd, &j.Format, "format", "how it is written", job.Text, job.JSON)
	cmd.Flags().BoolVar(&j.Write, "write", false, "write the lines into the spec")
	return cmd
}

// afterDash is for commands whose words are another command, which "--" begins.
func afterDash(cmd *cobra.Command, args []string) error {
	if len(args) == 0 || cmd.ArgsLenAtDash() == 0 {
		return nil
	}
	return fmt.Errorf("%q is one word too many; a spec is named by --file, and a command to trace comes after --", args[0])
}
