// Command sinter-buildkit has the commands of sinter that talk to a BuildKit.
// It is what `sinter explain` and the like become; see cmd/sinter.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/exit"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The session's HTTP/2 server logs that its client went away, now and then at
	// the end of a command that has its answer.
	log.SetOutput(io.Discard)
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
