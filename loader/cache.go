package loader

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/rootfs"
)

// The layout of ld.so.cache: glibc sysdeps/generic/dl-cache.h.
const (
	cacheMagic     = "glibc-ld.so.cache1.1"
	oldCacheMagic  = "ld.so-1.7.0"
	cacheHeader    = 48
	cacheEntrySize = 24
	oldHeader      = 16
	oldEntrySize   = 12

	cacheLittle = 2
	cacheBig    = 3

	// Machines without a flag of their own also take entries of any ELF file
	// (_dl_cache_check_flags).
	flagELF   = 1
	flagLibc6 = 3
)

var errCache = errors.New("not a glibc-ld.so.cache1.1 file")

// Cache is the content of an ld.so.cache file.
type Cache struct {
	// Entries are in the file's own order, which lookups depend on.
	Entries []CacheEntry
}

// ViaCache is Object.Via of what was found in the cache.
const ViaCache = "ld.so.cache"

// maxAlike is how many entries of one name are looked at: those for each processor, and
// some more.
const maxAlike = 1 << 10

// CacheEntry is one library in the cache.
type CacheEntry struct {
	Name string // the SONAME
	Path string
	// Flags tell the ABI, as CacheFlags does.
	Flags uint32
	// Hwcap is zero for a library that runs on every processor.
	Hwcap uint64
}

// ParseCache reads the new format of ld.so.cache, also where it follows a table
// in the old one.
func ParseCache(data []byte) (*Cache, error) {
	data = skipOldCache(data)
	if len(data) < cacheHeader || !bytes.HasPrefix(data, []byte(cacheMagic)) {
		return nil, errCache
	}
	order := cacheOrder(data)
	count := order.Uint32(data[20:])
	if uint64(count)*cacheEntrySize > uint64(len(data)-cacheHeader) {
		return nil, errCache
	}
	c := &Cache{Entries: make([]CacheEntry, 0, count)}
	text := string(data) // entries share it, however their strings overlap
	for i := range int(count) {
		b := data[cacheHeader+i*cacheEntrySize:]
		name, ok := cacheString(text, order.Uint32(b[4:]))
		value, ok2 := cacheString(text, order.Uint32(b[8:]))
		if !ok || !ok2 {
			return nil, errCache
		}
		c.Entries = append(c.Entries, CacheEntry{
			Name: name, Path: value, Flags: order.Uint32(b), Hwcap: order.Uint64(b[16:]),
		})
	}
	return c, nil
}

