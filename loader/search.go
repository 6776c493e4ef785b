package loader

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/elffile"
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

type dependency struct {
	name      string
	filter    bool
	auxiliary bool
}

// object is an Object together with what the search needs to know of it.
type object struct {
	Object
	names  []string
	loader *object // the object that caused it to be loaded
	// origin is $ORIGIN in the object's own tree and in the image.
	origin, imageOrigin string
	// number counts objects in the order in which they are loaded.
	number int
	// needs are the objects that it asks for. It is incomplete when one is missing.
	needs      []*object
	closure    []*object // the object and all that it needs, once that was asked for
	incomplete bool
	parsed     *parsed
	symbols    kept[elffile.Symbols]
	// node is its entry in the breadth-first list, if it has one.
	node *node
	// versions are those that it defines, where they are many, and best the highest of
	// families that were asked for.
	versions map[versionKey]bool
	best     map[string]string
}

// fileID is a file's device and inode in a tree, or where these are not known
// its physical path.
type fileID struct {
	tree     int
	dev, ino uint64
	real     string
}

func idOf(tree int, real string, info fs.FileInfo) fileID {
	if st := rootfs.StatOf(info); st.Ino != 0 {
		return fileID{tree: tree, dev: st.Dev, ino: st.Ino}
	}
	return fileID{tree: tree, real: real}
}

// failureKey is what searches in vain have in common that are told as one: the name,
// and the file that the loader gives up on, if there is one. What is in the way of a
// library that may be missing is told by itself, for it is only a warning.
type failureKey struct {
	name     string
	tree     int
	path     string
	optional bool
}

// untold is the index of a problem that is beyond the limit.
const untold = -1

// failure is a search in vain: the index of the problem, and who asked.
type failure struct {
	problem  int
	neededBy []string
}

// need is an entry of NeededBy.
type need struct {
	obj *object
	by  string
}

