// Command sinter-buildkit does the jobs of sinter that ask a BuildKit. It is
// started by sinter, with a job as its only argument; see cmd/sinter.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/step"
)

func main() {
	if isStep(os.Args) {
		if err := step.Run(context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "sinter:", err)
			os.Exit(exit.Bad)
		}
		return
	}
	if isWhy(os.Args) {
		if err := why(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}); err != nil {
			os.Exit(exit.Status(exit.Failure{Err: err}, "", os.Stderr))
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The session's HTTP/2 server logs that its client went away, now and then at
	// the end of a command that has its answer.
	log.SetOutput(io.Discard)
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// streams are what a job reads and prints to.
type streams struct {
	in          io.Reader
	out, errors io.Writer
}

// run does the job that the arguments are and returns the exit status.
func run(ctx context.Context, args []string, std streams) int {
	j, err := job.Decode(args)
	if err == nil {
		err = do(ctx, j, std)
	}
	return exit.Status(err, strings.TrimSpace("sinter "+j.Command), std.errors)
}

func do(ctx context.Context, j job.Job, std streams) error {
	switch j.Command {
	case job.BuildImage:
		return buildImage(ctx, j, std)
	case job.RunImage:
		return runImage(ctx, j, std)
	case job.Init:
		return initSpec(ctx, j, std)
	case job.Debug:
		return debug(ctx, j, std)
	case job.Explain:
		return explain(ctx, j, std)
	case job.Tree:
		return printAnswer(ctx, j, std, frontend.RequestTree, nil)
	case job.SBOM:
		return printSBOM(ctx, j, std)
	case job.Report:
		return writeReport(ctx, j, std)
	case job.Test:
		return runTests(ctx, j, std)
	case job.Trace:
		return trace(ctx, j, std)
	case job.Check:
		return check(ctx, j, std)
	case job.Schema:
		_, err := std.out.Write(spec.Schema())
		return err
	case job.Diff:
		return diff(ctx, j, std)
	}
	return fmt.Errorf("sinter-buildkit has no command %q", j.Command)
}
