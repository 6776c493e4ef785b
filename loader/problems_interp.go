package loader

import (
	"fmt"
	"path"
	"strings"

	"github.com/sinter-build/sinter/start"
)

// interpMissing names what the kernel hides: it blames the program for a missing
// interpreter.
func (s *search) interpMissing() (Problem, error) {
	name, libc := s.main.File.Interp, "the C library"
	if s.libcName != "" {
		libc = s.libcName
	}
	p := Problem{
		Code: CodeInterpMissing, Name: name, NeededBy: s.main.To,
		Message: fmt.Sprintf("%s needs the program interpreter %s (%s's dynamic loader), which is not in %s",
			s.main.To, name, libc, s.treeNames()),
		Runtime: fmt.Sprintf("exec %s: no such file or directory", s.main.To),
	}
	if !strings.HasPrefix(name, "/") {
		p.Message = fmt.Sprintf("%s names its program interpreter by a relative path, %q", s.main.To, name)
	}
	other, err := s.otherLoader()
	if err != nil {
		return p, err
	}
	if other != "" {
		p.Message += "; " + other
		p.Fixes = append(p.Fixes, "build the program on a distribution with the C library of the image")
	}
	p.Fixes = append(p.Fixes, "name a source that has "+name+" in libraries.from"+s.distributions())
	if len(s.main.File.Needed) == 0 {
		p.Fixes = append(p.Fixes, "it needs no library: link it without -buildmode=pie (Go) or as static PIE (-static-pie), and no interpreter is needed")
	} else {
		p.Fixes = append(p.Fixes, staticFix(s.main))
	}
	return p, nil
}

// staticFix is how to do without a loader, for the way the program was made.
func staticFix(o *object) string {
	if o.File.Go {
		return "build it with CGO_ENABLED=0, or with -tags netgo,osusergo if nothing else in it needs cgo"
	}
	return "link it statically (C, C++: -static with musl; Rust: --target ARCH-unknown-linux-musl)"
}

func (s *search) distributions() string {
	switch s.libcName {
	case "glibc":
		return " (an image with glibc, such as debian, ubuntu or fedora)"
	case "musl":
		return " (an image with musl, such as alpine)"
	}
	return ""
}

// otherLoader names the loader of another libc that a tree has instead.
func (s *search) otherLoader() (string, error) {
	for _, t := range s.trees {
		for _, dir := range []string{"/lib64", "/lib"} {
			names, err := s.names(t, dir)
			if err != nil {
				return "", err
			}
			for _, n := range names {
				if c := libcOf(n, nil); c != "" && c != s.libcName && strings.Contains(n, ".so") {
					return fmt.Sprintf("%s has %s's loader %s instead", t.Name, c, path.Join(dir, n)), nil
				}
			}
		}
	}
	return "", nil
}

func (s *search) interpUnusable(h *hit, why, text string) Problem {
	return Problem{
		Code: CodeInterpUnusable, Name: s.main.File.Interp, NeededBy: s.main.To, Tree: h.t.index, Path: h.path,
		Message: fmt.Sprintf("the program interpreter %s of %s, found in %s, cannot be used: %s",
			s.main.File.Interp, s.main.To, h.t.Name, why),
		Runtime: fmt.Sprintf("exec %s: %s", s.main.To, text),
		Fixes:   []string{"take base and sources for the program's own platform and C library"},
	}
}

// interpOutOfReach reports an interpreter that the user cannot get to.
func (s *search) interpOutOfReach(t *tree, dir *start.Unsearchable) Problem {
	return Problem{
		Code: CodeInterpUnusable, Name: s.main.File.Interp, NeededBy: s.main.To,
		Message: fmt.Sprintf("the program interpreter %s of %s is behind %s in %s, a directory that user %s may not search (%s)",
			s.main.File.Interp, s.main.To, dir.Dir, t.Name, s.user, start.Attributes(dir.Info)),
		Runtime: fmt.Sprintf("exec %s: permission denied", s.main.To),
		Fixes:   []string{letThrough(dir)},
	}
}

func (s *search) interpUnknown() Problem {
	return Problem{
		Code: CodeInterpUnknown, Name: s.main.File.Interp, NeededBy: s.main.To,
		Message: fmt.Sprintf("the program interpreter %s of %s is neither glibc's nor musl's (a compatibility layer such as gcompat, or Android's), so its rules are unknown",
			s.main.File.Interp, s.main.To),
		Fixes: []string{"list what the program needs under files"},
	}
}
