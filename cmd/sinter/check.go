package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

const checkHelp = `Judge the image that a spec describes by its policy, and say what is wrong with the spec
itself and what would not start. Nothing is built but what the image's plan depends on.

With IMAGE, an OCI image layout (a directory or a tar file) or a reference to a registry,
finished images are judged, whoever made them.

Packs of rules that --policy names count beside those of the spec: baseline, restricted,
a file, or what a spec may name. The time is now unless --time says another.

Exit status: 0 when nothing is wrong, 1 when there are errors or warnings, 2 when it was
asked wrongly. What is only for information does not count.`

const checkExamples = `  sinter check
  sinter check -f app.yaml --policy restricted --format sarif > app.sarif
  sinter check --policy acme.yaml image.tar
  sinter check --policy acme.yaml --test-policy`

func newCheck() *cobra.Command {
	j := &job.Job{Command: job.Check}
	cmd := &cobra.Command{
		Use:     "check [IMAGE]",
		Short:   "Judge an image by its policy",
		Long:    checkHelp,
		Example: checkExamples,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				j.Check.Image = args[0]
			}
			switch {
			case j.Check.Image != "" && j.Build.File != "":
				return errors.New("an image or a spec is checked, and both are given: leave out --file or the image")
			case j.Check.TestPacks && len(j.Check.Policies) == 0:
				return errors.New("--test-policy: say which, with --policy")
			}
			return runHelper(cmd, *j)
		},
	}
	addFileFlag(cmd, &j.Build)
	addBuildFlags(cmd, &j.Build)
	flags := cmd.Flags()
	flags.Var((*list)(&j.Check.Policies), "policy", "a `PACK` of rules: baseline, restricted, a file or docker-image://NAME@DIGEST#PATH; may be repeated")
	flags.StringVar(&j.Check.Time, "time", "", "`WHEN` the image is judged: 2026-12-24, a time or seconds since 1970 (default: now)")
	flags.StringVar(&j.Check.Reference, "reference", "", "an `IMAGE` that growth is compared with; with IMAGE")
	flags.BoolVar(&j.Check.TestPacks, "test-policy", false, "run the tests in the packs of --policy in place of judging an image")
	addChoice(cmd, &j.Format, "format", "how it is written", job.Text, job.JSON, job.SARIF, job.JUnit, job.GitHub)
	complete(cmd, "time")
	return cmd
}
