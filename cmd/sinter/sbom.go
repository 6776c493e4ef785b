package main

import (
	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

const sbomHelp = `Write the software bill of materials of an image: its packages and files, with
versions, licences and checksums. The image is built and not exported. The SPDX
document is what a build with --sbom attests.

A document describes the image of one platform. Where the spec names several it
is the builder's own, unless --platform says which.`

const sbomExamples = `  sinter sbom > app.spdx.json
  sinter sbom -f app.yaml --format cyclonedx --platform linux/arm64
  sinter sbom -f app.yaml --format text`

func newSBOM() *cobra.Command {
	j := &job.Job{Command: job.SBOM}
	cmd := &cobra.Command{
		Use:               "sbom",
		Short:             "Write the SBOM of an image, in SPDX or CycloneDX",
		Long:              sbomHelp,
		Example:           sbomExamples,
		Args:              onlyFlags,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return runHelper(cmd, *j) },
	}
	addFileFlag(cmd, &j.Build)
	addBuildFlags(cmd, &j.Build)
	addChoice(cmd, &j.Format, "format", "how it is written", job.SPDX, job.CycloneDX, job.Text)
	return cmd
}
