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

const closureHelp = `Tell which files a program needs to start in a root file system, or a library
to be loaded, how the loader finds each of them, and why it would fail. Nothing
is executed, so the programs may be anyone's and for any machine.

Exit status: 0 when all of them load, 1 when one does not, 2 for wrong usage.`

const closureExamples = `  sinter closure /usr/bin/curl
  sinter closure --root ./rootfs --env LD_LIBRARY_PATH=/opt/lib /app
  sinter closure --format json --platform linux/arm64 --root ./rootfs /app`

func newClosure() *cobra.Command {
	f := &closureFlags{}
	cmd := &cobra.Command{
		Use:               "closure [flags] PATH...",
		Short:             "Tell which files a program or library needs",
		Long:              closureHelp,
		Example:           closureExamples,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: f.completePath,
		RunE:              f.run,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.root, "root", "/", "`DIRECTORY` that is the programs' root; PATHs are inside it")
	addChoice(cmd, &f.format, "format", "how it is written", "text", "json")
	flags.StringVar(&f.platform, "platform", "", "`PLATFORM` of the image, as linux/arm64 (default: the program's own)")
	flags.Var((*list)(&f.env), "env", "`NAME=VALUE` in the image's environment; may be repeated")
	flags.StringVar(&f.user, "user", "0", "`UID` or UID:GID that runs the programs: what it may not read or execute does not load")
	flags.StringVar(&f.workdir, "workdir", "/", "`DIRECTORY` of the root that the programs start in")
	flags.BoolVar(&f.symbols, "symbols", false, "tell which symbols a library leaves to the program that opens it")
	completeDirectory(cmd, "root")
	complete(cmd, "platform", linkage.Platforms()...)
	completeBy(cmd, "env", cobra.FixedCompletions(
		[]cobra.Completion{"LD_LIBRARY_PATH=", "LD_PRELOAD=", "PATH="}, cobra.ShellCompDirectiveNoSpace))
	return cmd
}

func (f *closureFlags) run(cmd *cobra.Command, args []string) error {
	opt, err := f.options()
	if err != nil {
		return err
	}
	root, paths, err := f.locate(args)
	if err != nil {
		return err
	}
	report, err := closure.Find(rootfs.Dir(root), paths, opt)
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
		return exit.Printed(exit.Bad)
	}
	return nil
}

// options checks what the flags say.
func (f *closureFlags) options() (closure.Options, error) {
	opt := closure.Options{Platform: f.platform, Symbols: f.symbols, Workdir: f.workdir}
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

// locate returns the root and the programs' paths in it. In a root of their own
// they start there, and on this machine at the working directory. This machine's
// root is on Windows that of the volume that the programs are on.
func (f *closureFlags) locate(args []string) (root string, paths []string, err error) {
	root = f.root
	for _, arg := range args {
		if arg == "" {
			return "", nil, errors.New("an empty PATH")
		}
		if !f.onMachine() {
			paths = append(paths, path.Join("/", filepath.ToSlash(arg)))
			continue
		}
		abs, err := filepath.Abs(arg)
		if err != nil {
			return "", nil, exit.Failure{Err: err}
		}
		volume := filepath.VolumeName(abs)
		if own := volume + string(filepath.Separator); len(paths) == 0 {
			root = own
		} else if root != own {
			return "", nil, fmt.Errorf("--root: %s and %s have none in common", args[0], arg)
		}
		paths = append(paths, filepath.ToSlash(abs[len(volume):]))
	}
	return root, paths, nil
}

// onMachine reports whether the root is this machine's own.
func (f *closureFlags) onMachine() bool { return filepath.Clean(f.root) == string(filepath.Separator) }

// completePath completes paths inside the root. On this machine's own the shell
// does it better.
func (f *closureFlags) completePath(_ *cobra.Command, _ []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if f.onMachine() {
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
