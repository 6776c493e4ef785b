package loader

import (
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/start"
)

// search is the state of one Load.
type search struct {
	trees []*tree
	prog  Program
	opt   Options
	user  start.User

	main *object
	// interp is nil when there is none, as may be for a library by itself.
	interp   *object
	libc     libc
	libcName string
	// library tells that the search is for a shared library, which no program of
	// the search opens.
	library bool
	// conf are the settings of the loader that does the work, glibc's.
	conf *loaderConfig
	// loaded are all objects in the order they were mapped, main first.
	loaded []*object
	// named finds the first of them that has a requested name or SONAME, and
	// byID those that are a file.
	named map[string]*object
	// called are those found by a requested name alone.
	called map[string]*object
	byID   map[fileID][]*object
	needs  map[need]bool
	// short finds objects by the file name under which musl knows them.
	short map[string]*object
	// list is the breadth-first list of dependencies, main first. What is before
	// visited has been gone through.
	list    []*node
	visited int

	problems  []Problem
	known     map[problemKey]bool
	optionals map[string]bool // To paths of objects that may be missing
	suggested []Suggestion
	provided  []Provided
	foreign   []Foreign
	failures  map[failureKey]*failure
	memory    *Memory
	opens     int
	requests  int
	later     bool // while what is opened at run time is loaded
	optional  bool // while libraries are loaded that may be missing
	stopped   bool // the loader stops before it binds symbols
	limits    limits
	// untold is the severity of the gravest problem beyond the limit; nil for none.
	untold *diag.Severity
}

// libc is what differs between C libraries.
type libc interface {
	// reuse returns the loaded object that a name stands for, before any search.
	reuse(req *object, name string) *object
	// find runs the loader's whole search in one tree.
	find(t *tree, req *object, name string, tr *trail) (*hit, error)
	// same returns the loaded object that a file which was opened is, if any.
	same(h *hit) *object
	// dependencies lists what an object asks for, in order.
	dependencies(o *object) []dependency
}

type tree struct {
	Tree
	index int
	fs    rootfs.FS
	// view is the tree as the process sees it. Where not all of a tree ships, its
	// directories are made anew, and only files keep their modes.
	view *start.View
	conf *loaderConfig
}

func newSearch(trees []Tree, prog Program, opt Options) *search {
	s := &search{
		prog: prog, opt: opt, memory: opt.Memory, user: start.User{UID: opt.UID, GID: opt.GID}, failures: map[failureKey]*failure{},
		named: map[string]*object{}, called: map[string]*object{}, short: map[string]*object{},
		byID: map[fileID][]*object{}, needs: map[need]bool{},
		known: map[problemKey]bool{}, optionals: map[string]bool{},
		limits: usualLimits,
	}
	if s.memory == nil {
		s.memory = &Memory{}
	}
	if s.opt.WorkDir == "" {
		s.opt.WorkDir = "/"
	}
	for i, t := range trees {
		t.Whole = t.Whole || len(trees) == 1
		user := start.User{}
		if t.Whole {
			user = s.user
		}
		cached := rootfs.Cached(t.FS)
		s.trees = append(s.trees, &tree{Tree: t, index: i, fs: cached, view: start.NewView(cached, user)})
	}
	return s
}

func (s *search) run() error {
	ok, err := s.openProgram()
	if err != nil || !ok {
		return err
	}
	switch {
	case s.library:
		ok, err = s.openAsLibrary()
	case s.main.File.HasInterp:
		ok, err = s.openInterp()
	default:
		return nil
	}
	if err != nil || !ok {
		return err
	}
	if err := s.closure(); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	return s.variants()
}

// closure loads preloaded objects, dependencies, and what is opened later.
func (s *search) closure() error {
	s.enlist(s.main)
	if err := s.atStart(); err != nil {
		return err
	}
	return s.openedLater()
}

// atStart loads what the program needs to start.
func (s *search) atStart() error {
	defer s.prefetch().end()
	if err := s.preload(); err != nil {
		return err
	}
	return s.walk()
}

