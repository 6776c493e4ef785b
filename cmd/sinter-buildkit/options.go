package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// options say what is built, as those of `docker buildx build` do, and by whom.
type options struct {
	file, context, target string
	platforms             []string
	buildArgs, contexts   []string
	addr, progress        string
	// attrs are more options of the frontend.
	attrs map[string]string
	// stderr is the command's, and shown what goes there.
	stderr io.Writer
	shown  *progress
	// locals are the directories that the frontend may read, by name.
	locals map[string]string
	// temp is where a spec from standard input is.
	temp string
}

// register adds the flags that every command about a build has.
func (o *options) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&o.file, "file", "f", "", "the spec; - is standard input")
	flags.StringVar(&o.context, "context", ".", "the build context: a directory, or a URL of git or of a tarball")
	flags.StringVar(&o.target, "target", "", "the target to look at")
	flags.StringSliceVar(&o.platforms, "platform", nil, "platforms, as linux/amd64,linux/arm64")
	flags.StringArrayVar(&o.buildArgs, "build-arg", nil, "NAME=VALUE of a build argument, or NAME to take it from the environment; may be repeated")
	flags.StringArrayVar(&o.contexts, "build-context", nil, "NAME=DIRECTORY, NAME=docker-image://IMAGE or NAME=URL in place of a source; may be repeated")
	flags.StringVar(&o.addr, "addr", "", "address of the BuildKit (default: BUILDKIT_HOST, the local one, or that of docker buildx)")
	flags.StringVar(&o.progress, "progress", "auto", "auto, plain or quiet")
	complete := func(flag string, words ...cobra.Completion) {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // a flag that is not defined above
		}
	}
	complete("progress", progressModes...)
	complete("platform", "linux/amd64", "linux/arm64")
	complete("target")
}

// begin checks the options of a command and gets everything ready for ask. What
// is wrong then is how the command was called.
func (o *options) begin(cmd *cobra.Command) (err error) {
	o.stderr = cmd.ErrOrStderr()
	if o.shown, err = newProgress(o.progress, o.stderr); err != nil {
		return err
	}
	if o.attrs == nil {
		o.attrs = map[string]string{}
	}
	o.locals = map[string]string{}
	if o.target != "" {
		o.attrs["target"] = o.target
	}
	if len(o.platforms) > 0 {
		o.attrs["platform"] = strings.Join(o.platforms, ",")
	}
	for _, arg := range o.buildArgs {
		name, value, given := strings.Cut(arg, "=")
		if !given {
			if value, given = os.LookupEnv(name); !given {
				continue // as docker buildx does
			}
		}
		o.attrs["build-arg:"+name] = value
	}
	for _, c := range o.contexts {
		if err := o.addContext(c); err != nil {
			return err
		}
	}
	return o.addSpec(cmd.InOrStdin())
}

// end removes what begin has made.
func (o *options) end() {
	if o.temp != "" {
		_ = os.RemoveAll(o.temp)
	}
}

// addSpec adds the spec and the main context. A spec in a remote context is
// looked for there.
func (o *options) addSpec(stdin io.Reader) error {
	remote := isRemote(o.context)
	switch {
	case remote:
		o.attrs["context"] = o.context
	case !exists(o.context):
		return fmt.Errorf("--context: there is no directory %s", o.context)
	default:
		o.locals["context"] = o.context
	}
	switch {
	case o.file == "":
		return errors.New("say which spec: --file app.yaml")
	case o.file == "-":
		return o.saveStdin(stdin)
	case exists(o.file):
		o.attrs["filename"], o.locals["dockerfile"] = filepath.Base(o.file), filepath.Dir(o.file)
	case remote:
		o.attrs["filename"] = o.file
	default:
		return fmt.Errorf("--file: there is no file %s", o.file)
	}
	return nil
}

// stdinName is what a spec from standard input is called.
const stdinName = "spec.yaml"

// saveStdin puts the spec from standard input into a directory of its own.
func (o *options) saveStdin(stdin io.Reader) error {
	text, err := io.ReadAll(stdin)
	if err != nil {
		return err
	}
	if o.temp, err = os.MkdirTemp("", "sinter"); err != nil {
		return err
	}
	o.attrs["filename"], o.locals["dockerfile"] = stdinName, o.temp
	return os.WriteFile(filepath.Join(o.temp, stdinName), text, 0o600)
}

// addContext adds a named context.
func (o *options) addContext(arg string) error {
	name, value, ok := strings.Cut(arg, "=")
	switch {
	case !ok || name == "" || value == "":
		return fmt.Errorf("--build-context %s: write NAME=DIRECTORY or NAME=URL", arg)
	case strings.HasPrefix(value, "oci-layout://"):
		return fmt.Errorf("--build-context %s: an OCI layout cannot be sent from here; push it to a registry and write docker-image://IMAGE", arg)
	case isRemote(value):
		o.attrs["context:"+name] = value
	case exists(value):
		local := strings.ReplaceAll(name, ":", "-")
		o.attrs["context:"+name], o.locals[local] = "local:"+local, value
	default:
		return fmt.Errorf("--build-context %s: there is no directory %s", arg, value)
	}
	return nil
}

func isRemote(context string) bool {
	return strings.Contains(context, "://") || strings.HasPrefix(context, "git@") || strings.HasPrefix(context, "github.com/")
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
