package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	"github.com/tonistiigi/fsutil"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
)

// buildImage builds the image, sends it to where it belongs, and prints its digest.
func buildImage(ctx context.Context, j job.Job, std streams) error {
	outs, err := outputs(j.Export)
	if err != nil {
		return err
	}
	q, err := newMaking(j.Build, std, nil)
	if err != nil {
		return err
	}
	defer q.close()
	q.shown.show()
	b, err := connect(ctx, q.addr, std.errors)
	if err != nil {
		return exit.Failure{Err: err}
	}
	defer b.close()
	digest, err := q.export(ctx, b, outs, "", std)
	if err != nil {
		return exit.Failure{Err: err}
	}
	if len(j.Export.Outputs) == 0 && !j.Export.Push && !j.Export.Load && j.Build.Progress != job.Quiet && !b.inDocker() {
		fmt.Fprintln(std.errors, "sinter: the image is nowhere but in the BuildKit's cache: say --push, --load or --output to have it")
	}
	if digest == "" || usesStdout(outs) {
		return nil
	}
	if _, err := fmt.Fprintln(std.out, digest); err != nil {
		return exit.Failure{Err: err}
	}
	return nil
}

// export builds the image for outputs, and returns its digest; none for a tree. What
// images are loaded into is found if it is not named.
func (q *question) export(ctx context.Context, b *builder, outs []output, into string, std streams) (string, error) {
	opt, err := q.solveOpt()
	if err != nil {
		return "", err
	}
	var load *loading
	var pushes []string
	for _, o := range outs {
		switch {
		case b.inDocker() && (o.loads() && isDocker(into) || o.kind == client.ExporterImage || o.kind == registryKind):
			if o.kind == registryKind {
				pushes = append(pushes, strings.Split(o.attrs["name"], ",")...)
			}
			o.kind = mobyKind
		case o.loads():
			if into == "" {
				if into, err = engine(); err != nil {
					return "", err
				}
			}
			load = &loading{engine: into, stderr: std.errors}
		}
		opt.Exports = append(opt.Exports, o.entry(std, load))
	}
	res, err := q.solve(ctx, b, opt, q.builds())
	if load != nil {
		err = errors.Join(err, load.wait())
	}
	if err != nil {
		return "", err
	}
	digest := res.ExporterResponse[exptypes.ExporterImageDigestKey]
	for _, name := range pushes {
		if digest, err = dockerPush(ctx, name, std.errors); err != nil {
			return "", err
		}
	}
	return digest, nil
}

// isDocker reports whether a program, or the first that is found, is docker.
func isDocker(into string) bool {
	return into == "" || strings.TrimSuffix(filepath.Base(into), ".exe") == "docker"
}

// pushed is what docker says at the end of a push.
var pushed = regexp.MustCompile(`digest: (sha256:[0-9a-f]{64})`)

// dockerPush has Docker push one of its images, and returns the digest that it has
// in the registry.
func dockerPush(ctx context.Context, name string, stderr io.Writer) (string, error) {
	var said strings.Builder
	cmd := exec.CommandContext(ctx, "docker", "push", name)
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&said, stderr), stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("docker push %s: %w", name, err)
	}
	if m := pushed.FindStringSubmatch(said.String()); m != nil {
		return m[1], nil
	}
	return "", nil
}

// directory is a directory of this machine as it is sent to a BuildKit.
func directory(dir string) (fsutil.FS, error) {
	fs, err := fsutil.NewFS(dir)
	if err != nil {
		return nil, fmt.Errorf("directory %s: %w", dir, err)
	}
	return fs, nil
}
