package loader

import (
	"debug/elf"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/rootfs"
)

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

// asLibrary makes an object of a program that is a library. Its own path stands for
// it, and it is found by that and not by where links lead.
func (o *object) asLibrary() {
	o.Via, o.names = viaLibrary, []string{o.Path}
	o.origin = path.Dir(o.Path)
	if o.To == o.Path {
		o.imageOrigin = o.origin
	}
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

// compatible reports whether two files are of one class and machine.
func compatible(a, b *elffile.File) bool {
	return a.Class == b.Class && a.Machine == b.Machine
}

func className(c elf.Class) string {
	if c == elf.ELFCLASS32 {
		return "32-bit"
	}
	return "64-bit"
}
