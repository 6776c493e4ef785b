// Command sinter-buildkit has the commands of sinter that talk to a BuildKit.
// It is what `sinter explain` and the like become; see cmd/sinter.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/exit"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:   "sinter", // whose words these are
		Short: "The commands of sinter that talk to a BuildKit",
	}
	root.SetContext(ctx)
	root.AddCommand(newExplain(), newTree(), newDiff(), newSBOM())
	return exit.Run(root, args, stdout, stderr)
}
