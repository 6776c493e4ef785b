package loader

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/rootfs"
)

// glibc has the rules of glibc's elf/dl-load.c and elf/dl-deps.c.
type glibc struct {
	search *search
}

// dependencies merges NEEDED and filter entries in file order. Their tokens are
// expanded before anything else (elf/dl-deps.c, expand_dst), so that a name can
// become a path, and the same text mean different files.
func (g *glibc) dependencies(o *object) []dependency {
	var out []dependency
	filters := o.File.Filters
	add := func(after int) {
		for len(filters) > 0 && filters[0].After <= after {
			f := filters[0]
			out = append(out, dependency{name: g.spelled(o, f.Name), filter: true, auxiliary: f.Auxiliary})
			filters = filters[1:]
		}
	}
	for i, name := range o.File.Needed {
		add(i)
		out = append(out, dependency{name: g.spelled(o, name)})
	}
	add(len(o.File.Needed))
	return out
}

// spelled is a name with its tokens expanded, where they have one meaning: that
// of an object which moves depends on where it is looked for.
func (g *glibc) spelled(o *object, name string) string {
	if !strings.Contains(name, "$") || o.origin != o.imageOrigin || g.platformDependent(name) {
		return name
	}
	return substitute(name, o.origin, g.search.conf.lib)
}

// reuse compares with the names and SONAMEs of what is loaded: the beginning of
// _dl_map_object. The empty name is the main program's.
// A SONAME that was asked for is a name from then on.
func (g *glibc) reuse(_ *object, name string) *object {
	o := g.search.named[name]
	if o != nil {
		index(g.search.called, o, name)
	}
	return o
}

// same compares device and inode (_dl_map_object_from_fd). The kernel maps the
// program and the interpreter, so the loader does not know theirs.
func (g *glibc) same(h *hit) *object {
	unknown := func(o *object) bool { return !g.search.library && o == g.search.main || o == g.search.interp }
	return g.search.sameInTree(h, unknown)
}

// find is _dl_map_object after its look at what is loaded.
func (g *glibc) find(t *tree, req *object, name string, tr *trail) (*hit, error) {
	if strings.Contains(name, "/") || g.platformDependent(name) {
		return g.direct(t, req, name, tr)
	}
	for _, stage := range []func(*tree, *object, string, *trail) (*hit, error){
		g.rpath, g.libraryPath, g.runpath, g.cached, g.systemDirs,
	} {
		if h, err := stage(t, req, name, tr); h != nil || err != nil {
			return h, err
		}
	}
	return nil, nil
}

// direct opens a name that has a slash.
func (g *glibc) direct(t *tree, req *object, name string, tr *trail) (*hit, error) {
	for _, e := range g.expand(t, req, name) {
		if !strings.HasPrefix(e.path, "/") {
			g.search.report(relativeName(req, name, g.search.opt.WorkDir))
		}
		h, err := g.try(t, e, tr)
		if h != nil || err != nil {
			if h != nil {
				h.via = "path"
			}
			return h, err
		}
		tr.searched(t, "the path "+e.path)
	}
	return nil, nil
}

// rpath goes through the DT_RPATH of the requester, of the objects that caused
// it to be loaded, and of the program. A requester with a RUNPATH has none of it.
func (g *glibc) rpath(t *tree, req *object, name string, tr *trail) (*hit, error) {
	if req.File.HasRunPath {
		return nil, nil
	}
	seenMain := false
	for o := req; o != nil; o = o.loader {
		seenMain = seenMain || o == g.search.main
		if h, err := g.declared(t, o, "rpath", o.File.RPath, o.File.HasRPath, name, tr); h != nil || err != nil {
			return h, err
		}
	}
	if seenMain {
		return nil, nil
	}
	m := g.search.main
	return g.declared(t, m, "rpath", m.File.RPath, m.File.HasRPath, name, tr)
}

func (g *glibc) runpath(t *tree, req *object, name string, tr *trail) (*hit, error) {
	return g.declared(t, req, "runpath", req.File.RunPath, req.File.HasRunPath, name, tr)
}

