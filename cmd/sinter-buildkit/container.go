package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/cmd/internal/exit"
)

// native is the platform that a BuildKit makes images for when it is told none.
func (b *builder) native() (ocispecs.Platform, error) {
	if len(b.workers) == 0 || len(b.workers[0].Platforms) == 0 {
		return ocispecs.Platform{}, errors.New("the BuildKit has no worker")
	}
	return platforms.Normalize(b.workers[0].Platforms[0]), nil
}

// forOne has the build make the image of one platform: the one that was asked for, or
// the BuildKit's own.
func (q *question) forOne(b *builder) error {
	if asked := q.attrs["platform"]; asked != "" {
		if strings.Contains(asked, ",") {
			return fmt.Errorf("--platform: one, not %s", asked)
		}
		return nil
	}
	p, err := b.native()
	q.attrs["platform"] = platforms.Format(p)
	return err
}

// process is a program in a container of an image.
type process struct {
	args     []string
	env      []string
	user     string
	workdir  string
	mounts   []gateway.Mount
	terminal *terminal
	std      streams
}

// of is the process that a container of an image starts, with arguments in place of
// the image's own if there are some.
func (p *process) of(config ocispecs.ImageConfig, args []string) error {
	if len(args) == 0 {
		args = config.Cmd
	}
	p.args = slices.Concat(config.Entrypoint, args)
	if len(p.args) == 0 {
		return errors.New("the image starts nothing: it has neither entrypoint nor cmd")
	}
	p.in(config)
	return nil
}

// in is where the process runs, and as whom.
func (p *process) in(config ocispecs.ImageConfig) {
	p.env = slices.Concat(config.Env, p.env)
	if p.user == "" {
		p.user = config.User
	}
	p.workdir = config.WorkingDir
	if p.workdir == "" {
		p.workdir = "/"
	}
}

// run runs the process to its end. Its exit status is this program's.
func (p *process) run(ctx context.Context, c gateway.Client, image gateway.Reference) (err error) {
	mounts := append([]gateway.Mount{{Dest: "/", MountType: pb.MountType_BIND, Ref: image}}, p.mounts...)
	box, err := c.NewContainer(ctx, gateway.NewContainerRequest{Mounts: mounts})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Release(context.WithoutCancel(ctx))) }()
	env := p.env
	if p.terminal != nil && !slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, "TERM=") }) {
		env = append(env, "TERM=xterm")
	}
	// Signals and keys are for the process from its first output on, to which a
	// person or a script may answer at once.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, forwarded()...)
	defer signal.Stop(signals)
	if p.terminal != nil {
		if err := p.terminal.take(); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.terminal.restore()) }()
	}
	running, err := box.Start(ctx, gateway.StartRequest{
		Args: p.args, Env: env, User: p.user, Cwd: p.workdir, Tty: p.terminal != nil,
		Stdin: io.NopCloser(p.std.in), Stdout: writeCloser(p.std.out), Stderr: writeCloser(p.std.errors),
	})
	if err != nil {
		return err
	}
	with, done := context.WithCancel(ctx)
	defer done()
	go forward(with, signals, running)
	if p.terminal != nil {
		go p.terminal.follow(with, running)
	}
	err = running.Wait()
	if ended, ok := errors.AsType[*gatewaypb.ExitError](err); ok && ended.ExitCode < gatewaypb.UnknownExitStatus {
		return exit.Printed(ended.ExitCode)
	}
	return err
}

// runBuilt builds what a container needs, showing how that goes, and then runs a process
// in it. The second build is all cached.
func (q *question) runBuilt(ctx context.Context, b *builder, build gateway.BuildFunc, start func(context.Context, gateway.Client, *gateway.Result) error) error {
	opt, err := q.solveOpt()
	if err != nil {
		return err
	}
	if _, err := q.solve(ctx, b, opt, build); err != nil {
		return err
	}
	if opt, err = q.solveOpt(); err != nil {
		return err
	}
	delete(opt.FrontendAttrs, "no-cache")
	opt.CacheExports = nil
	return inContainer(ctx, b, opt, func(ctx context.Context, c gateway.Client) error {
		res, err := build(ctx, c)
		if err != nil {
			return err
		}
		return start(ctx, c, res)
	})
}

// inContainer has a function that runs a process use a BuildKit. Signals are the
// process's, and do not end the session that it runs in.
func inContainer(ctx context.Context, b *builder, opt client.SolveOpt, run func(context.Context, gateway.Client) error) error {
	var ended error
	_, err := b.Build(context.WithoutCancel(ctx), opt, "", func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		ended = run(ctx, c)
		if _, ok := errors.AsType[exit.Printed](ended); ok {
			return gateway.NewResult(), nil
		}
		return gateway.NewResult(), ended
	}, nil)
	if err != nil {
		return exit.Failure{Err: explained(err)}
	}
	return ended
}

// configOf is the config of a result's only image.
func configOf(res *gateway.Result) (ocispecs.ImageConfig, gateway.Reference, error) {
	var img ocispecs.Image
	key := exptypes.ExporterImageConfigKey
	ref := res.Ref
	for platform, r := range res.Refs { // the only one
		key, ref = key+"/"+platform, r
	}
	if ref == nil {
		return img.Config, nil, errors.New("the build made no image")
	}
	if err := json.Unmarshal(res.Metadata[key], &img); err != nil {
		return img.Config, nil, fmt.Errorf("the image's config: %w", err)
	}
	return img.Config, ref, nil
}
