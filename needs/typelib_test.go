package needs

import (
	"encoding/binary"
	"strings"
	"testing"
)

// A description has the names of its libraries behind its header; one that is broken has none.
func TestTypelibLibraries(t *testing.T) {
	t.Parallel()
	typelib := func(at uint32, names string) string {
		header := make([]byte, 56)
		copy(header, typelibMagic)
		binary.LittleEndian.PutUint32(header[typelibLibraries:], at)
		return string(header) + names
	}
	for _, test := range []struct {
		text string
		want string
	}{
		{typelib(56, "libgobject-2.0.so.0,libglib-2.0.so.0\x00more"), "libgobject-2.0.so.0 libglib-2.0.so.0"},
		{typelib(56, "libgio-2.0.so.0"), "libgio-2.0.so.0"},
		{typelib(56, "../libx.so.1,/lib/liby.so,x,lib,libz.so.1"), "libz.so.1"},
		{typelib(0, "liba.so"), ""},
		{typelib(1<<31, "liba.so"), ""},
		{typelib(56, ""), ""},
		{typelib(56, "liba.so")[1:], ""},
		{"GOBJ", ""}, {"", ""},
	} {
		if got := strings.Join(TypelibLibraries([]byte(test.text)), " "); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}
