package linkage

import (
	"debug/elf"
	"fmt"

	"github.com/sinter-build/sinter/elffile"
)

// interpreters are the loaders of other systems.
var interpreters = map[string]string{
	"/libexec/ld-elf.so.1":     "FreeBSD",
	"/libexec/ld-elf32.so.1":   "FreeBSD",
	"/usr/libexec/ld-elf.so.1": "FreeBSD",
	"/usr/libexec/ld-elf.so.2": "DragonFly BSD",
	"/usr/libexec/ld.elf_so":   "NetBSD",
	"/libexec/ld.elf_so":       "NetBSD",
	"/usr/libexec/ld.so":       "OpenBSD",
	"/lib/amd64/ld.so.1":       "Solaris",
	"/usr/lib/amd64/ld.so.1":   "Solaris",
	"/usr/lib/ld.so.1":         "Solaris",
	"/lib/ld.so":               "GNU/Hurd",
}

// otherSystem names the system that a program is for, if it is another than Linux:
// by a note, or by its interpreter. The header's OS ABI proves nothing, as Linux
// does not look at it.
func otherSystem(f *elffile.File) string {
	if f.System != "" && f.System != "Linux" {
		return f.System
	}
	return interpreters[f.Interp]
}

func (r *Report) otherSystem(name string) {
	kind := OtherSystem
	if name == "FreeBSD" {
		kind = FreeBSD
	}
	runtime := crashText
	if r.File.HasInterp {
		runtime = r.execText("no such file or directory")
	}
	r.is(kind, "a binary for "+name+", not for Linux", runtime, "build it for Linux (Go: GOOS=linux)")
}

// mark notes what system a static program's header names. Such a program starts, and
// if it really is for that system, it goes wrong with its first system call.
func (r *Report) mark() {
	switch abi := r.File.OSABI; abi {
	case elf.ELFOSABI_NONE, elf.ELFOSABI_LINUX, elf.ELFOSABI_ARM, elf.ELFOSABI_STANDALONE:
		return
	case elf.ELFOSABI_FREEBSD:
		r.Mark = "FreeBSD"
	case elf.ELFOSABI_NETBSD:
		r.Mark = "NetBSD"
	case elf.ELFOSABI_OPENBSD:
		r.Mark = "OpenBSD"
	case elf.ELFOSABI_SOLARIS:
		r.Mark = "Solaris"
	default:
		r.Mark = fmt.Sprintf("operating system %d", abi)
	}
	r.Notes = append(r.Notes, "static, but its header says that it is for "+r.Mark+": Linux does not look at that, and the program may not work")
}
