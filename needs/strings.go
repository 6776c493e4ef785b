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
	"unicode/utf8"

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
	// Value tells that the path stands in an object behind a name and =, as in the options
	// of configure with which a program was built: "TAR=/bin/tar".
	Value bool `json:"-"`
}

// roots are the beginnings of paths of interest. Others are paths of build machines.
var roots = []string{"/usr/", "/etc/", "/var/", "/lib", "/opt/", "/srv/", "/run/", "/bin/", "/sbin/", "/share/"}

// firstRoots is how many of the roots stand in a path nowhere but at its beginning.
const firstRoots = 2

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
	paths := pathScan{loose: f.Go, library: f.Soname != "", found: map[Named]bool{}}
	out := Strings{Words: map[string]bool{}, Symbols: map[string]bool{}}
	symbols, length := f.StringTable()
	if length == 0 {
		out.Symbols = out.Words // nothing tells them apart
	}
	left := int64(maxScan)
	set := newWordSet(words)
	buf := make([]byte, min(chunk+overlap, size))
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD || p.Off >= uint64(size) || p.Flags&elf.PF_X != 0 && separateCode(f) {
			continue
		}
		end := int64(p.Off + min(p.Filesz, uint64(size)-p.Off))
		for at := int64(p.Off); at < end && left > 0 && len(paths.found) < maxPaths; at += chunk {
			n, err := r.ReadAt(buf[:min(int64(len(buf)), end-at)], at)
			if err != nil && !errors.Is(err, io.EOF) {
				return out, err
			}
			left -= int64(n)
			out.scan(buf[:n], paths, set, int64(symbols)-at, int64(symbols+length)-at)
		}
	}
	out.Paths = sorted(paths.found)
	if len(words) > 0 && length > 0 {
		// What is wrong with the symbols is the loader's to say.
		referred, _ := f.Symbols(r, size).Referred(words)
		for _, name := range referred {
			out.Symbols[name] = true
		}
	}
	return out, nil
}

// scan notes the paths and the words in a piece of a file that has the strings of the
// dynamic linker between two offsets: names of symbols, of libraries, and of the directories
// in which the loader looks for these. Such a directory of a library is nothing that it
// opens; a program keeps its plugins there, too.
func (s Strings) scan(text []byte, paths pathScan, set *wordSet, from, to int64) {
	size := int64(len(text))
	from, to = min(max(from, 0), size), min(max(to, 0), size)
	if paths.library {
		paths.scan(text[:from])
		paths.scan(text[to:])
	} else {
		paths.scan(text)
	}
	if len(set.words) == 0 {
		return
	}
	set.scan(text[:from], s.Words)
	set.scan(text[from:to], s.Symbols)
	set.scan(text[to:], s.Words)
	for _, word := range set.anywhere {
		if bytes.Contains(text, []byte(word[1:])) {
			s.Words[word] = true
		}
	}
}

// GoStarts stands among Strings.Words if a program of Go starts others: the name of a function of os/exec.
// Go puts strings after one another as Rust does.
const GoStarts = "*os/exec.(*Cmd).Start"

// Rust stands among Strings.Words if an object was compiled from Rust, which is seen by
// the paths of Rust's library in its messages. Rust puts strings after one another
// without a separator, so a word may stand anywhere in them: ask for it as "*legacy".
const Rust = "*rustc"

// A wordSet are the words that are looked for. Most of what stands in a file is none of
// them, which is seen by its first character and its length.
type wordSet struct {
	words map[string]bool
	// lengths has bit n-1 set where a word of n characters begins with the index.
	lengths [256]uint64
	// anywhere are those that begin with a *.
	anywhere []string
}

func newWordSet(words map[string]bool) *wordSet {
	s := &wordSet{words: words}
	for word := range words {
		if strings.HasPrefix(word, "*") {
			s.anywhere = append(s.anywhere, word)
		}
		if len(word) > 1 && len(word) <= maxWord {
			s.lengths[word[0]] |= 1 << (len(word) - 1)
		}
	}
	return s
}

func (s *wordSet) has(word []byte) bool {
	return len(word) > 1 && len(word) <= maxWord && s.lengths[word[0]]>>(len(word)-1)&1 != 0 && s.words[string(word)]
}

