package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/closure"
	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/start"
)

// closureFlags are what `sinter closure` is told.
type closureFlags struct {
	root, format, platform string
	user, workdir          string
	env                    []string
	symbols                bool
}

const closureHelp = `Tell which files a program needs to start in a root file system, how its
loader finds each of them, and why it would not start. Nothing is executed, so
the programs may be anyone's and for any machine.

Exit status: 0 when all programs load, 1 when one does not, 2 for wrong usage.`

const closureExamples = `  sinter closure /usr/bin/curl
  sinter closure --root ./rootfs --env LD_LIBRARY_PATH=/opt/lib /app
  sinter closure --format json --platform linux/arm64 --root ./rootfs /app`

func newClosure() *cobra.Command {
	f := &closureFlags{}
	cmd := &cobra.Command{
		Use:               "closure [flags] PATH...",
		Short:             "Tell which files a program needs to start",
		Long:              closureHelp,
		Example:           closureExamples,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: f.completePath,
		RunE:              f.run,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.root, "root", "/", "directory that is the programs' root; PATHs are inside it")
	flags.StringVar(&f.format, "format", "text", "text or json")
	flags.StringVar(&f.platform, "platform", "", "platform of the image, as linux/arm64 (default: the program's own)")
	flags.StringArrayVar(&f.env, "env", nil, "NAME=VALUE in the image's environment; may be repeated")
	flags.StringVar(&f.user, "user", "0", "UID or UID:GID that runs the programs: what it may not read or execute does not load")
	flags.StringVar(&f.workdir, "workdir", "/", "working directory that the programs start in")
	flags.BoolVar(&f.symbols, "symbols", false, "report undefined symbols, too")
	complete := func(flag string, to cobra.CompletionFunc) {
		if err := cmd.RegisterFlagCompletionFunc(flag, to); err != nil {
			panic(err) // a flag that is not defined above
		}
	}
	complete("root", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	})
	complete("format", cobra.FixedCompletions([]cobra.Completion{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	complete("platform", cobra.FixedCompletions(linkage.Platforms(), cobra.ShellCompDirectiveNoFileComp))
	complete("env", cobra.FixedCompletions(
		[]cobra.Completion{"LD_LIBRARY_PATH=", "LD_PRELOAD=", "PATH="}, cobra.ShellCompDirectiveNoSpace))
	return cmd
}

func (f *closureFlags) run(cmd *cobra.Command, args []string) error {
	opt, err := f.options()
	if err != nil {
		return err
	}
	paths, err := f.paths(args)
	if err != nil {
		return err
	}
	report, err := closure.Find(rootfs.Dir(f.root), paths, opt)
	if err != nil {
		if errors.Is(err, linkage.ErrPlatform) {
			return err
		}
		return exit.Failure{Err: err}
	}
	write := report.WriteText
	if f.format == "json" {
		write = report.WriteJSON
	}
	if err := write(cmd.OutOrStdout()); err != nil {
		return exit.Failure{Err: err}
	}
	if !report.Loads() {
		return exit.ErrBad
	}
	return nil
}

// options checks what the flags say.
func (f *closureFlags) options() (closure.Options, error) {
	opt := closure.Options{Platform: f.platform, Symbols: f.symbols, Workdir: f.workdir}
	if f.format != "text" && f.format != "json" {
		return opt, fmt.Errorf("--format is text or json, not %q", f.format)
	}
	if f.platform != "" {
		if err := linkage.CheckPlatform(f.platform); err != nil {
			return opt, fmt.Errorf("--platform: %w", err)
		}
	}
	info, err := os.Stat(f.root)
	if err != nil {
		return opt, fmt.Errorf("--root: %w", err)
	}
	if !info.IsDir() {
		return opt, fmt.Errorf("--root: %s is not a directory", f.root)
	}
	if opt.Env, err = closure.ParseEnv(f.env); err != nil {
		return opt, fmt.Errorf("--env: %w", err)
	}
	if opt.User, err = start.ParseUser(f.user); err != nil {
		return opt, fmt.Errorf("--user: %w", err)
	}
	if !path.IsAbs(f.workdir) {
		return opt, fmt.Errorf("--workdir: %q is not an absolute path", f.workdir)
	}
	return opt, nil
}

// paths makes paths absolute: in a root of their own they start there, and in
// this machine's at the working directory.
func (f *closureFlags) paths(args []string) ([]string, error) {
	var out []string
	for _, arg := range args {
		switch {
		case arg == "":
			return nil, errors.New("an empty PATH")
		case path.IsAbs(arg):
		case filepath.Clean(f.root) != "/":
			arg = "/" + arg
		default:
			abs, err := filepath.Abs(arg)
			if err != nil {
				return nil, exit.Failure{Err: err}
			}
			arg = abs
		}
		out = append(out, path.Clean(arg))
	}
	return out, nil
}

// completePath completes paths inside the root. On this machine's own the shell
// does it better.
func (f *closureFlags) completePath(_ *cobra.Command, _ []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if filepath.Clean(f.root) == "/" {
		return nil, cobra.ShellCompDirectiveDefault
	}
	tree := rootfs.Dir(f.root)
	dir, prefix := path.Split(toComplete)
	res, err := rootfs.Resolve(tree, "/"+dir)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	entries, err := tree.ReadDir(rootfs.Name(res.Path))
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return candidates(tree, dir, prefix, entries)
}
