package loader

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/start"
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
			if dir := outOfReach(t, name); dir != nil {
				s.report(s.interpOutOfReach(t, dir))
				return false, nil
			}
			continue
		}
		if why, text := s.badInterp(h); why != "" {
			s.report(s.interpUnusable(h, why, text))
			return false, nil
		}
		s.takeInterp(name, h)
		s.neededBy(s.interp, s.main)
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
	if s.libc = s.rules(); s.libc == nil {
		s.report(s.interpUnknown())
		return false, nil
	}
	return true, s.configure()
}

// outOfReach is the directory on the way to a file of a tree that the user may not
// search, or nil.
func outOfReach(t *tree, name string) *start.Unsearchable {
	var dir *start.Unsearchable
	if _, err := t.view.Resolve(name); errors.As(err, &dir) {
		return dir
	}
	return nil
}

// takeInterp makes a file the interpreter.
func (s *search) takeInterp(name string, h *hit) {
	h.via = ViaInterpreter
	s.interp = s.newObject(name, h)
	if soname := s.interp.File.Soname; soname != "" {
		s.interp.names = append(s.interp.names, soname)
	}
	s.take(s.interp)
}

// rules are those of the C library; there are none for an unknown one.
func (s *search) rules() libc {
	switch s.libcName {
	case "musl":
		return &musl{search: s}
	case "glibc":
		return &glibc{search: s}
	}
	return nil
}

