package main

import (
	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

const runHelp = `Build the image that a spec describes, and run it at once. ARGs take the place of
the image's cmd; write -- before them where the first begins with a dash.

It runs by the first of docker, podman and nerdctl that answers. Without any of them
the BuildKit runs it as a step of a build: its ports cannot be reached then, and it
cannot have directories of this machine.

The program has this terminal, gets its signals, and its exit status is that of
sinter run.`

const runExamples = `  sinter run
  sinter run -f app.yaml --publish 8080:8080 --env LOG=json
  sinter run -f app.yaml -- --version`

func newRun() *cobra.Command {
	j := &job.Job{Command: job.RunImage}
	cmd := &cobra.Command{
		Use:     "run [flags] [ARG...]",
		Short:   "Build the image and run it at once",
		Long:    runHelp,
		Example: runExamples,
		// What a program takes is not known here.
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Run.Args = args
			return runHelper(cmd, *j)
		},
	}
	addFileFlag(cmd, &j.Build)
	addBuildFlags(cmd, &j.Build)
	addMakingFlags(cmd, &j.Build)
	flags := cmd.Flags()
	flags.SetInterspersed(false) // what follows the first argument is the program's
	flags.VarP((*list)(&j.Run.Publish), "publish", "p", "`PORT` of this machine for one of the image, as 8080:80; may be repeated")
	flags.VarP((*list)(&j.Run.Volumes), "volume", "v", "`DIRECTORY` of this machine in the image, as ./data:/data; may be repeated")
	flags.VarP((*list)(&j.Run.Env), "env", "e", "`NAME=VALUE` in the program's environment, or NAME to take it from here; may be repeated")
	addChoice(cmd, &j.Run.With, "with", "what runs it", append([]string{job.Auto}, append(job.Engines(), job.BuildKit)...)...)
	complete(cmd, "publish")
	complete(cmd, "env")
	return cmd
}
