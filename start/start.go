// Package start tells what happens when a program is started in a file tree, from
// files alone: what a container runtime and Linux's execve do, and env, by which
// most scripts find what runs them. It follows the way to the ELF program at its
// end; what that program's own loader does is for package loader.
//
// The rules, which the tests try on a real kernel:
//
//   - A way through a directory needs search permission on it, in every directory
//     that the path or a link on it goes through. A file is executed when it is
//     regular and the user has an execute bit for it; root needs one of any kind.
//   - A file that begins with "#!" is a script for the program at the path that
//     follows, which gets the rest of the line as one argument and the script's
//     path as the next. The interpreter is executed by the same rules, and may be
//     a script itself: five scripts may follow each other (fs/exec.c,
//     exec_binprm). The kernel does not ask for read permission, but the
//     interpreter then opens the script.
//   - A name without a slash is looked up in PATH. A runtime takes the first file
//     that the user may execute (Go's exec.LookPath, as in runc). env takes the
//     first one that execve accepts (execvp), which includes its interpreter.
package start

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/rootfs"
)

// DefaultPath is the PATH that container runtimes set when an image sets none.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Process is how programs are started.
type Process struct {
	User User
	// Env is the environment. PATH counts, and what env is told to expand.
	Env map[string]string
	// Workdir is the absolute path of the working directory; empty means "/".
	Workdir string
	// Platform is the image's, "linux/arm64"; empty means that of each program.
	Platform string
	// Tree is what messages call the tree; empty means "the image".
	Tree string
	// Known are files that have been classified for the platform, by their physical
	// paths, which are not read again. It may be nil.
	Known map[string]*linkage.Report
}

// Chain is what a start comes to.
type Chain struct {
	// Steps are the files that are executed one after the other, the one that was
	// asked for first: a script, its interpreter, and what env starts. Of a start
	// that fails they are those that were reached.
	Steps []Step
	// Failure is why the program does not start; nil if it does.
	Failure *Problem
	// Warnings are what may surprise in a program that does start.
	Warnings []Problem
}

// Problems are the warnings and the failure.
func (c *Chain) Problems() []Problem {
	out := append([]Problem{}, c.Warnings...)
	if c.Failure != nil {
		out = append(out, *c.Failure)
	}
	return out
}

// Step is a file that is executed.
type Step struct {
	// Name is what was asked for: a path, or a name that was looked up.
	Name string
	// Path is where it was found: absolute, its links not followed.
	Path string
	// Real is its physical path, and Links are the links that lead to it.
	Real  string
	Links []rootfs.Link
	Info  fs.FileInfo
	// By is the Path of the step that asks for it; empty for the first.
	By string
	// Via tells how it was found; empty for the first by a path of its own.
	Via string
	// Facts says what the file is, and of a script what it needs.
	Facts *linkage.Report
}

// The values of Step.Via.
const (
	ViaShebang = "#! line"
	ViaPath    = "path" // by a path that env was given
	ViaLookup  = "PATH"
	ViaShell   = "execvp" // the shell that runs a text without a #! line
)

// Starter starts programs in a tree, in mind.
type Starter struct {
	tree    rootfs.FS
	view    *View
	process Process
}

// New returns a starter for a tree.
func New(tree fs.ReadLinkFS, p Process) *Starter {
	cached := rootfs.Cached(tree)
	if p.Workdir == "" {
		p.Workdir = "/"
	}
	if p.Tree == "" {
		p.Tree = "the image"
	}
	if _, ok := p.Env["PATH"]; !ok {
		env := map[string]string{"PATH": DefaultPath}
		maps.Copy(env, p.Env)
		p.Env = env
	}
	return &Starter{tree: cached, view: NewView(cached, p.User), process: p}
}

// Exec is execve of a path. The error is for trees that cannot be read.
func (s *Starter) Exec(name string) (*Chain, error) {
	return s.start(func(r *run) (*fault, error) {
		return r.exec(call{name: name, path: name}, runtime{})
	})
}

// Command is what a container runtime does with the first word of a command: it
// looks the word up in PATH, unless it has a slash, and executes what it finds.
func (s *Starter) Command(name string) (*Chain, error) {
	return s.start(func(r *run) (*fault, error) { return r.command(name) })
}

func (s *Starter) start(begin func(*run) (*fault, error)) (*Chain, error) {
	r := &run{Starter: s, execs: new(int), env: s.process.Env, dir: s.process.Workdir, platform: s.process.Platform}
	f, err := begin(r)
	if err != nil {
		return nil, err
	}
	if f == nil {
		f = r.unreadable()
	}
	c := &Chain{Steps: r.steps, Warnings: r.warnings}
	if f != nil {
		if f.steps != nil {
			c.Steps = f.steps
		}
		p := f.problem(c.Steps)
		c.Failure = &p
	}
	return c, nil
}

