package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/sinter-build/sinter/cmd/internal/child"
	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
)

// runImage builds the image and runs it: by what runs containers on this machine, or
// else by the BuildKit.
func runImage(ctx context.Context, j job.Job, std streams) error {
	q, err := newMaking(j.Build, std, nil)
	if err != nil {
		return err
	}
	defer q.close()
	at, err := engineFor(ctx, j.Run)
	if err != nil {
		return err
	}
	b, err := connect(ctx, q.addr, std.errors)
	if err != nil {
		return exit.Failure{Err: err}
	}
	defer b.close()
	if err := q.forOne(b); err != nil {
		return err
	}
	if at != "" {
		return q.runByEngine(ctx, b, at, j, std)
	}
	err = q.runBuilt(ctx, b, q.builds(), func(ctx context.Context, c gateway.Client, res *gateway.Result) error {
		config, image, err := configOf(res)
		if err != nil {
			return err
		}
		p := &process{env: settings(j.Run.Env), terminal: currentTerminal(std), std: std}
		if err := p.of(config, j.Run.Args); err != nil {
			return err
		}
		return p.run(ctx, c, image)
	})
	return failed(err)
}

// failed is an error that is not about how the command was called.
func failed(err error) error {
	if _, ok := errors.AsType[exit.Printed](err); ok || err == nil {
		return err
	}
	return exit.Failure{Err: err}
}

// engineFor is the program that runs the container: the one that was asked for, or the
// first that works. It is empty for the BuildKit, which has no network that reaches a
// container and none of this machine's directories.
func engineFor(ctx context.Context, r job.Run) (string, error) {
	switch r.With {
	case job.BuildKit:
		if len(r.Publish)+len(r.Volumes) > 0 {
			return "", errors.New("--publish and --volume take docker, podman or nerdctl, not BuildKit")
		}
		return "", nil
	case job.Auto:
	default:
		at, err := exec.LookPath(r.With)
		if err != nil {
			return "", fmt.Errorf("--with: %w", err)
		}
		return at, nil
	}
	for _, name := range job.Engines() {
		// Listing containers asks the daemon, where there is one.
		if at, err := exec.LookPath(name); err == nil && exec.CommandContext(ctx, at, "ps", "-q").Run() == nil {
			return at, nil
		}
	}
	if len(r.Publish)+len(r.Volumes) > 0 {
		return "", errors.New("--publish and --volume take docker, podman or nerdctl, and none of them answers")
	}
	return "", nil
}

// settings are environment variables, those without a value taken from this process.
func settings(vars []string) []string {
	var out []string
	for _, v := range vars {
		if !strings.Contains(v, "=") {
			value, ok := os.LookupEnv(v)
			if !ok {
				continue
			}
			v += "=" + value
		}
		out = append(out, v)
	}
	return out
}

// runByEngine loads the image into what runs containers, and runs it there.
func (q *question) runByEngine(ctx context.Context, b *builder, at string, j job.Job, std streams) error {
	name, err := q.runName()
	if err != nil {
		return exit.Failure{Err: err}
	}
	outs, err := outputs(job.Export{Tags: []string{name}, Load: true})
	if err != nil {
		return err
	}
	if _, err := q.export(ctx, b, outs, at, std); err != nil {
		return exit.Failure{Err: err}
	}
	b.close() // one of our own would keep others waiting
	args := []string{"run", "--rm", "--interactive"}
	if currentTerminal(std) != nil {
		args = append(args, "--tty")
	}
	for _, p := range j.Run.Publish {
		args = append(args, "--publish", p)
	}
	for _, v := range j.Run.Volumes {
		args = append(args, "--volume", v)
	}
	for _, e := range settings(j.Run.Env) {
		args = append(args, "--env", e)
	}
	args = append(args, "--platform", q.attrs["platform"], outs[0].attrs["name"])
	return become(at, append(args, j.Run.Args...), std)
}

// runName is what the image is called where it runs: the same for the same spec, so
// that there are not more images with each run.
func (q *question) runName() (string, error) {
	dir, err := filepath.Abs(q.locals["dockerfile"])
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{dir, q.attrs["filename"], q.attrs["context"], q.attrs["target"], q.attrs["platform"]}, "\n")))
	return "sinter-run:" + hex.EncodeToString(sum[:6]), nil
}

// become runs a program that has this one's input and output, and ends as it does.
func become(at string, args []string, std streams) error {
	cmd := exec.Command(at, slices.Clone(args)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = std.in, std.out, std.errors
	err := child.Run(cmd)
	if ended, ok := errors.AsType[*exec.ExitError](err); ok && ended.Exited() {
		return exit.Printed(ended.ExitCode())
	}
	return failed(err)
}