func (g *glibc) libraryPath(t *tree, _ *object, name string, tr *trail) (*hit, error) {
	value := g.search.opt.Env["LD_LIBRARY_PATH"]
	if value == "" {
		return nil, nil
	}
	elements := strings.Split(strings.ReplaceAll(value, ";", ":"), ":")
	return g.path(t, g.search.main, "LD_LIBRARY_PATH", elements, name, tr)
}

// declared searches a path that an object declares.
func (g *glibc) declared(t *tree, o *object, kind, value string, has bool, name string, tr *trail) (*hit, error) {
	if !has || value == "" {
		return nil, nil
	}
	return g.path(t, o, kind, strings.Split(value, ":"), name, tr)
}

// path is open_path: the first directory with a file that opens decides. An
// empty element is the working directory.
func (g *glibc) path(t *tree, o *object, kind string, elements []string, name string, tr *trail) (*hit, error) {
	for _, element := range elements {
		for _, e := range g.expand(t, o, element) {
			if !strings.HasPrefix(e.path, "/") {
				g.search.report(relativePath(o, kind, element, g.search.opt.WorkDir))
				e.path = inDir(g.search.opt.WorkDir, e.path)
				e.to = e.path
			}
			via := kind
			if kind != "LD_LIBRARY_PATH" {
				via += " " + element
			}
			if o != g.search.main && kind != "LD_LIBRARY_PATH" {
				via += " of " + o.To
			}
			h, err := g.directory(t, e, name, via, tr)
			if h != nil || err != nil || endsPath(t, e.path, tr.fault) {
				return h, err
			}
		}
	}
	return nil, nil
}

// endsPath reports whether open_path goes on with no further directory: one that is
// there has the file, but it cannot be opened for a reason that is not absence. A
// link that loops is such a file, and one that leads through a file.
func endsPath(t *tree, dir string, fault syscall.Errno) bool {
	if fault == 0 || fault == syscall.ENOENT || fault == syscall.EACCES {
		return false
	}
	res, err := rootfs.Resolve(t.fs, dir)
	return err == nil && res.Info.IsDir()
}

// directory looks for a name in one directory.
func (g *glibc) directory(t *tree, dir expansion, name, via string, tr *trail) (*hit, error) {
	where := strings.TrimRight(dir.path, "/")
	if strings.HasPrefix(via, viaSystem) {
		tr.searched(t, systemDirs)
	} else {
		tr.searched(t, where+" ("+strings.TrimSuffix(via, " "+where)+")")
	}
	for _, sub := range t.conf.subdirs {
		if !exists(t.fs, inDir(dir.path, sub)) {
			continue
		}
		in := expansion{inDir(dir.path, sub), inDir(dir.to, sub)}
		if h, err := g.file(t, in, name, via, tr); h != nil || err != nil {
			return h, err
		}
	}
	return g.file(t, dir, name, via, tr)
}

// file tries one file of a directory.
func (g *glibc) file(t *tree, dir expansion, name, via string, tr *trail) (*hit, error) {
	h, err := g.try(t, expansion{inDir(dir.path, name), inDir(dir.to, name)}, tr)
	if h != nil {
		h.via = via
	}
	return h, err
}

// inDir joins without cleaning, as the loader does: "a/../b" with a link at a is
// not "b".
func inDir(dir, name string) string {
	return strings.TrimRight(dir, "/") + "/" + name
}

// cached takes the cache's one candidate. DF_1_NODEFLIB on the requester rules
// out those in system directories.
func (g *glibc) cached(t *tree, req *object, name string, tr *trail) (*hit, error) {
	cache, err := g.search.openCache(t)
	if cache == nil || err != nil {
		return nil, err
	}
	flags, ok := CacheFlags(g.search.main.File)
	if !ok {
		return nil, nil
	}
	tr.searched(t, t.conf.cachePath)
	p := cache.lookup(name, flags, t.conf.hwcaps)
	if p == "" || noDefaultLib(req) && slices.ContainsFunc(t.conf.systemDirs, func(dir string) bool {
		return strings.HasPrefix(p, inDir(dir, ""))
	}) {
		return nil, nil
	}
	h, err := g.try(t, expansion{p, p}, tr)
	if h != nil {
		h.via = ViaCache
	}
	return h, err
}

