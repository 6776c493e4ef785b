package needs

import (
	"bytes"
	"encoding/binary"
	"path"
	"slices"
	"strings"
)

// Typelibs is the extension of descriptions of libraries for other languages.
const Typelibs = ".typelib"

// IsGirepository reports whether a library is the one by which languages call libraries that a
// description is there of.
func IsGirepository(soname string) bool { return strings.HasPrefix(soname, "libgirepository-") }

// What a description begins with, and where it has the offset of the names of its libraries
// (gitypelib-internal.h of GObject Introspection, Header; numbers are in the order of the machine's
// bytes, which for all of Debian's but s390x is little-endian).
const (
	typelibMagic     = "GOBJ\nMETADATA\r\n\x1a"
	typelibLibraries = 52
)

// TypelibLibraries are the names of the libraries that a description is of.
func TypelibLibraries(text []byte) []string {
	if len(text) < typelibLibraries+4 || !bytes.HasPrefix(text, []byte(typelibMagic)) {
		return nil
	}
	at := binary.LittleEndian.Uint32(text[typelibLibraries:])
	if at == 0 || uint64(at) >= uint64(len(text)) {
		return nil
	}
	names, _, _ := bytes.Cut(text[at:], []byte{0})
	return slices.DeleteFunc(strings.Split(string(names), ","), func(name string) bool {
		return path.Base(name) != name || !strings.HasPrefix(name, "lib") || !strings.Contains(name, ".so") || len(name) > maxWord
	})
}
