// Package linkage tells what kind of program a file is: what it needs to start
// on a platform, or why it never will.
package linkage

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/rootfs"
)

// Kind is what a file is, seen as a program.
type Kind string

// The kinds. Those up to Script can start on the platform: see Report.Runs.
const (
	// Static needs nothing but the kernel.
	Static Kind = "static"
	// StaticPIE is static and loaded at any address.
	StaticPIE Kind = "static-pie"
	// LoaderOnly names an interpreter but no library.
	LoaderOnly Kind = "needs-loader-only"
	// Dynamic needs an interpreter and libraries.
	Dynamic Kind = "dynamic"
	// Script begins with "#!". It starts if its interpreter does.
	Script Kind = "script"

	// SharedLibrary is what programs load. It is no program.
	SharedLibrary Kind = "shared-library"
	// NoInterpreter needs libraries but names nothing to load them.
	NoInterpreter Kind = "no-interpreter"
	ObjectFile    Kind = "object"
	Core          Kind = "core"
	// OtherABI is a program for the platform's processors in another mode, which
	// not every kernel runs.
	OtherABI     Kind = "other-abi"
	WrongMachine Kind = "wrong-machine"
	FreeBSD      Kind = "freebsd"
	// OtherSystem is a program of yet another operating system.
	OtherSystem Kind = "other-system"
	// Broken is an ELF file that contradicts itself or is cut off.
	Broken Kind = "broken"
	// BeyondLimits is an ELF file that may be sound, but is larger somewhere than
	// Sinter reads.
	BeyondLimits Kind = "beyond-limits"
	NotELF       Kind = "not-elf"
)

// Report is what Classify found.
type Report struct {
	Kind Kind
	// Path is the program's path in the image.
	Path string
	// Platform is what it was compared with.
	Platform string
	// Text says what the file is, in one line.
	Text string
	// Runtime is what a user would meet on starting it; empty when it starts, or
	// when that depends on the rest of the image.
	Runtime string
	// Fixes are the ways out when it cannot start.
	Fixes []string
	// Notes are things to know about a program that does start.
	Notes []string
	// Mark is the other system that the header of a static program names, although
	// nothing else in it does. Linux does not look at it.
	Mark string

	// Interp is the program interpreter.
	Interp string
	// Needed are the libraries it names.
	Needed []string
	// Shebang is the first line of a script.
	Shebang *Shebang
	// PlainText tells that the file is text without a #! line, which shells and
	// execvp take for a shell script.
	PlainText bool
	// NSS tells that a static glibc program looks up names through modules that
	// it opens at run time.
	NSS bool
	// File is the parsed file; nil when it is not ELF.
	File *elffile.File
}

// Runs reports whether the file can be a program on the platform at all.
func (r *Report) Runs() bool {
	switch r.Kind {
	case Static, StaticPIE, LoaderOnly, Dynamic, Script:
		return true
	}
	return false
}

// IsLibrary reports whether the file is for programs to load. It has needs as they
// have.
func (r *Report) IsLibrary() bool { return r.Kind == SharedLibrary }

// Crashes reports whether execve starts the file, and it is killed at once.
func (r *Report) Crashes() bool { return r.Runtime == crashText }

// IsStatic reports whether the program needs no loader.
func (r *Report) IsStatic() bool { return r.Kind == Static || r.Kind == StaticPIE }

