package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/linkage"
)

// addFileFlag adds the flag that names the spec.
func addFileFlag(cmd *cobra.Command, b *job.Settings) {
	cmd.Flags().StringVarP(&b.File, "file", "f", "", "the `SPEC`; - is standard input (default: the only one in the build context)")
}

// addBuildFlags adds the flags that every command about a build has.
func addBuildFlags(cmd *cobra.Command, b *job.Settings) {
	flags := cmd.Flags()
	flags.StringVar(&b.Context, "context", "", "the build context: a `DIRECTORY`, or a URL of git or of a tarball (default: the current directory)")
	flags.StringVar(&b.Target, "target", "", "the `NAME` of the target to look at")
	flags.StringSliceVar(&b.Platforms, "platform", nil, "`PLATFORM`s, as linux/amd64,linux/arm64")
	flags.Var((*list)(&b.Args), "build-arg", "`NAME=VALUE` of a build argument, or NAME to take it from the environment; may be repeated")
	flags.Var((*list)(&b.Contexts), "build-context", "`NAME=DIRECTORY`, NAME=docker-image://IMAGE or NAME=URL in place of a source; may be repeated")
	flags.StringVar(&b.Addr, "addr", "", "`ADDRESS` of the BuildKit (default: BUILDKIT_HOST, the local one, or that of docker buildx)")
	addChoice(cmd, &b.Progress, "progress", "what is shown of the build", job.ProgressModes()...)
	completeDirectory(cmd, "context")
	complete(cmd, "platform", linkage.Platforms()...)
	complete(cmd, "target")
	complete(cmd, "build-arg")
	complete(cmd, "addr")
}

// addChoice adds a flag that takes one of a few words, the first by default.
func addChoice(cmd *cobra.Command, value *string, name, usage string, words ...string) {
	*value = words[0]
	cmd.Flags().Var(&choice{value, words}, name, usage+": "+alternatives(words))
	complete(cmd, name, words...)
}

// choice implements pflag.Value.
type choice struct {
	value *string
	words []string
}

func (c *choice) String() string { return *c.value }

func (c *choice) Type() string { return "WORD" }

func (c *choice) Set(word string) error {
	if !slices.Contains(c.words, word) {
		return choiceError{c.words}
	}
	*c.value = word
	return nil
}

// choiceError is a word that is not one of those that a flag takes.
type choiceError struct{ words []string }

func (e choiceError) Error() string { return "is " + alternatives(e.words) }

// explainFlag words an error of the flags of a command.
func explainFlag(_ *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	var chosen choiceError
	if errors.As(err, &invalid) && errors.As(err, &chosen) {
		return fmt.Errorf("--%s %w, not %q", invalid.GetFlag().Name, chosen, invalid.GetValue())
	}
	return err
}

// alternatives lists words: "a, b or c".
func alternatives(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// complete makes a flag's value complete to one of some words, and not to files.
func complete(cmd *cobra.Command, flag string, words ...cobra.Completion) {
	completeBy(cmd, flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// completeDirectory makes a flag's value complete to a directory.
func completeDirectory(cmd *cobra.Command, flag string) {
	completeBy(cmd, flag, cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs))
}

func completeBy(cmd *cobra.Command, flag string, by cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, by); err != nil {
		panic(err) // a flag that the command does not define, or twice
	}
}

// onlyFlags is for commands to which everything is said by flags.
func onlyFlags(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%q is one word too many; a spec is named by --file", args[0])
}

// list is the value of a flag that may be repeated. That of package pflag makes a CSV
// writer for each such flag of each command, at every start.
type list []string

func (l *list) Set(value string) error { *l = append(*l, value); return nil }
func (l *list) String() string         { return strings.Join(*l, ",") }
func (l *list) Type() string           { return "stringArray" }
