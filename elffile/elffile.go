// Package elffile reads what a dynamic loader needs to know about an ELF file,
// and nothing else. It follows program headers and the dynamic section, never
// section headers, because that is what kernels and loaders do and because
// sections can be stripped. It serves 32 and 64 bits and both byte orders.
//
// Files are not trusted: every range is checked against the file's size, and every
// table has a limit far above what real programs have. Large tables are read
// piece by piece. What exceeds a limit is told apart from what is damaged, ErrLimit.
package elffile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// File is what a loader knows about an ELF file. The constants of debug/elf name
// the values of its numeric fields.
type File struct {
	Class      elf.Class
	Data       elf.Data
	OSABI      elf.OSABI
	ABIVersion uint8
	Type       elf.Type
	Machine    elf.Machine
	// Ident is all of the identification, and Version the header's own.
	Ident   [elf.EI_NIDENT]byte
	Version uint32
	// ProgSize is the size of a program header.
	ProgSize uint16
	// Flags are the machine's own flags, e_flags.
	Flags uint32
	Entry uint64
	Progs []Prog

	// Interp is the path in PT_INTERP; HasInterp tells an empty path from none.
	Interp    string
	HasInterp bool

	// HasDynamic tells that there is a PT_DYNAMIC segment. The fields below it
	// come from there.
	HasDynamic bool
	// HasTables tells that the dynamic section names a string table and a symbol
	// table. Loaders crash without them.
	HasTables bool
	Needed    []string
	Soname    string
	// RPath is void when there is a RunPath: loaders ignore it then.
	RPath, RunPath       string
	HasRPath, HasRunPath bool
	// Filters are DT_FILTER and DT_AUXILIARY entries in file order.
	Filters []Filter
	// Audit and DepAudit are lists separated by colons.
	Audit, DepAudit string
	DynFlags        elf.DynFlag
	DynFlags1       elf.DynFlag1
	// Relr tells that there are packed relative relocations, DT_RELR.
	Relr bool
	// BindNow tells that all symbols are bound at start (DT_BIND_NOW, DF_BIND_NOW
	// or DF_1_NOW).
	BindNow bool
	// TextRel tells that code is relocated at start.
	TextRel bool

	// HasVersionTable tells that symbols have versions, DT_VERSYM.
	HasVersionTable bool
	VersionNeeds    []VersionNeed
	VersionDefs     []VersionDef

	// ExecStack tells that PT_GNU_STACK asks for an executable stack.
	ExecStack bool
	// NoStackHeader tells that there is no PT_GNU_STACK, which on most machines
	// means an executable stack too.
	NoStackHeader bool
	// Relro tells that there is a PT_GNU_RELRO segment.
	Relro bool

	// CET tells that the file is marked for Intel's branch tracking and shadow stack, and
	// BTI that it is for Arm's branch target identification.
	CET, BTI bool

	// BuildID is the GNU build id in hexadecimal.
	BuildID string
	// Go tells that Go's linker made the file.
	Go bool
	// System is the operating system that a note says the file is for: "Linux",
	// "FreeBSD"; empty when none does.
	System string
	// Dlopen are the libraries that the file says it opens at run time.
	Dlopen []DlopenNote

	order   binary.ByteOrder
	strtab  span
	dynamic []dyn
}

// Prog is a program header.
type Prog struct {
	Type                         elf.ProgType
	Flags                        elf.ProgFlag
	Off, Vaddr, Filesz, Memsz, A uint64
}

// Filter is an object whose symbols stand in for this file's.
type Filter struct {
	Name string
	// Auxiliary filters may be missing; others may not.
	Auxiliary bool
	// After is the number of NEEDED entries that precede the filter.
	After int
}

// PIE reports whether the file is an executable that is loaded anywhere
// (DF_1_PIE). Loaders refuse such a file as a library.
func (f *File) PIE() bool {
	return f.Type == elf.ET_DYN && f.DynFlags1&elf.DF_1_PIE != 0
}

// Executable reports whether the kernel would start the file as a program: a
// fixed-address executable, a PIE, or a shared object with an interpreter.
func (f *File) Executable() bool {
	return f.Type == elf.ET_EXEC || f.PIE() || f.Type == elf.ET_DYN && f.HasInterp
}

// IsLibrary reports whether the file is a shared library and nothing else: it is
// loaded at any address, and neither names an interpreter nor is marked as a
// program.
func (f *File) IsLibrary() bool {
	return f.Type == elf.ET_DYN && !f.HasInterp && !f.PIE()
}

// ByteOrder is the order of bytes in the file's numbers.
func (f *File) ByteOrder() binary.ByteOrder { return f.order }

// String names machine, class and byte order for messages: "x86-64",
// "ARM (32-bit)".
func (f *File) String() string {
	return MachineName(f.Machine, f.Class, f.Data)
}

