package linkage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// shebangSize is what the kernel reads of a script (BINPRM_BUF_SIZE, since
// Linux 5.1).
const shebangSize = 256

// Shebang is the first line of a script, parsed as Linux's fs/binfmt_script.c
// does.
type Shebang struct {
	// Interp is the interpreter's path, relative to the working directory unless it
	// is absolute.
	Interp string
	// Arg is the one argument it gets before the script's path; often empty.
	Arg string
	// Cut tells that the kernel drops the end of the argument, since it reads the
	// first 255 bytes of a longer line.
	Cut bool
}

// ErrShebang is the error of a first line that the kernel does not accept.
var ErrShebang = errors.New("no interpreter in its first line")

// ParseShebang parses the beginning of a file, which must begin with "#!". Of a
// file of 256 bytes or more these are enough.
func ParseShebang(head []byte) (*Shebang, error) {
	var buf [shebangSize]byte // as in the kernel, with NULs after a shorter file
	copy(buf[:], head)
	if !bytes.HasPrefix(buf[:], []byte("#!")) {
		return nil, ErrShebang
	}
	end, whole := newline(buf[:])
	if !whole {
		// The arguments may be incomplete, the interpreter may not: something has
		// to stand after it.
		begin := skip(buf[:], 2, end, isBlank)
		if begin > end {
			return nil, ErrShebang
		}
		if skip(buf[:], begin, end, isWord) > end {
			return nil, fmt.Errorf("%w: its path does not end within %d bytes", ErrShebang, end)
		}
	}
	for isBlank(buf[end-1]) {
		end--
	}
	begin := skip(buf[:], 2, end, isBlank)
	if begin >= end {
		return nil, ErrShebang
	}
	after := skip(buf[:], begin, end, isWord)
	s := &Shebang{Interp: text(buf[begin:min(after, end)])}
	if s.Interp == "" {
		return nil, ErrShebang
	}
	if after < end && buf[after] != 0 {
		s.Arg = text(buf[skip(buf[:], after, end, isBlank):end])
		s.Cut = !whole && longer(head)
	}
	return s, nil
}

// newline is where the first line ends: at its newline, or else at the last byte
// that counts.
func newline(buf []byte) (end int, whole bool) {
	i := bytes.IndexAny(buf, "\n\x00")
	if i >= 0 && buf[i] == '\n' {
		return i, true
	}
	return len(buf) - 1, false
}

// longer reports whether a first line has more than the bytes that count.
func longer(head []byte) bool {
	const counts = shebangSize - 1
	if len(head) <= counts || bytes.IndexByte(head[:counts], 0) >= 0 {
		return false
	}
	rest, _, _ := bytes.Cut(head[counts:], []byte("\n"))
	return len(bytes.TrimRight(rest, " \t")) > 0
}

