package elffile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
)

// Dynamic tags that debug/elf does not name.
const (
	dtRelr      = 36
	dtAuxiliary = 0x7ffffffd
	dtFilter    = 0x7fffffff
	dtAudit     = 0x6ffffefc
	dtDepAudit  = 0x6ffffefb
	dtGNUHash   = 0x6ffffef5
)

// dyn is one entry of the dynamic section.
type dyn struct {
	tag uint64
	val uint64
}

// span is a range of a file.
type span struct{ off, size uint64 }

// readDynamic reads the dynamic section where it is mapped, up to DT_NULL, as
// glibc's elf_get_dynamic_info does: of a repeated tag the last one counts.
func (f *File) readDynamic(w *window) error {
	p, ok := f.find(elf.PT_DYNAMIC)
	if !ok {
		return nil
	}
	f.HasDynamic = true
	off, avail, ok := f.offset(p.Vaddr)
	if !ok {
		if f.Type == elf.ET_REL || f.Type == elf.ET_CORE || p.Filesz == 0 {
			return nil // separated debug information keeps the header only
		}
		return bad("the dynamic section is not in a loaded segment")
	}
	if err := f.entries(w, off, avail); err != nil {
		return err
	}
	if err := f.locateStrings(w); err != nil {
		return err
	}
	return f.dynamicStrings(w)
}

// entries reads the dynamic section up to DT_NULL, wherever its header says that
// it ends.
func (f *File) entries(w *window, off, avail uint64) error {
	size := uint64(8)
	if f.is64() {
		size = 16
	}
	f.dynamic = make([]dyn, 0, 64)
	for at := uint64(0); at+size <= avail; at += size {
		if at >= maxDynamic {
			return limit("a dynamic section of more than %d bytes", maxDynamic)
		}
		b, err := w.bytes("dynamic section", off+at, size)
		if err != nil {
			return err
		}
		d := dyn{f.word(b), f.word(b[size/2:])}
		if d.tag == uint64(elf.DT_NULL) {
			return nil
		}
		f.dynamic = append(f.dynamic, d)
	}
	return nil
}

// tag returns the value of a dynamic tag.
func (f *File) tag(t elf.DynTag) (uint64, bool) {
	for _, v := range slices.Backward(f.dynamic) {
		if v.tag == uint64(t) {
			return v.val, true
		}
	}
	return 0, false
}

// locateStrings finds the string table, and reads it together with the version
// tables that linkers put right behind it. Loaders take every string in the
// table's segment, whatever DT_STRSZ says.
func (f *File) locateStrings(w *window) error {
	vaddr, ok := f.tag(elf.DT_STRTAB)
	if !ok {
		return nil
	}
	off, avail, ok := f.offset(vaddr)
	if !ok {
		return bad("the dynamic string table is not in a loaded segment")
	}
	if off >= uint64(w.size) {
		return truncated("the dynamic string table", off, 1, w.size)
	}
	f.strtab = span{off, min(avail, uint64(w.size)-off)}
	size, _ := f.tag(elf.DT_STRSZ)
	size = min(size, f.strtab.size)
	if size > maxStrings {
		return limit("a dynamic string table of %d bytes, more than %d", size, maxStrings)
	}
	if size > maxWhole {
		return f.scanStrings(w, size)
	}
	low, end := off, off+size
	for _, t := range []elf.DynTag{elf.DT_VERNEED, elf.DT_VERDEF} {
		if v, ok := f.tag(t); ok {
			if at, _, ok := f.offset(v); ok && at >= off && at-end < 1<<20 {
				end = max(end, at+readAhead)
			}
		}
	}
	if w.symbols {
		low, end = f.symbolTables(low, end)
		w.tables = span{low, min(end, uint64(w.size)) - low}
	}
	w.prefetch(low, end)
	strs, err := w.bytes("the dynamic string table", off, size)
	if err != nil {
		return err
	}
	f.noteMentions(strs, 0)
	return nil
}

