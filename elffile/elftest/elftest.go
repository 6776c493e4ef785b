// Package elftest makes small ELF files, for tests that are about more than one of
// them and need no compiler. They hold what a loader reads before it maps a file,
// and no code.
package elftest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
)

// File describes an ELF file of 64 bits, little-endian.
type File struct {
	// Machine is elf.EM_X86_64 when it is zero.
	Machine elf.Machine
	// Static is a program that needs no loader. All other files have a dynamic
	// section.
	Static bool
	// Interp is the loader of a program; libraries have none.
	Interp string
	Soname string
	Needed []string
	// Undefined are the symbols that it refers to by relocations of data for x86-64,
	// and Defined those that it has, all in one chain of its DT_HASH.
	Undefined, Defined []string
}

const (
	headerSize  = 64
	programSize = 56
)

// Bytes is the file: one segment that holds all of it, loaded at its own offset.
func (f File) Bytes() []byte {
	machine, kind := f.Machine, elf.ET_DYN
	if machine == elf.EM_NONE {
		machine = elf.EM_X86_64
	}
	programs := 1
	switch {
	case f.Static:
		kind = elf.ET_EXEC
	case f.Interp != "":
		programs = 4
	default:
		programs = 2
	}
	at := uint64(headerSize + programs*programSize)
	interp := f.Interp + "\x00"
	dynamic, names := f.dynamic(at)
	dynamicAt := at
	interpAt := dynamicAt + uint64(len(dynamic)+len(names))
	body := append(dynamic, names...)
	if f.Interp != "" {
		body = append(body, interp...)
	}
	if f.Static {
		body = []byte("no code")
	}
	size := at + uint64(len(body))

	var out bytes.Buffer
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
	write(&out, elf.Header64{
		Ident: ident, Type: uint16(kind), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT), Entry: at,
		Phoff: headerSize, Ehsize: headerSize, Phentsize: programSize, Phnum: uint16(programs),
	})
	if f.Interp != "" {
		write(&out, segment(elf.PT_PHDR, headerSize, uint64(programs*programSize), 8))
		write(&out, segment(elf.PT_INTERP, interpAt, uint64(len(interp)), 1))
	}
	write(&out, segment(elf.PT_LOAD, 0, size, 0x1000))
	if !f.Static {
		write(&out, segment(elf.PT_DYNAMIC, dynamicAt, uint64(len(dynamic)), 8))
	}
	out.Write(body)
	return out.Bytes()
}

// dynamic is the dynamic section for the offset at, and what follows it: the tables of
// symbols, of their hashes and of relocations, and the names.
func (f File) dynamic(at uint64) (section, rest []byte) {
	names := []byte{0}
	intern := func(name string) uint64 {
		index := len(names)
		names = append(append(names, name...), 0)
		return uint64(index)
	}
	var entries []elf.Dyn64
	add := func(tag elf.DynTag, value uint64) { entries = append(entries, elf.Dyn64{Tag: int64(tag), Val: value}) }
	for _, name := range f.Needed {
		add(elf.DT_NEEDED, intern(name))
	}
	if f.Soname != "" {
		add(elf.DT_SONAME, intern(f.Soname))
	}
	var symbols, hash, relocations bytes.Buffer
	f.symbols(intern, &symbols, &hash, &relocations)
	last := uint64(4)
	if hash.Len() > 0 {
		last += 3
	}
	const entrySize = 16
	symbolsAt := at + (uint64(len(entries))+last)*entrySize
	relocationsAt := symbolsAt + uint64(symbols.Len())
	hashAt := relocationsAt + uint64(relocations.Len())
	add(elf.DT_SYMTAB, symbolsAt)
	if hash.Len() > 0 {
		add(elf.DT_RELA, relocationsAt)
		add(elf.DT_RELASZ, uint64(relocations.Len()))
		add(elf.DT_HASH, hashAt)
	}
	add(elf.DT_STRTAB, hashAt+uint64(hash.Len()))
	add(elf.DT_STRSZ, uint64(len(names)))
	add(elf.DT_NULL, 0)
	var out bytes.Buffer
	write(&out, entries)
	return out.Bytes(), slices.Concat(symbols.Bytes(), relocations.Bytes(), hash.Bytes(), names)
}

// symbols writes the symbols, the one with which every table begins first.
func (f File) symbols(intern func(string) uint64, symbols, hash, relocations *bytes.Buffer) {
	const global = byte(elf.STB_GLOBAL)<<4 | byte(elf.STT_OBJECT)
	write(symbols, elf.Sym64{})
	if len(f.Undefined)+len(f.Defined) == 0 {
		return
	}
	for i, name := range f.Undefined {
		write(symbols, elf.Sym64{Name: uint32(intern(name)), Info: global})
		write(relocations, elf.Rela64{Info: elf.R_INFO(uint32(1+i), uint32(elf.R_X86_64_GLOB_DAT))})
	}
	first := uint32(1 + len(f.Undefined))
	chain := make([]uint32, first, int(first)+len(f.Defined))
	for i, name := range f.Defined {
		write(symbols, elf.Sym64{Name: uint32(intern(name)), Info: global, Shndx: 1, Value: 1})
		chain = append(chain, first+uint32(i)+1)
	}
	count := uint32(len(chain))
	if chain[count-1] == count {
		chain[count-1] = 0 // the end
	}
	if len(f.Defined) == 0 {
		first = 0
	}
	write(hash, []uint32{1, count, first})
	write(hash, chain)
}

func segment(kind elf.ProgType, at, size, align uint64) elf.Prog64 {
	return elf.Prog64{
		Type: uint32(kind), Flags: uint32(elf.PF_R | elf.PF_W | elf.PF_X),
		Off: at, Vaddr: at, Paddr: at, Filesz: size, Memsz: size, Align: align,
	}
}

// write cannot fail: a buffer takes everything.
func write(out *bytes.Buffer, v any) {
	_ = binary.Write(out, binary.LittleEndian, v)
}
