// Command lab runs a command beside a real buildkitd and a seeded registry:
//
//	go run ./e2e/cmd/lab buildctl debug workers
//
// With -empty first, the registry holds no images.
//
// The command finds BUILDKIT_HOST, SINTER_REGISTRY (host:port) and the pinned
// buildctl and buildx in its environment. Without a command it is a shell.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/sinter-build/sinter/e2e/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	empty := flag.Bool("empty", false, "seed no images into the registry")
	flag.Parse()
	argv := flag.Args()
	if len(argv) == 0 {
		argv = []string{"bash"}
	}
	if err := run(ctx, lab.Images(!*empty), argv); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(exitCode(err))
	}
}

func run(ctx context.Context, images lab.Images, argv []string) error {
	l, err := lab.Start(ctx, images, os.Stderr)
	if err != nil {
		return err
	}
	for _, pair := range l.Env() {
		name, value, _ := strings.Cut(pair, "=")
		if err := os.Setenv(name, value); err != nil { // for the look-up of argv[0], too
			return errors.Join(err, l.Close())
		}
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// The command gets the terminal's interrupt as we do; it may finish.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	return errors.Join(cmd.Run(), l.Close())
}

func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exit.ExitCode()
	}
	return 1
}
