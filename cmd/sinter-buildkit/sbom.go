package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/sbom"
	"github.com/sinter-build/sinter/sbom/cyclonedx"
)

const sbomHelp = `Write the software bill of materials of an image: its packages and files, with
versions, licences and checksums. The image is built and not exported. The SPDX
document is what a build with --sbom attests.

A document describes the image of one platform. Where the spec names several it
is the builder's own, unless --platform says which.`

const sbomExamples = `  sinter sbom -f app.yaml > app.spdx.json
  sinter sbom -f app.yaml --format cyclonedx --platform linux/arm64
  sinter sbom -f app.yaml --format text`

// sbomFormats are how an answer to frontend.sbom is written.
var sbomFormats = map[string]func(answer map[string][]byte) ([]byte, error){
	"text":      func(answer map[string][]byte) ([]byte, error) { return answer["result.txt"], nil },
	"spdx":      func(answer map[string][]byte) ([]byte, error) { return answer["result.json"], nil },
	"cyclonedx": toCycloneDX,
}

func newSBOM() *cobra.Command {
	o, format := &options{}, ""
	cmd := &cobra.Command{
		Use:               "sbom -f SPEC",
		Short:             "Write the SBOM of an image, in SPDX or CycloneDX",
		Long:              sbomHelp,
		Example:           sbomExamples,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.printSBOM(cmd, format)
		},
	}
	o.register(cmd)
	cmd.Flags().StringVar(&format, "format", "spdx", "spdx, cyclonedx or text")
	words := []cobra.Completion{"spdx", "cyclonedx", "text"}
	if err := cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // a flag that is not defined above
	}
	return cmd
}

func (o *options) printSBOM(cmd *cobra.Command, format string) error {
	write, ok := sbomFormats[format]
	if !ok {
		return fmt.Errorf("--format is spdx, cyclonedx or text, not %q", format)
	}
	if err := o.begin(cmd); err != nil {
		return err
	}
	defer o.end()
	answer, err := ask(cmd.Context(), o, frontend.RequestSBOM)
	if err != nil {
		return exit.Failure{Err: err}
	}
	out, err := write(answer)
	if err != nil {
		return err
	}
	_, err = cmd.OutOrStdout().Write(out)
	return err
}

func toCycloneDX(answer map[string][]byte) ([]byte, error) {
	doc, err := sbom.Decode(answer["result.json"])
	if err != nil {
		return nil, err
	}
	return cyclonedx.Encode(doc)
}