// run is the state of one start.
type run struct {
	*Starter
	steps    []Step
	warnings []Problem
	execs    *int // how often execve was called, in vain attempts too

	env      map[string]string
	dir      string // the working directory
	platform string
}

// attempt is a copy to try something on that may fail.
func (r *run) attempt() *run {
	try := *r
	try.steps, try.warnings = slices.Clip(r.steps), slices.Clip(r.warnings)
	return &try
}

// call is a file that is to be executed.
type call struct {
	name string // as it was asked for
	path string // for the kernel: absolute, or relative to the working directory
	by   string // Step.By
	via  string // Step.Via
}

// at is the path as an absolute one.
func (r *run) at(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join("/", r.dir, name)
}

const (
	// maxScripts is how many scripts may be run by scripts (Linux fs/exec.c,
	// exec_binprm).
	maxScripts = 5
	// maxExecs bounds how many files are tried: programs may start each other
	// through env, and each be looked up in a long PATH.
	maxExecs = 1000
)

// exec follows one execve to the ELF program at its end, and on from there if that
// is env. Who says how a failure shows.
func (r *run) exec(c call, who teller) (*fault, error) {
	if *r.execs++; *r.execs > maxExecs {
		return r.endless(c), nil
	}
	first := c
	begin := len(r.steps)
	for scripts := 0; ; scripts++ {
		step, f, err := r.open(c, first)
		if err != nil {
			return nil, err
		}
		switch {
		case f != nil:
		case scripts > maxScripts:
			f = r.tooDeep(c)
		case scripts == 0 && r.again(step):
			f = r.endless(c)
		}
		if f != nil {
			f.tell(who, first.path)
			return f, nil
		}
		r.steps = append(r.steps, step)
		line := step.Facts.Shebang
		if line == nil {
			break
		}
		r.warnCut(step)
		c = call{name: line.Interp, path: line.Interp, by: step.Path, via: ViaShebang}
	}
	if last := len(r.steps) - 1; last > begin && isEnv(r.steps[last]) {
		return r.startedByEnv(r.steps[last], r.arguments(begin, first.path))
	}
	return nil, nil
}

// again reports whether a script was executed before in this run: it will go the same
// way once more.
func (r *run) again(step Step) bool {
	return step.Facts.Shebang != nil && slices.ContainsFunc(r.steps, func(s Step) bool { return s.Real == step.Real })
}

// arguments are what the interpreter at the end of a chain of scripts gets after
// its name, as far as env looks: the #! line's argument, the script's path, and so
// on back to the first script.
func (r *run) arguments(begin int, first string) []string {
	var out []string
	for i := len(r.steps) - 2; i >= begin; i-- {
		if arg := r.steps[i].Facts.Shebang.Arg; arg != "" {
			out = append(out, arg)
		}
		script := first
		if i > begin {
			script = r.steps[i].Name
		}
		out = append(out, script)
	}
	return out
}

// open finds what is to be executed and sees that the kernel accepts it. First is
// the file that execve was called with.
func (r *run) open(c, first call) (Step, *fault, error) {
	res, err := r.view.ResolveFrom(r.workdir(), c.path)
	if err != nil {
		f := r.unreached(c, res, err)
		if f == nil {
			return Step{}, nil, err
		}
		return Step{}, f, nil
	}
	step := Step{Name: c.name, Path: r.at(c.path), Real: res.Path, Links: res.Links, Info: res.Info, By: c.by, Via: c.via}
	switch {
	case !res.Info.Mode().IsRegular():
		return step, r.notAFile(c, res.Info), nil
	case !r.process.User.May(res.Info, Execute):
		return step, r.notExecutable(c, res.Info), nil
	}
	if step.Facts, err = r.classify(res, first.path); err != nil {
		return step, nil, err
	}
	if !step.Facts.Runs() || step.Facts.Runtime != "" {
		f := r.notRunnable(c, step.Facts)
		if step.Facts.PlainText {
			f.text = &step
		}
		return step, f, nil
	}
	if r.platform == "" && step.Facts.Kind != linkage.Script {
		r.platform = step.Facts.Platform
	}
	return step, nil, nil
}

