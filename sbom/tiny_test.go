package sbom

import (
	"encoding/binary"
	"strings"
)

// tiny is a 32-bit shared object or Go program, made by hand: one writable
// segment that holds everything, loaded at its file offset.
type tiny struct {
	soname string
	needed []string
	// goVersion and modules are the build information, if any.
	goVersion, modules string
}

const framing = "0123456789abcdef"

func (o tiny) bytes() []byte {
	le := binary.LittleEndian
	var words []uint32
	text := "\x00"
	add := func(tag uint32, name string) {
		words = append(words, tag, uint32(len(text)))
		text += name + "\x00"
	}
	if o.soname != "" {
		add(14, o.soname)
	}
	for _, name := range o.needed {
		add(1, name)
	}
	const phoff, note, dynoff = 52, 160, 192
	stroff := uint32(dynoff + 4*len(words) + 24)
	words = append(words, 5, stroff, 10, uint32(len(text)), 0, 0)
	out := make([]byte, stroff)
	copy(out, "\x7fELF\x01\x01\x01")
	put := func(off int, vs ...uint32) {
		for i, v := range vs {
			le.PutUint32(out[off+4*i:], v)
		}
	}
	le.PutUint16(out[16:], 3)
	le.PutUint16(out[18:], 8)
	put(20, 1, 0, phoff)
	le.PutUint16(out[42:], 32)
	le.PutUint16(out[44:], 3)
	put(dynoff, words...)
	out = append(out, text...)
	if o.goVersion != "" {
		put(note, 4, 4, 4)
		copy(out[note+12:], "Go\x00\x00abcd")
		out = append(out, make([]byte, -len(out)&15)...)
		out = append(out, "\xff Go buildinf:\x04\x02"+strings.Repeat("\x00", 16)...)
		mod := framing + o.modules + framing
		out = append(binary.AppendUvarint(out, uint64(len(o.goVersion))), o.goVersion...)
		out = append(binary.AppendUvarint(out, uint64(len(mod))), mod...)
	}
	size := uint32(len(out))
	put(phoff, 1, 0, 0, 0, size, size, 6, 0x1000)
	put(phoff+32, 2, dynoff, dynoff, dynoff, uint32(4*len(words)), uint32(4*len(words)), 6, 4)
	put(phoff+64, 4, note, note, note, 20, 20, 4, 4)
	return out
}