// MachineName names a kind of machine the way its users do.
func MachineName(m elf.Machine, c elf.Class, d elf.Data) string {
	names := map[elf.Machine]string{
		elf.EM_X86_64: "x86-64", elf.EM_AARCH64: "arm64", elf.EM_386: "i386 (32-bit)",
		elf.EM_ARM: "ARM (32-bit)", elf.EM_PPC64: "ppc64", elf.EM_S390: "s390x",
		elf.EM_RISCV: "riscv64", elf.EM_MIPS: "mips", elf.EM_LOONGARCH: "loong64",
	}
	name, ok := names[m]
	switch {
	case !ok:
		name = fmt.Sprintf("machine %d", m)
	case m == elf.EM_X86_64 && c == elf.ELFCLASS32:
		return "x32"
	case m == elf.EM_PPC64 && d == elf.ELFDATA2LSB:
		return "ppc64le"
	case m == elf.EM_MIPS && c == elf.ELFCLASS64:
		name = "mips64"
	case m == elf.EM_RISCV && c == elf.ELFCLASS32:
		return "riscv32"
	}
	if m == elf.EM_MIPS && d == elf.ELFDATA2LSB {
		name += "le"
	}
	if m == elf.EM_AARCH64 && d == elf.ELFDATA2MSB {
		name = "arm64 (big-endian)"
	}
	return name
}

// Read reads a file of the given size. The errors that are not the reader's own
// wrap ErrNotELF, ErrTruncated, ErrBad or ErrLimit; but for ErrNotELF the result
// is not nil and holds what could be read.
func Read(r io.ReaderAt, size int64) (*File, error) {
	w := openWindow(r, size)
	defer w.close()
	return read(w)
}

// ReadSymbols reads a file together with its symbols, which mostly stand beside what
// is read anyway. They are nil when there is an error.
func ReadSymbols(r io.ReaderAt, size int64) (*File, *Symbols, error) {
	w := openWindow(r, size)
	defer w.close()
	w.symbols = true
	f, err := read(w)
	if err != nil {
		return f, nil, err
	}
	return f, f.symbols(w), nil
}

func read(w *window) (*File, error) {
	f := &File{}
	if err := f.header(w); err != nil {
		if IsFormat(err) && !errors.Is(err, ErrNotELF) {
			return f, err
		}
		return nil, err
	}
	for _, part := range []func(*window) error{f.notes, f.interp, f.readDynamic, f.versions} {
		if err := part(w); err != nil {
			return f, err
		}
	}
	return f, f.whole(w)
}

// IsFormat reports whether err is about what a file holds, as opposed to an I/O
// error.
func IsFormat(err error) bool {
	return err != nil && (errors.Is(err, ErrNotELF) || errors.Is(err, ErrTruncated) || errors.Is(err, ErrBad) || errors.Is(err, ErrLimit))
}

func (f *File) header(w *window) error {
	if w.size < 4 {
		return &Error{ErrNotELF, fmt.Sprintf("it has %d bytes", max(w.size, 0))}
	}
	w.prefetch(0, min(prefixSize, uint64(w.size)))
	magic, err := w.bytes("magic", 0, 4)
	if err != nil {
		return err
	}
	if string(magic) != elf.ELFMAG {
		return &Error{ErrNotELF, fmt.Sprintf("it begins with %q", magic)}
	}
	ident, err := w.bytes("identification", 0, elf.EI_NIDENT)
	if err != nil {
		return err
	}
	f.Ident = [elf.EI_NIDENT]byte(ident)
	f.Class, f.Data = elf.Class(ident[elf.EI_CLASS]), elf.Data(ident[elf.EI_DATA])
	f.OSABI, f.ABIVersion = elf.OSABI(ident[elf.EI_OSABI]), ident[elf.EI_ABIVERSION]
	switch f.Data {
	case elf.ELFDATA2LSB:
		f.order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		f.order = binary.BigEndian
	default:
		return bad("unknown byte order %d", f.Data)
	}
	if f.Class != elf.ELFCLASS32 && f.Class != elf.ELFCLASS64 {
		return bad("unknown class %d", f.Class)
	}
	return f.programHeaders(w)
}

func (f *File) is64() bool { return f.Class == elf.ELFCLASS64 }

