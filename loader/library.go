package loader

import (
	"debug/elf"
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/start"
)

// viaLibrary is Object.Via of a shared library that a search begins with.
const viaLibrary = "library"

// Libc is the C library that a program or shared library was built for: "glibc",
// "musl", or "" where nothing in the file tells. A program says so by its interpreter,
// a library by the libc that it needs and by versions of glibc's symbols.
func Libc(f *elffile.File) string {
	if f.HasInterp {
		return libcNamed(f.Interp)
	}
	if defines(f, "GLIBC_PRIVATE") {
		return "glibc"
	}
	if libc := libcNamed(f.Soname); libc != "" {
		return libc
	}
	for _, need := range f.VersionNeeds {
		for _, v := range need.Versions {
			switch {
			case strings.HasPrefix(v.Name, "GLIBC_"):
				return "glibc"
			case v.Name == "LIBC":
				return "" // Android's libc.so
			}
		}
	}
	for _, name := range f.Needed {
		switch libc := libcNamed(name); {
		case libc != "":
			return libc
		case name == "libc.so.6":
			return "glibc"
		case name == "libc.so":
			return "musl"
		}
	}
	return ""
}

// machine says where the interpreters for a kind of machine are: glibc's path, and
// the part of the name that musl's has.
type machine struct{ glibc, musl string }

// machineOf tells where the interpreters for a file's machine are (glibc's
// sysdeps/**/shlib-versions and musl's configure).
func machineOf(f *elffile.File) machine {
	wide, little := f.Class == elf.ELFCLASS64, f.Data == elf.ELFDATA2LSB
	switch f.Machine {
	case elf.EM_X86_64:
		if !wide {
			return machine{"/libx32/ld-linux-x32.so.2", "x32"}
		}
		return machine{"/lib64/ld-linux-x86-64.so.2", "x86_64"}
	case elf.EM_386:
		return machine{"/lib/ld-linux.so.2", "i386"}
	case elf.EM_AARCH64:
		return machine{"/lib/ld-linux-aarch64.so.1", "aarch64"}
	case elf.EM_ARM:
		if f.Flags&armHardFloat != 0 {
			return machine{"/lib/ld-linux-armhf.so.3", "armhf"}
		}
		return machine{"/lib/ld-linux.so.3", "arm"}
	case elf.EM_PPC64:
		if little {
			return machine{"/lib64/ld64.so.2", "powerpc64le"}
		}
		return machine{"/lib64/ld64.so.1", "powerpc64"}
	case elf.EM_S390:
		if !wide {
			return machine{"/lib/ld.so.1", ""}
		}
		return machine{"/lib/ld64.so.1", "s390x"}
	case elf.EM_RISCV:
		return machine{"/lib/ld-linux-riscv64-lp64d.so.1", "riscv64"}
	case elf.EM_LOONGARCH:
		return machine{"/lib64/ld-linux-loongarch-lp64d.so.1", "loongarch64"}
	case elf.EM_MIPS:
		return mips(wide, little)
	}
	return machine{"/lib/ld.so.1", ""}
}

func mips(wide, little bool) machine {
	m := machine{"/lib/ld.so.1", "mips"}
	if wide {
		m = machine{"/lib64/ld.so.1", "mips64"}
	}
	if little {
		m.musl += "el"
	}
	return m
}

// interpreter is the usual path of a C library's loader.
func (m machine) interpreter(libc string) string {
	if libc == "musl" {
		return "/lib/ld-musl-" + m.musl + ".so.1"
	}
	return m.glibc
}

// interpName is the path of the program's interpreter, or of the one that would load
// the library.
func (s *search) interpName() string {
	if s.library {
		return machineOf(s.main.File).interpreter(s.libcName)
	}
	return s.main.File.Interp
}