// workdir is the physical path of the working directory, or "/" where there is
// none: runtimes make it.
func (r *run) workdir() string {
	res, err := rootfs.Resolve(r.tree, path.Join("/", r.dir))
	if err != nil || !res.Info.IsDir() {
		return "/"
	}
	return res.Path
}

func (r *run) classify(res rootfs.Resolved, as string) (*linkage.Report, error) {
	if facts := r.process.Known[res.Path]; facts != nil {
		return facts, nil
	}
	return linkage.ClassifyFile(r.tree, res, as, r.platform)
}

// command looks a name up as Go's exec.LookPath does (os/exec/lp_unix.go), and
// executes what it finds.
func (r *run) command(name string) (*fault, error) {
	c := call{name: name, path: name}
	if strings.Contains(name, "/") {
		f, err := r.lookAt(c)
		if f != nil || err != nil {
			return f, err
		}
		return r.exec(c, runtime{})
	}
	c.via = ViaLookup
	dirs := r.env["PATH"]
	var denied *fault // the first file that is there and may not be executed
	for dir := range strings.SplitSeq(dirs, ":") {
		if dirs == "" {
			break // an empty list has no element
		}
		c.path = path.Join(dir, name)
		f, err := r.lookAt(c)
		switch {
		case err != nil:
			return nil, err
		case f == nil && !path.IsAbs(c.path):
			return r.relative(c), nil
		case f == nil:
			return r.exec(c, runtime{})
		case denied == nil && !f.absent():
			denied = f
		}
	}
	if denied == nil {
		denied = r.notInPath(c, dirs)
	}
	denied.runtime = notInPathText(name)
	return denied, nil
}

// Find is where a name leads: the file at a path, or the first of that name in PATH
// that the user may execute, or else the first that is there at all. It returns the
// path by which the file is found, too.
func (s *Starter) Find(name string) (at string, found rootfs.Resolved, ok bool, err error) {
	r := &run{Starter: s, dir: s.process.Workdir}
	candidates := []string{name}
	if !strings.Contains(name, "/") {
		candidates = nil
		for dir := range strings.SplitSeq(s.process.Env["PATH"], ":") {
			candidates = append(candidates, path.Join(dir, name))
		}
	}
	for _, c := range candidates {
		res, err := rootfs.Resolve(s.tree, r.at(c))
		switch {
		case err != nil && !rootfs.IsAbsent(err):
			return "", found, false, err
		case err != nil:
			continue
		case res.Info.Mode().IsRegular() && s.process.User.May(res.Info, Execute):
			return r.at(c), res, true, nil
		case !ok:
			at, found, ok = r.at(c), res, true
		}
	}
	return at, found, ok, nil
}

// lookAt is what exec.LookPath asks of one file.
func (r *run) lookAt(c call) (*fault, error) {
	res, err := r.view.ResolveFrom(r.workdir(), c.path)
	if err != nil {
		f := r.unreached(c, res, err)
		if f == nil {
			return nil, err
		}
		f.runtime = lookPathText(c.path, "stat "+c.path+": "+string(f.errno))
		return f, nil
	}
	var f *fault
	switch {
	case res.Info.IsDir():
		f = r.notAFile(c, res.Info)
		f.runtime = lookPathText(c.path, "is a directory")
	case !r.process.User.May(res.Info, Execute):
		f = r.notExecutable(c, res.Info)
		f.runtime = lookPathText(c.path, string(EACCES))
	}
	return f, nil
}

// unreadable is the failure of a script that the user may execute but not read.
func (r *run) unreadable() *fault {
	for i, step := range r.steps {
		if step.Facts.Shebang != nil && !r.process.User.May(step.Info, Read) {
			return r.notReadable(i)
		}
	}
	return nil
}

// warnCut warns of arguments that the kernel cuts off.
func (r *run) warnCut(step Step) {
	if !step.Facts.Shebang.Cut {
		return
	}
	r.warnings = append(r.warnings, Problem{
		Code: CodeLineCut, Severity: diag.SeverityWarning, Name: step.Path, Path: step.Path,
		subject: step.Path,
		says:    clause{plain: "has a #! line of more than 255 bytes, of which its interpreter does not get the end"},
		Fixes:   []string{"shorten the line: set options in the script itself"},
	})
}

// unreached turns the error of a path into what is wrong with it; nil means that the
// tree cannot be read.
func (r *run) unreached(c call, res rootfs.Resolved, err error) *fault {
	var dir *Unsearchable
	switch {
	case errors.As(err, &dir):
		return r.notSearchable(c, dir)
	case rootfs.IsAbsent(err):
		return r.notFound(c, res, errnoOf(err))
	}
	return nil
}
