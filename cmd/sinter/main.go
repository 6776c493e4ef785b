// Command sinter is Sinter's command line: what the frontend knows, without a
// build.
//
// It exits with 0 when all is well, 1 when what was asked about is not, and 2
// when it was asked in a way that it does not understand.
//
// The commands that ask a BuildKit are carried out by sinter-buildkit, which has
// no command line of its own. Linked into this program, the packages of a BuildKit
// client would make every start 5 milliseconds longer, and `sinter closure` slower
// than ldd.
package main

import (
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/exit"
)

func main() {
	debug.SetGCPercent(400) // so short a run is over before collecting pays
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run executes a command line and returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SilenceUsage, root.SilenceErrors = true, true
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteC()
	return exit.Status(err, cmd.CommandPath(), stderr)
}

// newRoot makes the table of commands.
func newRoot() *cobra.Command {
	showVersion := false
	root := &cobra.Command{
		Use:   "sinter",
		Short: "Look at programs and images the way minimal images need it",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				return printVersion(cmd)
			}
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(explainFlag)
	// Cobra's own flag for this would link package text/template.
	root.Flags().BoolVar(&showVersion, "version", false, "print the version")
	for _, group := range []struct {
		id, title string
		commands  []*cobra.Command
	}{
		{"spec", "About the image that a spec describes (these ask a BuildKit):", []*cobra.Command{newBuild(), newRun(), newDebug(), newInit(), newExplain(), newTree(), newCheck(), newSBOM(), newReport(), newTest(), newTrace(), newDiff()}},
		{"files", "About any files:", []*cobra.Command{newClosure()}},
		{"sinter", "About sinter:", []*cobra.Command{newSchema(), newVersion()}},
	} {
		root.AddGroup(&cobra.Group{ID: group.id, Title: group.title})
		for _, cmd := range group.commands {
			cmd.GroupID = group.id
			root.AddCommand(cmd)
		}
	}
	root.SetHelpCommandGroupID("sinter")
	root.SetCompletionCommandGroupID("sinter")
	return root
}