func (g *glibc) systemDirs(t *tree, req *object, name string, tr *trail) (*hit, error) {
	if noDefaultLib(req) {
		return nil, nil
	}
	for _, dir := range t.conf.systemDirs {
		h, err := g.directory(t, expansion{dir, dir}, name, viaSystem+dir, tr)
		if h != nil || err != nil || endsPath(t, dir, tr.fault) {
			return h, err
		}
	}
	return nil, nil
}

func noDefaultLib(o *object) bool { return o.File.DynFlags1&elf.DF_1_NODEFLIB != 0 }

// try opens a candidate. Absent files, other classes and other machines are
// passed over; what opens decides, for good or bad (open_verify).
func (g *glibc) try(t *tree, e expansion, tr *trail) (*hit, error) {
	tr.tried = true
	h, fault, err := g.search.look(t, e.path)
	tr.fault = fault
	if h == nil || err != nil {
		g.search.rejectHidden(t, e.path, fault, tr)
		return nil, err
	}
	h.to = e.to
	if !strings.HasPrefix(h.to, "/") {
		h.to = h.path
	}
	if !g.search.readable(h.resolved.Info) {
		g.search.rejectUnreadable(h, tr)
		return nil, nil
	}
	if why := g.passOver(h); why != "" {
		tr.rejected = append(tr.rejected, rejection{tree: t.Name, path: path.Clean(h.path), why: why})
		return nil, nil
	}
	g.judge(h)
	return h, nil
}

// judge says of a file that opens whether the loader takes it.
func (g *glibc) judge(h *hit) {
	if h.fatal = g.cannotOpen(h); h.fatal != "" {
		return
	}
	if h.fatal = g.cannotMap(h); h.fatal != "" {
		h.mapping = true
		return
	}
	h.fatal = damage(h)
	h.crash = h.fatal != ""
}

// passOver says why the search goes on past a file.
func (g *glibc) passOver(h *hit) string {
	f, main := h.parsed.file, g.search.main.File
	switch {
	case f == nil || f.Class == elf.ELFCLASSNONE || f.Type == elf.ET_NONE:
		return ""
	case f.Class != main.Class && f.Machine == main.Machine:
		return fmt.Sprintf("but it is %s (%s)", className(f.Class), f)
	case f.Class != main.Class:
		return fmt.Sprintf("but it is for %s", f)
	case f.Machine != main.Machine && f.Data == main.Data:
		return fmt.Sprintf("but it is for %s", f)
	}
	return ""
}

// cannotOpen returns the loader's text for a file it gives up on when it opens
// it: open_verify, in its order. Its strerror knows few errors by name.
func (g *glibc) cannotOpen(h *hit) string {
	f, err := h.parsed.file, h.parsed.err
	size := h.resolved.Info.Size()
	switch {
	case h.resolved.Info.Mode()&fs.ModeDir != 0:
		return "cannot read file data: Error 21"
	case size < headerSize(g.search.main.File.Class):
		return "file too short"
	case f == nil:
		return "invalid ELF header"
	case f.Data != g.search.main.File.Data:
		if g.search.main.File.Data == elf.ELFDATA2MSB {
			return "ELF file data encoding not big-endian"
		}
		return "ELF file data encoding not little-endian"
	case f.Ident[elf.EI_VERSION] != byte(elf.EV_CURRENT):
		return "ELF file version ident does not match current one"
	case f.OSABI != elf.ELFOSABI_NONE && f.OSABI != elf.ELFOSABI_LINUX:
		return "ELF file OS ABI invalid"
	case f.ABIVersion != 0 && f.Machine != elf.EM_MIPS && (f.OSABI != elf.ELFOSABI_LINUX || f.ABIVersion >= abiVersions):
		return "ELF file ABI version invalid"
	case !zero(f.Ident[elf.EI_PAD:]):
		return "nonzero padding in e_ident"
	case f.Version != uint32(elf.EV_CURRENT):
		return "ELF file version does not match current one"
	case f.Type != elf.ET_DYN && f.Type != elf.ET_EXEC:
		return "only ET_DYN and ET_EXEC can be loaded"
	case f.ProgSize != progSize(f.Class):
		return "ELF file's phentsize not the expected size"
	case err != nil && len(f.Progs) == 0:
		return "cannot read file data"
	}
	return ""
}

