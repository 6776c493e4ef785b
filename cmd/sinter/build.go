package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

const buildHelp = `Build the image that a spec describes. It is the same to the bit as the one that
docker buildx and buildctl build with Sinter's frontend image, which this does
without.

The BuildKit is the one at --addr or in BUILDKIT_HOST, the one on this machine, the
builder that docker buildx uses or that of Docker itself; where there is none, the
buildkitd in PATH runs as long as the build takes, without root's rights if
rootlesskit is there, too. What it has built stays in a cache of the user's.
BUILDKITD_FLAGS has more flags for it. Registries are logged in to as docker does.

The build context may stand without a flag, as docker has it: sinter build -f app.yaml .
Progress goes to standard error, and the image's digest alone to standard output.`

const buildExamples = `  sinter build -f app.yaml -t registry.example/app:1 --push
  sinter build -f app.yaml -t app --load
  sinter build -f app.yaml -o type=oci,dest=app.tar --platform linux/amd64,linux/arm64
  cosign sign registry.example/app@$(sinter build -t registry.example/app:1 --push)`

func newBuild() *cobra.Command {
	j := &job.Job{Command: job.BuildImage}
	cmd := &cobra.Command{
		Use:               "build [DIRECTORY]",
		Short:             "Build the image, and push, load or write it",
		Long:              buildHelp,
		Example:           buildExamples,
		Args:              func(_ *cobra.Command, args []string) error { return takeContext(&j.Build, args) },
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		RunE:              func(cmd *cobra.Command, _ []string) error { return runHelper(cmd, *j) },
	}
	addFileFlag(cmd, &j.Build)
	addBuildFlags(cmd, &j.Build)
	addMakingFlags(cmd, &j.Build)
	flags := cmd.Flags()
	flags.VarP((*list)(&j.Export.Tags), "tag", "t", "`NAME:TAG` of the image; may be repeated")
	flags.BoolVar(&j.Export.Push, "push", false, "push the image to the registry that its tags name")
	flags.BoolVar(&j.Export.Load, "load", false, "load the image into docker, podman or nerdctl")
	flags.VarP((*list)(&j.Export.Outputs), "output", "o", "`DIRECTORY` for the tree, or type=oci,dest=FILE and the like, as in buildx; may be repeated")
	flags.Var((*list)(&j.Build.Labels), "label", "`NAME=VALUE` of a label; may be repeated")
	flags.Var((*list)(&j.Build.Attests), "attest", "`TYPE` of an attestation, as type=sbom or type=provenance,mode=max; may be repeated")
	complete(cmd, "tag")
	complete(cmd, "label")
	complete(cmd, "attest", "type=sbom", "type=provenance")
	return cmd
}

// takeContext takes the build context from where docker's commands have it. Whatever else
// stands there is more likely meant to be the spec.
func takeContext(b *job.Settings, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case len(args) > 1 || !isContext(args[0]):
		return onlyFlags(nil, args[len(args)-1:])
	case b.Context != "":
		return fmt.Errorf("the build context is named twice: %q, and --context %q", args[0], b.Context)
	}
	b.Context = args[0]
	return nil
}

// isContext reports whether a word is a directory or a URL.
func isContext(word string) bool {
	info, err := os.Stat(word)
	return err == nil && info.IsDir() || strings.Contains(word, "://") || strings.HasPrefix(word, "git@")
}

// addMakingFlags adds the flags of commands that make an image, whatever becomes of it.
func addMakingFlags(cmd *cobra.Command, b *job.Settings) {
	flags := cmd.Flags()
	flags.Var((*list)(&b.Secrets), "secret", "`SECRET` that steps may read, as id=NAME,src=FILE or id=NAME,env=VARIABLE; may be repeated")
	flags.Var((*list)(&b.SSH), "ssh", "SSH `AGENT` that steps may use: default, or NAME=SOCKET; may be repeated")
	flags.Var((*list)(&b.CacheFrom), "cache-from", "`CACHE` to read, as NAME:TAG or type=local,src=DIRECTORY; may be repeated")
	flags.Var((*list)(&b.CacheTo), "cache-to", "`CACHE` to write, as type=registry,ref=NAME:TAG,mode=max; may be repeated")
	flags.BoolVar(&b.NoCache, "no-cache", false, "do not use what has been built before")
	complete(cmd, "secret")
	complete(cmd, "ssh", "default")
	complete(cmd, "cache-from")
	complete(cmd, "cache-to")
}
