package main

import (
	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a spec, for editors",
		Long: `Print the JSON Schema of a spec. Editors complete and check specs with it: write it into
a file, and name that on the second line of a spec.`,
		Example:           "  sinter schema > sinter.schema.json\n  # yaml-language-server: $schema=sinter.schema.json",
		Args:              onlyFlags,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return runHelper(cmd, job.Job{Command: job.Schema}) },
	}
}