// u16, u32 and u64 read numbers in the file's byte order. They are called too often
// to be so through the interface.
func (f *File) u16(b []byte) uint16 {
	if f.Data == elf.ELFDATA2MSB {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (f *File) u32(b []byte) uint32 {
	if f.Data == elf.ELFDATA2MSB {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (f *File) u64(b []byte) uint64 {
	if f.Data == elf.ELFDATA2MSB {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

// word reads an address-sized value.
func (f *File) word(b []byte) uint64 {
	if f.Class == elf.ELFCLASS64 {
		return f.u64(b)
	}
	return uint64(f.u32(b))
}

func (f *File) programHeaders(w *window) error {
	ehsize, phentsize := uint64(52), uint64(32)
	if f.is64() {
		ehsize, phentsize = 64, 56
	}
	h, err := w.bytes("ELF header", 0, ehsize)
	if err != nil {
		return err
	}
	f.Type = elf.Type(f.order.Uint16(h[16:]))
	f.Machine = elf.Machine(f.order.Uint16(h[18:]))
	a := uint64(4) // size of an address
	if f.is64() {
		a = 8
	}
	f.Version = f.order.Uint32(h[20:])
	f.Entry = f.word(h[24:])
	phoff := f.word(h[24+a:])
	rest := h[24+3*a:]
	f.Flags = f.order.Uint32(rest)
	f.ProgSize = f.order.Uint16(rest[6:])
	entsize, count := uint64(f.order.Uint16(rest[6:])), uint64(f.order.Uint16(rest[8:]))
	if count == 0 {
		return nil
	}
	if entsize != phentsize {
		return bad("program headers of %d bytes each instead of %d", entsize, phentsize)
	}
	table, err := w.bytes("program headers", phoff, count*phentsize)
	if err != nil {
		return err
	}
	f.Progs = make([]Prog, 0, count)
	for ; len(table) > 0; table = table[phentsize:] {
		f.Progs = append(f.Progs, f.prog(table))
	}
	f.facts()
	return nil
}

func (f *File) prog(b []byte) Prog {
	p := Prog{Type: elf.ProgType(f.order.Uint32(b))}
	if f.is64() {
		p.Flags = elf.ProgFlag(f.order.Uint32(b[4:]))
		p.Off, p.Vaddr = f.order.Uint64(b[8:]), f.order.Uint64(b[16:])
		p.Filesz, p.Memsz, p.A = f.order.Uint64(b[32:]), f.order.Uint64(b[40:]), f.order.Uint64(b[48:])
		return p
	}
	u := func(i int) uint64 { return uint64(f.order.Uint32(b[i:])) }
	p.Off, p.Vaddr, p.Filesz, p.Memsz, p.A = u(4), u(8), u(16), u(20), u(28)
	p.Flags = elf.ProgFlag(f.order.Uint32(b[24:]))
	return p
}

// facts takes what stands in the program headers themselves.
func (f *File) facts() {
	f.NoStackHeader = true
	for _, p := range f.Progs {
		switch p.Type {
		case elf.PT_GNU_STACK:
			f.NoStackHeader = false
			f.ExecStack = p.Flags&elf.PF_X != 0
		case elf.PT_GNU_RELRO:
			f.Relro = true
		case elf.PT_DYNAMIC:
			f.HasDynamic = true
		}
	}
}

// find returns the first program header of a type.
func (f *File) find(t elf.ProgType) (Prog, bool) {
	for _, p := range f.Progs {
		if p.Type == t {
			return p, true
		}
	}
	return Prog{}, false
}

// Has reports whether there is a program header of a type.
func (f *File) Has(t elf.ProgType) bool {
	_, ok := f.find(t)
	return ok
}

// whole checks that all that is to be mapped is there. It comes last, for a file
// that was cut short may still tell much.
func (f *File) whole(w *window) error {
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && !p.Within(w.size) {
			return truncated("a loaded segment", p.Off, p.Filesz, w.size)
		}
	}
	return nil
}

// Within reports whether a file of some size has all of the segment.
func (p Prog) Within(size int64) bool {
	return p.Filesz <= uint64(max(size, 0)) && p.Off <= uint64(size)-p.Filesz
}

// interp reads PT_INTERP under the rules of Linux's load_elf_binary: 2 to
// PATH_MAX bytes, the last one a NUL.
func (f *File) interp(w *window) error {
	p, ok := f.find(elf.PT_INTERP)
	if !ok {
		return nil
	}
	f.HasInterp = true
	if p.Filesz < 2 || p.Filesz > maxPath {
		return bad("an interpreter path of %d bytes", p.Filesz)
	}
	b, err := w.bytes("interpreter path", p.Off, p.Filesz)
	if err != nil {
		return err
	}
	if b[len(b)-1] != 0 {
		return bad("an interpreter path without a final NUL")
	}
	f.Interp = string(b[:bytes.IndexByte(b, 0)])
	return nil
}

// mapSize is the smallest size of a page.
const mapSize = 4096

// offset returns where the byte that is mapped at vaddr stands in the file, and
// how many bytes follow it in the same segment. Later segments are mapped over
// earlier ones. Files are mapped by the page, so that of a segment which is not at
// the same place of a page in the file as in memory, memory decides.
func (f *File) offset(vaddr uint64) (off, avail uint64, ok bool) {
	for _, p := range slices.Backward(f.Progs) {
		if p.Type != elf.PT_LOAD || vaddr < p.Vaddr || vaddr-p.Vaddr >= p.Filesz {
			continue
		}
		delta := vaddr - p.Vaddr
		if p.Off > 1<<62 || delta > 1<<62 {
			return 0, 0, false
		}
		return p.Off&^(mapSize-1) + p.Vaddr&(mapSize-1) + delta, p.Filesz - delta, true
	}
	return 0, 0, false
}
