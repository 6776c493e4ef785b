package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/frontend"
)

const explainHelp = `Tell which files an image will hold, layer by layer: how large each is, the
package it is from, and why it ships, with the line of the spec. Nothing is
built but what the answer depends on.

With a PATH, tell about that one: why it is in the image, or where it could come
from and what to write into the spec to get it. PATH can be a name alone, as
libssl.so.3.`

const explainExamples = `  sinter explain -f app.yaml
  sinter explain -f app.yaml /usr/lib/x86_64-linux-gnu/libssl.so.3
  sinter explain -f app.yaml --platform linux/arm64 --format json`

func newExplain() *cobra.Command {
	o, format := &options{}, ""
	cmd := &cobra.Command{
		Use:               "explain -f SPEC [PATH]",
		Short:             "Tell which files an image holds and why",
		Long:              explainHelp,
		Example:           explainExamples,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.attrs = map[string]string{"build-arg:" + frontend.QuestionArg: args[0]}
			}
			return o.print(cmd, frontend.RequestExplain, format)
		},
	}
	o.register(cmd)
	registerFormat(cmd, &format)
	return cmd
}

const treeHelp = `Draw the tree of what an image will hold on top of its base, with sizes.`

func newTree() *cobra.Command {
	o, format := &options{}, ""
	cmd := &cobra.Command{
		Use:               "tree -f SPEC",
		Short:             "Draw the tree of what ships, with sizes",
		Long:              treeHelp,
		Example:           "  sinter tree -f app.yaml",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.print(cmd, frontend.RequestTree, format)
		},
	}
	o.register(cmd)
	registerFormat(cmd, &format)
	return cmd
}

func registerFormat(cmd *cobra.Command, format *string) {
	cmd.Flags().StringVar(format, "format", "text", "text or json")
	err := cmd.RegisterFlagCompletionFunc("format",
		cobra.FixedCompletions([]cobra.Completion{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // a flag that is not defined above
	}
}

// results are where the frontend puts an answer, by format.
var results = map[string]string{"text": "result.txt", "json": "result.json"}

// print asks a request and prints the answer.
func (o *options) print(cmd *cobra.Command, request, format string) error {
	key, ok := results[format]
	if !ok {
		return fmt.Errorf("--format is text or json, not %q", format)
	}
	if err := o.begin(cmd); err != nil {
		return err
	}
	defer o.end()
	answer, err := ask(cmd.Context(), o, request)
	if err != nil {
		return exit.Failure{Err: err}
	}
	_, err = cmd.OutOrStdout().Write(answer[key])
	return err
}