// scanStrings looks through a large string table part by part, so that not all
// of it is in memory at once, and picks up the strings that are asked for later.
func (f *File) scanStrings(w *window, size uint64) error {
	wanted := f.wantedStrings(w)
	w.picked = map[uint64]string{}
	part := w.take(maxWhole)
	defer w.give(part)
	for at := uint64(0); at < size; {
		n := min(size-at, maxWhole)
		if err := w.fill(part[:n], f.strtab.off+at); err != nil {
			return err
		}
		f.noteMentions(part[:n], at)
		for len(wanted) > 0 && wanted[0] < at+n {
			// A string that lies across two parts is left to be read alone.
			s := part[min(wanted[0]-at, n):n]
			if before, _, ok := bytes.Cut(s, []byte{0}); ok {
				w.picked[wanted[0]] = string(before)
			}
			wanted = wanted[1:]
		}
		if at += n; at < size {
			at -= mentionOverlap // a name may lie across, too
		}
	}
	return nil
}

// wantedStrings are the places in the string table that the dynamic section and
// the version tables refer to, in order. What is wrong with these shows when
// they are read in earnest.
func (f *File) wantedStrings(w *window) []uint64 {
	trial := &File{Class: f.Class, Progs: f.Progs, order: f.order, strtab: f.strtab, dynamic: f.dynamic}
	wanted := []uint64{}
	w.wanted = &wanted
	_ = trial.dynamicStrings(w)
	_ = trial.versions(w)
	w.wanted = nil
	slices.Sort(wanted)
	return slices.Compact(wanted)
}

// mentionable are the functions for which glibc opens more libraries, to unwind
// stacks and to look up hosts, users and the like through modules. None is
// shorter than tailSize or longer than mentionOverlap.
var mentionable = [...]string{
	"backtrace", "pthread_cancel", "pthread_exit",
	"getaddrinfo", "getnameinfo", "gethostent", "getpwent", "getgrent", "getgrouplist",
	"getspent", "getservent", "getprotoent", "getnetent",
	"gethostbyname", "gethostbyname_r", "gethostbyname2", "gethostbyname2_r", "gethostbyaddr", "gethostbyaddr_r",
	"getpwnam", "getpwnam_r", "getpwuid", "getpwuid_r", "getgrnam", "getgrnam_r", "getgrgid", "getgrgid_r",
	"getspnam", "getspnam_r", "getservbyname", "getservbyname_r", "getservbyport", "getservbyport_r",
	"getprotobyname", "getprotobyname_r", "getprotobynumber", "getprotobynumber_r",
	"getnetbyname", "getnetbyname_r", "getnetbyaddr", "getnetbyaddr_r",
}

const (
	tailSize       = 8
	mentionOverlap = 32
)

// tails tells quickly which names may end in one of those that are mentionable:
// a set of hashes of their last bytes.
var tails = func() (out [1 << 12 / 64]uint64) {
	for _, name := range mentionable {
		h := tailHash([]byte(name[len(name)-tailSize:]))
		out[h/64] |= 1 << (h % 64)
	}
	return out
}()

func tailHash(tail []byte) uint64 {
	return binary.LittleEndian.Uint64(tail) * 0x9e3779b97f4a7c15 >> 52
}

// mention is a mentionable name in the string table.
type mention struct {
	name string
	// at are the places where it stands: one, unless a linker was careless.
	at []uint64
}

const maxMentions = 64 // places of one name

// noteMentions looks for mentionable names in a part of the string table that is
// at hand, so that few files need their symbols read. Linkers store a name that
// ends another one as the end of that.
func (f *File) noteMentions(strs []byte, at uint64) {
	for {
		end := bytes.IndexByte(strs, 0)
		if end < 0 {
			return
		}
		if end >= tailSize {
			h := tailHash(strs[end-tailSize : end])
			if tails[h/64]&(1<<(h%64)) != 0 {
				f.noteMention(strs[:end], at)
			}
		}
		strs, at = strs[end+1:], at+uint64(end)+1
	}
}

func (f *File) noteMention(symbol []byte, at uint64) {
	for _, name := range mentionable {
		before := len(symbol) - len(name)
		if before < 0 || string(symbol[before:]) != name {
			continue
		}
		i := slices.IndexFunc(f.mentions, func(m mention) bool { return m.name == name })
		if i < 0 {
			i = len(f.mentions)
			f.mentions = append(f.mentions, mention{name: name})
		}
		if m := &f.mentions[i]; len(m.at) < maxMentions {
			m.at = append(m.at, at+uint64(before))
		}
	}
}

