// Package elftest makes small ELF files, for tests that are about more than one of
// them and need no compiler. They hold what a loader reads before it maps a file,
// and no code.
package elftest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
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

// dynamic is the dynamic section for the offset at, and what follows it: a table
// with the symbol that every table begins with, and the names.
func (f File) dynamic(at uint64) (section, names []byte) {
	names = []byte{0}
	var entries []elf.Dyn64
	add := func(tag elf.DynTag, name string) {
		entries = append(entries, elf.Dyn64{Tag: int64(tag), Val: uint64(len(names))})
		names = append(append(names, name...), 0)
	}
	for _, name := range f.Needed {
		add(elf.DT_NEEDED, name)
	}
	if f.Soname != "" {
		add(elf.DT_SONAME, f.Soname)
	}
	const entrySize, last = 16, 4
	end := at + uint64(len(entries)+last)*entrySize
	entries = append(entries,
		elf.Dyn64{Tag: int64(elf.DT_SYMTAB), Val: end},
		elf.Dyn64{Tag: int64(elf.DT_STRTAB), Val: end + elf.Sym64Size},
		elf.Dyn64{Tag: int64(elf.DT_STRSZ), Val: uint64(len(names))},
		elf.Dyn64{Tag: int64(elf.DT_NULL)},
	)
	var out bytes.Buffer
	write(&out, entries)
	return out.Bytes(), append(make([]byte, elf.Sym64Size), names...)
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
