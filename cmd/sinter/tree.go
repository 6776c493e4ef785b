package main

import (
	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

func newTree() *cobra.Command {
	j := &job.Job{Command: job.Tree}
	cmd := &cobra.Command{
		Use:               "tree",
		Short:             "Draw the tree of what ships, with sizes",
		Long:              `Draw the tree of what an image will hold on top of its base, with sizes.`,
		Example:           "  sinter tree\n  sinter tree -f app.yaml",
		Args:              onlyFlags,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return runHelper(cmd, *j) },
	}
	addFileFlag(cmd, &j.Build)
	addBuildFlags(cmd, &j.Build)
	addChoice(cmd, &j.Format, "format", "how it is written", job.Text, job.JSON)
	return cmd
}
