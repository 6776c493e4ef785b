package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/convert"
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/rootfs"
)

// initSpec writes a spec of a Dockerfile or of a program.
func initSpec(ctx context.Context, j job.Job, std streams) error {
	dir := cmp.Or(j.Build.Context, ".")
	out := j.Init.Out
	if out != "-" {
		out = filepath.Join(dir, out)
		if exists(out) && !j.Init.Force {
			return exit.Failure{Err: fmt.Errorf("%s is there already\n  fix: say --force to write it anew, or --output NAME", out)}
		}
	}
	res, err := converted(ctx, j, dir, std)
	if err != nil {
		return err
	}
	for _, r := range res.Remarks {
		fmt.Fprintf(std.errors, "sinter: %s\n", diag.Plain(r))
	}
	if out == "-" {
		_, err = std.out.Write(res.Spec)
	} else if err = os.WriteFile(out, res.Spec, 0o644); err == nil {
		fmt.Fprintf(std.errors, "sinter: wrote %s; build it with\n  sinter build -f %[1]s --context %s\n", diag.Plain(out), diag.Plain(dir))
	}
	return failed(err)
}

func converted(ctx context.Context, j job.Job, dir string, std streams) (*convert.Result, error) {
	switch of := j.Init.Of; len(of) {
	case 0:
		return ofDockerfile(ctx, j, dir, std)
	case 1:
		name, err := inContext(dir, of[0])
		if err != nil {
			return nil, err
		}
		data, err := os.ReadFile(of[0])
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no program %s here\n  fix: give its path, or for a program of an image both: sinter init %[1]s PROGRAM", of[0])
		}
		if err != nil {
			return nil, exit.Failure{Err: err}
		}
		res, err := convert.Program(name, data)
		return res, failed(err)
	default:
		return ofImage(ctx, j, std)
	}
}

// inContext is a file of this machine as a path in the build context.
func inContext(dir, file string) (string, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is outside of the build context %s\n  fix: say which directory is the build context: --context DIRECTORY", file, dir)
	}
	return filepath.ToSlash(rel), nil
}

// ofDockerfile converts a Dockerfile. Where a BuildKit answers, it looks at the images
// that it is about.
func ofDockerfile(ctx context.Context, j job.Job, dir string, std streams) (*convert.Result, error) {
	file := cmp.Or(j.Build.File, filepath.Join(dir, "Dockerfile"))
	name, err := inContext(dir, file)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && j.Build.File == "" {
		return nil, fmt.Errorf("there is no Dockerfile in %s\n  fix: say what to make a spec of: --file DOCKERFILE, a program, or an IMAGE and a PROGRAM", where(dir))
	}
	if err != nil {
		return nil, exit.Failure{Err: err}
	}
	if first, _, _ := bytes.Cut(text, []byte("\n")); bytes.HasPrefix(first, []byte("# syntax=")) && isSpec(file) {
		return nil, exit.Failure{Err: fmt.Errorf("%s is a spec already", file)}
	}
	settings := j.Build
	settings.File, settings.Context = file, dir
	q, err := newQuestion(settings, std, nil)
	if err != nil {
		return nil, err
	}
	defer q.close()
	var res *convert.Result
	err = q.look(ctx, j.Init.Offline, func(l convert.Images) (err error) {
		res, err = convert.Dockerfile(os.DirFS(dir), name, text, j.Build.Target, l)
		return err
	})
	return res, err
}

// look has a function look at images, by a BuildKit if there is one.
func (q *question) look(ctx context.Context, offline bool, use func(convert.Images) error) error {
	if offline {
		return failed(use(convert.Nothing{}))
	}
	b, err := connect(ctx, q.addr, q.stderr)
	if err != nil {
		fmt.Fprintf(q.stderr, "sinter: images are not looked at: %s\n", diag.PlainText(err.Error()))
		return failed(use(convert.Nothing{}))
	}
	defer b.close()
	if err := q.forOne(b); err != nil {
		return err
	}
	opt, err := q.solveOpt()
	if err != nil {
		return failed(err)
	}
	var used error
	_, err = q.solve(ctx, b, opt, func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		l := &looker{ctx: ctx, c: c, q: q}
		l.stage = sync.OnceValues(l.build)
		used = use(l)
		return gateway.NewResult(), nil
	})
	return failed(errors.Join(used, err))
}

