package needs

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
)

// Limits on one file's strings.
const (
	maxScan  = 256 << 20 // bytes that are read
	maxPaths = 50_000
	maxPath  = 1024
	maxWord  = 64

	chunk   = 1 << 20
	overlap = maxPath
)

// Named is a path that stands in a file.
type Named struct {
	// Path is absolute and clean.
	Path string `json:"path"`
	// Dir tells that the path was followed by something that is known only at run
	// time, as in "/etc/app/%s.conf": it is the directory of what is meant.
	Dir bool `json:"dir,omitempty"`
	// Begun is the beginning of a name in the directory, before what is known only then:
	// "csv" of "/usr/lib/csv%v".
	Begun string `json:"begun,omitempty"`
	// Loose tells that other text may follow the path without a separator, as in
	// programs of Go: a beginning of it may be what is meant.
	Loose bool `json:"loose,omitempty"`
}

// roots are the beginnings of paths of interest. Others are paths of build machines.
var roots = []string{"/usr/", "/etc/", "/var/", "/lib", "/opt/", "/srv/", "/run/", "/bin/", "/sbin/", "/share/"}

// Strings are what stands in a file.
type Strings struct {
	// Paths are absolute, and sorted.
	Paths []Named
	// Words are those of the words asked for that stand there by themselves, as names
	// of programs do.
	Words map[string]bool
	// Symbols are those that are names of symbols: functions that it calls, for the most
	// part. Such a name says nothing about a program that has it, too.
	Symbols map[string]bool
}

// Read returns the absolute paths that stand in the data of an ELF file, and which of
// some words do. Code is not looked at where it has a segment of its own.
func Read(r io.ReaderAt, size int64, f *elffile.File, words map[string]bool) (Strings, error) {
	found := map[Named]bool{}
	out := Strings{Words: map[string]bool{}, Symbols: map[string]bool{}}
	symbols, length := f.StringTable()
	if length == 0 {
		out.Symbols = out.Words // nothing tells them apart
	}
	left := int64(maxScan)
	buf := make([]byte, chunk+overlap)
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD || p.Off >= uint64(size) || p.Flags&elf.PF_X != 0 && separateCode(f) {
			continue
		}
		end := int64(p.Off + min(p.Filesz, uint64(size)-p.Off))
		for at := int64(p.Off); at < end && left > 0 && len(found) < maxPaths; at += chunk {
			n, err := r.ReadAt(buf[:min(int64(len(buf)), end-at)], at)
			if err != nil && !errors.Is(err, io.EOF) {
				return out, err
			}
			left -= int64(n)
			scan(buf[:n], f.Go, found)
			if len(words) > 0 {
				out.scan(buf[:n], words, int64(symbols)-at, int64(symbols+length)-at)
			}
		}
	}
	out.Paths = sorted(found)
	return out, nil
}

// scan notes the words in a piece of a file whose symbols' names are between two offsets.
func (s Strings) scan(text []byte, words map[string]bool, symbols, end int64) {
	size := int64(len(text))
	symbols, end = min(max(symbols, 0), size), min(max(end, 0), size)
	scanWords(text[:symbols], words, s.Words)
	scanWords(text[symbols:end], words, s.Symbols)
	scanWords(text[end:], words, s.Words)
	for _, word := range anywhere {
		if words[word] && bytes.Contains(text, []byte(word[1:])) {
			s.Words[word] = true
		}
	}
}

// Rust stands among Strings.Words if an object was compiled from Rust, which is seen by
// the paths of Rust's library in its messages. Rust puts strings after one another
// without a separator, so a word may stand anywhere in them: ask for it as "*legacy".
const Rust = "*rustc"

var anywhere = []string{Rust, "*legacy", "*fips"}

// scanWords notes which words stand between two zero bytes in a piece of a file, and which
// end a text or a path there, since linkers let a string that is the end of another one
// share it: "x" is the word by itself, " x" and "/x" are such ends. "x -" is the word
// where a command begins with it, "x -o %s".
func scanWords(text []byte, words, found map[string]bool) {
	note := func(word []byte) {
		if len(word) > 1 && len(word) <= maxWord && words[string(word)] {
			found[string(word)] = true
		}
	}
	for len(text) > 0 {
		end := bytes.IndexByte(text, 0)
		if end < 0 {
			end = len(text)
		}
		note(text[:end])
		if last := text[max(0, end-maxWord-1):end]; len(last) > 0 {
			if i := bytes.LastIndexFunc(last, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
				note(last[i+1:]) // before it stands a table of numbers, and no string
			}
		}
		if end > 1 && int(text[0]) == end-1 {
			note(text[1:end]) // a string of Pascal, which begins with its length
		}
		if i := bytes.LastIndexAny(text[:end], " /"); i >= 0 {
			note(text[i:end])
		}
		if bytes.HasPrefix(text[:end], []byte(RunsProgram)) {
			note([]byte(RunsProgram))
		}
		if name := Command(text[:end]); name != "" {
			note([]byte(name + " -"))
		}
		text = text[min(end+1, len(text)):]
	}
}

