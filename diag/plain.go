package diag

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPlain is the length in bytes past which Plain cuts: eight of the longest paths
// that Linux takes, or a list of a thousand ordinary ones.
const maxPlain = 32 << 10

// Plain returns s as one line that is safe to show in a terminal, a log or an
// editor. Names come from images and specs that others wrote: a library's name
// may hold an escape sequence that repaints the screen, a newline that forges a
// line of output, or a bidirectional override that reorders what is read.
//
// Runes that are not printable ([unicode.IsPrint], which of all white space
// holds only the ASCII space) become Go escapes: \x1b, \n, \u202e; bytes that
// are not UTF-8 become \xff. Text that is longer than any real path is cut, and
// says so. Everything else is returned as it is, backslashes included, so that
// Plain(Plain(s)) is Plain(s).
//
// It belongs where text leaves the program, once per output. Data for machines
// keeps what was read.
func Plain(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		piece := s[i : i+size]
		if !printable(r, size) {
			piece = escaped(r, s[i], size)
		}
		if b.Len()+len(piece) > maxPlain {
			fmt.Fprintf(&b, "… (cut: %d bytes in all)", len(s))
			break
		}
		b.WriteString(piece)
		i += size
	}
	return b.String()
}

// PlainText is [Plain] for text that is already made of lines, such as an error of
// another program: its line breaks and tabs stay. Text with a name in it that may
// hold line breaks itself goes through Plain before it is put into lines.
func PlainText(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		cells := strings.Split(line, "\t")
		for j, cell := range cells {
			cells[j] = Plain(cell)
		}
		lines[i] = strings.Join(cells, "\t")
	}
	return strings.Join(lines, "\n")
}

// isPlain reports whether Plain leaves s alone, as it does nearly always.
func isPlain(s string) bool {
	if len(s) > maxPlain {
		return false
	}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !printable(r, size) {
			return false
		}
		i += size
	}
	return true
}

// printable reports whether a decoded rune may be shown. A size of one and
// RuneError together are a byte that is not UTF-8.
func printable(r rune, size int) bool {
	return unicode.IsPrint(r) && (r != utf8.RuneError || size != 1)
}

func escaped(r rune, first byte, size int) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\t':
		return `\t`
	case r == '\r':
		return `\r`
	case size == 1:
		return fmt.Sprintf(`\x%02x`, first)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
