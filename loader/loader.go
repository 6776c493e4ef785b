package loader

import (
	"errors"
	"io/fs"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/rootfs"
)

// Tree is a file tree to search.
type Tree struct {
	// Name names the tree in messages.
	Name string
	FS   fs.ReadLinkFS
	// Whole tells that all of the tree ships, as a base image does. Its
	// /etc/ld.so.preload then counts. A single tree is always whole.
	Whole bool
}

// Program is the program whose libraries are wanted.
type Program struct {
	// Tree is the index of the tree that the program is in.
	Tree int
	// Path is its absolute path in that tree.
	Path string
	// To is the absolute path it will have in the image; empty means Path.
	To string
}

// Options adjust a search. The zero value is the usual one.
type Options struct {
	// Env is the image's environment. LD_LIBRARY_PATH and LD_PRELOAD count.
	Env map[string]string
	// WorkDir is the process's working directory; empty means "/".
	WorkDir string
	// UID and GID are the image's user. Files whose mode denies it, or that of a
	// directory of a whole tree, are passed over as the loader would; 0 may read
	// everything.
	UID, GID uint32
	// CheckSymbols asks for undefined symbols of what is opened at run time to be
	// reported, too: of plugins, of added libraries, of a library by itself. Whoever
	// opens them may define these, so they are warnings.
	CheckSymbols bool
	// Add names libraries opened at run time: sonames, searched as the program
	// itself would with dlopen, or absolute paths.
	Add []string
	// Exclude names libraries, by SONAMEs in which "*" stands for any text, that are
	// not to be loaded where they are only recommended: by a note, or because libc
	// may open them.
	Exclude []string
	// Provided tells which libraries are there when the program runs, though no
	// tree has them: those that a host gives to its containers. They are not looked
	// for. It may be nil.
	Provided func(name string) bool
	// Plugins are shared libraries that ship and that the program may open by
	// path: each is loaded with its dependencies after everything else.
	Plugins []Program
	// Memory saves reading files again that another search has read. It may be
	// nil.
	Memory *Memory
}

// Result is what would be loaded.
type Result struct {
	// Program is the program itself.
	Program Object
	// Interp is the program interpreter; nil when there is none or it is missing.
	Interp *Object
	// Objects are the libraries in load order.
	Objects []Object
	// Problems are in the order in which they were met.
	Problems []Problem
	// Libc is "glibc", "musl", or "" for a static program or a foreign loader.
	Libc string
	// Provided are the libraries that are asked for and need not be in any tree, in
	// the order in which they were met.
	Provided []Provided
	// Suggested are the libraries that notes in the files call suggestions; they
	// were not searched for.
	Suggested []Suggestion
	// Library tells that the program is a shared library. Interp is then what would
	// load it, if something that is loaded needs it.
	Library bool
	// Foreign are the plugins that are for another machine or C library than the
	// program's. They were not loaded.
	Foreign []Foreign
}

// Foreign is a file that is not for the program of a search.
type Foreign struct {
	To string
	// Why says for what it is: "it is for arm64", "it is for musl".
	Why string
}

// Object is a file that is loaded.
type Object struct {
	// Name is the name that was asked for.
	Name string
	// Tree is the index of the tree it was found in.
	Tree int
	// Path is the absolute path as found in that tree, with links unresolved.
	Path string
	// Found is Path as the loader spells it: "/app/bin/../lib/libx.so". Every
	// directory that it names must exist.
	Found string
	// Real is the physical path.
	Real string
	// Links are the links from Path to Real.
	Links []rootfs.Link
	// Also are the links on other ways to Real, by which it was asked for under
	// other names: libx.so.7.0 after libx.so.7, both of which lead to libx.so.7.2.
	Also [][]rootfs.Link
	// To is Path in the image. It differs from Path only for the program and
	// for files found next to an object that moves.
	To string
	// NeededBy are the To paths of the objects that ask for it, the first one
	// first.
	NeededBy []string
	// Via tells how it was found: "runpath $ORIGIN/../lib", "ld.so.cache".
	Via string
	// Later tells that it is not loaded at start, but opened at run time.
	Later bool
	File  *elffile.File
	Info  fs.FileInfo
	// Variants are builds of the library for particular processors, which
	// glibc's loader prefers where they run. They are absolute paths in the
	// tree, below a glibc-hwcaps directory next to Path.
	Variants []string
}

// Values of Object.Via that others need to know.
const (
	// ViaInterpreter is that of the program interpreter.
	ViaInterpreter = "interpreter"
	// ViaAudit is that of what watches over the program.
	ViaAudit = "audit"
)

// Suggestion is a library that an object can make use of when it is there.
type Suggestion struct {
	By   string // To path of the object
	Note elffile.DlopenNote
}

// Problem is one reason why the program would not start, or not work.
type Problem struct {
	// Code names the kind of problem, in kebab case.
	Code     string
	Severity diag.Severity
	// Name is the library, version or symbol.
	Name string
	// NeededBy is the To path of the object that asks for it.
	NeededBy string
	// Symbols are all symbols that are missing, of which Name is the first.
	Symbols []string
	Message string
	// Tree and Path are the file that is in the way, as Object has them. The path is
	// empty where there is none.
	Tree int
	Path string
	// Runtime is what the kernel or the loader would print, verbatim.
	Runtime string
	Fixes   []string
}

// Diagnostic returns the problem in the form in which users see it.
func (p Problem) Diagnostic() diag.Diagnostic {
	return diag.Diagnostic{
		Code: p.Code, Severity: p.Severity, Message: p.Message, Runtime: p.Runtime, Fixes: p.Fixes,
	}
}

// Load finds everything that would be loaded for a program that the kernel starts,
// as package start tells, or for a shared library by itself. It returns an error
// only when files cannot be read, the program among them; all findings are in the
// result.
func Load(trees []Tree, prog Program, opt Options) (*Result, error) {
	return newSearch(trees, prog, opt).answer()
}

func (s *search) answer() (*Result, error) {
	err := s.run()
	limit, ok := errors.AsType[*limitError](err)
	if err != nil && !ok {
		return nil, err
	}
	s.tellLimits(limit)
	return s.result(), nil
}