// ClassifyFile is Classify of a file of a tree.
func ClassifyFile(tree fs.FS, file rootfs.Resolved, path, platform string) (*Report, error) {
	f, err := rootfs.OpenAt(tree, file.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Classify(f, file.Info.Size(), path, platform)
}

// Classify looks at a program of the given size that will be at a path in an
// image of a platform, "linux/arm64" or "linux/arm/v7"; an empty one is the
// program's own. It returns an error only when the file cannot be read or the
// platform is not known.
func Classify(f io.ReaderAt, size int64, path, platform string) (*Report, error) {
	if platform != "" {
		if _, err := parsePlatform(platform); err != nil {
			return nil, err
		}
	}
	r := &Report{Path: path, Platform: platform}
	file, broken := elffile.Read(f, size)
	switch {
	case errors.Is(broken, elffile.ErrNotELF):
		return r, r.notELF(f, size)
	case broken != nil && !elffile.IsFormat(broken):
		return nil, broken
	}
	r.File = file
	if platform == "" {
		r.Platform = ownPlatform(file)
	}
	want, err := parsePlatform(r.Platform)
	if err != nil {
		return nil, err
	}
	r.classify(want, size, broken)
	if r.IsStatic() {
		if err := r.staticNotes(f, size); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// classify decides by the ELF headers, in the order in which a kernel would
// stumble.
func (r *Report) classify(want abi, size int64, broken error) {
	f := r.File
	r.Interp, r.Needed = f.Interp, f.Needed
	switch {
	case broken != nil && f.Machine == elf.EM_NONE:
		r.broken(broken, r.execText("exec format error"))
	case !want.matches(f):
		r.otherMachine(want)
	case otherSystem(f) != "":
		r.otherSystem(otherSystem(f))
	case f.Type == elf.ET_REL:
		r.is(ObjectFile, "an object file, not linked", r.execText("exec format error"),
			"link it: leave out -c, or name the linker's output instead")
	case f.Type == elf.ET_CORE:
		r.is(Core, "a core dump, not a program", r.execText("exec format error"),
			"name the program that crashed instead")
	case f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN:
		r.broken(fmt.Errorf("file of ELF type %d", f.Type), r.execText("exec format error"))
	case refused(f, broken) != nil:
		r.broken(refused(f, broken), r.execText("exec format error"))
	case unmappable(f, size) != nil:
		r.broken(unmappable(f, size), crashText)
	case errors.Is(broken, elffile.ErrLimit):
		r.is(BeyondLimits, "an "+broken.Error(), "",
			"ship it under files, with all that it needs, and tell Sinter's maintainers of the file: its limits should be far above what programs have")
	case unloadable(f) != nil:
		r.broken(unloadable(f), crashText)
	case broken != nil && !selfContained(f):
		r.broken(broken, crashText)
	default:
		r.program()
	}
}

func (r *Report) is(kind Kind, text, runtime string, fixes ...string) {
	r.Kind, r.Text, r.Runtime, r.Fixes = kind, text, runtime, fixes
}

// execText is how container runtimes show a failed execve.
func (r *Report) execText(cause string) string {
	return fmt.Sprintf("exec %s: %s", r.Path, cause)
}

func (r *Report) broken(err error, runtime string) {
	r.is(Broken, "a "+err.Error(), runtime, "build or fetch the file again: it is incomplete or damaged")
}

func (r *Report) program() {
	f := r.File
	switch {
	case f.HasInterp && len(f.Needed) == 0:
		r.is(LoaderOnly, "dynamic, but only by name: it needs no library, just its loader "+f.Interp, "")
	case f.HasInterp:
		r.is(Dynamic, fmt.Sprintf("dynamic; its loader is %s and it needs %s", f.Interp, strings.Join(f.Needed, ", ")), "")
	case f.IsLibrary():
		r.is(SharedLibrary, "a shared library, not a program", crashText,
			"name the program instead, and list the library under libraries.add if it is opened at run time",
			"if it is meant to be a program, link it without -shared (Go: without -buildmode=c-shared)")
	case len(f.Needed) > 0:
		r.is(NoInterpreter, "dynamic, but without a program interpreter: nothing would load "+strings.Join(f.Needed, ", "),
			crashText, "link it as a program, without -Wl,--no-dynamic-linker")
	case f.Type == elf.ET_DYN:
		r.is(StaticPIE, "static (position-independent); needs no loader", "")
		r.mark()
	default:
		r.is(Static, "static; needs no loader", "")
		r.mark()
	}
}

// crashText is what becomes of code that runs without having been relocated, or
// that is not all there.
const crashText = "Segmentation fault (exit code 139)"

func (r *Report) otherMachine(want abi) {
	f := r.File
	if want.alternative(f) {
		r.is(OtherABI, fmt.Sprintf("built for %s, another ABI than the image's platform %s", f, r.Platform),
			r.execText("exec format error"),
			"build it for "+r.Platform, "add the matching platform to platforms, if it is really wanted")
		return
	}
	r.is(WrongMachine, fmt.Sprintf("built for %s, the image is for %s", f, r.Platform),
		r.execText("exec format error"),
		fmt.Sprintf("build it for %s (Go: GOARCH=%s; Dockerfile: use $TARGETARCH, or --platform=$TARGETPLATFORM)", r.Platform, goarch(r.Platform)),
		"build the image for the program's platform with --platform")
}

// staticNotes looks for what a static glibc still opens at run time. Static
// glibc programs are marked as GNU's, because of its indirect functions.
func (r *Report) staticNotes(f io.ReaderAt, size int64) error {
	if r.File.OSABI != elf.ELFOSABI_LINUX {
		return nil
	}
	found, err := contains(f, size, r.File, []string{"libnss_", "nsswitch.conf"})
	if err != nil {
		return err
	}
	if found {
		r.NSS = true
		r.Notes = append(r.Notes, "static, but its glibc looks up users and hosts through modules: it opens "+
			"/etc/nsswitch.conf and libnss_*.so.2 of the very glibc it was linked with; "+
			"link with musl, or dynamically, if it resolves names")
		return nil
	}
	r.Notes = append(r.Notes, "static, but glibc may open files at run time (character sets, locales)")
	return nil
}

// Bounds on looking for strings in a program.
const (
	maxScan   = 256 << 20
	scanChunk = 256 << 10
)

// contains reports whether all of the strings stand in the segments that are
// loaded without write permission.
func contains(f io.ReaderAt, size int64, file *elffile.File, texts []string) (bool, error) {
	left := int64(maxScan)
	buf := make([]byte, scanChunk)
	for _, p := range file.Progs {
		if p.Type != elf.PT_LOAD || p.Flags&elf.PF_W != 0 || p.Off >= uint64(size) {
			continue
		}
		end := int64(p.Off + min(p.Filesz, uint64(size)-p.Off))
		for at := int64(p.Off); at < end && left > 0; at += scanChunk - 64 {
			n, err := f.ReadAt(buf[:min(scanChunk, end-at)], at)
			if err != nil && !errors.Is(err, io.EOF) {
				return false, err
			}
			left -= int64(n)
			text := string(buf[:n])
			texts = slices.DeleteFunc(texts, func(s string) bool { return strings.Contains(text, s) })
			if len(texts) == 0 {
				return true, nil
			}
		}
	}
	return false, nil
}
