package elffile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestScatteredStrings needs names all over a large table.
func TestScatteredStrings(t *testing.T) {
	t.Parallel()
	strs := []byte("\x00")
	var places []uint32
	var want []string
	for i := range 600 {
		strs = append(strs, strings.Repeat("x", 4096)...)
		strs = append(strs, 0)
		places = append(places, uint32(len(strs)))
		want = append(want, fmt.Sprintf("lib%03d.so", i))
		strs = append(append(strs, want[i]...), 0)
	}
	data := stringsELF(strs, places...)
	f, err := Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if got := append(slices.Clone(f.Needed), f.Soname); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestHugeStringTable has a table as that of Debian's pandoc, of which only the
// names that count are read.
func TestHugeStringTable(t *testing.T) {
	t.Parallel()
	const size = 40 << 20
	strs := bytes.Repeat([]byte("a_symbol_of_haskell\x00"), size/20)
	first := uint32(len(strs))
	strs = append(strs, "libfirst.so\x00"...)
	data := stringsELF(strs, first, first)
	counter := &countingReader{r: bytes.NewReader(data)}
	f, err := Read(counter, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.Needed, []string{"libfirst.so"}) || f.Soname != "libfirst.so" {
		t.Errorf("needed %q, soname %q", f.Needed, f.Soname)
	}
	if counter.bytes > 64<<10 || counter.reads > 4 {
		t.Errorf("%d bytes in %d reads", counter.bytes, counter.reads)
	}
}

// TestLimits has more of everything than is read: it is told apart from damage.
func TestLimits(t *testing.T) {
	t.Parallel()
	same := func(n int) []uint32 { return make([]uint32, n) }
	for _, c := range []struct {
		name  string
		strs  string
		names []uint32
		want  string
	}{
		{"needed libraries", "\x00", same(maxNeeded + 2), "ELF file beyond Sinter's limits: more than 32768 NEEDED entries"},
		{"dynamic section", "\x00", same(1 << 17), "ELF file beyond Sinter's limits: a dynamic section of more than 1048576 bytes"},
		{"a name", strings.Repeat("x", maxName+1) + "\x00", same(2), "ELF file beyond Sinter's limits: NEEDED of more than 65536 bytes"},
		{"names", strings.Repeat("x", maxName) + "\x00", same(300), "ELF file beyond Sinter's limits: more than 16 MiB of names"},
		{"a name without an end", "x", same(2), "bad ELF file: NEEDED without an end"},
		{"a name outside", "\x00", []uint32{0, 7}, "bad ELF file: SONAME at 7 lies outside the string table of 1 bytes"},
	} {
		data := stringsELF([]byte(c.strs), c.names...)
		f, err := Read(bytes.NewReader(data), int64(len(data)))
		if err == nil || err.Error() != c.want || f == nil || !IsFormat(err) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

// stringsELF makes a 32-bit shared object of a string table: the last name is the
// SONAME and the others are NEEDED.
func stringsELF(strs []byte, names ...uint32) []byte {
	const phoff, dynoff = 52, 160
	stroff := dynoff + 8*(len(names)+3)
	out := make([]byte, stroff, stroff+len(strs))
	copy(out, []byte{0x7f, 'E', 'L', 'F', 1, 1, 1})
	put := func(off int, vs ...uint32) {
		for i, v := range vs {
			leOrder.PutUint32(out[off+4*i:], v)
		}
	}
	leOrder.PutUint16(out[16:], 3)
	leOrder.PutUint16(out[18:], 3)
	put(20, 1, 0, phoff)
	leOrder.PutUint16(out[42:], 32)
	leOrder.PutUint16(out[44:], 2)
	size := uint32(stroff + len(strs))
	put(phoff, 1, 0, 0, 0, size, size, 4, 0x1000)
	put(phoff+32, 2, dynoff, dynoff, dynoff, uint32(stroff-dynoff), uint32(stroff-dynoff), 4, 4)
	at := dynoff
	for i, name := range names {
		tag := uint32(1)
		if i == len(names)-1 {
			tag = 14
		}
		put(at, tag, name)
		at += 8
	}
	put(at, 5, uint32(stroff), 10, uint32(len(strs)), 0, 0)
	return append(out, strs...)
}
