package packages

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
)

// The tags of a header that are read: rpm include/rpm/rpmtag.h.
const (
	tagName       = 1000
	tagVersion    = 1001
	tagRelease    = 1002
	tagEpoch      = 1003
	tagBuildTime  = 1006
	tagSize       = 1009
	tagVendor     = 1011
	tagLicense    = 1014
	tagPackager   = 1015
	tagURL        = 1020
	tagArch       = 1022
	tagOldFiles   = 1027
	tagSourceRPM  = 1044
	tagDirIndexes = 1116
	tagBaseNames  = 1117
	tagDirNames   = 1118
	tagLongSize   = 5009
)

// The types of a tag's data: rpm include/rpm/rpmtag.h, rpmTagType_e.
const (
	typeInt32       = 4
	typeInt64       = 5
	typeString      = 6
	typeStringArray = 8
	typeI18NString  = 9
)

const (
	maxTags   = 0xffff
	entrySize = 16
)

var errHeader = errors.New("not a package header")

// header is the header of an rpm package as a database has it: two counts, an
// index of tags, and their data, all big-endian (rpm lib/header.c,
// hdrblobInit). What follows the immutable region, put there at installation,
// comes last in the index and so counts.
type header struct {
	index map[uint32][entrySize]byte
	data  []byte
}

func parseHeader(blob []byte) (header, error) {
	if len(blob) < 8 {
		return header{}, errHeader
	}
	tags, size := binary.BigEndian.Uint32(blob), binary.BigEndian.Uint32(blob[4:])
	if tags == 0 || tags > maxTags || uint64(len(blob)) < 8+uint64(tags)*entrySize+uint64(size) {
		return header{}, errHeader
	}
	h := header{index: make(map[uint32][entrySize]byte, tags)}
	at := 8
	for range tags {
		e := [entrySize]byte(blob[at:])
		h.index[binary.BigEndian.Uint32(e[:])] = e
		at += entrySize
	}
	h.data = blob[at : at+int(size)]
	return h, nil
}

// find returns a tag's type, the number of its values and the data from there.
func (h header) find(tag uint32) (kind, count uint32, data []byte) {
	e, ok := h.index[tag]
	if !ok {
		return 0, 0, nil
	}
	offset := binary.BigEndian.Uint32(e[8:])
	if uint64(offset) > uint64(len(h.data)) {
		return 0, 0, nil
	}
	return binary.BigEndian.Uint32(e[4:]), binary.BigEndian.Uint32(e[12:]), h.data[offset:]
}

// text is a tag's string, its first one if it has several languages. Control
// characters would break the lines that it is written into.
func (h header) text(tag uint32) string {
	kind, count, data := h.find(tag)
	if count == 0 || kind != typeString && kind != typeI18NString {
		return ""
	}
	end := bytes.IndexByte(data[:min(len(data), 64<<10)], 0)
	if end < 0 {
		return ""
	}
	s := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, string(data[:end]))
	if s == "(none)" {
		return ""
	}
	return s
}

// list are strings that follow each other, each with a NUL at its end. They stay
// together, for one alone is often shorter than what points to it.
type list string

func (l list) each(yield func(string) bool) {
	for text := string(l); text != ""; {
		one, rest, _ := strings.Cut(text, "\x00")
		if !yield(one) {
			return
		}
		text = rest
	}
}

// list is a tag's strings; it is empty when the data ends before they do.
func (h header) list(tag uint32) list {
	kind, count, data := h.find(tag)
	if kind != typeStringArray {
		return ""
	}
	end := 0
	for range count {
		n := bytes.IndexByte(data[end:], 0)
		if n < 0 {
			return ""
		}
		end += n + 1
	}
	return list(data[:end])
}

// number is a tag's first number.
func (h header) number(tag uint32) (n int64, ok bool) {
	kind, count, data := h.find(tag)
	switch {
	case kind == typeInt32 && count > 0 && len(data) >= 4:
		return int64(binary.BigEndian.Uint32(data)), true
	case kind == typeInt64 && count > 0 && len(data) >= 8:
		n := int64(binary.BigEndian.Uint64(data))
		return n, n >= 0
	}
	return 0, false
}

// numbers are a tag's 32-bit numbers, as they are in the header.
func (h header) numbers(tag uint32) []byte {
	kind, count, data := h.find(tag)
	if kind != typeInt32 || uint64(count)*4 > uint64(len(data)) {
		return nil
	}
	return bytes.Clone(data[:4*count])
}