// Command is the name of the program that a text calls, if the text is a command for a
// shell or the pattern of one: "gcc" of "exec gcc -g -o %o %s". A name alone is no
// command, nor is a name that an ordinary word follows: that is prose.
func Command(text []byte) string {
	text = bytes.TrimLeft(text, " \t\n")
	text = bytes.TrimPrefix(text, []byte("exec "))
	end := bytes.IndexAny(text, " \t")
	if end < 2 || end > maxWord || end+1 >= len(text) || strings.IndexByte("-%|<>&\"'/$", text[end+1]) < 0 {
		return ""
	}
	for _, c := range text[:end] {
		if !inPath(c) || c == '=' || c == ',' {
			return ""
		}
	}
	return string(text[:end])
}

func sorted(found map[Named]bool) []Named {
	return slices.SortedFunc(maps.Keys(found), func(a, b Named) int {
		switch c := cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Begun, b.Begun)); {
		case c != 0 || a.Dir == b.Dir:
			return c
		case a.Dir:
			return 1
		}
		return -1
	})
}

// Text returns the absolute paths that stand in a text, sorted.
func Text(text []byte) []Named {
	found := map[Named]bool{}
	scan(text, false, found)
	return sorted(found)
}

// Words are what stands between spaces, quotes and the like in a text.
func Words(text []byte) map[string]bool {
	out := map[string]bool{}
	for _, word := range strings.FieldsFunc(string(text), func(r rune) bool { return strings.ContainsRune(" \t\r\n\"';=(){}<>,:", r) }) {
		out[word] = true
	}
	return out
}

// Directives are the values in lines of a name and a value, sorted: "postpro grotty",
// ("C compiler command", "gcc").
func Directives(text []byte) []string {
	var out []string
	for line := range bytes.Lines(text) {
		if f := strings.Fields(string(line)); len(f) == 2 {
			out = append(out, f[1])
		}
		if f := strings.Split(string(line), `"`); len(f) == 5 {
			out = append(out, f[3])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Uncommented is a configuration without its comments: lines that begin with # or ;, and
// what follows a # after a space.
func Uncommented(text []byte) []byte {
	var out []byte
	for line := range bytes.Lines(text) {
		trimmed := bytes.TrimLeft(line, " \t")
		if len(trimmed) > 0 && (trimmed[0] == '#' || trimmed[0] == ';') {
			continue
		}
		if i := bytes.Index(line, []byte(" #")); i >= 0 {
			line = append(bytes.Clone(line[:i]), '\n')
		}
		out = append(out, line...)
	}
	return out
}

// separateCode reports whether some segment holds data that is only read, so that what is
// executed is code alone (ld's -z separate-code).
func separateCode(f *elffile.File) bool {
	n := 0
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && p.Flags&(elf.PF_X|elf.PF_W) == 0 {
			n++
		}
	}
	return n > 0
}

// scan collects the paths in a piece of a file.
func scan(text []byte, loose bool, found map[Named]bool) {
	for i := 0; i < len(text); {
		n := bytes.IndexByte(text[i:], '/')
		if n < 0 {
			return
		}
		start := i + n
		i = start + 1
		at, prefix := start, ""
		if before := relative(text, start); before > 0 {
			at, prefix = start-before, "/usr/"
		} else if start > 0 && !loose && joins(text[start-1]) || !begins(text[start:]) {
			continue
		}
		end := start
		for end < len(text) && end-start < maxPath && inPath(text[end]) {
			end++
		}
		i = max(i, end)
		if p, ok := named(prefix+string(text[at:end]), end < len(text) && varies(text[end]), loose); ok && len(found) < maxPaths {
			found[p] = true
		}
	}
}

// relative is the length of the first name of a path that a program puts after the prefix
// that it is installed in, "share/git-core/templates"; that name ends at start. It is 0
// where there is no such path.
func relative(text []byte, start int) int {
	for _, dir := range []string{"share", "lib", "libexec"} {
		if n := len(dir); start > n && (text[start-n-1] == 0 || text[start-n-1] == ':') && string(text[start-n:start]) == dir {
			return n
		}
	}
	return 0
}

func begins(text []byte) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return bytes.HasPrefix(text, []byte(root)) })
}

// joins reports whether a slash after a character goes on with a path that began before.
func joins(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("._-+~@/}%$*", c) >= 0
}

// inPath reports whether a character can be part of a path that programs name. Spaces,
// quotes and colons end one: they are in messages and in lists of directories.
func inPath(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("/._-+~@,=", c) >= 0
}

// varies reports whether a path that is made at run time goes on with a character.
func varies(c byte) bool { return strings.IndexByte("%$*{[<?", c) >= 0 }

// named makes a path of what was found. A trailing dot or comma is of a sentence.
func named(text string, cut, loose bool) (Named, bool) {
	begun := ""
	if cut {
		i := strings.LastIndexByte(text, '/') + 1
		text, begun = text[:i], text[i:]
	}
	text = strings.TrimRight(text, ".,=")
	if strings.Contains(text+"/", "/../") {
		return Named{}, false // what a build machine put together
	}
	text = path.Clean(text)
	if strings.HasPrefix(text, "/share/") {
		text = "/usr" + text // after a prefix that is known only at run time
	}
	return Named{Path: text, Dir: cut, Begun: begun, Loose: loose}, len(text) > 2
}
