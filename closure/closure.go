// Package closure tells which files programs and libraries of a tree need in order
// to start or to be loaded, and what is in their way. It joins what start knows of how
// the kernel gets to a program with what loader finds around it, and renders both for
// people and for machines.
package closure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/start"
)

// Options say in which image the programs would run.
type Options struct {
	// Platform is "linux/arm64"; empty means each program's own.
	Platform string
	// Env is the environment. LD_LIBRARY_PATH, LD_PRELOAD and PATH count.
	Env map[string]string
	// Symbols asks for symbols to be reported that a library by itself leaves to the
	// program that opens it.
	Symbols bool
	// User is who runs them; root unless set.
	User start.User
	// Workdir is the working directory; empty means "/".
	Workdir string
}

// Report is what Find found.
type Report struct {
	Programs []Program `json:"programs"`
	// Objects are the files that the programs load, each path once, in load
	// order: interpreters and libraries, and what scripts are run by.
	Objects  []Object  `json:"objects"`
	Problems []Problem `json:"problems"`
}

// Program is one of the programs or libraries that were asked for.
type Program struct {
	Path     string `json:"path"`
	RealPath string `json:"realPath,omitempty"`
	// Kind is a linkage.Kind; empty when there is no such file.
	Kind linkage.Kind `json:"kind,omitempty"`
	// Text says what the file is, in one line.
	Text     string `json:"text,omitempty"`
	Platform string `json:"platform,omitempty"`
	Libc     string `json:"libc,omitempty"`
	// Loads tells that nothing stops the program from starting, or the library from
	// being loaded.
	Loads bool `json:"loads"`

	objects  []Object
	byPath   map[string]int // indices of objects
	problems []Problem
}

// Object is a file that is loaded.
type Object struct {
	// Name is the name that was asked for.
	Name string `json:"name"`
	// Path is where it was found, RealPath the file itself, and Links what leads
	// from one to the other, or to RealPath from other names that are asked for.
	Path     string        `json:"path"`
	RealPath string        `json:"realPath"`
	Links    []rootfs.Link `json:"links"`
	// NeededBy are the paths of the objects that ask for it, the first one first.
	NeededBy []string `json:"neededBy"`
	// Via tells how it was found: "ld.so.cache".
	Via string `json:"via"`
	// Later tells that it is opened at run time, not at start.
	Later bool `json:"later,omitempty"`
	// Variants are builds for particular processors, loaded where they run.
	Variants []string `json:"variants,omitempty"`
}

// Problem is something that stops a program, or that may surprise.
type Problem struct {
	// Code names the kind of problem and never changes.
	Code string `json:"code"`
	// Severity is "error" or "warning".
	Severity string `json:"severity"`
	// Name is the library, version or symbol.
	Name string `json:"name,omitempty"`
	// NeededBy are the paths of those who ask for it.
	NeededBy []string `json:"neededBy"`
	Message  string   `json:"message"`
	// Runtime is what the kernel or the loader would print.
	Runtime string `json:"runtime,omitempty"`
	// Fix are the ways out, each one line.
	Fix []string `json:"fix"`
}

const (
	severityError   = "error"
	severityWarning = "warning"
)

// Loads reports whether all programs start.
func (r *Report) Loads() bool {
	return !slices.ContainsFunc(r.Programs, func(p Program) bool { return !p.Loads })
}

// Find looks at programs by their absolute paths in a tree. It returns an error
// only when files cannot be read or the platform is not known.
func Find(tree rootfs.FS, paths []string, opt Options) (*Report, error) {
	f := &finder{tree: rootfs.Cached(tree), opt: opt, known: map[string]*linkage.Report{}}
	f.starter = start.New(f.tree, start.Process{
		User: opt.User, Env: opt.Env, Workdir: opt.Workdir, Platform: opt.Platform, Tree: treeName, Known: f.known,
	})
	r := &Report{Programs: []Program{}, Objects: []Object{}, Problems: []Problem{}}
	known := map[string]int{}
	for _, path := range paths {
		p := Program{Path: path}
		if err := f.find(&p); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		p.Loads = !slices.ContainsFunc(p.problems, func(p Problem) bool { return p.Severity == severityError })
		r.Programs = append(r.Programs, p)
		r.merge(p, known)
	}
	return r, nil
}

// merge adds what a program loads to what others do. Known are the indices of
// objects by path.
func (r *Report) merge(p Program, known map[string]int) {
	for _, o := range p.objects {
		i, ok := known[o.Path]
		if !ok {
			known[o.Path] = len(r.Objects)
			o.NeededBy = slices.Clone(o.NeededBy)
			r.Objects = append(r.Objects, o)
			continue
		}
		r.Objects[i].NeededBy = union(r.Objects[i].NeededBy, o.NeededBy)
	}
	for _, problem := range p.problems {
		if !slices.ContainsFunc(r.Problems, problem.same) {
			r.Problems = append(r.Problems, problem)
		}
	}
}

func (p Problem) same(q Problem) bool {
	return p.Code == q.Code && p.Name == q.Name && p.Message == q.Message && p.Runtime == q.Runtime
}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}

// treeName is what messages call the tree.
const treeName = "the tree"

