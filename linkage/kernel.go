package linkage

import (
	"debug/elf"
	"errors"
	"fmt"

	"github.com/sinter-build/sinter/elffile"
)

// maxHeaders is how many bytes of program headers the kernel reads (Linux
// fs/binfmt_elf.c, load_elf_phdrs).
const maxHeaders = 65536

// pageSize is the smallest page there is. A larger one makes the kernel stricter.
const pageSize = 4096

// refused says why execve fails with ENOEXEC (load_elf_binary and load_elf_phdrs).
func refused(f *elffile.File, broken error) error {
	switch {
	case len(f.Progs) == 0 && broken != nil:
		return broken
	case len(f.Progs) == 0:
		return errors.New("file without program headers, so that there is nothing to run")
	case len(f.Progs)*int(f.ProgSize) > maxHeaders:
		return fmt.Errorf("file with %d program headers, more than the kernel takes", len(f.Progs))
	case f.HasInterp && f.Interp == "" && broken != nil:
		return broken
	}
	return nil
}

// unmappable says why a program that is started gets a signal from the kernel, which
// maps it past the point of no return (elf_load).
func unmappable(f *elffile.File, size int64) error {
	if !f.Has(elf.PT_LOAD) {
		return errors.New("file with no segment to load")
	}
	for i, p := range f.Progs {
		switch {
		case p.Type != elf.PT_LOAD || p.Filesz == 0:
		case (p.Vaddr-p.Off)%pageSize != 0:
			return fmt.Errorf("damaged ELF file: segment %d stands at %#x in the file and is to be loaded at %#x, which is another place within a page", i, p.Off, p.Vaddr)
		case p.Filesz > p.Memsz:
			return fmt.Errorf("damaged ELF file: segment %d has %d bytes in the file and %d in memory", i, p.Filesz, p.Memsz)
		case !p.Within(size):
			return fmt.Errorf("truncated ELF file: segment %d ends %d bytes beyond the end of the file", i, p.Off+p.Filesz-uint64(size))
		}
	}
	return nil
}

// unloadable says why its own loader crashes, which trusts that some tables are there.
func unloadable(f *elffile.File) error {
	switch {
	case !f.HasInterp:
	case !f.HasDynamic:
		return errors.New("damaged ELF file: it names an interpreter, but has no dynamic section for it")
	case !f.HasTables:
		return errors.New("damaged ELF file: its dynamic section names no string table or no symbol table")
	case f.Type == elf.ET_DYN && !f.Has(elf.PT_PHDR):
		return errors.New("damaged ELF file: it has no PT_PHDR segment, by which its interpreter would know where it is loaded")
	}
	return nil
}

// selfContained reports whether only the program itself reads its dynamic section, if
// anybody does: what does not fit together there may be of no use to it.
func selfContained(f *elffile.File) bool {
	return !f.HasInterp && (f.Type == elf.ET_EXEC || f.PIE())
}
