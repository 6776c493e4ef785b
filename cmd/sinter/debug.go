package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

const debugHelp = `Open a shell in the finished tree of an image: the one that a spec describes, which is
built but for its tests, or IMAGE. It runs as the image's user with the image's
environment, and nothing that it changes is kept: digests stay as they are.

Tools stand beside the tree, mounted at /.sinter: those of a static busybox, and for a
spec ` + "`why PATH`" + `, which says why a file is in the image. What is after -- runs in the
place of the shell.

busybox comes from --tools: a file, an image that has a static one, or an image of
Debian or Alpine, which install the package busybox-static.

It prints the lines that join a running container of Docker or Kubernetes.`

const debugExamples = `  sinter debug
  sinter debug -f app.yaml --user 0
  sinter debug -f app.yaml -- why /usr/lib/x86_64-linux-gnu/libssl.so.3
  sinter debug gcr.io/distroless/base-debian12 --tools busybox:musl`

func newDebug() *cobra.Command {
	j := &job.Job{Command: job.Debug}
	cmd := &cobra.Command{
		Use:               "debug [IMAGE] [-- COMMAND [ARG...]]",
		Short:             "Open a shell in the finished image, with tools beside it",
		Long:              debugHelp,
		Example:           debugExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			images := args
			if n := cmd.ArgsLenAtDash(); n >= 0 {
				images, j.Run.Args = args[:n], args[n:]
			}
			switch len(images) {
			case 0:
			case 1:
				j.Run.Image = images[0]
			default:
				return fmt.Errorf("%q is one word too many; write -- before a command", images[1])
			}
			return runHelper(cmd, *j)
		},
	}
	addFileFlag(cmd, &j.Build)
	addBuildFlags(cmd, &j.Build)
	addMakingFlags(cmd, &j.Build)
	flags := cmd.Flags()
	flags.StringVar(&j.Run.Tools, "tools", "", "where busybox is from: a `FILE` or an image (default: the package of debian:bookworm-slim)")
	flags.StringVarP(&j.Run.User, "user", "u", "", "`UID[:GID]` to be (default: the image's user)")
	flags.VarP((*list)(&j.Run.Env), "env", "e", "`NAME=VALUE` in the shell's environment; may be repeated")
	complete(cmd, "user", "0")
	complete(cmd, "env")
	return cmd
}
