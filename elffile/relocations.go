package elffile

import (
	"debug/elf"
	"math/bits"
	"sync"
)

// Dynamic tags of MIPS, whose global offset table is filled without relocations.
const (
	dtMIPSSymbols  = 0x70000011
	dtMIPSFirstGOT = 0x70000013
)

// The ways in which relocations use a symbol.
type use byte

const (
	usedData use = 1 << iota
	usedCall
	usedCopy
)

func (u use) has(way use) bool { return u&way != 0 }

// usage tells which symbols relocations use, and how: a set of indices for each
// way.
type usage [3][]uint64

func (u *usage) add(symbol uint64, way use) {
	set := &u[bits.TrailingZeros8(uint8(way))]
	if missing := int(symbol/64) + 1 - len(*set); missing > 0 {
		*set = append(*set, make([]uint64, missing)...)
	}
	(*set)[symbol/64] |= 1 << (symbol % 64)
}

// all yields the symbols in the order of their indices.
func (u *usage) all(yield func(uint64, use) bool) {
	for word := range max(len(u[0]), len(u[1]), len(u[2])) {
		var at [3]uint64
		for way, set := range u {
			if word < len(set) {
				at[way] = set[word]
			}
		}
		for left := at[0] | at[1] | at[2]; left != 0; left &= left - 1 {
			bit := bits.TrailingZeros64(left)
			var how use
			for way := range at {
				how |= use(at[way]>>bit&1) << way
			}
			if !yield(uint64(word*64+bit), how) {
				return
			}
		}
	}
}

// relocations is a table of relocations.
type relocations struct {
	at    span
	entry uint64
	calls bool
	// copied and described are the types that copy data into the program, and that
	// stand among the calls and are made at once all the same.
	copied, described uint32
}

// used finds the symbols that the file's relocations refer to.
func (s *Symbols) used(w *window) (*usage, error) {
	u := &usage{}
	if s.table.size == 0 {
		return u, nil
	}
	most := min(s.table.size/s.f.symbolSize(), maxIndex)
	if s.strings.off > s.table.off { // linkers put the strings after the symbols
		likely := min((s.strings.off-s.table.off)/s.f.symbolSize(), maxReferences)/64 + 1
		for way := range u {
			u[way] = make([]uint64, 0, likely)
		}
	}
	for _, t := range s.f.relocationTables() {
		if err := s.collect(w, u, t, most); err != nil {
			return nil, err
		}
	}
	if s.f.Machine == elf.EM_MIPS {
		return u, s.usedMIPS(u, most)
	}
	return u, nil
}

// relocationTables are DT_RELA and DT_REL without the relative relocations, which
// come first and refer to no symbol, and DT_JMPREL, those that may wait until a
// function is called. Some linkers count DT_JMPREL as the end of DT_RELA, too.
func (f *File) relocationTables() []relocations {
	var out []relocations
	word := f.wordSize()
	add := func(table elf.DynTag, size, relative, entry uint64, calls bool) {
		at, ok := f.span(table)
		if !ok {
			return
		}
		size = min(size, at.size)
		skip := min(relative, size/entry) * entry
		out = append(out, relocations{
			at: span{at.off + skip, size - skip}, entry: entry, calls: calls,
			copied: copies[f.Machine], described: descriptors[f.Machine],
		})
	}
	value := func(t elf.DynTag) uint64 { v, _ := f.tag(t); return v }
	calledAt, calledSize := value(elf.DT_JMPREL), value(elf.DT_PLTRELSZ)
	for _, t := range []struct {
		table, size, relative elf.DynTag
		entry                 uint64
	}{
		{elf.DT_RELA, elf.DT_RELASZ, elf.DT_RELACOUNT, 3 * word},
		{elf.DT_REL, elf.DT_RELSZ, elf.DT_RELCOUNT, 2 * word},
	} {
		size := value(t.size)
		if calledSize <= size && value(t.table)+size == calledAt+calledSize {
			size -= calledSize
		}
		add(t.table, size, value(t.relative), t.entry, false)
	}
	entry := 3 * word
	if value(elf.DT_PLTREL) == uint64(elf.DT_REL) {
		entry = 2 * word
	}
	add(elf.DT_JMPREL, calledSize, 0, entry, true)
	return out
}