// skip is the first index from at up to last whose byte is not of a kind, or
// last+1.
func skip(buf []byte, at, last int, kind func(byte) bool) int {
	for at <= last && kind(buf[at]) {
		at++
	}
	return at
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
func isWord(c byte) bool  { return c != 0 && !isBlank(c) }

// text is what C sees in a buffer: all up to the first NUL.
func text(buf []byte) string {
	before, _, _ := bytes.Cut(buf, []byte{0})
	return string(before)
}

// notELF says of a file that is no ELF file whether it is a script.
func (r *Report) notELF(f io.ReaderAt, size int64) error {
	head := make([]byte, min(max(size, 0), 512))
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	head = head[:n]
	if bytes.HasPrefix(head, []byte("#!")) {
		r.script(head)
		return nil
	}
	what, fix := looksLike(head)
	r.PlainText = isText(head)
	r.is(NotELF, "not a program: "+what, r.execText("exec format error"), fix)
	return nil
}

func (r *Report) script(head []byte) {
	s, err := ParseShebang(head)
	if err != nil {
		r.is(NotELF, "a script with "+err.Error(), r.execText("exec format error"),
			"begin it with #! and the path of its interpreter")
		return
	}
	r.Shebang = s
	r.is(Script, "a script; its interpreter is "+s.Interp, "")
	var program string
	if s.Arg != "" && IsEnv(s.Interp) {
		if call, err := ParseEnv([]string{s.Arg}, nil, false); err == nil {
			program = call.Program
		}
	}
	if program != "" {
		r.Text += ", which looks up " + program + " in PATH"
	}
	switch {
	case strings.HasSuffix(s.Interp, "\r"):
		r.Text = "a script with Windows line ends, so that its interpreter's name ends in a carriage return"
		r.Runtime = r.execText("no such file or directory")
	case strings.HasSuffix(program, "\r"):
		r.Text = "a script with Windows line ends, so that the name of its program ends in a carriage return"
		r.Runtime = fmt.Sprintf("%s: '%s': No such file or directory", s.Interp, program)
	case strings.HasSuffix(s.Arg, "\r"):
		r.Text = "a script with Windows line ends, so that the argument of its interpreter ends in a carriage return"
		r.Runtime = fmt.Sprintf("%s: 0: Illegal option -\r", s.Interp)
	}
	if r.Runtime != "" {
		r.Fixes = []string{"save it with Unix line ends (dos2unix; git: text eol=lf)"}
	}
}

// looks are the beginnings of files that are taken for programs.
var looks = []struct{ magic, what, fix string }{
	{"MZqFpD", "an Actually Portable Executable, which needs a shell or its loader", "use its ELF form (assimilate), or build for Linux"},
	{"MZ", "a Windows program", "build it for Linux (Go: GOOS=linux)"},
	{"\xcf\xfa\xed\xfe", "a macOS program", "build it for Linux (Go: GOOS=linux)"},
	{"\xce\xfa\xed\xfe", "a macOS program", "build it for Linux (Go: GOOS=linux)"},
	{"\xca\xfe\xba\xbe\x00\x00\x00\x02", "a macOS universal program", "build it for Linux (Go: GOOS=linux)"},
	{"\xca\xfe\xba\xbe", "a Java class file", "run it with a Java runtime: name java as the program"},
	{"\x00asm", "a WebAssembly module", "run it with a WebAssembly runtime, or build it for Linux"},
	{"BC\xc0\xde", "LLVM bitcode", "compile it to a program: leave out -emit-llvm"},
	{"!<arch>", "a static library or Debian package", "link the library into a program"},
	{"PK\x03\x04", "a zip or jar archive", "unpack it, or name java as the program and the jar under files"},
	{"\x1f\x8b", "a gzip archive", "unpack it in a build step"},
	{"\xfd7zXZ", "an xz archive", "unpack it in a build step"},
	{"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it in a build step"},
	{"BZh", "a bzip2 archive", "unpack it in a build step"},
	{"\xed\xab\xee\xdb", "an RPM package", "install it in a source"},
	{"version https://git-lfs", "a Git LFS pointer instead of the file", "fetch the file with git lfs pull before the build"},
	{"<!DOCTYPE", "an HTML page, as a failed download leaves", "check the URL it was fetched from; use curl --fail"},
	{"<html", "an HTML page, as a failed download leaves", "check the URL it was fetched from; use curl --fail"},
	{"\xef\xbb\xbf#!", "a script with a byte order mark before its #!", "save it without a byte order mark"},
}

func looksLike(head []byte) (what, fix string) {
	fix = "name a program: an ELF file, or a script that begins with #!"
	if len(head) == 0 {
		return "an empty file", "check the build step that should write it"
	}
	for _, l := range looks {
		if bytes.HasPrefix(head, []byte(l.magic)) {
			return l.what, l.fix
		}
	}
	switch {
	case len(head) > 262 && bytes.HasPrefix(head[257:], []byte("ustar")):
		return "a tar archive", "unpack it in a build step"
	case strings.HasPrefix("\x7fELF", string(head)):
		return "an ELF file cut off after its first bytes", "build or fetch it again"
	case isText(head):
		return fmt.Sprintf("a text file that begins with %q", firstLine(head)), "if it is a script, begin it with #! and its interpreter"
	case bytes.Count(head, []byte{0}) == len(head):
		return "a file of zero bytes, as an incomplete download leaves", "build or fetch it again"
	}
	return fmt.Sprintf("data that begins with % x", head[:min(len(head), 8)]), fix
}

func isText(head []byte) bool {
	if bytes.ContainsFunc(head, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' }) {
		return false
	}
	// A multi-byte character may be cut at the end.
	for cut := range min(4, len(head)) {
		if utf8.Valid(head[:len(head)-cut]) {
			return true
		}
	}
	return false
}

func firstLine(head []byte) string {
	line, _, _ := strings.Cut(string(head), "\n")
	runes := []rune(line)
	return string(runes[:min(len(runes), 40)])
}