// scan notes which words stand between two zero bytes in a piece of a file, and which
// end a text or a path there, since linkers let a string that is the end of another one
// share it: "x" is the word by itself, " x" and "/x" are such ends. "x -" is the word
// where a command begins with it, "x -o %s".
func (s *wordSet) scan(text []byte, found map[string]bool) {
	note := func(word []byte) {
		if s.has(word) {
			found[string(word)] = true
		}
	}
	for len(text) > 0 {
		end := untilZero(text)
		if end > 1 {
			piece := text[:end]
			note(piece)
			if int(text[0]) == end-1 {
				note(text[1:end]) // a string of Pascal, which begins with its length
			}
			s.scanEnd(piece, note)
			if bytes.HasPrefix(piece, []byte(RunsProgram)) {
				note([]byte(RunsProgram))
			}
			if name := Command(piece); name != "" {
				note([]byte(name + " -"))
			}
		}
		text = text[min(end+1, len(text)):]
	}
}

// untilZero is how many bytes stand before the first zero byte. Most pieces of a file are
// shorter than what makes bytes.IndexByte worth its while.
func untilZero(text []byte) int {
	const short = 16
	for i, c := range text[:min(short, len(text))] {
		if c == 0 {
			return i
		}
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return i
	}
	return len(text)
}

// scanEnd notes the words that end a piece: after a table of numbers, and after a space
// or a slash, which is then part of the word.
func (s *wordSet) scanEnd(piece []byte, note func(word []byte)) {
	first := max(0, len(piece)-maxWord-1)
	afterTable, afterSeparator := false, false
	for i := len(piece) - 1; i >= first && !(afterTable && afterSeparator); i-- {
		c := piece[i]
		if !afterSeparator && (c == ' ' || c == '/') {
			afterSeparator = true
			note(piece[i:])
		}
		if !afterTable && (c < ' ' || c > '~') {
			afterTable = true
			if _, width := utf8.DecodeLastRune(piece[first : i+1]); width == 1 {
				note(piece[i+1:]) // what follows a letter of another script is of its word
			}
		}
	}
}

// Command is the name of the program that a text calls, if the text is a command for a
// shell or the pattern of one: "gcc" of "exec gcc -g -o %o %s", and "xkbcomp" of
// `"%s%sxkbcomp" -w %d`. A name alone is no command, nor is a name that an ordinary word
// follows: that is prose.
func Command(text []byte) string {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t' || text[0] == '\n') {
		text = text[1:]
	}
	text = bytes.TrimPrefix(text, []byte("exec "))
	if quoted, ok := bytes.CutPrefix(text, []byte(`"%s`)); ok {
		text = unquoted(quoted)
	}
	end := 0
	for end < len(text) && end <= maxWord && inPath(text[end]) && text[end] != '=' && text[end] != ',' {
		end++
	}
	if end < 2 || end > maxWord || end+1 >= len(text) || text[end] != ' ' && text[end] != '\t' ||
		strings.IndexByte("-%|<>&\"'/$", text[end+1]) < 0 {
		return ""
	}
	return string(text[:end])
}

// unquoted is the rest of a command whose program is in quotes, without the quotes and the directory
// that is known only at run time; nothing where the program itself is.
func unquoted(text []byte) []byte {
	for {
		rest, ok := bytes.CutPrefix(text, []byte("%s"))
		if !ok {
			break
		}
		text = rest
	}
	name, rest, ok := bytes.Cut(bytes.TrimPrefix(text, []byte("/")), []byte(`"`))
	if !ok || bytes.IndexByte(name, '%') >= 0 {
		return nil
	}
	return slices.Concat(name, rest)
}

func sorted(found map[Named]bool) []Named {
	return slices.SortedFunc(maps.Keys(found), func(a, b Named) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Begun, b.Begun), compareBool(a.Dir, b.Dir), compareBool(a.Value, b.Value))
	})
}

// compareBool puts false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// Text returns the absolute paths that stand in a text, sorted.
func Text(text []byte) []Named {
	paths := pathScan{flags: true, found: map[Named]bool{}}
	paths.scan(text)
	return sorted(paths.found)
}

// Words are what stands between spaces, quotes and the like in a text.
func Words(text []byte) map[string]bool {
	out := map[string]bool{}
	for _, word := range wordsOf(string(text)) {
		out[word] = true
	}
	return out
}

// wordsOf is Words in their order.
func wordsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n\"';=(){}<>,:", r) })
}

