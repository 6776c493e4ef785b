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
	size := min(p.Filesz, avail)
	if size > maxDynamic {
		return bad("a dynamic section of %d bytes, more than %d", size, maxDynamic)
	}
	table, err := w.bytes("dynamic section", off, size)
	if err != nil {
		return err
	}
	f.entries(table)
	if err := f.locateStrings(w); err != nil {
		return err
	}
	return f.dynamicStrings(w)
}

func (f *File) entries(table []byte) {
	size := 8
	if f.is64() {
		size = 16
	}
	f.dynamic = make([]dyn, 0, min(len(table)/size, 64))
	for ; len(table) >= size; table = table[size:] {
		d := dyn{f.word(table), f.word(table[size/2:])}
		if d.tag == uint64(elf.DT_NULL) {
			return
		}
		f.dynamic = append(f.dynamic, d)
	}
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
// tables that linkers put right behind it.
func (f *File) locateStrings(w *window) error {
	vaddr, ok := f.tag(elf.DT_STRTAB)
	if !ok {
		return nil
	}
	size, _ := f.tag(elf.DT_STRSZ)
	off, avail, ok := f.offset(vaddr)
	if !ok {
		return bad("the dynamic string table is not in a loaded segment")
	}
	if size > maxStrings {
		return bad("a dynamic string table of %d bytes, more than %d", size, maxStrings)
	}
	if size > avail {
		return bad("the dynamic string table leaves its segment")
	}
	f.strtab = span{off, size}
	if off > uint64(w.size) || size > uint64(w.size)-off {
		return truncated("the dynamic string table", off, size, w.size)
	}
	if size > maxWhole {
		return f.scanStrings(w)
	}
	end := off + size
	for _, t := range []elf.DynTag{elf.DT_VERNEED, elf.DT_VERDEF} {
		if v, ok := f.tag(t); ok {
			if at, _, ok := f.offset(v); ok && at >= off && at-end < 1<<20 {
				end = max(end, at+readAhead)
			}
		}
	}
	w.prefetch(off, end)
	strs, err := w.bytes("the dynamic string table", off, size)
	if err != nil {
		return err
	}
	f.noteMentions(strs)
	return nil
}

// scanStrings looks through a large string table part by part, so that not all
// of it is in memory at once, and picks up the strings that are asked for later.
func (f *File) scanStrings(w *window) error {
	wanted := f.wantedStrings(w)
	w.picked = map[uint64]string{}
	part := w.take(maxWhole)
	defer w.give(part)
	for at := uint64(0); at < f.strtab.size; {
		n := min(f.strtab.size-at, maxWhole)
		if err := w.fill(part[:n], f.strtab.off+at); err != nil {
			return err
		}
		f.noteMentions(part[:n])
		for len(wanted) > 0 && wanted[0] < at+n {
			// A string that lies across two parts is left to be read alone.
			s := part[min(wanted[0]-at, n):n]
			if before, _, ok := bytes.Cut(s, []byte{0}); ok {
				w.picked[wanted[0]] = string(before)
			}
			wanted = wanted[1:]
		}
		if at += n; at < f.strtab.size {
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

// noteMentions looks for mentionable names while the string table is at hand, so
// that few files need their symbols read. Linkers store a name that ends another
// one as the end of that.
func (f *File) noteMentions(strs []byte) {
	for {
		end := bytes.IndexByte(strs, 0)
		if end < 0 {
			return
		}
		if end >= tailSize {
			h := tailHash(strs[end-tailSize : end])
			if tails[h/64]&(1<<(h%64)) != 0 {
				f.noteMention(strs[:end])
			}
		}
		strs = strs[end+1:]
	}
}

func (f *File) noteMention(symbol []byte) {
	for _, name := range mentionable {
		before := len(symbol) - len(name)
		if before >= 0 && string(symbol[before:]) == name && !slices.Contains(f.mentions, name) {
			f.mentions = append(f.mentions, name)
		}
	}
}

// Mentions returns the functions in the dynamic string table for which glibc
// opens more libraries: those that unwind stacks (backtrace, pthread_cancel,
// pthread_exit) and those that look up hosts and users (getaddrinfo, getpwnam).
// Imported tells which of them are imported.
func (f *File) Mentions() []string { return f.mentions }

// str returns a string of the dynamic string table.
func (f *File) str(w *window, what string, index uint64, limit int) (string, error) {
	if index >= f.strtab.size {
		return "", bad("%s at %d lies outside the string table of %d bytes", what, index, f.strtab.size)
	}
	if w.wanted != nil {
		*w.wanted = append(*w.wanted, index)
		return "", nil
	}
	if s, ok := w.picked[index]; ok && len(s) <= limit {
		return s, w.count(len(s))
	}
	n := min(f.strtab.size-index, uint64(limit)+1)
	b, err := w.bytes(what, f.strtab.off+index, n)
	if err != nil {
		return "", err
	}
	end := bytes.IndexByte(b, 0)
	if end < 0 {
		return "", bad("%s of more than %d bytes", what, limit)
	}
	return string(b[:end]), w.count(end)
}

func (f *File) dynamicStrings(w *window) error {
	for _, d := range f.dynamic {
		if err := f.dynamicEntry(w, d); err != nil {
			return err
		}
	}
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
		f.Soname, err = f.str(w, "SONAME", d.val, maxPath)
	case uint64(elf.DT_RPATH):
		f.HasRPath = true
		f.RPath, err = f.str(w, "RPATH", d.val, 16*maxPath)
	case uint64(elf.DT_RUNPATH):
		f.HasRunPath = true
		f.RunPath, err = f.str(w, "RUNPATH", d.val, 16*maxPath)
	case dtAudit:
		f.Audit, err = f.str(w, "AUDIT", d.val, maxPath)
	case dtDepAudit:
		f.DepAudit, err = f.str(w, "DEPAUDIT", d.val, maxPath)
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
		return bad("more than %d NEEDED entries", maxNeeded)
	}
	name, err := f.str(w, "NEEDED", index, maxPath)
	f.Needed = append(f.Needed, name)
	return err
}

func (f *File) filter(w *window, d dyn) error {
	if len(f.Filters) >= maxNeeded {
		return bad("more than %d filters", maxNeeded)
	}
	name, err := f.str(w, "filter", d.val, maxPath)
	f.Filters = append(f.Filters, Filter{Name: name, Auxiliary: d.tag == dtAuxiliary, After: len(f.Needed)})
	return err
}