// looker looks at images through a BuildKit. What it cannot see is unknown, and said once.
type looker struct {
	ctx context.Context
	c   gateway.Client
	q   *question
	// stage is what the last stage makes, once it was built.
	stage func() (rootfs.FS, error)
}

// Image implements convert.Images.
func (l *looker) Image(ref string) (*convert.Image, error) {
	img, err := l.image(ref)
	if err != nil {
		fmt.Fprintf(l.q.stderr, "sinter: the image %s is not looked at: %s\n", diag.Plain(ref), diag.Plain(err.Error()))
		return nil, convert.ErrUnknown
	}
	return img, nil
}

func (l *looker) image(ref string) (*convert.Image, error) {
	name, err := imageName(ref)
	if err != nil {
		return nil, err
	}
	_, _, data, err := l.c.ResolveImageConfig(l.ctx, name, sourceresolver.Opt{ImageOpt: &sourceresolver.ResolveImageOpt{}})
	if err != nil {
		return nil, err
	}
	var img dockerspec.DockerOCIImage
	if err := json.Unmarshal(data, &img); err != nil {
		return nil, err
	}
	tree, err := l.tree(llb.Image(name))
	return &convert.Image{Config: img.Config, Tree: tree}, err
}

func (l *looker) tree(st llb.State) (rootfs.FS, error) {
	ref, err := solveState(l.ctx, l.c, st)
	if err != nil {
		return nil, err
	}
	return gatewayfs.New(l.ctx, ref), nil
}

// Stage implements convert.Images.
func (l *looker) Stage() (rootfs.FS, error) { return l.stage() }

// build builds the Dockerfile.
func (l *looker) build() (rootfs.FS, error) {
	res, err := l.c.Solve(l.ctx, gateway.SolveRequest{Frontend: "dockerfile.v0", FrontendOpt: l.c.BuildOpts().Opts, Evaluate: true})
	if err == nil {
		var ref gateway.Reference
		if ref, err = res.SingleRef(); err == nil {
			return gatewayfs.New(l.ctx, ref), nil
		}
	}
	fmt.Fprintf(l.q.stderr, "sinter: the Dockerfile does not build, so that what its last stage has is not known: %s\n", diag.PlainText(explained(err).Error()))
	return nil, convert.ErrUnknown
}

// ofImage makes a spec of programs of an image.
func ofImage(ctx context.Context, j job.Job, std streams) (*convert.Result, error) {
	q, err := newVisit(job.Job{Build: j.Build, Run: job.Run{Image: j.Init.Of[0]}}, std)
	if err != nil {
		return nil, err
	}
	defer q.close()
	ref := j.Init.Of[0]
	var res *convert.Result
	err = q.look(ctx, false, func(images convert.Images) error {
		l, ok := images.(*looker)
		if !ok {
			return errors.New("where programs are in an image only a BuildKit can see")
		}
		img, err := l.image(ref)
		if err != nil {
			return err
		}
		res, err = convert.Of(ref, j.Init.Of[1:], img, func(packages []string) (rootfs.FS, error) { return l.with(ref, packages) })
		return err
	})
	return res, err
}

// with is the tree of an image with packages installed.
func (l *looker) with(ref string, packages []string) (rootfs.FS, error) {
	name, err := imageName(ref)
	if err != nil {
		return nil, err
	}
	for _, p := range packages {
		if strings.Trim(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._:") != "" || strings.HasPrefix(p, "-") {
			return nil, fmt.Errorf("%q is not the name of a package", p)
		}
	}
	all := strings.Join(packages, " ")
	const install = "if command -v apt-get; then apt-get update && apt-get install -y --no-install-recommends %[1]s; " +
		"elif command -v apk; then apk add %[1]s; elif command -v zypper; then zypper -n install %[1]s; " +
		"elif command -v dnf; then dnf install -y %[1]s; else microdnf install -y %[1]s; fi"
	return l.tree(llb.Image(name).Run(llb.Args([]string{"/bin/sh", "-c", fmt.Sprintf(install, all)}),
		llb.AddEnv("DEBIAN_FRONTEND", "noninteractive"), llb.WithCustomName("install "+all)).Root())
}
