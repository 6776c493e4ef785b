package loader

import (
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/sinter-build/sinter/elffile"
)

// musl has the rules of musl's ldso/dynlink.c.
type musl struct {
	search *search
}

func (m *musl) dependencies(o *object) []dependency {
	var out []dependency
	for _, name := range o.File.Needed {
		out = append(out, dependency{name: name})
	}
	return out
}

// reuse is the beginning of load_library: the names of libc's former parts are
// the loader itself, and others match by file name, never by SONAME.
func (m *musl) reuse(_ *object, name string) *object {
	if interp := m.search.interp; interp != nil && (reserved(name) || name == interp.Found) {
		return interp
	}
	if name == "" || strings.Contains(name, "/") {
		return nil
	}
	return m.search.short[name]
}

func reserved(name string) bool {
	rest, ok := strings.CutPrefix(name, "lib")
	if !ok {
		return false
	}
	part, _, dot := strings.Cut(rest, ".")
	if !dot {
		return false
	}
	switch part {
	case "c", "pthread", "rt", "m", "dl", "util", "xnet":
		return true
	}
	return false
}

func (m *musl) same(h *hit) *object {
	if o := m.search.interp; o != nil && o.Tree == h.t.index && o.Real == h.resolved.Path {
		return o
	}
	if o := m.search.sameInTree(h, func(o *object) bool { return o == m.search.main && !m.search.library }); o != nil {
		return o
	}
	if m.secondLibc(h) {
		return m.search.interp
	}
	return nil
}

// secondLibc reports whether a file is a C library, glibc's too: load_library
// takes the loader itself instead.
func (m *musl) secondLibc(h *hit) bool {
	if m.search.interp == nil {
		return false
	}
	second, err := h.parsed.secondary.get(func() (bool, error) {
		symbols := m.search.symbols(m.search.newObject("", h))
		for _, name := range []string{"__libc_start_main", "stdin"} {
			found, err := whatIsThere(symbols.Find(elffile.NameOf(name), muslBinds(usedAsCall)))
			if !found || err != nil {
				return false, err
			}
		}
		return true, nil
	})
	return second && err == nil // a file that goes on being read will show the error
}

func (m *musl) find(t *tree, req *object, name string, tr *trail) (*hit, error) {
	switch {
	case name == "":
		return nil, nil
	case strings.Contains(name, "/"):
		if !strings.HasPrefix(name, "/") {
			m.search.report(relativeName(req, name, m.search.opt.WorkDir))
		}
		tr.searched(t, "the path "+name)
		return m.try(t, expansion{name, name}, "path", tr)
	}
	if h, err := m.path(t, m.search.opt.Env["LD_LIBRARY_PATH"], nil, name, "LD_LIBRARY_PATH", tr); h != nil || err != nil {
		return h, err
	}
	for o := req; o != nil; o = o.loader {
		if h, err := m.rpath(t, o, name, tr); h != nil || err != nil {
			return h, err
		}
	}
	dirs, via, err := m.systemPath(t, tr)
	if err != nil {
		return nil, err
	}
	return m.path(t, dirs, nil, name, via, tr)
}

// rpath is fixup_rpath: RUNPATH wins over RPATH, and any token but $ORIGIN voids
// all of it.
func (m *musl) rpath(t *tree, o *object, name string, tr *trail) (*hit, error) {
	kind, value := "rpath", o.File.RPath
	if o.File.HasRunPath {
		kind, value = "runpath", o.File.RunPath
	}
	for i := range len(value) {
		if value[i] == '$' && !strings.HasPrefix(value[i:], "$ORIGIN") && !strings.HasPrefix(value[i:], "${ORIGIN}") {
			return nil, nil
		}
	}
	via := kind + " " + value
	if o != m.search.main {
		via += " of " + o.To
	}
	return m.path(t, value, o, name, via, tr)
}

// path is path_open: elements are separated by colons or newlines, empty ones do
// not count, and the first file that opens decides.
func (m *musl) path(t *tree, value string, o *object, name, via string, tr *trail) (*hit, error) {
	elements := strings.FieldsFunc(value, func(r rune) bool { return r == ':' || r == '\n' })
	for _, element := range elements {
		for _, e := range m.expand(t, o, element) {
			tr.searched(t, e.path+" ("+firstWord(via)+")")
			h, err := m.try(t, expansion{e.path + "/" + name, e.to + "/" + name}, via, tr)
			if h != nil || err != nil {
				return h, err
			}
		}
	}
	return nil, nil
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// expand replaces $ORIGIN, without any care for what follows it.
func (m *musl) expand(t *tree, o *object, element string) []expansion {
	if o == nil || !strings.Contains(element, "$") {
		return []expansion{{element, element}}
	}
	var out []expansion
	for _, origin := range origins(t, o) {
		out = append(out, reach(t, origin, expansion{muslOrigin(element, origin.path), muslOrigin(element, origin.to)}))
	}
	return out
}

func muslOrigin(p, origin string) string {
	return strings.NewReplacer("${ORIGIN}", origin, "$ORIGIN", origin).Replace(p)
}

// systemPath reads PREFIX/etc/ld-musl-ARCH.path, where PREFIX is the
// interpreter's path less two components. The built-in list holds only when the
// file is absent: one that cannot be opened counts as empty.
func (m *musl) systemPath(t *tree, tr *trail) (dirs, via string, err error) {
	interp := m.search.interpName()
	prefix := path.Dir(path.Dir(interp))
	arch := strings.TrimSuffix(strings.TrimPrefix(path.Base(interp), "ld-musl-"), path.Ext(interp))
	arch, _, _ = strings.Cut(arch, ".so")
	file := path.Join(prefix, "etc", "ld-musl-"+arch+".path")
	data, fault, err := m.search.readFile(t, file, maxFile)
	if fault == syscall.ENOENT {
		return "/lib:/usr/local/lib:/usr/lib", "system directories", nil
	}
	if fault != 0 {
		tr.fault = fault
	}
	text, _, _ := strings.Cut(string(data), "\x00")
	return text, file, err
}

// try opens a candidate; map_library then takes it or fails.
func (m *musl) try(t *tree, e expansion, via string, tr *trail) (*hit, error) {
	tr.tried = true
	h, fault, err := m.search.look(t, e.path)
	if fault == syscall.ELOOP {
		// path_open goes on only past files that are plainly not there.
		return &hit{t: t, path: e.path, to: e.to, via: via, parsed: &parsed{}, fatal: "Symbolic link loop"}, nil
	}
	if h == nil || err != nil {
		m.search.rejectHidden(t, e.path, fault, tr)
		return nil, err
	}
	if !m.search.readable(h.resolved.Info) {
		m.search.rejectUnreadable(h, tr)
		return nil, nil
	}
	h.to, h.via = e.to, via
	if !strings.HasPrefix(h.to, "/") {
		h.to = h.path
	}
	m.judge(h)
	return h, nil
}

// judge is map_library: it wants a dynamic section and the right class, and does
// not look at the machine at all.
func (m *musl) judge(h *hit) {
	f, main := h.parsed.file, m.search.main.File
	switch {
	case h.resolved.Info.Mode()&fs.ModeDir != 0:
		h.fatal = "Is a directory"
	case f == nil, len(f.Progs) == 0, f.Class != main.Class, f.Data != main.Data, !f.HasDynamic:
		h.fatal = "Exec format error"
	case f.Machine != main.Machine:
		h.fatal, h.crash = "it is for "+f.String(), true
	default:
		h.fatal = damage(h)
		h.crash = h.fatal != ""
	}
}
