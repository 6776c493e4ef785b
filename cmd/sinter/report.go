package main

import (
	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

const reportHelp = `Write a report on the image of a spec for people who sign it off and need not know
the spec: what it is, what was checked and what came of it, a map of sizes, every file
with the reason for which it ships, packages with their licences, and the layers. It is
one HTML file that needs no network and is readable without scripts, too.

The tests of the spec are run for it, and what came of them is in the report: a test
that fails is no error here. Nothing is exported.

With --with the report tells which layers another image has, too: a spec, JSON that
` + "`sinter explain --format json`" + ` has written, or an OCI image layout.`

const reportExamples = `  sinter report -o report.html
  sinter report -f app.yaml -o report.html --with other.yaml
  sinter report -f app.yaml --platform linux/amd64,linux/arm64 > report.html`

func newReport() *cobra.Command {
	j := &job.Job{Command: job.Report}
	cmd := &cobra.Command{
		Use:               "report",
		Short:             "Write a report in HTML for those who sign the image off",
		Long:              reportHelp,
		Example:           reportExamples,
		Args:              onlyFlags,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return runHelper(cmd, *j) },
	}
	addFileFlag(cmd, &j.Build)
	addBuildFlags(cmd, &j.Build)
	addMakingFlags(cmd, &j.Build)
	cmd.Flags().StringVarP(&j.Output, "output", "o", "", "the `FILE` to write (default: standard output)")
	cmd.Flags().StringVar(&j.With, "with", "", "`IMAGE` to compare layers with: a spec, JSON of explain or an OCI layout")
	return cmd
}
