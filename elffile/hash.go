package elffile

import (
	"debug/elf"
	"math/bits"
)

// Name is a symbol's name with what the hash tables know it by.
type Name struct {
	text []byte
	gnu  uint32
}

// NameOf prepares a name for Symbols.Find.
func NameOf(text string) Name { return nameOf([]byte(text)) }

func nameOf(text []byte) Name {
	n := Name{text: text, gnu: 5381}
	for _, b := range text {
		n.gnu = n.gnu*33 + uint32(b)
	}
	return n
}

// Hash is the one of DT_GNU_HASH.
func (n Name) Hash() uint32 { return n.gnu }

func (n Name) String() string { return string(n.text) }

// sysv is the hash of DT_HASH.
func (n Name) sysv() uint32 {
	var h uint32
	for _, b := range n.text {
		h = h<<4 + uint32(b)
		h ^= h >> 24 & 0xf0
	}
	return h & 0x0fffffff
}

// gnuHash is DT_GNU_HASH: a Bloom filter that rules out most names, buckets with
// the first symbol of each chain, and the chains' hashes.
type gnuHash struct {
	at                     table
	buckets, first, words  uint64
	shift                  uint32
	filter, starts, chains uint64 // where the parts begin, from the table's start
}

// sysvHash is DT_HASH: buckets and chains of symbol indices. They have 64 bits on
// s390x and Alpha.
type sysvHash struct {
	at      table
	word    uint64
	buckets uint64
}

// hashTables finds the hash tables. Loaders take the GNU one where there are both.
func (s *Symbols) hashTables(w *window) error {
	if _, ok := s.f.tag(dtGNUHash); ok {
		at, ok := s.f.span(dtGNUHash)
		if !ok {
			return bad("the GNU hash table is not in a loaded segment")
		}
		return s.gnuTable(w.table(at))
	}
	if _, ok := s.f.tag(elf.DT_HASH); ok {
		at, ok := s.f.span(elf.DT_HASH)
		if !ok {
			return bad("the hash table is not in a loaded segment")
		}
		return s.sysvTable(w.table(at))
	}
	return nil
}

func (s *Symbols) gnuTable(at table) error {
	if at.size < 16 {
		return bad("the GNU hash table leaves its segment")
	}
	b, err := s.bytes("GNU hash table", &at, 0, 16)
	if err != nil {
		return err
	}
	word := func(i int) uint64 { return uint64(s.f.u32(b[4*i:])) }
	h := gnuHash{at: at, buckets: word(0), first: word(1), words: word(2), shift: uint32(word(3)), filter: 16}
	h.starts = h.filter + h.words*s.f.wordSize()
	h.chains = h.starts + 4*h.buckets
	if h.chains > at.size || h.words == 0 || h.words&(h.words-1) != 0 {
		return bad("the GNU hash table leaves its segment")
	}
	s.gnu = h
	return nil
}

func (f *File) wordSize() uint64 {
	if f.is64() {
		return 8
	}
	return 4
}

// findGNU is do_lookup_x of glibc elf/dl-lookup.c, and gnu_lookup_filtered of musl
// ldso/dynlink.c.
func (s *Symbols) findGNU(name Name, accept func(Definition) bool) (bool, error) {
	return s.inChain(name.gnu, func(i uint64) (bool, error) { return s.offer(i, name, accept) })
}

// inChain calls found for each symbol that has a hash, until it returns true.
func (s *Symbols) inChain(hash uint32, found func(symbol uint64) (bool, error)) (bool, error) {
	i, ok, err := s.bucket(hash)
	if !ok || err != nil {
		return false, err
	}
	h, first := &s.gnu, i
	for range maxChain {
		if err := s.goesOn(i - first); err != nil {
			return false, err
		}
		place := h.chains + 4*(i-h.first)
		if place+4 > h.at.size {
			return false, bad("the GNU hash table leaves its segment")
		}
		b, err := s.bytes("GNU hash chains", &h.at, place, 4)
		if err != nil {
			return false, err
		}
		have := s.f.u32(b)
		if have|1 == hash|1 {
			if ok, err := found(i); ok || err != nil {
				return ok, err
			}
		}
		if have&1 != 0 {
			return false, nil
		}
		i++
	}
	return false, limit("more than %d symbols of one hash", maxChain)
}

// stride is how far a look-up goes before it is counted: most end earlier.
const stride = 16

// goesOn counts how far look-ups go in chains. It is an error when that is too far in
// all: a file made to be slow has long chains, which each look-up goes through.
func (s *Symbols) goesOn(steps uint64) error {
	var all int64
	switch steps % stride {
	case 0:
		all = s.steps.Load()
	case stride - 1:
		all = s.steps.Add(stride)
	}
	if all > maxSteps {
		return limit("more than %d steps through its hash table", maxSteps)
	}
	return nil
}

// bucket returns the first symbol of the chain that a hash belongs to. It is false
// when the filter tells that no symbol has the hash, or the bucket is empty.
func (s *Symbols) bucket(hash uint32) (symbol uint64, ok bool, err error) {
	h, size := &s.gnu, s.f.wordSize()
	if h.buckets == 0 {
		return 0, false, nil
	}
	last := uint32(8*size) - 1 // bit of a word
	word := uint64(hash>>bits.Len32(last)) & (h.words - 1)
	b, err := s.bytes("GNU hash filter", &h.at, h.filter+word*size, size)
	if err != nil {
		return 0, false, err
	}
	filter := s.f.word(b)
	if filter>>(hash&last)&(filter>>(hash>>(h.shift&31)&last))&1 == 0 {
		return 0, false, nil
	}
	if b, err = s.bytes("GNU hash buckets", &h.at, h.starts+4*uint64(hash%uint32(h.buckets)), 4); err != nil {
		return 0, false, err
	}
	symbol = uint64(s.f.u32(b))
	return symbol, symbol >= h.first, nil
}

func (s *Symbols) sysvTable(at table) error {
	h := sysvHash{at: at, word: 4}
	if s.f.is64() && (s.f.Machine == elf.EM_S390 || s.f.Machine == elf.EM_ALPHA) {
		h.word = 8
	}
	var err error
	if h.buckets, err = s.sysvWord(&h, 0); err != nil {
		return err
	}
	s.sysv = h
	return nil
}

// sysvWord reads a word of DT_HASH: the numbers of buckets and symbols, the
// buckets, the chains.
func (s *Symbols) sysvWord(h *sysvHash, i uint64) (uint64, error) {
	if i >= h.at.size/h.word {
		return 0, bad("the hash table leaves its segment")
	}
	b, err := s.bytes("hash table", &h.at, i*h.word, h.word)
	if err != nil {
		return 0, err
	}
	if h.word == 8 {
		return s.f.u64(b), nil
	}
	return uint64(s.f.u32(b)), nil
}

// findSysV is the same in the older table.
func (s *Symbols) findSysV(name Name, accept func(Definition) bool) (bool, error) {
	h := &s.sysv
	i, err := s.sysvWord(h, 2+uint64(name.sysv())%h.buckets)
	for n := 0; i != 0 && err == nil; n++ {
		if n == maxChain {
			return false, limit("more than %d symbols of one hash", maxChain)
		}
		if found, err := s.offer(i, name, accept); found || err != nil {
			return found, err
		}
		if i > maxIndex {
			break
		}
		if err := s.goesOn(uint64(n)); err != nil {
			return false, err
		}
		i, err = s.sysvWord(h, 2+h.buckets+i)
	}
	return false, err
}
