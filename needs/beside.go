package needs

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
)

// A ProgramText is what stands in a program, where names of files are looked for that lie beside it.
type ProgramText struct {
	bytes []byte
	// loose tells that strings follow each other without a separator, as in programs of Go and Rust.
	loose bool
}

// ReadText reads what stands in an ELF file, its code among it: compilers put short strings there.
// It reads no more than the file has, however its segments lie on each other.
func ReadText(r io.ReaderAt, size int64, f *elffile.File) (ProgramText, error) {
	var t ProgramText
	left := uint64(size)
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD || p.Off >= uint64(size) || left == 0 {
			continue
		}
		piece := make([]byte, min(p.Filesz, uint64(size)-p.Off, left))
		left -= uint64(len(piece))
		if _, err := r.ReadAt(piece, int64(p.Off)); err != nil && !errors.Is(err, io.EOF) {
			return ProgramText{}, err
		}
		t.bytes = append(append(t.bytes, piece...), 0)
	}
	t.loose = f.Go || bytes.Contains(t.bytes, []byte(Rust[1:]))
	return t, nil
}

// Holds reports whether the beginning of a file stands in the program, as that of one that is
// embedded in it does.
func (t ProgramText) Holds(file []byte) bool {
	return len(file) > wordSize && bytes.Contains(t.bytes, file)
}

// Names reports whether an absolute path stands in the program, or the beginning of one.
func (t ProgramText) Names(name string) bool {
	for _, end := range []string{"\x00", "/"} {
		if bytes.Contains(t.bytes, []byte(name+end)) {
			return true
		}
	}
	return t.loose && bytes.Contains(t.bytes, []byte(name))
}

// OpensFile reports whether a program names a file by a path that is not absolute.
func (t ProgramText) OpensFile(name string) bool {
	if t.loose {
		return len(name) > 4 && strings.Contains(name[1:], ".") && bytes.Contains(t.bytes, []byte(name))
	}
	return t.each(name, func(rest []byte) bool { return ends(rest) })
}

// OpensDirectory reports whether a program names a directory by a path that is not absolute, and
// which of its entries it names with it.
func (t ProgramText) OpensDirectory(name string, entries []string) (named []string, ok bool) {
	if named := t.namedIn(name, entries); len(named) > 0 {
		return named, true
	}
	if t.loose {
		return nil, len(name) > telling && bytes.Contains(t.bytes, []byte(name)) || t.each(name+"/", func([]byte) bool { return true })
	}
	return nil, t.each(name, func(rest []byte) bool {
		return ends(rest) || rest[0] == '/' && (ends(rest[1:]) || varies(rest[1]))
	})
}

// namedIn are the entries of a directory that a program names behind the directory's name.
func (t ProgramText) namedIn(name string, entries []string) []string {
	found, looked := map[string]bool{}, 0
	t.after(name+"/", func(_ int, rest []byte) bool {
		for _, entry := range entries {
			if begun := entry[:min(len(entry), max(wordSize-len(name)-1, telling))]; bytes.HasPrefix(rest, []byte(begun)) {
				found[entry] = true
			}
		}
		looked++
		return len(found) == len(entries) || looked == maxLooked
	})
	return slices.DeleteFunc(slices.Clone(entries), func(entry string) bool { return !found[entry] })
}

// OpensIn reports whether a program names a file in a directory by a path that is not absolute:
// "logs/httpd.pid".
func (t ProgramText) OpensIn(dir string) bool {
	return t.each(dir+"/", func(rest []byte) bool { return len(rest) > 0 && inPath(rest[0]) || !ends(rest) && varies(rest[0]) })
}

const (
	// wordSize is how much of a string the code of a program holds in one piece, behind a slash.
	wordSize = 7
	// maxLooked is how often the name of a directory is looked for in a program.
	maxLooked = 10_000
	// telling is how much of a name tells that it is meant.
	telling = 3
)

// each asks for what follows a name where it begins a path that is not absolute, until the
// answer is yes.
func (t ProgramText) each(name string, is func(rest []byte) bool) bool {
	return t.after(name, func(at int, rest []byte) bool { return t.beginsAt(at) && is(rest) })
}

// after asks for what follows a text, and where that begins, until the answer is yes.
func (t ProgramText) after(text string, is func(at int, rest []byte) bool) bool {
	for at := 0; ; at++ {
		i := bytes.Index(t.bytes[at:], []byte(text))
		if i < 0 {
			return false
		}
		at += i
		if is(at, t.bytes[at+len(text):]) {
			return true
		}
	}
}

// beginsAt reports whether a path that is not absolute begins at an offset: at that of a string,
// behind "./" or "../", or behind what a program puts before it at run time, "%s/".
func (t ProgramText) beginsAt(at int) bool {
	before := t.bytes[:at]
	if !bytes.HasSuffix(before, []byte("/")) {
		return t.loose || begun(before)
	}
	before = before[:len(before)-1]
	return begun(before) || bytes.HasSuffix(before, []byte(".")) || bytes.HasSuffix(before, []byte("%s")) || bytes.HasSuffix(before, []byte("}"))
}

func begun(before []byte) bool {
	return len(before) == 0 || before[len(before)-1] < ' ' || before[len(before)-1] == '"'
}

func ends(rest []byte) bool { return len(rest) == 0 || rest[0] < ' ' || rest[0] == '"' }

// Source reports whether a file that lies beside a program is what it was made of, or is for
// those who make it.
func Source(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, ".") || slices.Contains(projectFiles, base) || slices.Contains(sourceExtensions, strings.ToLower(path.Ext(base)))
}

var projectFiles = []string{
	"ci", "deploy", "doc", "docs", "example", "examples", "hack", "scripts", "test", "testdata", "tests", "vendor",
	"Cargo.toml", "CMakeLists.txt", "Dockerfile", "LICENSE", "Makefile", "configure",
}

var sourceExtensions = []string{
	".a", ".adb", ".ads", ".c", ".cc", ".cpp", ".cr", ".cs", ".cxx", ".d", ".f", ".f90", ".go", ".h", ".hh", ".hpp", ".hs", ".java", ".kt", ".la", ".lock", ".md", ".ml",
	".mli", ".mod", ".nim", ".o", ".pas", ".rs", ".s", ".sum", ".swift", ".zig",
}