// collect adds the symbols of a table, which it reads piece by piece. Relocations
// that do nothing are left out.
func (s *Symbols) collect(w *window, u *usage, t relocations, most uint64) error {
	buffer := parts.Get().(*[pageSize]byte)
	defer parts.Put(buffer)
	part := t.entry * (pageSize / t.entry)
	info := s.f.wordSize()
	for at := uint64(0); at+t.entry <= t.at.size; at += part {
		n := min(part, t.at.size-at)
		b, err := w.part(buffer[:], t.at.off+at, n-n%t.entry)
		if err != nil {
			return err
		}
		for ; len(b) > 0; b = b[t.entry:] {
			symbol, kind := s.f.relocation(b[info:])
			switch {
			case symbol == 0, kind == 0:
			case symbol >= most:
				return bad("a relocation refers to symbol %d, outside the segment", symbol)
			default:
				u.add(symbol, t.usedBy(kind))
			}
		}
	}
	return nil
}

// parts are buffers for tables that are gone through once.
var parts = sync.Pool{New: func() any { return new([pageSize]byte) }}

// part reads a piece of a table, into the buffer if it is not at hand.
func (w *window) part(buffer []byte, off, n uint64) ([]byte, error) {
	if b := w.held(off, n); uint64(len(b)) == n {
		return b, nil
	}
	if n > uint64(w.size) || off > uint64(w.size)-n {
		return nil, truncated("relocations", off, n, w.size)
	}
	return buffer[:n], w.fill(buffer[:n], off)
}

// relocation takes r_info apart. MIPS64 has a layout of its own.
func (f *File) relocation(info []byte) (symbol uint64, kind uint32) {
	switch {
	case !f.is64():
		v := f.u32(info)
		return uint64(v >> 8), v & 0xff
	case f.Machine == elf.EM_MIPS:
		return uint64(f.u32(info)), uint32(info[7])
	}
	v := f.u64(info)
	return v >> 32, uint32(v)
}

// copies are the relocations that copy data into the program.
var copies = map[elf.Machine]uint32{
	elf.EM_386: 5, elf.EM_68K: 19, elf.EM_AARCH64: 1024, elf.EM_ARM: 20, elf.EM_LOONGARCH: 4, elf.EM_MIPS: 126,
	elf.EM_PPC: 19, elf.EM_PPC64: 19, elf.EM_RISCV: 4, elf.EM_S390: 9, elf.EM_SH: 162, elf.EM_SPARC: 19,
	elf.EM_SPARCV9: 19, elf.EM_X86_64: 5,
}

// descriptors are relocations for thread-local data, which stand among the calls
// and are made at once all the same.
var descriptors = map[elf.Machine]uint32{
	elf.EM_386: 41, elf.EM_AARCH64: 1031, elf.EM_ARM: 13, elf.EM_LOONGARCH: 14, elf.EM_RISCV: 12, elf.EM_X86_64: 36,
}

func (t *relocations) usedBy(kind uint32) use {
	switch {
	case kind == t.copied:
		return usedCopy
	case t.calls && kind != t.described:
		return usedCall
	}
	return usedData
}

// usedMIPS adds the symbols of the global offset table. Functions that are bound
// when they are called have a stub as their value.
func (s *Symbols) usedMIPS(u *usage, most uint64) error {
	first, _ := s.f.tag(dtMIPSFirstGOT)
	count, _ := s.f.tag(dtMIPSSymbols)
	for i := max(first, 1); i < min(count, most); i++ {
		sym, err := s.symbol(i)
		if err != nil {
			return err
		}
		way := usedData
		if sym.value != 0 {
			way = usedCall
		}
		u.add(i, way)
	}
	return nil
}
