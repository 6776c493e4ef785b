package main

import (
	"context"
	"debug/elf"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/tonistiigi/fsutil"

	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/step"
)

// isStep reports whether BuildKit has started this program as a step of a build, in
// the place of the frontend's.
func isStep(args []string) bool {
	return len(args) > 1 && path.Base(filepath.ToSlash(args[0])) == path.Base(step.Program)
}

// program is this program's file as a directory to send to a BuildKit.
type program struct {
	name string // of the file
	dir  fsutil.FS
}

// programLocal is what the directory is called in a build.
const programLocal = "sinter-program"

// ownProgram finds this program's file, if steps of a build can run it: a program
// for Linux that needs no other files. Else it is nil.
func ownProgram() (*program, error) {
	if runtime.GOOS != "linux" {
		return nil, nil
	}
	file, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if file, err = filepath.EvalSymlinks(file); err != nil {
		return nil, err
	}
	static, err := isStatic(file)
	if err != nil || !static {
		return nil, err
	}
	dir, err := fsutil.NewFS(filepath.Dir(file))
	return &program{name: filepath.Base(file), dir: dir}, err
}

// isStatic reports whether a program starts without a loader.
func isStatic(file string) (bool, error) {
	f, err := elf.Open(file)
	if err != nil {
		return false, err
	}
	defer f.Close()
	return !slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }), nil
}

// builds is the gateway function that builds the image. The frontend runs in this
// process and its steps in this program, as they do in the frontend's image. Where the
// builder is another kind of machine the frontend is that of the image which the spec
// names; without one, this process does what it can.
func (q *question) builds() gateway.BuildFunc {
	return func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		opts := c.BuildOpts()
		switch {
		case q.own.runsOn(opts):
			return frontend.Build(ctx, withProgram{c, q.own.image(opts.SessionID)})
		case q.namesFrontend() == nil:
			res, err := c.Solve(ctx, gateway.SolveRequest{Frontend: "dockerfile.v0", FrontendOpt: opts.Opts})
			if err != nil && q.own == nil && runtime.GOOS == "linux" {
				q.advice = withCgo
			}
			return res, err
		}
		return frontend.Build(ctx, c)
	}
}

const withCgo = "this sinter was compiled with cgo, so that it needs the image of the frontend that the spec names\n" +
	"  fix: CGO_ENABLED=0 go install ./cmd/... makes one that needs no image"

// runsOn reports whether there is a program that the builder can run.
func (p *program) runsOn(opts gateway.BuildOpts) bool {
	if p == nil || len(opts.Workers) == 0 || len(opts.Workers[0].Platforms) == 0 {
		return false
	}
	builder := opts.Workers[0].Platforms[0]
	return builder.OS == runtime.GOOS && builder.Architecture == runtime.GOARCH
}

// image is what the frontend's image would be.
func (p *program) image(session string) llb.State {
	dir := llb.Local(programLocal, llb.SessionID(session), llb.IncludePatterns([]string{p.name}), llb.SharedKeyHint(programLocal),
		llb.WithCustomName("[internal] load sinter"))
	mode := llb.ChmodOpt{Mode: 0o755}
	return llb.Scratch().File(llb.Copy(dir, "/"+p.name, step.Program, &llb.CopyInfo{Mode: &mode}), llb.WithCustomName("[internal] sinter"))
}

// withProgram is a BuildKit that says which image the frontend runs from.
type withProgram struct {
	gateway.Client
	image llb.State
}

// InProcess tells package frontend that nobody passes its answers on.
func (withProgram) InProcess() bool { return true }

// CurrentFrontend is what package frontend asks for.
func (w withProgram) CurrentFrontend() (*llb.State, error) { return &w.image, nil }
