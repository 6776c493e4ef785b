package main

import (
	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

const explainHelp = `Tell which files an image will hold, layer by layer: how large each is, the
package it is from, and why it ships, with the line of the spec. Nothing is
built but what the answer depends on.

With a PATH, tell about that one: why it is in the image, or where it could come
from and what to write into the spec to get it. PATH can be a name alone, as
libssl.so.3.`

const explainExamples = `  sinter explain
  sinter explain -f app.yaml /usr/lib/x86_64-linux-gnu/libssl.so.3
  sinter explain -f app.yaml --platform linux/arm64 --format json`

func newExplain() *cobra.Command {
	j := &job.Job{Command: job.Explain}
	cmd := &cobra.Command{
		Use:               "explain [PATH]",
		Short:             "Tell which files an image holds and why",
		Long:              explainHelp,
		Example:           explainExamples,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				j.Path = args[0]
			}
			return runHelper(cmd, *j)
		},
	}
	addFileFlag(cmd, &j.Build)
	addBuildFlags(cmd, &j.Build)
	addChoice(cmd, &j.Format, "format", "how it is written", job.Text, job.JSON)
	return cmd
}
