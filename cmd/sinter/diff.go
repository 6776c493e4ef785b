package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

const diffHelp = `Tell what sets two images apart: packages, files that one of them lacks, and
files that differ. Each of A and B is

  a spec, of which a BuildKit tells what the image will hold
  JSON that ` + "`sinter explain --format json`" + ` has written
  an OCI image layout, a directory or a tar file
  an image of a registry, as registry.example/app:1 or debian:bookworm-slim

Files are the same if their sizes and, where both are known, the digests of
their contents are; of a spec's files copied from sources the size alone is.
Of an image for several platforms all are compared, or those of --platform. A registry
on this machine may speak plain HTTP; credentials are those of docker.
A spec's image is compared on top of its base. The build context of a spec is
the directory that it is in, unless --context says another.

Exit status: 0 when there is no difference, 1 when there is, 2 for trouble.`

const diffExamples = `  sinter explain -f app.yaml --format json > before.json
  sinter diff before.json app.yaml
  sinter diff old.tar new.tar
  sinter diff registry.example/app:1 app.yaml`

func newDiff() *cobra.Command {
	j := &job.Job{Command: job.Diff}
	cmd := &cobra.Command{
		Use:     "diff A B",
		Short:   "Tell what sets two images apart",
		Long:    diffHelp,
		Example: diffExamples,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if j.Build.File != "" {
				return errors.New("--file: what is compared is named without a flag: sinter diff A B")
			}
			j.Before, j.After = args[0], args[1]
			return runHelper(cmd, *j)
		},
	}
	addFileFlag(cmd, &j.Build) // the habit of other commands gets an answer
	cmd.Flag("file").Hidden = true
	addBuildFlags(cmd, &j.Build)
	cmd.Flag("context").Usage = "the build context of specs: a `DIRECTORY`, or a URL of git or of a tarball (default: where the spec is)"
	addChoice(cmd, &j.Format, "format", "how it is written", job.Text, job.JSON)
	return cmd
}
