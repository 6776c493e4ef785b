package packages

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
)

// The three databases that rpm has had hold the same headers. They are read
// here and not by github.com/knqyf263/go-rpmdb because that panics and loops on
// damaged files, in goroutines of its own where nobody can catch it, and needs
// all of SQLite for the scan of one table.

// Limits of a database and of one header, the latter rpm's own (lib/header.c,
// headerMaxbytes, is larger; no package comes near).
const (
	maxRPM    = 512 << 20
	maxHeader = 64 << 20
)

var errRPM = errors.New("the database of rpm is damaged")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errRPM, fmt.Sprintf(format, args...))
}

// store is a database file, read page by page.
type store struct {
	file io.ReaderAt
	size int64
	// left bounds the headers in all: a damaged file may lead to one again and
	// again.
	left int64
}

// headers calls yield for every header in a database of any kind.
func headers(file io.ReaderAt, size int64, yield func([]byte)) error {
	s := &store{file: file, size: size, left: size}
	start, err := s.read(0, min(size, 100))
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(start, []byte("SQLite format 3\x00")) && len(start) == 100:
		return s.sqlite(start, yield)
	case bytes.HasPrefix(start, []byte("RpmP")) && len(start) >= 32:
		return s.ndb(start, yield)
	case len(start) >= 36 && isBDB(start[12:]):
		return s.bdb(start, yield)
	}
	return damaged("it is of no known kind")
}

// read returns a part of the file, which must be there.
func (s *store) read(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || n > maxHeader || off > s.size-n {
		return nil, damaged("it ends before byte %d", off+n)
	}
	buf := make([]byte, n)
	if got, err := s.file.ReadAt(buf, off); int64(got) < n {
		return nil, fmt.Errorf("reading the database of rpm: %w", err)
	}
	return buf, nil
}

// spend takes a header's size from what may be read in all.
func (s *store) spend(n int64) error {
	if s.left -= n; n > maxHeader || s.left < 0 {
		return damaged("its packages are larger than the file")
	}
	return nil
}

// ndb reads Packages.db: a header, slots of 16 bytes, and blobs behind a head of
// 16 bytes each (rpm lib/backend/ndb/rpmpkg.c). Numbers are little-endian.
func (s *store) ndb(start []byte, yield func([]byte)) error {
	const slotSize, pageSize, maxPages = 16, 4096, 2048
	pages := binary.LittleEndian.Uint32(start[12:])
	if version := binary.LittleEndian.Uint32(start[4:]); version != 0 || pages == 0 || pages > maxPages {
		return damaged("version %d, %d pages of slots", version, pages)
	}
	slots, err := s.read(0, int64(pages)*pageSize)
	if err != nil {
		return err
	}
	for slot := slots[2*slotSize:]; len(slot) > 0; slot = slot[slotSize:] {
		index, block := binary.LittleEndian.Uint32(slot[4:]), binary.LittleEndian.Uint32(slot[8:])
		if string(slot[:4]) != "Slot" {
			return damaged("a slot has no mark")
		}
		if index == 0 {
			continue
		}
		head, err := s.read(int64(block)*slotSize, slotSize)
		if err != nil {
			return err
		}
		n := int64(binary.LittleEndian.Uint32(head[12:]))
		if string(head[:4]) != "BlbS" || binary.LittleEndian.Uint32(head[4:]) != index {
			return damaged("package %d is not where its slot says", index)
		}
		if err := s.spend(n); err != nil {
			return err
		}
		blob, err := s.read(int64(block)*slotSize+slotSize, n)
		if err != nil {
			return err
		}
		yield(blob)
	}
	return nil
}

// bdbMagic marks a hash of Berkeley DB: src/dbinc/db_page.h, DB_HASHMAGIC.
const bdbMagic = 0x061561

func isBDB(b []byte) bool {
	n := binary.LittleEndian.Uint32(b)
	return n == bdbMagic || bits.ReverseBytes32(n) == bdbMagic
}

// bdb reads Packages, a hash of Berkeley DB in the byte order of the machine
// that wrote it. Headers are too large for a page, so each is a chain of
// overflow pages: src/dbinc/db_page.h, HOFFPAGE and OV_LEN.
func (s *store) bdb(start []byte, yield func([]byte)) error {
	const hashUnsorted, hash, offPage, headerSize = 2, 13, 3, 26
	var order binary.ByteOrder = binary.LittleEndian
	if order.Uint32(start[12:]) != bdbMagic {
		order = binary.BigEndian
	}
	pageSize, last := int64(order.Uint32(start[20:])), order.Uint32(start[32:])
	if pageSize < 512 || pageSize > 65536 || bits.OnesCount64(uint64(pageSize)) != 1 {
		return damaged("pages of %d bytes", pageSize)
	}
	for number := int64(0); number <= int64(last); number++ {
		page, err := s.read(number*pageSize, pageSize)
		if err != nil {
			return err
		}
		if page[25] != hashUnsorted && page[25] != hash {
			continue
		}
		entries := int(order.Uint16(page[20:]))
		if headerSize+2*entries > len(page) {
			return damaged("page %d has %d entries", number, entries)
		}
		for i := 1; i < entries; i += 2 { // keys stand between
			at := int(order.Uint16(page[headerSize+2*i:]))
			if at >= len(page) || page[at] != offPage {
				continue
			}
			if at+12 > len(page) {
				return damaged("page %d has an entry beyond its end", number)
			}
			blob, err := s.overflow(order, pageSize, int64(order.Uint32(page[at+4:])), int64(order.Uint32(page[at+8:])))
			if err != nil {
				return err
			}
			yield(blob)
		}
	}
	return nil
}

// overflow joins a chain of overflow pages that hold n bytes.
func (s *store) overflow(order binary.ByteOrder, pageSize, number, n int64) ([]byte, error) {
	const overflow, headerSize = 7, 26
	if err := s.spend(n); err != nil {
		return nil, err
	}
	var blob []byte
	for int64(len(blob)) < n {
		page, err := s.read(number*pageSize, pageSize)
		if err != nil {
			return nil, err
		}
		used := int(order.Uint16(page[22:]))
		if page[25] != overflow || used == 0 || headerSize+used > len(page) {
			return nil, damaged("page %d continues no package", number)
		}
		blob = append(blob, page[headerSize:headerSize+used]...)
		number = int64(order.Uint32(page[16:]))
	}
	return blob[:n], nil
}