// Mentions returns the functions in the dynamic string table for which glibc
// opens more libraries: those that unwind stacks (backtrace, pthread_cancel,
// pthread_exit) and those that look up hosts and users (getaddrinfo, getpwnam).
// Imported tells which of them are imported.
func (f *File) Mentions() []string {
	var out []string
	for _, m := range f.mentions {
		out = append(out, m.name)
	}
	return out
}

// str returns a string of the dynamic string table.
func (f *File) str(w *window, what string, index uint64, most int) (string, error) {
	if index >= f.strtab.size {
		return "", bad("%s at %d lies outside the string table of %d bytes", what, index, f.strtab.size)
	}
	if w.wanted != nil {
		*w.wanted = append(*w.wanted, index)
		return "", nil
	}
	if s, ok := w.picked[index]; ok && len(s) <= most {
		return s, w.count(len(s))
	}
	n := min(f.strtab.size-index, uint64(most)+1)
	b := w.held(f.strtab.off+index, n)
	end := bytes.IndexByte(b, 0)
	if end < 0 {
		var err error
		if b, err = w.bytes(what, f.strtab.off+index, n); err != nil {
			return "", err
		}
		end = bytes.IndexByte(b, 0)
	}
	switch {
	case end < 0 && n <= uint64(most):
		return "", bad("%s without an end", what)
	case end < 0:
		return "", limit("%s of more than %d bytes", what, most)
	}
	return string(b[:end]), w.count(end)
}

func (f *File) dynamicStrings(w *window) error {
	for _, d := range f.dynamic {
		if err := f.dynamicEntry(w, d); err != nil {
			return err
		}
	}
	_, strings := f.tag(elf.DT_STRTAB)
	_, symbols := f.tag(elf.DT_SYMTAB)
	f.HasTables = strings && symbols
	if f.HasRunPath {
		f.RPath, f.HasRPath = "", false
	}
	f.BindNow = f.BindNow || f.DynFlags&elf.DF_BIND_NOW != 0 || f.DynFlags1&elf.DF_1_NOW != 0
	f.TextRel = f.TextRel || f.DynFlags&elf.DF_TEXTREL != 0
	return nil
}

func (f *File) dynamicEntry(w *window, d dyn) (err error) {
	switch d.tag {
	case uint64(elf.DT_NEEDED):
		return f.needed(w, d.val)
	case dtFilter, dtAuxiliary:
		return f.filter(w, d)
	case uint64(elf.DT_SONAME):
		f.Soname, err = f.str(w, "SONAME", d.val, maxName)
	case uint64(elf.DT_RPATH):
		f.HasRPath = true
		f.RPath, err = f.str(w, "RPATH", d.val, maxPaths)
	case uint64(elf.DT_RUNPATH):
		f.HasRunPath = true
		f.RunPath, err = f.str(w, "RUNPATH", d.val, maxPaths)
	case dtAudit:
		f.Audit, err = f.str(w, "AUDIT", d.val, maxPaths)
	case dtDepAudit:
		f.DepAudit, err = f.str(w, "DEPAUDIT", d.val, maxPaths)
	case uint64(elf.DT_FLAGS):
		f.DynFlags = elf.DynFlag(d.val)
	case uint64(elf.DT_FLAGS_1):
		f.DynFlags1 = elf.DynFlag1(d.val)
	case uint64(elf.DT_BIND_NOW):
		f.BindNow = true
	case uint64(elf.DT_TEXTREL):
		f.TextRel = true
	case uint64(elf.DT_VERSYM):
		f.HasVersionTable = true
	case dtRelr:
		f.Relr = true
	}
	return err
}

func (f *File) needed(w *window, index uint64) error {
	if len(f.Needed) >= maxNeeded {
		return limit("more than %d NEEDED entries", maxNeeded)
	}
	name, err := f.str(w, "NEEDED", index, maxName)
	f.Needed = append(f.Needed, name)
	return err
}

func (f *File) filter(w *window, d dyn) error {
	if len(f.Filters) >= maxNeeded {
		return limit("more than %d filters", maxNeeded)
	}
	name, err := f.str(w, "filter", d.val, maxName)
	f.Filters = append(f.Filters, Filter{Name: name, Auxiliary: d.tag == dtAuxiliary, After: len(f.Needed)})
	return err
}
