package programs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/sinter-build/sinter/e2e/lab"
)

// Runner has programs do their work without a BuildKit: their images are planned and
// written here, from Debian trees that are kept.
type Runner struct {
	of    System
	trees *Trees
	self  string
	root  string // of the repository
	dir   string // of this run
	// Limit is how long the work of one program may take.
	Limit time.Duration
	// PlanOnly has images planned and judged, and no work done in them.
	PlanOnly bool
}

// emulated is how many times as long work may take where every instruction is emulated.
const emulated = 3

// NewRunner makes a runner, which is to be closed. Whatever a spec names, the sources are
// of the system.
func NewRunner(ctx context.Context, of System, log io.Writer) (*Runner, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("programs run in containers, which needs root")
	}
	root, err := lab.Root()
	if err != nil {
		return nil, err
	}
	r := &Runner{of: of, root: root, Limit: 90 * time.Second}
	if of.Arch != runtime.GOARCH {
		r.Limit *= emulated
	}
	if r.self, err = Self(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(r.runc()); err != nil {
		return nil, errors.New("runc is not built yet: run `make tools`")
	}
	if r.trees, err = OpenTrees(ctx, root, of, log); err != nil {
		return nil, err
	}
	parent := filepath.Join(root, ".build", "programs")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, err
	}
	r.dir, err = os.MkdirTemp(parent, "")
	return r, err
}

func (r *Runner) runc() string { return filepath.Join(r.root, ".build", "bin", "runc") }

// Close removes what the runs have made; the trees stay.
func (r *Runner) Close() error {
	return errors.Join(os.RemoveAll(r.dir), lab.RemoveCgroups(r.cgroup()))
}

func (r *Runner) cgroup() string { return "sinter-programs-" + filepath.Base(r.dir) }

// A Result is what became of a program.
type Result struct {
	Program
	// Work is that of the image with what programs open at run time, and Closure
	// that of the image with what the loader needs alone.
	Work, Closure *Work
	// Extra is how many extra lines it took; the work is that with them.
	Extra int
}

// Runs reports whether the program did its work, with or without extra lines.
func (r Result) Runs() bool { return r.Work.Failure == "" }

// The ways to make an image: with what programs open at run time, with what the loader
// needs alone, or, to see whether the work can be done at all, of the whole tree of the
// source.
const (
	Auto    = "auto"
	Closure = "closure"
	Whole   = "whole"
)

// Program makes a program's images and has it work in them.
func (r *Runner) Program(ctx context.Context, p Program, runtime string) (Result, error) {
	res := Result{Program: p}
	var err error
	if runtime == Whole || r.PlanOnly {
		res.Closure = &Work{Failure: "not tried"}
		res.Work, err = r.work(ctx, p, p.Plain(), runtime, false)
		return res, err
	}
	if res.Closure, err = r.work(ctx, p, p.Plain(), Closure, false); err != nil {
		return res, err
	}
	if runtime == Closure {
		res.Work = res.Closure
	} else if res.Work, err = r.work(ctx, p, p.Plain(), runtime, false); err != nil {
		return res, err
	}
	if res.Runs() {
		return res, nil
	}
	if res.Work, err = r.work(ctx, p, p.Plain(), runtime, true); err != nil || p.Extra() == 0 || res.Runs() {
		return res, err
	}
	more, err := r.work(ctx, p, p.Spec, runtime, false)
	if err == nil && more.Failure == "" {
		more.Vain = res.Work.Vain
		res.Work, res.Extra = more, p.Extra()
	}
	return res, err
}

// work makes one image and has the program work in it.
func (r *Runner) work(ctx context.Context, p Program, text, runtime string, trace bool) (*Work, error) {
	dir, err := os.MkdirTemp(r.dir, p.Name+"-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	whole := runtime == Whole
	if whole {
		runtime = Closure
	}
	job := workJob{
		Arch: r.of.Arch, Whole: whole, Program: p.Name, Spec: WithRuntime(text, runtime), Closure: WithRuntime(text, Closure), Dir: dir, Sources: map[string][]string{},
		Runc: r.runc(), Cgroup: filepath.Join("/"+r.cgroup(), filepath.Base(dir)), Trace: trace, Time: r.Limit, PlanOnly: r.PlanOnly,
	}
	if err := r.installSources(ctx, p, &job); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*r.Limit)
	defer cancel()
	w := &Work{}
	if err := enclosed(ctx, r.self, "work", job, w); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	return w, nil
}

// installSources fills in the trees of a job.
func (r *Runner) installSources(ctx context.Context, p Program, job *workJob) error {
	s, err := evaluate(job.Spec)
	if err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	named, err := sources(s)
	if err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	for name, packages := range named {
		job.Sources[name], err = r.trees.Layers(ctx, r.self, packages)
		if text := s.Sources[name].Dockerfile; text != "" {
			job.Sources[name], err = r.trees.Stage(ctx, r.self, text, p.Context)
		}
		if err != nil {
			return err
		}
	}
	if p.Clients == nil {
		job.Client = mainSource(job.Sources)
		return nil
	}
	job.Client, err = r.trees.Layers(ctx, r.self, p.Clients)
	return err
}

// Work has a program work in an image that BuildKit has built. The program at self
// calls Main, dir is an empty directory for the work, and cgroup is the control group
// for what it starts.
func (b Built) Work(ctx context.Context, p Program, self, runc, dir, cgroup string) (*Work, error) {
	const limit = time.Minute
	job := workJob{Program: p.Name, Spec: p.Plain(), Dir: dir, Runc: runc, Cgroup: cgroup, Built: &b, Time: limit}
	ctx, cancel := context.WithTimeout(ctx, 2*limit)
	defer cancel()
	w := &Work{}
	return w, enclosed(ctx, self, "work", job, w)
}
