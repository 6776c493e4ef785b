package elffile

import (
	"bytes"
	"debug/elf"
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
	_, strings := f.tag(elf.DT_STRTAB)
	_, symbols := f.tag(elf.DT_SYMTAB)
	f.HasTables = strings && symbols
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
	low, end := off, off+min(size, f.strtab.size)
	if end-low > maxWhole {
		low, end = 0, 0 // its strings are read one by one
	}
	for _, t := range []elf.DynTag{elf.DT_VERNEED, elf.DT_VERDEF} {
		if v, ok := f.tag(t); ok {
			if at, _, ok := f.offset(v); ok && at >= low && at-end < 1<<20 {
				end = max(end, at+readAhead)
			}
		}
	}
	if w.symbols {
		low, end = f.symbolTables(low, end)
	}
	w.prefetch(low, end)
	return nil
}

// StringTable is where the names of the symbols are in the file, in bytes, as the file
// says it; of libraries and search paths, too.
func (f *File) StringTable() (off, size uint64) {
	size, _ = f.tag(elf.DT_STRSZ)
	return f.strtab.off, min(size, f.strtab.size)
}

// str returns a string of the dynamic string table.
func (f *File) str(w *window, what string, index uint64, longest int) (text string, err error) {
	if index >= f.strtab.size {
		return "", bad("%s at %d lies outside the string table of %d bytes", what, index, f.strtab.size)
	}
	rest := f.strtab.size - index
	most := min(rest, uint64(longest)+1)
	b := w.held(f.strtab.off+index, most)
	end := bytes.IndexByte(b, 0)
	for n := uint64(readAhead); end < 0; n *= 16 {
		if b, err = w.bytes(what, f.strtab.off+index, min(n, most)); err != nil {
			return "", err
		}
		end = bytes.IndexByte(b, 0)
		switch {
		case end >= 0 || n < most:
		case most == rest:
			return "", bad("%s without an end", what)
		default:
			return "", limit("%s of more than %d bytes", what, longest)
		}
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