// cannotMap is the same for what _dl_map_object_from_fd and
// _dl_map_segments find.
func (g *glibc) cannotMap(h *hit) string {
	f := h.parsed.file
	if why := misaligned(f, g.search.glibcMinor()); why != "" {
		return why
	}
	switch {
	case !f.Has(elf.PT_LOAD):
		return "object file has no loadable segments"
	case !f.HasDynamic:
		return "object file has no dynamic section"
	case f.Type == elf.ET_EXEC:
		return "cannot dynamically load executable"
	case f.PIE():
		return "cannot dynamically load position-independent executable"
	}
	return ""
}

// damage says what is wrong with a file that no loader checks, so that it crashes.
func damage(h *hit) string {
	switch err := h.parsed.err; {
	case errors.Is(err, elffile.ErrLimit):
	case err != nil:
		return err.Error()
	case !h.parsed.file.HasTables:
		return "its dynamic section names no string table or no symbol table"
	}
	return ""
}

// misaligned says why segments cannot be mapped. Until glibc 2.35 their own
// alignment had to be that of pages.
func misaligned(f *elffile.File, minor int) string {
	for _, p := range f.Progs {
		switch {
		case p.Type != elf.PT_LOAD:
		case minor >= 35 && (p.Vaddr-p.Off)%pageSize != 0:
			return "ELF load command address/offset not page-aligned"
		case minor >= 35:
		case p.A%pageSize != 0:
			return "ELF load command alignment not page-aligned"
		case (p.Vaddr-p.Off)&(p.A-1) != 0:
			return "ELF load command address/offset not properly aligned"
		}
	}
	return ""
}

// abiVersions bounds the ABI versions of GNU files (LIBC_ABI_MAX, from glibc's
// libc-abis). MIPS has a list of its own.
const abiVersions = 4

// pageSize is the smallest page there is. A larger one makes the loader stricter.
const pageSize = 4096

func zero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

func progSize(c elf.Class) uint16 {
	if c == elf.ELFCLASS32 {
		return 32
	}
	return 56
}

func headerSize(c elf.Class) int64 {
	if c == elf.ELFCLASS32 {
		return 52
	}
	return 64
}

// preload loads LD_PRELOAD and the ld.so.preload of a tree that ships, on the
// program's behalf (elf/rtld.c, handle_preload). What is missing is ignored.
func (s *search) preload() error {
	if _, ok := s.libc.(*glibc); !ok {
		return s.preloadNames(splitPreload(s.opt.Env["LD_PRELOAD"], " :\t\n\v\f\r"), "LD_PRELOAD")
	}
	if err := s.preloadNames(splitPreload(s.opt.Env["LD_PRELOAD"], " :"), "LD_PRELOAD"); err != nil {
		return err
	}
	for _, t := range s.trees {
		if !t.Whole {
			continue
		}
		data, _, err := s.readFile(t, "/etc/ld.so.preload", maxFile)
		if err != nil {
			return err
		}
		return s.preloadNames(splitPreload(uncomment(data), " :\t\n"), "/etc/ld.so.preload")
	}
	return nil
}

func (s *search) preloadNames(names []string, from string) error {
	for _, name := range names {
		o, err := s.load(s.main, name, false)
		if err != nil {
			return err
		}
		if o == nil {
			s.report(preloadMissing(s.main, name, from, s.libcName))
			continue
		}
		if o.Name == name && len(o.NeededBy) == 1 {
			o.Via = from
		}
		s.enlist(o)
	}
	return nil
}

func splitPreload(list, separators string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(separators, r) })
}

// uncomment drops what follows a "#" on each line.
func uncomment(data []byte) string {
	var b strings.Builder
	for line := range bytes.Lines(data) {
		text, _, _ := bytes.Cut(line, []byte("#"))
		b.Write(text)
		b.WriteByte('\n')
	}
	return b.String()
}
