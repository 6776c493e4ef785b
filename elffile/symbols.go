package elffile

import (
	"bytes"
	"debug/elf"
	"io"
)

// Symbol is an entry of the dynamic symbol table.
type Symbol struct {
	Name string
	// Version is the version that is required or defined; empty for none.
	Version string
	// File is the provider that a required version is tied to.
	File string
	// Hidden symbols are found only under their very version.
	Hidden  bool
	Defined bool
	Weak    bool
	Local   bool
	Func    bool
	TLS     bool
	// Eager tells that a relocation other than a lazily bound call refers to the
	// symbol, so that it must be found when the program starts.
	Eager bool
}

// Symbols reads the dynamic symbol table. Its length stands nowhere outside the
// section headers, so it is taken from DT_HASH or DT_GNU_HASH, or else from the
// string table that linkers put behind it.
func (f *File) Symbols(r io.ReaderAt, size int64) ([]Symbol, error) {
	w := openWindow(r, size)
	defer w.close()
	t, err := f.symbolTable(w)
	if err != nil || t.count == 0 {
		return nil, err
	}
	versions, err := f.symbolVersions(w, t.count)
	if err != nil {
		return nil, err
	}
	eager, err := f.eager(w)
	if err != nil {
		return nil, err
	}
	return f.symbols(t, versions, eager)
}

// Imported returns those of Mentions that the file imports.
func (f *File) Imported(r io.ReaderAt, size int64) ([]string, error) {
	w := openWindow(r, size)
	defer w.close()
	t, err := f.symbolTable(w)
	if err != nil {
		return nil, err
	}
	found := make([]bool, len(f.mentions))
	for i := uint64(1); i < t.count; i++ {
		at, _, shndx := f.symbol(t, i)
		if shndx != uint16(elf.SHN_UNDEF) || at >= uint64(len(t.strs)) {
			continue
		}
		for k, name := range f.mentions {
			rest, ok := bytes.CutPrefix(t.strs[at:], []byte(name))
			found[k] = found[k] || ok && len(rest) > 0 && rest[0] == 0
		}
	}
	var out []string
	for k, name := range f.mentions {
		if found[k] {
			out = append(out, name)
		}
	}
	return out, nil
}

// symbolTable is the dynamic symbol table with its strings.
type symbolTable struct {
	count, entsize uint64
	table, strs    []byte
}

func (f *File) symbolTable(w *window) (t symbolTable, err error) {
	vaddr, ok := f.tag(elf.DT_SYMTAB)
	if !ok || f.strtab.size == 0 {
		return symbolTable{}, nil
	}
	off, avail, ok := f.offset(vaddr)
	if !ok {
		return symbolTable{}, bad("the dynamic symbol table is not in a loaded segment")
	}
	if t.count, err = f.symbolCount(w, off); err != nil {
		return symbolTable{}, err
	}
	t.entsize = 16
	if f.is64() {
		t.entsize = 24
	}
	if t.count > maxSymbols || t.count*t.entsize > avail {
		return symbolTable{}, bad("%d dynamic symbols", t.count)
	}
	if t.table, err = w.bytes("dynamic symbols", off, t.count*t.entsize); err != nil {
		return symbolTable{}, err
	}
	t.strs, err = w.bytes("dynamic strings", f.strtab.off, f.strtab.size)
	return t, err
}

// symbol takes a symbol's fields apart.
func (f *File) symbol(t symbolTable, i uint64) (name uint64, info byte, shndx uint16) {
	b := t.table[i*t.entsize:]
	if f.is64() {
		return uint64(f.order.Uint32(b)), b[4], f.order.Uint16(b[6:])
	}
	return uint64(f.order.Uint32(b)), b[12], f.order.Uint16(b[14:])
}

// maxRelocations bounds the relocations that are looked at. Nearly all of a large
// table are relative ones, and those stand first.
const maxRelocations = 4 << 20

// eager returns the indices of the symbols that DT_RELA and DT_REL refer to.
// DT_JMPREL, the calls that may be bound later, is apart.
func (f *File) eager(w *window) (map[uint64]bool, error) {
	out := map[uint64]bool{}
	word := uint64(4)
	if f.is64() {
		word = 8
	}
	for _, t := range []struct {
		table, size elf.DynTag
		entry       uint64
	}{{elf.DT_RELA, elf.DT_RELASZ, 3 * word}, {elf.DT_REL, elf.DT_RELSZ, 2 * word}} {
		vaddr, ok := f.tag(t.table)
		size, ok2 := f.tag(t.size)
		off, avail, ok3 := f.offset(vaddr)
		if !ok || !ok2 || !ok3 || size > avail {
			continue
		}
		if skip := size - min(size, maxRelocations); skip > 0 {
			skip -= skip % t.entry
			off, size = off+skip, size-skip
		}
		b, err := w.bytes("relocations", off, size)
		if err != nil {
			return nil, err
		}
		for ; uint64(len(b)) >= t.entry; b = b[t.entry:] {
			out[f.relocated(b[word:])] = true
		}
	}
	return out, nil
}

// relocated returns the symbol index in r_info. MIPS64 has a layout of its own.
func (f *File) relocated(info []byte) uint64 {
	switch {
	case !f.is64():
		return uint64(f.order.Uint32(info) >> 8)
	case f.Machine == elf.EM_MIPS:
		return uint64(f.order.Uint32(info))
	}
	return f.order.Uint64(info) >> 32
}