// node is an entry of the breadth-first list.
type node struct {
	obj  *object
	done bool
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

// hit is a file that a search ended at.
type hit struct {
	t        *tree
	path     string // as found in the tree
	to       string // the same in the image
	via      string
	resolved rootfs.Resolved
	parsed   *parsed
	// fatal is the loader's own text when the file makes it give up.
	fatal string
	// mapping tells that it gives up only when mapping the file, and then names
	// the file as it was asked for. With crash it does not notice what is wrong and
	// comes to harm.
	mapping, crash bool
}

// trail is what a search in vain leaves for the message.
type trail struct {
	places   []place
	more     bool // there are more places
	rejected []rejection
	tried    bool // whether any file was looked for; errno says so
	// fault is why the last file that was looked for could not be opened.
	fault syscall.Errno
}

type place struct{ tree, where string }

const (
	// viaSystem begins Object.Via of what is found in a directory that is built
	// into the loader.
	viaSystem = "system directory "
	// systemDirs stands for all of them in messages: they are many and say little.
	systemDirs = "the loader's own directories"
)

// rejection is a file of the right name that the search passed over. It has a fix
// where other permissions would do.
type rejection struct{ tree, path, why, fix string }

func (tr *trail) searched(t *tree, where string) {
	p := place{t.Name, where}
	switch {
	case slices.Contains(tr.places, p):
	case len(tr.places) >= maxPlaces:
		tr.more = true
	default:
		tr.places = append(tr.places, p)
	}
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

// asLibrary makes an object of a program that is a library. Its own path stands for
// it, and it is found by that and not by where links lead.
func (o *object) asLibrary() {
	o.Via, o.names = viaLibrary, []string{o.Path}
	o.origin = path.Dir(o.Path)
	if o.To == o.Path {
		o.imageOrigin = o.origin
	}
}

// openFault is how the process is told that a path leads to no file that it can get
// to. What keeps the tree from being read stays an error.
func openFault(err error) (syscall.Errno, error) {
	var dir *start.Unsearchable
	var fault syscall.Errno
	switch {
	case !rootfs.IsAbsent(err) && !errors.As(err, &dir):
		return 0, err
	case errors.As(err, &fault):
		return fault, nil
	}
	return syscall.ENOENT, nil
}

// maxFile is the size of the largest configuration file that is read.
const maxFile = 4 << 20

// readFile reads a file whole, as the process would. Where it could not, the data is
// nil, and fault is why the file cannot be opened.
func (s *search) readFile(t *tree, name string, limit int64) (data []byte, fault syscall.Errno, err error) {
	res, err := t.view.Resolve(name)
	if err != nil {
		fault, err = openFault(err)
		return nil, fault, err
	}
	if t.Whole && !s.readable(res.Info) {
		return nil, syscall.EACCES, nil
	}
	if !res.Info.Mode().IsRegular() {
		return nil, 0, nil
	}
	data, err = rootfs.ReadFile(t.fs, res.Path, limit)
	if errors.Is(err, rootfs.ErrTooLarge) {
		err = &limitError{fmt.Sprintf("%s in %s has more than %d bytes", name, t.Name, limit)}
	}
	return data, 0, err
}

// open looks at one candidate. It returns nil when there is nothing to open.
func (s *search) open(t *tree, p string) (*hit, error) {
	h, _, err := s.look(t, p)
	return h, err
}

// look is open that also tells why there is nothing to open.
func (s *search) look(t *tree, p string) (h *hit, fault syscall.Errno, err error) {
	if s.opens++; s.opens > s.limits.opens {
		return nil, 0, beyond(int64(s.limits.opens), "places to look for libraries in")
	}
	if !strings.HasPrefix(p, "/") {
		p = inDir(s.opt.WorkDir, p)
	}
	res, err := t.view.Resolve(p)
	if err != nil {
		fault, err = openFault(err)
		return nil, fault, err
	}
	parsed, err := s.parse(t, res)
	if err != nil {
		return nil, 0, err
	}
	return &hit{t: t, path: p, to: p, resolved: res, parsed: parsed}, 0, nil
}

// readable tells whether the image's user may read a file.
func (s *search) readable(info fs.FileInfo) bool { return s.user.May(info, start.Read) }

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

// take adds an object to those that are loaded.
func (s *search) take(o *object) {
	o.number = len(s.loaded)
	s.loaded = append(s.loaded, o)
	for _, name := range o.names {
		s.call(o, name)
	}
	if o.File.Soname != "" {
		index(s.named, o, o.File.Soname)
	}
	id := idOf(o.Tree, o.Real, o.Info)
	s.byID[id] = append(s.byID[id], o)
}

// name gives a loaded object another name.
func (s *search) name(o *object, name string) {
	o.names = append(o.names, name)
	s.call(o, name)
}

// call makes an object known by a name under which it was asked for.
func (s *search) call(o *object, name string) {
	index(s.named, o, name)
	index(s.called, o, name)
	// musl finds it again by the name of its file, once a search has led to it.
	if o != s.main && o != s.interp && !strings.Contains(name, "/") {
		base := path.Base(o.Found)
		if old := s.short[base]; old == nil || old.number > o.number {
			s.short[base] = o
		}
	}
}

// index makes an object known by a name, unless another one has it.
func index(by map[string]*object, o *object, name string) {
	if by[name] == nil {
		by[name] = o
	}
}

func (s *search) newObject(name string, h *hit) *object {
	dir := path.Dir(h.path)
	o := &object{
		Object: Object{
			Name: name, Tree: h.t.index, Path: s.tidy(h), Found: h.path, Real: h.resolved.Path,
			Links: h.resolved.Links, Via: h.via, File: h.parsed.file, Info: h.resolved.Info,
		},
		parsed:      h.parsed,
		names:       []string{name, h.path},
		origin:      dir,
		imageOrigin: dir,
	}
	o.To = o.Path
	if h.to != h.path {
		o.To = path.Clean(h.to)
		o.imageOrigin = path.Dir(h.to)
	}
	return o
}

// tidy returns the path of a hit without "..", if that is still the same way.
func (s *search) tidy(h *hit) string {
	clean := path.Clean(h.path)
	if clean == h.path || !strings.Contains(h.path, "..") {
		return clean
	}
	if res, err := rootfs.Resolve(h.t.fs, clean); err == nil && res.Path == h.resolved.Path {
		return clean
	}
	// ".." after a linked directory leads elsewhere than the text suggests.
	dir, err := rootfs.Resolve(h.t.fs, path.Dir(h.path+"/."))
	if err == nil {
		return path.Join(dir.Path, path.Base(h.path))
	}
	return h.resolved.Path
}

func (s *search) neededBy(o, req *object) {
	if req == nil || s.needs[need{o, req.To}] {
		return
	}
	s.needs[need{o, req.To}] = true
	o.NeededBy = append(o.NeededBy, req.To)
}

// sameInTree finds a loaded object by identity within a tree, but for some whose
// identity the loader does not know.
func (s *search) sameInTree(h *hit, unknown func(*object) bool) *object {
	for _, o := range s.byID[idOf(h.t.index, h.resolved.Path, h.resolved.Info)] {
		if !unknown(o) {
			return o
		}
	}
	return nil
}

// walk goes through the list breadth first, as glibc's _dl_map_object_deps does:
// a filter's target is put in front of the object that names it.
func (s *search) walk() error {
	for s.visited < len(s.list) {
		if s.list[s.visited].done {
			s.visited++
			continue
		}
		if err := s.visit(s.visited); err != nil {
			return err
		}
	}
	return nil
}

func (s *search) visit(at int) error {
	current := s.list[at]
	for _, d := range s.libc.dependencies(current.obj) {
		o, err := s.load(current.obj, d.name, !d.auxiliary)
		if err != nil {
			return err
		}
		if o == nil {
			current.obj.incomplete = current.obj.incomplete || !d.auxiliary && !s.isProvided(d.name)
			continue
		}
		current.obj.needs = append(current.obj.needs, o)
		if d.filter {
			at = s.insert(at, o)
		} else {
			s.enlist(o)
		}
	}
	current.done = true
	return nil
}

func (s *search) enlist(o *object) {
	if o.node == nil {
		o.node = &node{obj: o}
		s.list = append(s.list, o.node)
	}
}

// insert puts a filter's target before its user, unless it is earlier already.
// It returns the user's new position.
func (s *search) insert(at int, o *object) int {
	if o.node == nil {
		o.node = &node{obj: o}
	} else {
		old := slices.Index(s.list, o.node)
		if old <= at {
			return at
		}
		o.node.done = false
		s.list = slices.Delete(s.list, old, old+1)
	}
	s.list = slices.Insert(s.list, at, o.node)
	return at + 1
}

// compatible tells whether two files are of one class and machine.
func compatible(a, b *elffile.File) bool {
	return a.Class == b.Class && a.Machine == b.Machine
}

func className(c elf.Class) string {
	if c == elf.ELFCLASS32 {
		return "32-bit"
	}
	return "64-bit"
}
