package main

import (
	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

const initHelp = `Write a spec to start from: of a Dockerfile, of a program in the build context, or of
programs that an image has or that its distribution has packages of.

Of a Dockerfile the last stage, or that of --target, becomes the spec: what it copies,
what it starts, and its settings. The other stages stay in the Dockerfile, which is a
source. Packages that the last stage installs, users and directories that it makes are
understood; where it runs something else, the stage itself is a source, a comment says
so at its place, and it is told here. A BuildKit looks into the images that the last stage is on, to know where
programs are and who users are; without one, or with --offline, that is guessed and told.`

const initExamples = `  sinter init
  sinter init -f docker/Dockerfile -o orders.yaml
  sinter init ./bin/app
  sinter init debian:bookworm-slim nginx`

func newInit() *cobra.Command {
	j := &job.Job{Command: job.Init}
	cmd := &cobra.Command{
		Use:     "init [PROGRAM | IMAGE PROGRAM...]",
		Short:   "Write a spec for a Dockerfile or a program",
		Long:    initHelp,
		Example: initExamples,
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Init.Of = args
			return runHelper(cmd, *j)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&j.Build.File, "file", "f", "", "the `DOCKERFILE` (default: Dockerfile in the build context)")
	flags.StringVar(&j.Build.Context, "context", "", "the build context, a `DIRECTORY` (default: the current one)")
	flags.StringVarP(&j.Init.Out, "output", "o", "app.yaml", "the `FILE` to write in the build context; - is standard output")
	flags.BoolVar(&j.Init.Force, "force", false, "write the file even if it is there")
	flags.BoolVar(&j.Init.Offline, "offline", false, "look at no images")
	flags.StringVar(&j.Build.Target, "target", "", "the `STAGE` of the Dockerfile to make a spec of (default: the last one)")
	flags.Var((*list)(&j.Build.Args), "build-arg", "`NAME=VALUE` of a build argument of the Dockerfile; may be repeated")
	flags.StringVar(&j.Build.Addr, "addr", "", "`ADDRESS` of the BuildKit (default: as for sinter build)")
	addChoice(cmd, &j.Build.Progress, "progress", "what is shown of the build", job.ProgressModes()...)
	completeDirectory(cmd, "context")
	complete(cmd, "target")
	complete(cmd, "build-arg")
	complete(cmd, "addr")
	return cmd
}
