package diag

import (
	"strings"
	"testing"
)

// TestPlain is a table of what a hostile name holds and how it is shown.
func TestPlain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ summary, in, want string }{
		{"an ordinary name", "/usr/lib/libz.so.1", "/usr/lib/libz.so.1"},
		{"nothing", "", ""},
		{"letters of other scripts", "/srv/größe/ファイル/ملف", "/srv/größe/ファイル/ملف"},
		{"a backslash is no escape yet", `C:\new`, `C:\new`},
		{"a replacement character that stands in the text", "a\ufffdb", "a\ufffdb"},
		{"an escape sequence that clears the screen", "lib\x1b[2Jz.so", `lib\x1b[2Jz.so`},
		{"its one-byte form in Latin-1", "lib\x9b2Jz.so", `lib\x9b2Jz.so`},
		{"and in UTF-8", "lib\u009b2Jz.so", `lib\u009b2Jz.so`},
		{"a line forged with a newline", "a\nok: image is fine", `a\nok: image is fine`},
		{"a line overwritten", "a\r\tb", `a\r\tb`},
		{"a bell, a delete and a NUL", "\a\x7f\x00", `\x07\x7f\x00`},
		{"a right-to-left override", "exe.\u202etxt", `exe.\u202etxt`},
		{"a bidi isolate", "a\u2066b\u2069", `a\u2066b\u2069`},
		{"a letter of no width", "lib\u200bz", `lib\u200bz`},
		{"a space that is another", "a\u00a0b", `a\u00a0b`},
		{"a line separator", "a\u2028b", `a\u2028b`},
		{"a tag letter beyond the first plane", "a\U000e0041", `a\U000e0041`},
		{"bytes that are not UTF-8", "caf\xe9\xff", `caf\xe9\xff`},
		{"a byte order mark", "\ufeffa", `\ufeffa`},
	} {
		got := Plain(test.in)
		if got != test.want {
			t.Errorf("%s: Plain(%q) = %s, want %s", test.summary, test.in, got, test.want)
		}
		if again := Plain(got); again != got {
			t.Errorf("%s: Plain changes its own result to %s", test.summary, again)
		}
	}
}

func TestPlainCutsAbsurdLengths(t *testing.T) {
	t.Parallel()
	fits := strings.Repeat("ä", maxPlain/2)
	if got := Plain(fits); got != fits {
		t.Errorf("text of %d bytes was changed", len(fits))
	}
	want := fits + "… (cut: 32769 bytes in all)"
	if got := Plain(fits + "x"); got != want {
		t.Errorf("Plain of one byte more ends in %q", got[len(got)-40:])
	}
	escapes := Plain(strings.Repeat("\x1b", 1<<20))
	if want := strings.Repeat(`\x1b`, maxPlain/4) + "… (cut: 1048576 bytes in all)"; escapes != want {
		t.Errorf("a million escapes became %d bytes", len(escapes))
	}
}

func TestPlainTextKeepsLines(t *testing.T) {
	t.Parallel()
	if got, want := PlainText("a\x1b\n\n\tb\u202e\r\n"), "a\\x1b\n\n\tb\\u202e\\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"", "a\nb", "\x1b[2J", "\u202e", "\xff\xfe", "\U0001f600"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Plain(s)
		if !isPlain(got) && len(s) <= maxPlain/10 {
			t.Errorf("Plain(%q) = %q still holds something to escape", s, got)
		}
		if len(got) > maxPlain+64 {
			t.Errorf("Plain of %d bytes is %d bytes", len(s), len(got))
		}
	})
}