func (f *File) symbols(t symbolTable, versions []byte, eager map[uint64]bool) ([]Symbol, error) {
	names, strs := f.versionNames(), t.strs
	all := string(strs) // names share it, however they overlap
	var out []Symbol
	for i := uint64(1); i < t.count; i++ {
		at, info, shndx := f.symbol(t, i)
		if at >= uint64(len(strs)) {
			return nil, bad("a symbol name at %d lies outside the string table", at)
		}
		// A name without a near end is cut: no message needs it in full.
		end := uint64(min(len(all), int(at)+maxPath))
		if i := bytes.IndexByte(strs[at:end], 0); i >= 0 {
			end = at + uint64(i)
		}
		s := Symbol{
			Name:    all[at:end],
			Eager:   eager[i],
			Defined: shndx != uint16(elf.SHN_UNDEF),
			Weak:    elf.SymBind(info>>4) == elf.STB_WEAK,
			Local:   elf.SymBind(info>>4) == elf.STB_LOCAL,
			Func:    elf.SymType(info&15) == elf.STT_FUNC || elf.SymType(info&15) == elf.STT_GNU_IFUNC,
			TLS:     elf.SymType(info&15) == elf.STT_TLS,
		}
		if len(versions) > 0 {
			v := f.order.Uint16(versions[2*i:])
			s.Hidden = v&0x8000 != 0
			s.Version, s.File = names[v&0x7fff].name, names[v&0x7fff].file
		}
		if s.Name != "" {
			out = append(out, s)
		}
	}
	return out, nil
}

type versionName struct{ name, file string }

// versionNames maps the indices of the symbol version table.
func (f *File) versionNames() map[uint16]versionName {
	names := map[uint16]versionName{}
	for _, d := range f.VersionDefs {
		if !d.Base {
			names[d.Index&0x7fff] = versionName{d.Name, ""}
		}
	}
	for _, n := range f.VersionNeeds {
		for _, v := range n.Versions {
			names[v.Index&0x7fff] = versionName{v.Name, n.File}
		}
	}
	return names
}

// symbolVersions reads DT_VERSYM: two bytes for each symbol.
func (f *File) symbolVersions(w *window, count uint64) ([]byte, error) {
	vaddr, ok := f.tag(elf.DT_VERSYM)
	if !ok {
		return nil, nil
	}
	off, avail, ok := f.offset(vaddr)
	if !ok || 2*count > avail {
		return nil, bad("the symbol version table is not in a loaded segment")
	}
	return w.bytes("symbol versions", off, 2*count)
}

func (f *File) symbolCount(w *window, symtab uint64) (uint64, error) {
	if vaddr, ok := f.tag(elf.DT_HASH); ok {
		if n, err := f.sysvCount(w, vaddr); n > 0 || err != nil {
			return n, err
		}
	}
	if vaddr, ok := f.tag(dtGNUHash); ok {
		n, err := f.gnuCount(w, vaddr)
		if n > 0 || err != nil {
			return n, err
		}
	}
	entsize := uint64(16)
	if f.is64() {
		entsize = 24
	}
	if f.strtab.off > symtab {
		return (f.strtab.off - symtab) / entsize, nil
	}
	return 0, nil
}

// sysvCount takes nchain, the second word of DT_HASH. The words have 64 bits on
// s390x and Alpha.
func (f *File) sysvCount(w *window, vaddr uint64) (uint64, error) {
	off, _, ok := f.offset(vaddr)
	if !ok {
		return 0, bad("the hash table is not in a loaded segment")
	}
	if f.is64() && f.Machine == elf.EM_S390 {
		b, err := w.bytes("hash table", off, 16)
		if err != nil {
			return 0, err
		}
		return f.order.Uint64(b[8:]), nil
	}
	b, err := w.bytes("hash table", off, 8)
	if err != nil {
		return 0, err
	}
	return uint64(f.order.Uint32(b[4:])), nil
}

// gnuCount finds the highest symbol in DT_GNU_HASH: the end of the chain that
// starts last. A file that only imports has no chain at all; its count is then
// the first symbol that the table would cover, which linkers set to 1 or to the
// number of symbols, so the caller's other ways serve it better.
func (f *File) gnuCount(w *window, vaddr uint64) (uint64, error) {
	off, avail, ok := f.offset(vaddr)
	if !ok || avail < 16 {
		return 0, bad("the GNU hash table is not in a loaded segment")
	}
	head, err := w.bytes("GNU hash table", off, 16)
	if err != nil {
		return 0, err
	}
	buckets, first, bloom := uint64(f.order.Uint32(head)), uint64(f.order.Uint32(head[4:])), uint64(f.order.Uint32(head[8:]))
	size := uint64(4)
	if f.is64() {
		size = 8
	}
	start := 16 + bloom*size
	if buckets > maxSymbols || start+4*buckets > avail {
		return 0, bad("the GNU hash table leaves its segment")
	}
	b, err := w.bytes("GNU hash buckets", off+start, 4*buckets)
	if err != nil {
		return 0, err
	}
	last := uint64(0)
	for ; len(b) >= 4; b = b[4:] {
		last = max(last, uint64(f.order.Uint32(b)))
	}
	if last < first || last == 0 {
		return 0, nil
	}
	chain := start + 4*buckets + 4*(last-first)
	return f.chainEnd(w, off, chain, avail, last)
}

func (f *File) chainEnd(w *window, off, chain, avail, index uint64) (uint64, error) {
	for ; index < maxSymbols; index, chain = index+1, chain+4 {
		if chain+4 > avail {
			return 0, bad("the GNU hash table leaves its segment")
		}
		b, err := w.bytes("GNU hash chain", off+chain, 4)
		if err != nil {
			return 0, err
		}
		if f.order.Uint32(b)&1 != 0 {
			return index + 1, nil
		}
	}
	return 0, bad("more than %d dynamic symbols", maxSymbols)
}