// openAsLibrary makes ready to search as dlopen does for a library of which no
// program is known. The rules are those of the C library that it was built for, or
// where it does not tell, of the first one that a tree has. It is false when no
// loader takes the library itself.
func (s *search) openAsLibrary() (bool, error) {
	libcs := []string{"glibc", "musl"}
	if libc := Libc(s.main.File); libc != "" {
		libcs = []string{libc}
	}
	for _, libc := range libcs {
		if err := s.findLoader(libc); err != nil {
			return false, err
		}
		if s.interp != nil {
			break
		}
	}
	if s.libcName = libcs[0]; s.interp != nil {
		s.libcName = libcOf(s.interp.Name, s.interp.File)
	}
	s.libc = s.rules()
	if err := s.configure(); err != nil {
		return false, err
	}
	return s.takesLibrary()
}

// findLoader looks for a C library's loader where it usually is.
func (s *search) findLoader(libc string) error {
	name := machineOf(s.main.File).interpreter(libc)
	for _, t := range s.trees {
		h, err := s.open(t, name)
		if err != nil {
			return err
		}
		if h == nil || h.parsed.err != nil || !compatible(h.parsed.file, s.main.File) || libcOf(name, h.parsed.file) != libc {
			continue
		}
		s.takeInterp(name, h)
		return nil
	}
	return nil
}

// takesLibrary reports whether the loader takes the library that the search begins
// with.
func (s *search) takesLibrary() (bool, error) {
	o := s.main
	if p := s.libraryDenied(); p != nil {
		s.report(*p)
		return false, nil
	}
	h := &hit{t: s.trees[o.Tree], path: o.Path, to: o.To, via: o.Via, parsed: o.parsed}
	h.resolved.Path, h.resolved.Info = o.Real, o.Info
	switch rules := s.libc.(type) {
	case *musl:
		rules.judge(h)
	case *glibc:
		rules.judge(h)
	}
	if h.fatal == "" {
		return true, nil
	}
	p := Problem{
		Code: CodeLibraryUnusable, Name: o.To,
		Message: fmt.Sprintf("%s cannot be loaded: %s", o.To, h.fatal),
		Runtime: o.To + ": " + h.fatal,
		Fixes:   []string{"build or fetch the library again, for the platform and C library of the image"},
	}
	if h.crash {
		p.Runtime = crashText
	}
	s.report(p)
	return false, nil
}

// libraryDenied is why the user cannot open the library that the search begins with,
// or nil.
func (s *search) libraryDenied() *Problem {
	o := s.main
	p := &Problem{
		Code: CodeLibraryUnusable, Name: o.To,
		Runtime: o.To + ": cannot open shared object file: Permission denied",
	}
	if dir := outOfReach(s.trees[o.Tree], o.Path); dir != nil {
		p.Message = fmt.Sprintf("%s cannot be loaded: it is behind %s, a directory that user %s may not search (%s)",
			o.To, dir.Dir, s.user, start.Attributes(dir.Info))
		p.Fixes = []string{letThrough(dir)}
		return p
	}
	if s.readable(o.Info) {
		return nil
	}
	p.Message = fmt.Sprintf("%s cannot be loaded: user %s may not read it (%s)", o.To, s.user, start.Attributes(o.Info))
	p.Fixes = []string{`set its mode: {from: …, mode: "0644"}`}
	return p
}

// foreignTo says why a plugin is not for the program of the search at all: one for
// another machine or C library lies in a package for those who have these. With
// glibc's loader in its place, which compatibility layers put there, musl opens
// glibc's libraries.
func (s *search) foreignTo(h *hit) (string, error) {
	f := h.parsed.file
	if f == nil {
		return "", nil
	}
	if !compatible(f, s.main.File) || f.Data != s.main.File.Data {
		return "it is for " + f.String(), nil
	}
	libc := Libc(f)
	if libc == "" || libc == s.libcName {
		return "", nil
	}
	if s.libcName == "musl" {
		for _, t := range s.trees {
			h, err := s.open(t, machineOf(s.main.File).glibc)
			if h != nil || err != nil {
				return "", err
			}
		}
	}
	return "it is for " + libc, nil
}