// badInterp says why the kernel would refuse an interpreter, and in which words.
func (s *search) badInterp(h *hit) (why, text string) {
	f := h.parsed.file
	switch {
	case !h.resolved.Info.Mode().IsRegular():
		return "it is not a regular file", "permission denied"
	case !s.user.May(h.resolved.Info, start.Execute):
		return fmt.Sprintf("user %s may not execute it (%s)", s.user, start.Attributes(h.resolved.Info)), "permission denied"
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

// libcOf is the C library that an interpreter belongs to. glibc's own is known by a
// version that it defines, since compatibility layers (gcompat) take its name.
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
	// minor is y of glibc 2.y, or zero before 2.33, which does not say.
	minor int
	// subdirs are looked into before each directory itself, whatever the
	// processor (glibc up to 2.36: elf/dl-hwcaps.c, _dl_important_hwcaps).
	subdirs []string
	// hwcaps are the bits of cache entries for those.
	hwcaps uint64
	// complete tells that directories, cache and version were all found.
	complete bool
}

// configure reads every tree's own loader, or takes the chosen one's settings
// where a tree has none.
func (s *search) configure() error {
	if s.libcName != "glibc" {
		return nil
	}
	order := s.trees
	if s.interp == nil {
		s.conf = commonConfig(s.main.File.Class)
	} else {
		order = append([]*tree{s.trees[s.interp.Tree]}, s.trees...)
	}
	for _, t := range order {
		if t.conf != nil {
			continue
		}
		h, err := s.open(t, s.interpName())
		if err != nil {
			return err
		}
		if h == nil || h.parsed.err != nil || !compatible(h.parsed.file, s.main.File) {
			t.conf = s.conf
			continue
		}
		if t.conf, err = s.config(h); err != nil {
			return err
		}
		if s.conf == nil {
			s.conf = t.conf
		}
	}
	return nil
}

// commonConfig are the settings of a loader that is not there: those that are most
// common today.
func commonConfig(class elf.Class) *loaderConfig {
	c := &loaderConfig{minor: 37}
	c.fill(class)
	c.lib = strings.TrimPrefix(c.systemDirs[0], "/")
	return c
}

// kind is what of a program decides how a loader's settings are read.
type kind struct {
	class   elf.Class
	machine elf.Machine
}

// config reads a loader's settings once.
func (s *search) config(h *hit) (*loaderConfig, error) {
	k := kind{s.main.File.Class, s.main.File.Machine}
	c := entry(s.memory, &s.memory.configs, configKey{keyOf(h.t, h.resolved.Path), k})
	return c.get(func() (*loaderConfig, error) {
		conf, err := s.readLoader(h, k.class)
		if err == nil {
			conf.legacy(k.machine)
		}
		return conf, err
	})
}

// maxLoader bounds what is read of a loader.
const maxLoader = 8 << 20

// readLoader finds a loader's settings in its read-only data, or where that has
// none because it is not apart from the code, in all of the file.
func (s *search) readLoader(h *hit, class elf.Class) (conf *loaderConfig, err error) {
	size := h.resolved.Info.Size()
	f, err := rootfs.OpenAt(h.t.fs, h.resolved.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for _, p := range h.parsed.file.Progs {
		if p.Type != elf.PT_LOAD || p.Flags != elf.PF_R || p.Filesz > maxLoader || p.Off > uint64(size) {
			continue
		}
		data, err := readRange(f, int64(p.Off), min(int64(p.Filesz), size-int64(p.Off)))
		if err != nil {
			return nil, err
		}
		if conf = readConfig(data, class); conf.complete {
			return conf, nil
		}
	}
	data, err := readRange(f, 0, min(size, maxLoader))
	return readConfig(data, class), err
}

func readRange(r io.ReaderAt, off, size int64) ([]byte, error) {
	data := make([]byte, size)
	n, err := r.ReadAt(data, off)
	if int64(n) == size {
		err = nil
	}
	return data, err
}

// readConfig finds the built-in settings in a loader's strings. The system
// directories stand one after the other (glibc elf/dl-load.c, system_dirs), each
// ending in a slash.
func readConfig(data []byte, class elf.Class) *loaderConfig {
	c := &loaderConfig{}
	var run []string
	next := -1 // where a directory would stand that continues the run
	for start, text := range stringsEnding(data, "/") {
		if !systemDir(text) {
			continue
		}
		if start != next {
			run = nil
		}
		run = append(run, strings.TrimSuffix(text, "/"))
		next = start + len(text) + 1
		if len(run) > len(c.systemDirs) {
			c.systemDirs = slices.Clone(run)
		}
	}
	for _, text := range stringsEnding(data, "/ld.so.cache") {
		if strings.HasPrefix(text, "/") {
			c.cachePath = text
			break
		}
	}
	c.minor = release(data)
	c.complete = len(c.systemDirs) > 0 && c.cachePath != "" && c.minor > 0
	c.fill(class)
	c.lib = c.findLib(data)
	return c
}

// stringsEnding yields the NUL-terminated strings that have an ending, with where
// they stand. Searching for the ending leaves most of the file unseen.
func stringsEnding(data []byte, ending string) iter.Seq2[int, string] {
	pattern := []byte(ending + "\x00")
	return func(yield func(int, string) bool) {
		for from := 0; ; {
			i := bytes.Index(data[from:], pattern)
			if i < 0 {
				return
			}
			end := from + i + len(ending)
			from = end
			low := max(0, end-rootfs.MaxPath-1)
			nul := bytes.LastIndexByte(data[low:end], 0)
			if nul < 0 {
				continue // too long for a path
			}
			start := low + nul + 1
			if !yield(start, string(data[start:end])) {
				return
			}
		}
	}
}

// systemDir reports whether a string can be one of the system directories.
func systemDir(text string) bool {
	inner, ok := strings.CutPrefix(text, "/")
	if !ok || !strings.HasSuffix(inner, "/") || !strings.Contains(inner, "lib") {
		return false
	}
	for i := range len(inner) {
		if !identifier(inner[i]) && strings.IndexByte(".+/-", inner[i]) < 0 {
			return false
		}
	}
	return true
}

// release finds y in what `ld.so --version` prints, "release version 2.y". Zero
// is none.
func release(data []byte) int {
	const text = "release version 2."
	for {
		i := bytes.Index(data, []byte(text))
		if i < 0 {
			return 0
		}
		data = data[i+len(text):]
		n := 0
		for n < len(data) && isDigit(data[n]) {
			n++
		}
		if n > 0 {
			minor, _ := strconv.Atoi(string(data[:n])) // too large a number is no version
			return minor
		}
	}
}

// legacyHwcaps are what a loader up to glibc 2.36 finds true of every processor
// of a machine, with their bits in the cache: sysdeps/x86/dl-hwcap.h, and the
// kernel's AT_PLATFORM on arm64.
var legacyHwcaps = map[elf.Machine]struct {
	name string
	bit  uint64
}{
	elf.EM_X86_64:  {"x86_64", 1 << 1},
	elf.EM_AARCH64: {"aarch64", 0},
}

// legacy sets what was dropped in glibc 2.37.
func (c *loaderConfig) legacy(m elf.Machine) {
	if c.minor >= 37 {
		return
	}
	c.subdirs, c.hwcaps = []string{"tls"}, 1<<63
	if cap, ok := legacyHwcaps[m]; ok {
		c.subdirs = []string{"tls/" + cap.name, "tls", cap.name}
		c.hwcaps |= cap.bit
	}
}

// fill completes the settings.
func (c *loaderConfig) fill(class elf.Class) {
	if len(c.systemDirs) == 0 {
		c.systemDirs = []string{"/lib", "/usr/lib"}
		if class == elf.ELFCLASS64 {
			c.systemDirs = []string{"/lib64", "/usr/lib64"}
		}
	}
	if c.cachePath == "" {
		c.cachePath = "/etc/ld.so.cache"
	}
}

// findLib finds the value of $LIB: the string that also ends one of the system
// directories.
func (c *loaderConfig) findLib(data []byte) string {
	end := func(dir string) string { return strings.TrimPrefix(strings.TrimPrefix(dir, "/usr"), "/") }
	for _, dir := range c.systemDirs {
		lib := end(dir)
		if !libToken(lib) {
			continue
		}
		for _, text := range stringsEnding(data, lib) {
			if text == lib {
				return lib
			}
		}
	}
	return end(c.systemDirs[0])
}

// libToken reports whether a string has the form of a value of $LIB: "lib64",
// "lib/x86_64-linux-gnu".
func libToken(s string) bool {
	first, second, more := strings.Cut(s, "/")
	if !strings.HasPrefix(first, "lib") || more && second == "" {
		return false
	}
	for i := range len(first) {
		if c := first[i]; !isDigit(c) && (c < 'a' || c > 'z') {
			return false
		}
	}
	for i := range len(second) {
		if c := second[i]; !identifier(c) && c != '-' {
			return false
		}
	}
	return true
}

// maxCache is the size of the largest cache that is read: a million entries.
const maxCache = 64 << 20

// openCache reads a tree's ld.so.cache once. A damaged one counts as none, as in
// glibc elf/dl-cache.c, _dl_load_cache_lookup.
func (s *search) openCache(t *tree) (*Cache, error) {
	c := entry(s.memory, &s.memory.caches, keyOf(t, t.conf.cachePath))
	return c.get(func() (*Cache, error) {
		data, _, err := s.readFile(t, t.conf.cachePath, maxCache)
		if err != nil || data == nil {
			return nil, err
		}
		cache, err := ParseCache(data)
		if err != nil {
			return nil, nil
		}
		return cache, nil
	})
}

// exists reports whether a path leads to anything.
func exists(fsys fs.ReadLinkFS, p string) bool {
	_, err := rootfs.Resolve(fsys, p)
	return err == nil
}
