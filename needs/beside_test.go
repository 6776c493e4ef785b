package needs

import (
	"debug/elf"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/elffile"
)

// A file whose segments all are the whole of it is read once.
func TestReadTextBounded(t *testing.T) {
	t.Parallel()
	const text = "templates/index.html"
	f := &elffile.File{Progs: slices.Repeat([]elffile.Prog{{Type: elf.PT_LOAD, Filesz: 1 << 40}}, 1000)}
	got, err := ReadText(strings.NewReader(text), int64(len(text)), f)
	if err != nil {
		t.Fatal(err)
	}
	if want := text + "\x00"; string(got.bytes) != want {
		t.Errorf("read %d bytes, want %q", len(got.bytes), want)
	}
}

func TestOpensDirectory(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"templates/index.html\x00templates/base.h": "base.html index.html true",
		"\x00templates\x00":                        "true",
		"\x00mytemplates\x00":                      "false",
		"\x00./templates/%s\x00":                   "true",
		"":                                         "false",
	} {
		named, ok := ProgramText{bytes: []byte(text)}.OpensDirectory("templates", []string{"base.html", "index.html", "other.html"})
		got := strings.Join(append(named, map[bool]string{true: "true", false: "false"}[ok]), " ")
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
