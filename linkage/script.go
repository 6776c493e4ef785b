package linkage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"
)

// shebangSize is what the kernel reads of a script (BINPRM_BUF_SIZE).
const shebangSize = 256

// Shebang is the first line of a script, parsed as Linux's fs/binfmt_script.c
// does.
type Shebang struct {
	// Interp is the interpreter's path.
	Interp string
	// Arg is the one argument it gets before the script's path; often empty.
	Arg string
	// Program is what an env interpreter looks up in PATH; empty for others.
	Program string
}

// Needs lists what must be in the image for the script to start: a path, and
// for env a name that is looked up in PATH.
func (s *Shebang) Needs() []string {
	if s.Program != "" {
		return []string{s.Interp, s.Program}
	}
	return []string{s.Interp}
}

// ErrShebang is the error of a first line that the kernel does not accept.
var ErrShebang = errors.New("no interpreter in its first line")

// ParseShebang parses the beginning of a file, of which the first 256 bytes
// count. The file must begin with "#!".
func ParseShebang(head []byte) (*Shebang, error) {
	head = head[:min(len(head), shebangSize)]
	if !bytes.HasPrefix(head, []byte("#!")) {
		return nil, ErrShebang
	}
	line, _, ended := bytes.Cut(head[2:], []byte("\n"))
	text := strings.TrimLeft(string(line), " \t")
	end := strings.IndexAny(text, " \t\x00")
	if !ended && end < 0 && len(head) == shebangSize {
		return nil, fmt.Errorf("%w: its path does not end within %d bytes", ErrShebang, shebangSize)
	}
	text = strings.TrimRight(text, " \t")
	if i := strings.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	if text == "" {
		return nil, ErrShebang
	}
	s := &Shebang{Interp: text}
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		s.Interp, s.Arg = text[:i], strings.TrimLeft(text[i:], " \t")
	}
	if path.Base(s.Interp) == "env" {
		s.Program = envProgram(s.Arg)
	}
	return s, nil
}

// envProgram finds the program in env's argument. Without -S all of the argument
// is one word, even if it has spaces.
func envProgram(arg string) string {
	split := false
	for _, prefix := range []string{"-S", "--split-string=", "-vS"} {
		if rest, ok := strings.CutPrefix(arg, prefix); ok {
			arg, split = strings.TrimLeft(rest, " \t"), true
			break
		}
	}
	if !split {
		return arg
	}
	words := strings.Fields(arg)
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case w == "-u" || w == "-C" || w == "--unset" || w == "--chdir":
			i++
		case strings.HasPrefix(w, "-"), strings.Contains(w, "="):
		default:
			return strings.Trim(w, `"'`)
		}
	}
	return ""
}

// notELF tells a script from other files.
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
	if s.Program != "" {
		r.Text += ", which looks up " + s.Program + " in PATH"
	}
	if strings.HasSuffix(s.Interp, "\r") || strings.HasSuffix(s.Arg, "\r") {
		r.Text = "a script with Windows line ends, so that its interpreter's name ends in a carriage return"
		r.Runtime = r.execText("no such file or directory")
		r.Fixes = []string{"save it with Unix line ends (dos2unix; git: text eol=lf)"}
	}
	if strings.ContainsAny(s.Program, " \t") {
		r.Runtime = fmt.Sprintf("env: '%s': No such file or directory", s.Program)
		r.Fixes = []string{"write #!" + s.Interp + " -S " + s.Program}
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