func (s *search) result() *Result {
	for _, f := range s.failures {
		if f.problem == untold {
			continue
		}
		s.problems[f.problem].NeededBy = strings.Join(f.neededBy, ", ")
	}
	r := &Result{
		Problems: s.problems, Suggested: s.suggested, Provided: s.provided, Foreign: s.foreign, Library: s.library,
	}
	if s.main != nil {
		r.Program = s.main.Object
	}
	if s.interp != nil && (!s.library || s.interp.node != nil) {
		interp := s.interp.Object
		r.Interp = &interp
	}
	for _, n := range s.list {
		if n.obj != s.main && n.obj != s.interp {
			r.Objects = append(r.Objects, n.obj.Object)
		}
	}
	r.Libc = s.libcName
	return r
}

// openProgram reads the program itself. It is false when there is nothing to
// search for.
func (s *search) openProgram() (bool, error) {
	t := s.trees[s.prog.Tree]
	to := s.prog.To
	res, err := rootfs.Resolve(t.fs, s.prog.Path)
	if err != nil {
		return false, err
	}
	moved := to != "" && to != s.prog.Path
	if !moved {
		to = s.prog.Path
	}
	s.main = &object{
		Object: Object{
			Name: s.prog.Path, Tree: t.index, Path: s.prog.Path, Found: s.prog.Path, Real: res.Path,
			Links: res.Links, To: to, Via: "program", Info: res.Info,
		},
		names:  []string{""},
		origin: path.Dir(res.Path),
	}
	// The kernel tells the loader the real path of the program. One that is put
	// elsewhere is a file there, not a link.
	s.main.imageOrigin = path.Dir(res.Path)
	if moved {
		s.main.imageOrigin = path.Dir(to)
	}
	p, err := s.parse(t, res)
	if err != nil {
		return false, err
	}
	s.library = p.err == nil && p.file.IsLibrary()
	if s.library {
		s.main.asLibrary()
	}
	if p.err != nil {
		s.report(programUnusable(s.main, p.err))
		return false, nil
	}
	s.main.File, s.main.parsed = p.file, p
	s.take(s.main)
	return true, nil
}

// load returns the object that a name stands for when req asks for it. It is nil
// when there is none, or the host provides it; required says whether that is a problem.
func (s *search) load(req *object, name string, required bool) (*object, error) {
	if s.requests++; s.requests > s.limits.requests {
		return nil, beyond(int64(s.limits.requests), "names of libraries that others ask for")
	}
	if o := s.libc.reuse(req, name); o != nil {
		s.neededBy(o, req)
		return o, nil
	}
	if s.isProvided(name) {
		s.provide(name, req)
		return nil, nil
	}
	tr := &trail{}
	for _, t := range s.trees {
		h, err := s.libc.find(t, req, name, tr)
		if err != nil {
			return nil, err
		}
		switch {
		case h == nil:
			continue
		case h.fatal != "":
			if required {
				s.fail(req, name, h, s.unusable)
			}
			return nil, nil
		case h.parsed.err != nil:
			s.fail(req, name, h, s.tooLarge)
			return nil, nil
		}
		return s.admit(req, name, h)
	}
	if required {
		return nil, s.missing(req, name, tr)
	}
	return nil, nil
}

// admit makes an object of a file, unless it is one that is loaded already.
func (s *search) admit(req *object, name string, h *hit) (*object, error) {
	if o := s.libc.same(h); o != nil {
		s.name(o, name)
		if len(h.resolved.Links) > 0 && !slices.Equal(h.resolved.Links, o.Links) {
			o.Also = append(o.Also, h.resolved.Links)
		}
		s.neededBy(o, req)
		return o, nil
	}
	if len(s.loaded) >= s.limits.objects {
		return nil, beyond(int64(s.limits.objects), "libraries")
	}
	o := s.newObject(name, h)
	o.loader = req
	o.Later = s.later
	if s.optional {
		s.optionals[o.To] = true
	}
	s.neededBy(o, req)
	s.take(o)
	return o, nil
}
