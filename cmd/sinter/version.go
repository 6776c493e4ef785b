package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/exit"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "Print the version",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return printVersion(cmd) },
	}
}

func printVersion(cmd *cobra.Command) error {
	if _, err := fmt.Fprintln(cmd.OutOrStdout(), version()); err != nil {
		return exit.Failure{Err: err}
	}
	return nil
}

// version is what the Go linker recorded: "sinter v1.0.0 (0123abcd, go1.26.3)".
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "sinter (unknown)"
	}
	number, commit := info.Main.Version, ""
	if number == "" {
		number = "(devel)"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value[:min(len(s.Value), 12)] + ", "
		}
	}
	return fmt.Sprintf("sinter %s (%s%s)", number, commit, info.GoVersion)
}