// Quoted are the words that stand alone between double quotes in a text, sorted.
func Quoted(text []byte) []string {
	var out []string
	for i, part := range strings.Split(string(text), `"`) {
		if i%2 == 1 && len(part) > 1 && len(part) <= maxWord && strings.IndexFunc(part, func(r rune) bool { return r > '~' || !inPath(byte(r)) }) < 0 {
			out = append(out, part)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
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

// A pathScan collects paths.
type pathScan struct {
	// loose is set for files in which strings have no ends: a path may begin in what looks like
	// another one.
	loose bool
	// flags is set for texts, in which a path may stand behind a flag of one or two letters,
	// "-I/usr/lib/app", and often stands behind a name and =. In objects both are of the machine
	// that built them.
	flags bool
	// library is set for shared libraries.
	library bool
	found   map[Named]bool
}

// scan collects the paths in a piece of a file.
func (s pathScan) scan(text []byte) {
	within := 0 // where the last path ends
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
		} else if start > 0 && !s.loose && joins(text[start-1]) && !(s.flags && followsFlag(text[:start])) || !begins(text[start:], start < within) {
			continue
		}
		end := start
		for end < len(text) && end-start < maxPath && inPath(text[end]) {
			end++
		}
		if within = end; !s.loose {
			i = max(i, end)
		}
		if p, ok := named(prefix+string(text[at:end]), end < len(text) && varies(text[end]), s.loose); ok && len(s.found) < maxPaths {
			p.Value = !s.flags && at > 0 && text[at-1] == '='
			s.found[p] = true
		}
	}
}

// followsFlag tells whether a text ends with a flag of one or two letters.
func followsFlag(text []byte) bool {
	letters := 0
	for len(text) > letters && letters < 3 && isLetter(text[len(text)-1-letters]) {
		letters++
	}
	rest := text[:len(text)-letters]
	if letters == 0 || letters > 2 || len(rest) == 0 || rest[len(rest)-1] != '-' {
		return false
	}
	return len(rest) == 1 || !joins(rest[len(rest)-2])
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// relative is the length of the first name of a path that a program puts after the prefix
// that it is installed in, "share/git-core/templates", or after its own directory,
// "%x/../lib/csv%v"; that name ends at start. It is 0 where there is no such path.
func relative(text []byte, start int) int {
	for _, dir := range []string{"share", "lib", "libexec"} {
		head, ok := bytes.CutSuffix(text[:start], []byte(dir))
		if !ok || len(head) == 0 {
			continue
		}
		up := head
		for bytes.HasSuffix(up, []byte("../")) {
			up = up[:len(up)-3]
		}
		if len(up) < len(head) {
			up = bytes.TrimSuffix(up, []byte("/"))
		}
		n := len(up)
		if n > 0 && (up[n-1] == 0 || up[n-1] == ':') || len(up) < len(head) && n > 1 && up[n-2] == '%' {
			return len(dir)
		}
	}
	return 0
}

// begins tells whether a path begins a text: within another one, only such as are no part of
// one.
func begins(text []byte, within bool) bool {
	of := roots
	if within {
		of = roots[:firstRoots]
	}
	return slices.ContainsFunc(of, func(root string) bool { return bytes.HasPrefix(text, []byte(root)) })
}

// Beginning is the longest beginning of a loose path that is there. A directory is not meant where
// what follows goes on below it.
func (n Named) Beginning(is func(name string) (there, dir bool)) (Named, bool) {
	for end := len(n.Path); n.Loose && end > minLoose; end-- {
		name, rest := n.Path[:end], n.Path[end:]
		there, dir := is(name)
		if there && !(dir && strings.HasPrefix(rest, "/") && !begins([]byte(rest), true)) {
			return Named{Path: name}, true
		}
	}
	return Named{}, false
}

// minLoose is the length of the shortest path of interest, "/etc/x".
const minLoose = 5

// joins reports whether a slash after a character goes on with a path that began before.
func joins(c byte) bool {
	return isLetter(c) || c >= '0' && c <= '9' || strings.IndexByte("._-+~@/}%$*", c) >= 0
}

// inPath reports whether a character can be part of a path that programs name. Spaces,
// quotes and colons end one: they are in messages and in lists of directories.
func inPath(c byte) bool { return pathBytes[c] }

var pathBytes = func() (out [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+~@,=") {
		out[c] = true
	}
	return out
}()

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
