package elffile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
)

var leOrder = binary.LittleEndian

// tinyELF makes a 32-bit shared object of either byte order by hand: one
// segment that holds everything, loaded at its file offset.
func tinyELF(big bool) []byte {
	var order binary.ByteOrder = binary.LittleEndian
	data := byte(1)
	if big {
		order, data = binary.BigEndian, 2
	}
	const phoff, dynoff, stroff = 52, 160, 256
	strs := "\x00libtiny.so\x00libneeded.so\x00$ORIGIN\x00"
	out := make([]byte, stroff+len(strs))
	copy(out, []byte{0x7f, 'E', 'L', 'F', 1, data, 1})
	put16 := func(off int, v uint16) { order.PutUint16(out[off:], v) }
	put := func(off int, vs ...uint32) {
		for i, v := range vs {
			order.PutUint32(out[off+4*i:], v)
		}
	}
	put16(16, 3)
	put16(18, 8) // MIPS, which has both byte orders
	put(20, 1, 0, phoff)
	put16(40, 52)
	put16(42, 32)
	put16(44, 2)
	put(phoff, 1, 0, 0, 0, uint32(len(out)), uint32(len(out)), 4, 0x1000)
	put(phoff+32, 2, dynoff, dynoff, dynoff, 96, 96, 4, 4)
	put(dynoff, 1, 12, 14, 1, 29, 25, 5, stroff, 10, uint32(len(strs)), 0x6ffffffb, 0x08000000, 0, 0)
	copy(out[stroff:], strs)
	return out
}

func TestTiny(t *testing.T) {
	t.Parallel()
	for _, big := range []bool{false, true} {
		data := tinyELF(big)
		f, err := Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if f.Soname != "libtiny.so" || !slices.Equal(f.Needed, []string{"libneeded.so"}) || f.RunPath != "$ORIGIN" || !f.PIE() {
			t.Errorf("big %v: got %+v", big, f)
		}
	}
}

// TestEveryTruncation cuts the file anywhere and changes any byte of it.
func TestEveryTruncation(t *testing.T) {
	t.Parallel()
	whole := tinyELF(false)
	for n := range whole {
		_, err := Read(bytes.NewReader(whole[:n]), int64(n))
		if !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrNotELF) && !errors.Is(err, ErrBad) {
			t.Errorf("%d bytes: got %v", n, err)
		}
	}
	for i := range whole {
		for _, b := range []byte{0, 1, 0x7f, 0x80, 0xff} {
			data := bytes.Clone(whole)
			data[i] = b
			if _, err := Read(bytes.NewReader(data), int64(len(data))); err != nil && !IsFormat(err) {
				t.Errorf("byte %d: %v", i, err)
			}
		}
	}
}

// TestCost makes a file in which every entry shares the same long string.
func TestCost(t *testing.T) {
	t.Parallel()
	data := tinyELF(false)
	const entries = 4000
	dynoff, stroff := len(data), len(data)+8*(entries+8)
	data = append(data, make([]byte, 8*(entries+8)+maxName)...)
	put := func(off int, vs ...uint32) {
		for i, v := range vs {
			binary.LittleEndian.PutUint32(data[off+4*i:], v)
		}
	}
	put(dynoff, 5, uint32(stroff), 10, maxName)
	for i := range entries {
		put(dynoff+16+8*i, 1, 0)
	}
	for i := range maxName - 1 {
		data[stroff+i] = 'x'
	}
	put(52+16, uint32(len(data)), uint32(len(data)))
	put(52+32+4, uint32(dynoff), uint32(dynoff), uint32(dynoff), 8*(entries+8), 8*(entries+8))
	if _, err := Read(bytes.NewReader(data), int64(len(data))); !errors.Is(err, ErrLimit) {
		t.Errorf("got %v", err)
	}
}