// cacheOrder takes the byte order from the header's flags, or where an old
// ldconfig left them zero, from the number of entries.
func cacheOrder(data []byte) binary.ByteOrder {
	switch data[28] & 3 {
	case cacheLittle:
		return binary.LittleEndian
	case cacheBig:
		return binary.BigEndian
	}
	if uint64(binary.LittleEndian.Uint32(data[20:]))*cacheEntrySize <= uint64(len(data)-cacheHeader) {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// skipOldCache returns what follows a table in the old format, which is aligned
// to the size of the new format's largest field.
func skipOldCache(data []byte) []byte {
	if len(data) < oldHeader || !bytes.HasPrefix(data, []byte(oldCacheMagic)) {
		return data
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		end := oldHeader + uint64(order.Uint32(data[12:]))*oldEntrySize
		for _, align := range []uint64{8, 4} {
			start := (end + align - 1) &^ (align - 1)
			if start < uint64(len(data)) && bytes.HasPrefix(data[start:], []byte(cacheMagic)) {
				return data[start:]
			}
		}
	}
	return data
}

// cacheString takes a string out of the cache. What is too long to be a path is
// cut: it opens nothing either way.
func cacheString(text string, off uint32) (string, bool) {
	if uint64(off) >= uint64(len(text)) {
		return "", false
	}
	text = text[off:]
	if end := strings.IndexByte(text[:min(len(text), rootfs.MaxPath)], 0); end >= 0 {
		return text[:end], true
	}
	return text[:min(len(text), rootfs.MaxPath)], len(text) >= rootfs.MaxPath
}

// Lookup returns the one path that the cache has for a name under an ABI, as
// glibc elf/dl-cache.c, search_cache does: a binary search that trusts the
// order, then the first entry that fits. Entries for particular processors are
// passed over.
func (c *Cache) Lookup(name string, flags uint32) string { return c.lookup(name, flags, 0) }

// lookup also takes entries for processors that have no more than some hwcaps.
func (c *Cache) lookup(name string, flags uint32, hwcaps uint64) string {
	i, found := slices.BinarySearchFunc(c.Entries, name, func(e CacheEntry, name string) int {
		return compareNames(name, e.Name)
	})
	if !found {
		return ""
	}
	best := ""
	most := min(i+maxAlike, len(c.Entries))
	for ; i < most && compareNames(name, c.Entries[i].Name) == 0; i++ {
		e := c.Entries[i]
		if e.Hwcap&^hwcaps != 0 || e.Flags != flags && (flags != flagLibc6 || e.Flags != flagELF) {
			continue
		}
		if e.Flags == flags {
			return e.Path
		}
		if best == "" {
			best = e.Path
		}
	}
	return best
}

// compareNames orders names with their numbers by value: glibc elf/dl-cache.c,
// _dl_cache_libcmp.
func compareNames(a, b string) int {
	for a != "" {
		da, db := digits(a), b != "" && isDigit(b[0])
		switch {
		case da > 0 && db:
			n := digits(b)
			if x, y := number(a[:da]), number(b[:n]); x != y {
				return cmp.Compare(x, y)
			}
			a, b = a[da:], b[n:]
			continue
		case da > 0:
			return 1
		case db:
			return -1
		case b == "":
			return 1
		case a[0] != b[0]:
			return cmp.Compare(int8(a[0]), int8(b[0]))
		}
		a, b = a[1:], b[1:]
	}
	if b != "" {
		return -1
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// number wraps around as glibc's int does.
func number(s string) int32 {
	var v int32
	for i := range len(s) {
		v = v*10 + int32(s[i]-'0')
	}
	return v
}

// WriteCache makes an ld.so.cache file in the new format, which every glibc
// since 2.2 reads. Its bytes depend on nothing but the entries. Those that differ
// in nothing but their paths keep their order, as ldconfig keeps that of its
// directories: the loader takes the first.
func WriteCache(entries []CacheEntry, order binary.ByteOrder) []byte {
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, compareEntries)
	sorted = slices.Compact(sorted)
	var texts bytes.Buffer
	base := uint32(cacheHeader + len(sorted)*cacheEntrySize)
	intern := func(s string) uint32 {
		at := base + uint32(texts.Len())
		texts.WriteString(s)
		texts.WriteByte(0)
		return at
	}
	table := make([]byte, len(sorted)*cacheEntrySize)
	for i, e := range sorted {
		b := table[i*cacheEntrySize:]
		order.PutUint32(b, e.Flags)
		order.PutUint32(b[4:], intern(e.Name))
		order.PutUint32(b[8:], intern(e.Path))
		order.PutUint64(b[16:], e.Hwcap)
	}
	head := make([]byte, cacheHeader)
	copy(head, cacheMagic)
	order.PutUint32(head[20:], uint32(len(sorted)))
	order.PutUint32(head[24:], uint32(texts.Len()))
	head[28] = cacheLittle
	if order == binary.ByteOrder(binary.BigEndian) {
		head[28] = cacheBig
	}
	return slices.Concat(head, table, texts.Bytes())
}

// compareEntries is ldconfig's order: descending by name, then by flags, then
// those for more particular processors first (glibc elf/cache.c, compare).
func compareEntries(a, b CacheEntry) int {
	return cmp.Or(
		compareNames(b.Name, a.Name),
		cmp.Compare(b.Flags, a.Flags),
		cmp.Compare(b.Hwcap, a.Hwcap),
		cmp.Compare(a.Name, b.Name),
	)
}

// CacheFlags returns the flags under which a file stands in ld.so.cache (glibc
// sysdeps/generic/ldconfig.h and the ports' dl-cache.h).
func CacheFlags(f *elffile.File) (uint32, bool) {
	const libc6 = flagLibc6
	wide := f.Class == elf.ELFCLASS64
	switch f.Machine {
	case elf.EM_386, elf.EM_PPC, elf.EM_SH, elf.EM_68K:
		return libc6, true
	case elf.EM_X86_64:
		if wide {
			return 0x0300 | libc6, true
		}
		return 0x0800 | libc6, true
	case elf.EM_AARCH64:
		return 0x0a00 | libc6, true
	case elf.EM_ARM:
		return armFlags(f.Flags) | libc6, true
	case elf.EM_PPC64:
		return 0x0500 | libc6, true
	case elf.EM_S390:
		if wide {
			return 0x0400 | libc6, true
		}
		return libc6, true
	case elf.EM_RISCV:
		if f.Flags&6 == 4 {
			return 0x1000 | libc6, true
		}
		return 0x0f00 | libc6, true
	case elf.EM_LOONGARCH:
		if f.Flags&7 == 3 {
			return 0x1200 | libc6, true
		}
		return 0x1100 | libc6, true
	case elf.EM_MIPS:
		return mipsFlags(f) | libc6, true
	}
	return 0, false
}

// armHardFloat is EF_ARM_ABI_FLOAT_HARD.
const armHardFloat = 0x400

// armFlags are the flags of a cache's entry for soft or hard float, by e_flags.
func armFlags(flags uint32) uint32 {
	switch {
	case flags&armHardFloat != 0:
		return 0x0900
	case flags&0x200 != 0:
		return 0x0b00
	}
	return 0
}

func mipsFlags(f *elffile.File) uint32 {
	nan2008 := f.Flags&0x400 != 0
	switch n32 := f.Flags&0x20 != 0; {
	case f.Class == elf.ELFCLASS64 && nan2008:
		return 0x0e00
	case f.Class == elf.ELFCLASS64:
		return 0x0700
	case n32 && nan2008:
		return 0x0d00
	case n32:
		return 0x0600
	case nan2008:
		return 0x0c00
	}
	return 0
}
