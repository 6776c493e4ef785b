package runtimes

import (
	"path"
	"slices"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// installed is the modules of a language that are installed in some directories, and
// which of them ship: those that are reached, each with all of its package.
type installed struct {
	*reader
	req  *Request
	dirs []string // physical
	// wants tells which files of a package ship that are outside of dirs.
	wants func(name string) bool
	// leave tells what of them stays out; nil for nothing.
	leave func(name string) bool

	owner map[string]string // packages, by the files that were looked up
	taken map[string]bool   // packages, and files that no package owns
	queue []string          // files that ship and have not been read
	needs []Need
}

func newInstalled(r *reader, req *Request, dirs []string) *installed {
	s := &installed{reader: r, req: req, owner: map[string]string{}, taken: map[string]bool{}}
	for _, dir := range dirs {
		if found, ok := r.find(dir); ok && found.Info.IsDir() && !slices.Contains(s.dirs, found.Path) {
			s.dirs = append(s.dirs, found.Path)
		}
	}
	return s
}

// file is the first of the directories' files of a name; "" for none.
func (s *installed) file(name string) string {
	for _, dir := range s.dirs {
		if found, ok := s.find(path.Join(dir, name)); ok && found.Info.Mode().IsRegular() {
			return found.Path
		}
	}
	return ""
}

// within is the directory, of dirs, that a file is in.
func (s *installed) within(name string) string {
	best := ""
	for _, dir := range s.dirs {
		if rootfs.Within(name, dir) && name != dir && len(dir) > len(best) {
			best = dir
		}
	}
	return best
}

// lookUp learns which packages own files.
func (s *installed) lookUp(files []string) {
	files = slices.DeleteFunc(files, func(name string) bool { _, known := s.owner[name]; return known || name == "" })
	if len(files) == 0 {
		return
	}
	of, err := s.req.Owners(files)
	if s.failed(err) {
		return
	}
	for _, name := range files {
		s.owner[name] = of[name]
	}
}

// take ships the package of a file, and the packages that it depends on as far as they
// are in the directories. What no package owns ships with what alone lists for it.
func (s *installed) take(file string, e plan.Evidence, alone func() []string) {
	s.lookUp([]string{file})
	pkg := s.owner[file]
	if pkg == "" {
		if !s.taken[file] {
			s.taken[file] = true
			s.ship(append(alone(), file), e)
		}
		return
	}
	for queue := []string{pkg}; len(queue) > 0 && s.err == nil; queue = queue[1:] {
		pkg := queue[0]
		if s.taken[pkg] {
			continue
		}
		s.taken[pkg] = true
		files, err := s.req.Contents(pkg)
		if s.failed(err) {
			return
		}
		files = slices.DeleteFunc(slices.Clone(files), func(name string) bool {
			return s.within(name) == "" && (s.wants == nil || !s.wants(name))
		})
		if len(files) == 0 {
			continue // of something else
		}
		s.ship(files, e)
		depends, err := s.req.Depends(pkg)
		if s.failed(err) {
			return
		}
		queue = append(queue, depends...)
	}
}

// ship makes needs of files, the fewest that will do.
func (s *installed) ship(files []string, e plan.Evidence) {
	set := map[string]bool{}
	var single []string
	for _, name := range files {
		info, err := s.tree.Lstat(rootfs.Name(name))
		if s.failed(err) || info.IsDir() || s.leave != nil && s.leave(name) {
			continue
		}
		set[name] = true
		single = append(single, name)
	}
	slices.Sort(single)
	covered := ""
	for _, name := range single {
		s.queue = append(s.queue, name)
		if covered != "" && rootfs.Within(name, covered) {
			continue
		}
		at := name
		for dir := path.Dir(name); s.within(dir) != "" && s.holdsOnly(dir, set, 0); dir = path.Dir(dir) {
			at, covered = dir, dir
		}
		s.needs = append(s.needs, Need{Path: at, Evidence: e})
	}
}

// holdsOnly reports whether all that is below a directory is in a set.
func (s *installed) holdsOnly(dir string, set map[string]bool, depth int) bool {
	for _, base := range s.list(dir) {
		name := path.Join(dir, base)
		if set[name] {
			continue
		}
		if found, ok := s.find(name); !ok || found.Path != name || !found.Info.IsDir() || depth > 40 || !s.holdsOnly(name, set, depth+1) {
			return false
		}
	}
	return true
}

// next is a file that ships and has not been read; "" if there is none.
func (s *installed) next() string {
	if len(s.queue) == 0 || s.err != nil {
		return ""
	}
	name := s.queue[0]
	s.queue = s.queue[1:]
	return name
}

// all takes every package in the directories.
func (s *installed) all(e plan.Evidence) {
	var files []string
	for _, dir := range s.dirs {
		s.walk(dir, 0, func(name string) bool {
			files = append(files, name)
			return len(files) < maxSources
		})
	}
	s.lookUp(slices.Clone(files))
	for _, name := range files {
		s.take(name, e, func() []string { return nil })
	}
}