// finder is the state of one Find.
type finder struct {
	tree    rootfs.FS
	opt     Options
	starter *start.Starter
	// known are the programs that were asked for, as far as they can run.
	known map[string]*linkage.Report
}

// find finds out what execve of a program needs, or dlopen of a library.
func (f *finder) find(p *Program) error {
	facts, err := f.describe(p)
	if err != nil {
		return err
	}
	if facts != nil && facts.IsLibrary() {
		return f.load(p, p.Path)
	}
	chain, err := f.starter.Exec(p.Path)
	if err != nil {
		return err
	}
	for i, step := range chain.Steps {
		if i > 0 {
			p.add(Object{
				Name: step.Name, Path: step.Path, RealPath: step.Real, Links: list(step.Links), NeededBy: []string{step.By}, Via: step.Via,
			})
		}
		if err := f.loadStep(p, step); err != nil {
			return err
		}
	}
	for _, problem := range chain.Problems() {
		p.problems = append(p.problems, startProblem(problem))
	}
	return nil
}

// describe says what a program is. It is nil when it is no regular file.
func (f *finder) describe(p *Program) (*linkage.Report, error) {
	res, err := rootfs.Resolve(f.tree, p.Path)
	if err != nil {
		return nil, rootfs.UnlessAbsent(err)
	}
	p.RealPath = res.Path
	if !res.Info.Mode().IsRegular() {
		return nil, nil
	}
	facts, err := linkage.ClassifyFile(f.tree, res, p.Path, f.opt.Platform)
	if err != nil {
		return nil, err
	}
	if facts.Runs() && facts.Runtime == "" {
		f.known[res.Path] = facts
	}
	p.Kind, p.Text, p.Platform = facts.Kind, facts.Text, facts.Platform
	return facts, nil
}

// loadStep adds what the loader would load for a program that is executed.
func (f *finder) loadStep(p *Program, step start.Step) error {
	if step.Facts.File == nil {
		return nil
	}
	for _, d := range step.Facts.Check("any") {
		p.problems = append(p.problems, problemOf(d, step.Path))
	}
	return f.load(p, step.Path)
}

// load adds what the loader would load for an ELF program or library.
func (f *finder) load(p *Program, path string) error {
	trees := []loader.Tree{{Name: treeName, FS: f.tree}}
	opt := loader.Options{
		Env: f.opt.Env, WorkDir: f.opt.Workdir, UID: f.opt.User.UID, GID: f.opt.User.GID, CheckSymbols: f.opt.Symbols,
	}
	found, err := loader.Load(trees, loader.Program{Path: path}, opt)
	if err != nil {
		return err
	}
	if path == p.Path {
		p.Libc = found.Libc
	}
	if found.Interp != nil {
		p.add(objectOf(*found.Interp))
	}
	for _, o := range found.Objects {
		p.add(objectOf(o))
	}
	for _, problem := range found.Problems {
		p.problems = append(p.problems, loaderProblem(problem))
	}
	return nil
}

// add records an object, unless a program that came before has it.
func (p *Program) add(o Object) {
	if i, ok := p.byPath[o.Path]; ok {
		p.objects[i].NeededBy = union(p.objects[i].NeededBy, o.NeededBy)
		return
	}
	if p.byPath == nil {
		p.byPath = map[string]int{}
	}
	p.byPath[o.Path] = len(p.objects)
	p.objects = append(p.objects, o)
}

func objectOf(o loader.Object) Object {
	links := list(o.Links)
	for _, link := range slices.Concat(o.Also...) {
		if !slices.Contains(links, link) {
			links = append(slices.Clip(links), link)
		}
	}
	return Object{
		Name: o.Name, Path: o.Path, RealPath: o.Real, Links: links,
		NeededBy: list(o.NeededBy), Via: o.Via, Later: o.Later, Variants: o.Variants,
	}
}

func startProblem(p start.Problem) Problem {
	out := problemOf(p.Diagnostic(), p.Name)
	if p.By != "" {
		out.NeededBy = []string{p.By}
	}
	return out
}

func loaderProblem(p loader.Problem) Problem {
	out := problemOf(p.Diagnostic(), "")
	out.Name = p.Name
	if p.NeededBy != "" {
		out.NeededBy = strings.Split(p.NeededBy, ", ")
	}
	return out
}

// problemOf renders a diagnostic about the file name.
func problemOf(d diag.Diagnostic, name string) Problem {
	p := Problem{
		Code: d.Code, Severity: severityError, Name: name, NeededBy: []string{},
		Message: d.Message, Runtime: d.Runtime, Fix: []string{},
	}
	if d.Severity == diag.SeverityWarning {
		p.Severity = severityWarning
	}
	for _, fix := range d.Fixes {
		if fix != "" {
			p.Fix = append(p.Fix, fix)
		}
	}
	return p
}

// list makes JSON show an absent list as an empty one.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// ParseEnv parses "NAME=VALUE" settings; later ones win.
func ParseEnv(settings []string) (map[string]string, error) {
	env := map[string]string{}
	for _, s := range settings {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not of the form NAME=VALUE", s)
		}
		env[name] = value
	}
	return env, nil
}
