package sbom

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"runtime/debug"
	"strings"

	"github.com/sinter-build/sinter/elffile"
)

// Bounds on reading build information.
const (
	maxBuildSearch = 64 << 20 // bytes of data segments
	maxBuildText   = 1 << 20  // thousands of modules
	buildChunk     = 64 << 10
)

// The layout of build information, from Go's debug/buildinfo: a header of 32
// bytes at a multiple of 16 in a writable segment, then two strings with their
// lengths as varints before them, the Go version and the modules.
const (
	buildAlign   = 16
	buildHeader  = 32
	buildFlags   = 15
	buildInline  = 2
	buildFraming = 16 // markers on both sides of the modules
)

var buildMagic = []byte("\xff Go buildinf:")

// readBuildInfo reads what Go's linker says of a program: the version of Go, and
// the modules when it was built from modules. It is nil when there is nothing or
// what there is makes no sense; Go before 1.18, which had pointers instead of
// strings there, counts as nothing. The error is the reader's.
//
// Go's own debug/buildinfo goes through debug/elf, which allocates what headers
// tell it to.
func readBuildInfo(r io.ReaderAt, size int64, f *elffile.File) (*debug.BuildInfo, error) {
	budget := int64(maxBuildSearch)
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD || p.Flags&elf.PF_W == 0 || p.Off >= uint64(size) || p.Filesz > uint64(size)-p.Off {
			continue
		}
		segment := io.NewSectionReader(r, int64(p.Off), min(int64(p.Filesz), budget))
		budget -= segment.Size()
		at, err := findBuildInfo(segment, p.Vaddr)
		if err != nil {
			return nil, err
		}
		if at >= 0 {
			return parseBuildInfo(segment, at)
		}
	}
	return nil, nil
}

// findBuildInfo returns the offset of the header in a segment, or -1. Addresses
// are multiples of 16, and what is that far apart lies in one chunk.
func findBuildInfo(segment *io.SectionReader, vaddr uint64) (int64, error) {
	buf := make([]byte, buildChunk)
	for at := int64(-vaddr % buildAlign); at < segment.Size(); at += buildChunk {
		n, err := readUpTo(segment, buf, at)
		if err != nil {
			return 0, err
		}
		for i := 0; i+buildAlign <= n; i += buildAlign {
			if bytes.HasPrefix(buf[i:n], buildMagic) {
				return at + int64(i), nil
			}
		}
	}
	return -1, nil
}

// readUpTo fills buf as far as there is data.
func readUpTo(r io.ReaderAt, buf []byte, at int64) (int, error) {
	n, err := r.ReadAt(buf, at)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

func parseBuildInfo(segment *io.SectionReader, at int64) (*debug.BuildInfo, error) {
	header := make([]byte, buildHeader)
	n, err := readUpTo(segment, header, at)
	if err != nil || n < len(header) || header[buildFlags]&buildInline == 0 {
		return nil, err
	}
	version, at, err := readString(segment, at+buildHeader)
	if err != nil || version == "" {
		return nil, err
	}
	modules, _, err := readString(segment, at)
	if err != nil {
		return nil, err
	}
	info := &debug.BuildInfo{}
	if end := len(modules) - buildFraming; end > buildFraming && modules[end-1] == '\n' {
		if parsed, err := debug.ParseBuildInfo(strings.ToValidUTF8(modules[buildFraming:end], "�")); err == nil {
			info = parsed
		}
	}
	info.GoVersion = strings.ToValidUTF8(version, "�")
	return info, nil
}

// readString reads a string after its length, and returns where it ends. It is
// empty when it is too long or runs out of the segment.
func readString(segment *io.SectionReader, at int64) (string, int64, error) {
	head := make([]byte, binary.MaxVarintLen64)
	n, err := readUpTo(segment, head, at)
	if err != nil {
		return "", at, err
	}
	length, used := binary.Uvarint(head[:n])
	at += int64(max(used, 0))
	if used <= 0 || length > maxBuildText || int64(length) > segment.Size()-at {
		return "", at, nil
	}
	text := make([]byte, length)
	n, err = readUpTo(segment, text, at)
	if err != nil || n < len(text) {
		return "", at, err
	}
	return string(text), at + int64(length), nil
}
