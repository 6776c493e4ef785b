package loader

import (
	"bytes"
	"debug/elf"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/rootfs"
)

// openInterp finds the interpreter, by path only, as Linux's load_elf_binary
// does, and with it the C library's rules. It is false when there is none.
func (s *search) openInterp() (bool, error) {
	name := s.main.File.Interp
	s.libcName = libcOf(name, nil)
	for _, t := range s.trees {
		h, err := s.open(t, name)
		if err != nil {
			return false, err
		}
		if h == nil {
			continue
		}
		if why, text := s.badInterp(h); why != "" {
			s.report(s.interpUnusable(h, why, text))
			return false, nil
		}
		h.via = "interpreter"
		s.interp = s.newObject(name, h)
		s.interp.neededBy(s.main)
		if soname := s.interp.File.Soname; soname != "" {
			s.interp.names = append(s.interp.names, soname)
		}
		s.loaded = append(s.loaded, s.interp)
		break
	}
	if s.interp == nil {
		p, err := s.interpMissing()
		if err != nil {
			return false, err
		}
		s.report(p)
		return false, nil
	}
	s.libcName = libcOf(name, s.interp.File)
	switch s.libcName {
	case "musl":
		s.libc = &musl{search: s}
	case "glibc":
		s.libc = &glibc{search: s}
	default:
		s.report(s.interpUnknown())
		return false, nil
	}
	return true, s.configure()
}

// badInterp says why the kernel would refuse an interpreter, and in which words.
func (s *search) badInterp(h *hit) (why, text string) {
	f := h.parsed.file
	switch {
	case !h.resolved.Info.Mode().IsRegular():
		return "it is not a regular file", "permission denied"
	case !s.permits(h.resolved.Info, 1):
		return "it is not executable for the image's user", "permission denied"
	case h.resolved.Info.Size() < headerSize(s.main.File.Class):
		return "it is too short for an ELF file", "input/output error"
	case h.parsed.err != nil:
		return h.parsed.err.Error(), "accessing a corrupted shared library"
	case !compatible(f, s.main.File) || f.Data != s.main.File.Data:
		return "it is built for " + f.String() + ", the program for " + s.main.File.String(),
			"accessing a corrupted shared library"
	}
	return "", ""
}

// libcOf tells whose loader an interpreter is. glibc's own is known by a version
// that it defines, since compatibility layers (gcompat) take its name.
func libcOf(name string, f *elffile.File) string {
	switch {
	case f == nil:
		return libcNamed(name)
	case defines(f, "GLIBC_PRIVATE"):
		return "glibc"
	case libcNamed(name) == "musl", libcNamed(f.Soname) == "musl":
		return "musl"
	}
	return ""
}

// libcNamed goes by the file name alone.
func libcNamed(name string) string {
	switch n := path.Base(name); {
	case strings.HasPrefix(n, "ld-musl-"), strings.HasPrefix(n, "libc.musl-"):
		return "musl"
	case strings.HasPrefix(n, "ld-linux"), n == "ld64.so.1", n == "ld64.so.2", n == "ld.so.1":
		return "glibc"
	}
	return ""
}

// loaderConfig is what is compiled into a glibc loader.
type loaderConfig struct {
	systemDirs []string // without final slashes
	cachePath  string
	lib        string // the value of $LIB
}

// configure reads every tree's own loader, or takes the chosen one's settings
// where a tree has none.
func (s *search) configure() error {
	if s.libcName != "glibc" {
		return nil
	}
	var chosen *loaderConfig
	order := append([]*tree{s.trees[s.interp.Tree]}, s.trees...)
	for _, t := range order {
		if t.conf != nil {
			continue
		}
		h, err := s.open(t, s.main.File.Interp)
		if err != nil {
			return err
		}
		if h == nil || h.parsed.err != nil || !compatible(h.parsed.file, s.main.File) {
			t.conf = chosen
			continue
		}
		data, err := s.readFile(t, h.path, 8<<20)
		if err != nil {
			return err
		}
		t.conf = readConfig(data, s.main.File.Class)
		if chosen == nil {
			chosen = t.conf
		}
	}
	return nil
}

var (
	systemDir = regexp.MustCompile(`^/[A-Za-z0-9_.+/-]*lib[A-Za-z0-9_.+/-]*/$`)
	libToken  = regexp.MustCompile(`^lib[a-z0-9]*(/[A-Za-z0-9_-]+)?$`)
)

// readConfig finds the built-in settings in a loader's strings. The system
// directories stand one after the other (glibc elf/dl-load.c, system_dirs), each
// ending in a slash.
func readConfig(data []byte, class elf.Class) *loaderConfig {
	c := &loaderConfig{}
	var run, libs []string
	for part := range bytes.SplitSeq(data, []byte{0}) {
		// Nearly everything in the file is neither path nor library directory.
		text := ""
		if len(part) <= rootfs.MaxPath && (bytes.HasPrefix(part, []byte("/")) || bytes.HasPrefix(part, []byte("lib"))) {
			text = string(part)
		}
		if text == "" {
			run = nil
			continue
		}
		if systemDir.MatchString(text) {
			run = append(run, strings.TrimSuffix(text, "/"))
			if len(run) > len(c.systemDirs) {
				c.systemDirs = slices.Clone(run)
			}
			continue
		}
		run = nil
		switch {
		case c.cachePath == "" && strings.HasPrefix(text, "/") && strings.HasSuffix(text, "/ld.so.cache"):
			c.cachePath = text
		case libToken.MatchString(text):
			libs = append(libs, text)
		}
	}
	c.fill(libs, class)
	return c
}

// fill completes the settings. $LIB is the string that also ends one of the
// system directories.
func (c *loaderConfig) fill(libs []string, class elf.Class) {
	if len(c.systemDirs) == 0 {
		c.systemDirs = []string{"/lib", "/usr/lib"}
		if class == elf.ELFCLASS64 {
			c.systemDirs = []string{"/lib64", "/usr/lib64"}
		}
	}
	if c.cachePath == "" {
		c.cachePath = "/etc/ld.so.cache"
	}
	for _, dir := range c.systemDirs {
		for _, lib := range libs {
			if dir == "/"+lib || dir == "/usr/"+lib {
				c.lib = lib
				return
			}
		}
	}
	c.lib = strings.TrimPrefix(strings.TrimPrefix(c.systemDirs[0], "/usr"), "/")
}

// openCache reads a tree's ld.so.cache once. A damaged one counts as none, as in
// glibc elf/dl-cache.c, _dl_load_cache_lookup.
func (s *search) openCache(t *tree) (*Cache, error) {
	if t.ready {
		return t.cache, nil
	}
	t.ready = true
	data, err := s.readFile(t, t.conf.cachePath, maxCache)
	if err != nil || data == nil {
		return nil, err
	}
	if c, err := ParseCache(data); err == nil {
		t.cache = c
	}
	return t.cache, nil
}

// exists tells whether a path leads to anything.
func exists(fsys fs.ReadLinkFS, p string) bool {
	_, err := rootfs.Resolve(fsys, p)
	return err == nil
}
