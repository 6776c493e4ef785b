package elffile

import (
	"bytes"
	"debug/elf"
	"io"
	"slices"
	"sync"
	"sync/atomic"
)

// Symbols looks into a file's dynamic symbol table the way loaders do: at the
// symbols that relocations refer to, and at others by name, through the hash
// tables. How many symbols there are stands nowhere, and nobody needs to know.
// What is looked at again is read again, so the file must stay at hand. Several
// goroutines may look at a time.
type Symbols struct {
	f     *File
	pages pages
	// table, strings and versions are these tables, as far as their segments go.
	table, strings, versions table
	names                    []Version // by their indices
	gnu                      gnuHash
	sysv                     sysvHash
	references               []Reference
	// err is why the tables cannot be used.
	err error
	// steps is how far look-ups went in long chains.
	steps atomic.Int64
	// compared are the bytes of long names that were compared.
	compared atomic.Int64
}

// table is a table of a file.
type table struct {
	span
	held []byte // what is at hand of it, from its beginning
}

// bytes returns n bytes at a place of a table. They are shared and must not be changed.
func (s *Symbols) bytes(what string, t *table, at, n uint64) ([]byte, error) {
	if have := uint64(len(t.held)); n <= have && at <= have-n {
		return t.held[at : at+n], nil
	}
	return s.pages.bytes(what, t.off+at, n)
}

// longName is how long a name is that takes time to compare.
const longName = 1024

// Version is a version that symbols can have.
type Version struct {
	Name string
	// File is the name of the library that it is required of; empty for one that
	// the file itself defines.
	File string
	// Hidden tells of a required one that the base version does not do instead.
	Hidden bool
	known  bool
}

// Reference is a symbol that a file refers to and leaves to others to define.
type Reference struct {
	// Hash is that of its name in DT_GNU_HASH.
	Hash uint32
	name uint32 // where it stands in the string table
	// Version is the version that is required; nil for none.
	Version *Version
	// Data tells that a relocation refers to the symbol which is made when the file
	// is loaded, Call that one does which loaders may leave until the function is
	// first called.
	Data, Call bool
	// Copy tells that the program keeps a copy of the data, which another file must
	// define although the program does, too.
	Copy bool
	// Weak symbols may stay undefined.
	Weak bool
}

// Definition is a dynamic symbol under the name that was asked for. It may be one
// that the file itself leaves undefined.
type Definition struct {
	Value   uint64
	Bind    elf.SymBind
	Type    elf.SymType
	Vis     elf.SymVis
	Section elf.SectionIndex
	// Version is nil when there is none, or none with a name.
	Version *Version
	// Index is the version's index, and Hidden tells that only those who ask for
	// that version may have the symbol.
	Index  uint16
	Hidden bool
}

// Limits on the symbols of one file.
const (
	maxReferences = 1 << 20
	maxChain      = 1 << 16 // symbols of one hash
	maxSteps      = 1 << 22 // through chains, in all look-ups
	maxCompared   = 1 << 28 // bytes of names that are compared in all look-ups
	maxHashed     = 1 << 26 // bytes of names that are hashed
	maxIndex      = 1 << 28
)

// Symbols reads the dynamic symbols of the file that r reads. There are none when
// the file has no dynamic section. What is wrong with them is what every look at
// them returns.
func (f *File) Symbols(r io.ReaderAt, size int64) *Symbols {
	w := openWindow(r, size)
	defer w.close()
	if at, ok := f.span(elf.DT_SYMTAB); ok {
		w.prefetch(f.symbolTables(at.off, at.off))
	}
	return f.symbols(w)
}

// symbols is Symbols with what a window has read already. Of that only what lookups
// need most is kept, as there may be hundreds of files.
func (f *File) symbols(w *window) *Symbols {
	s := &Symbols{f: f, pages: pages{r: w.r, size: uint64(w.size)}}
	if s.err = s.find(w); s.err == nil {
		s.references, s.err = s.refer(w)
	}
	s.table.held, s.strings.held = nil, nil
	next := f.tableStarts()
	for _, t := range []*table{&s.gnu.at, &s.sysv.at, &s.versions} {
		t.held = keep(&w.tables, tableChunk, t.held[:min(uint64(len(t.held)), upToNext(t.span, next).size)])
	}
	return s
}

// tableStarts are the places where tables begin.
func (f *File) tableStarts() []uint64 {
	var out []uint64
	for _, d := range f.dynamic {
		switch d.tag {
		case uint64(elf.DT_SYMTAB), uint64(elf.DT_STRTAB), uint64(elf.DT_HASH), dtGNUHash, uint64(elf.DT_VERSYM),
			uint64(elf.DT_VERNEED), uint64(elf.DT_VERDEF), uint64(elf.DT_RELA), uint64(elf.DT_REL), uint64(elf.DT_JMPREL):
			if off, _, ok := f.offset(d.val); ok {
				out = append(out, off)
			}
		}
	}
	return out
}

// upToNext cuts a table where the next one begins, since few say how long they are.
func upToNext(table span, starts []uint64) span {
	for _, next := range starts {
		if next > table.off {
			table.size = min(table.size, next-table.off)
		}
	}
	return table
}

func (s *Symbols) find(w *window) error {
	f := s.f
	if _, ok := f.tag(elf.DT_SYMTAB); !ok || f.strtab.size == 0 {
		return nil
	}
	at, ok := f.span(elf.DT_SYMTAB)
	if s.table = w.table(at); !ok {
		return bad("the dynamic symbol table is not in a loaded segment")
	}
	if f.HasVersionTable {
		at, ok := f.span(elf.DT_VERSYM)
		if s.versions = w.table(at); !ok {
			return bad("the symbol version table is not in a loaded segment")
		}
	}
	s.strings, s.names = w.table(f.strtab), f.versionNames()
	return s.hashTables(w)
}

// span is where the table of a dynamic tag is.
func (f *File) span(t elf.DynTag) (span, bool) {
	vaddr, ok := f.tag(t)
	if !ok {
		return span{}, false
	}
	off, avail, ok := f.offset(vaddr)
	return span{off, avail}, ok
}

// symbolTables widens a range to what linkers put around it and looks at symbols
// need: the tables of symbols, strings, hashes and versions, and relocations that are
// not relative. What is far away, or would make the range too large, is left out.
func (f *File) symbolTables(low, high uint64) (uint64, uint64) {
	within := func(at span, size uint64) {
		l, h := min(low, at.off), max(high, at.off+min(size, at.size))
		if h-l <= maxRun && h-l-(high-low) <= min(size, at.size)+pageSize {
			low, high = l, h
		}
	}
	size, _ := f.tag(elf.DT_STRSZ)
	within(f.strtab, size)
	if at, ok := f.span(elf.DT_SYMTAB); ok {
		likely := readAhead
		if f.strtab.off > at.off { // the strings come after the symbols
			likely = int(min(f.strtab.off-at.off, maxRun))
		}
		within(at, uint64(likely))
		if v, ok := f.span(elf.DT_VERSYM); ok {
			within(v, uint64(likely)/f.symbolSize()*2)
		}
	}
	for _, t := range []elf.DynTag{elf.DT_HASH, dtGNUHash} {
		if at, ok := f.span(t); ok {
			within(at, readAhead)
		}
	}
	for _, t := range f.relocationTables() {
		if t.at.size <= pageSize {
			within(t.at, t.at.size)
		}
	}
	return low, high
}

// HasVersions reports whether the symbols have versions.
func (s *Symbols) HasVersions() bool { return s.versions.size > 0 }

func (f *File) symbolSize() uint64 {
	if f.is64() {
		return 24
	}
	return 16
}

// symbol is an entry of the symbol table.
type symbol struct {
	name        uint64
	value       uint64
	info, other byte
	section     elf.SectionIndex
}

func (s *Symbols) symbol(i uint64) (symbol, error) {
	size := s.f.symbolSize()
	if i >= s.table.size/size {
		return symbol{}, bad("symbol %d lies outside the segment", i)
	}
	b, err := s.bytes("dynamic symbols", &s.table, i*size, size)
	if err != nil {
		return symbol{}, err
	}
	f := s.f
	if f.is64() {
		return symbol{uint64(f.u32(b)), f.u64(b[8:]), b[4], b[5], elf.SectionIndex(f.u16(b[6:]))}, nil
	}
	return symbol{uint64(f.u32(b)), uint64(f.u32(b[4:])), b[12], b[13], elf.SectionIndex(f.u16(b[14:]))}, nil
}

// is reports whether the string at a place is some name.
func (s *Symbols) is(at uint64, name []byte) (bool, error) {
	n := uint64(len(name)) + 1
	if at >= s.strings.size || n > s.strings.size-at {
		return false, nil
	}
	b, err := s.bytes("dynamic strings", &s.strings, at, n)
	return err == nil && b[n-1] == 0 && bytes.Equal(b[:n-1], name), err
}

// text returns the string at a place. It is shared and must not be changed.
func (s *Symbols) text(at uint64) ([]byte, error) {
	var text []byte
	for at < s.strings.size {
		b, err := s.some(at)
		if err != nil {
			return nil, err
		}
		end := bytes.IndexByte(b, 0)
		if end >= 0 && text == nil {
			return b[:end], nil
		}
		if end >= 0 {
			return append(text, b[:end]...), nil
		}
		if text = append(text, b...); len(text) > maxName {
			return nil, limit("a symbol's name of more than %d bytes", maxName)
		}
		at += uint64(len(b))
	}
	return nil, bad("a symbol's name at %d lies outside the string table", at)
}

// some returns strings from a place on, as many as are at hand.
func (s *Symbols) some(at uint64) ([]byte, error) {
	if at < uint64(len(s.strings.held)) {
		return s.strings.held[at:], nil
	}
	return s.pages.some("dynamic strings", s.strings.off+at, s.strings.size-at)
}

// version returns the entry of the symbol version table for a symbol; ok is false
// when there is no such table.
func (s *Symbols) version(i uint64) (index uint16, ok bool, err error) {
	if s.versions.size == 0 {
		return 0, false, nil
	}
	if i >= s.versions.size/2 {
		return 0, false, bad("the version of symbol %d lies outside the segment", i)
	}
	b, err := s.bytes("symbol versions", &s.versions, 2*i, 2)
	if err != nil {
		return 0, false, err
	}
	return s.f.u16(b), true, nil
}

const (
	versionMask   = 0x7fff
	versionHidden = 0x8000
)

// versionNames are the versions by the indices that the symbol version table has
// for them.
func (f *File) versionNames() []Version {
	var out []Version
	set := func(index uint16, v Version) {
		index &= versionMask
		if missing := int(index) + 1 - len(out); missing > 0 {
			out = append(out, make([]Version, missing)...)
		}
		v.known = true
		out[index] = v
	}
	for _, d := range f.VersionDefs {
		if !d.Base {
			set(d.Index, Version{Name: d.Name})
		}
	}
	for _, n := range f.VersionNeeds {
		for _, v := range n.Versions {
			set(v.Index, Version{Name: v.Name, File: n.File, Hidden: v.Index&versionHidden != 0})
		}
	}
	return out
}

// named returns the version of an index, if it has a name.
func (s *Symbols) named(index uint16) *Version {
	if i := int(index & versionMask); i < len(s.names) && s.names[i].known {
		return &s.names[i]
	}
	return nil
}

// scratch is where references are collected before it is known how many there are.
var scratch = sync.Pool{New: func() any { return new([]Reference) }}

// References returns what the file's relocations refer to and the file leaves to
// others to define, in the order of the symbol table.
func (s *Symbols) References() ([]Reference, error) { return s.references, s.err }

// NameOf returns the name of one of the file's references. It reads no more than
// that, for few are ever asked for.
func (s *Symbols) NameOf(ref Reference) (Name, error) {
	at := uint64(ref.name)
	b := make([]byte, min(256, s.strings.size-min(at, s.strings.size)))
	if len(b) > 0 && fill(s.pages.r, b, s.strings.off+at) == nil {
		if text, _, ok := bytes.Cut(b, []byte{0}); ok {
			return Name{text: text, gnu: ref.Hash}, nil
		}
	}
	text, err := s.text(at)
	return Name{text: text, gnu: ref.Hash}, err
}

// Referred returns those of some names, sorted, that the file refers to and leaves to others to
// define. In the string table such a name can be the end of another one.
func (s *Symbols) Referred(names map[string]bool) ([]string, error) {
	if s.err != nil {
		return nil, s.err
	}
	hashes := map[uint32]string{}
	for name := range names {
		hashes[NameOf(name).gnu] = name
	}
	var out []string
	for _, ref := range s.references {
		name, ok := hashes[ref.Hash]
		if !ok {
			continue
		}
		found, err := s.NameOf(ref)
		if err != nil {
			return nil, err
		}
		if string(found.text) == name {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (s *Symbols) refer(w *window) ([]Reference, error) {
	used, err := s.used(w)
	if err != nil {
		return nil, err
	}
	buffer := scratch.Get().(*[]Reference)
	out := (*buffer)[:0]
	defer func() {
		clear(out)
		*buffer = out
		scratch.Put(buffer)
	}()
	hashed := 0
	for i, u := range used.all {
		out = append(out, Reference{})
		ok, err := s.reference(&out[len(out)-1], i, u, &hashed)
		switch {
		case err != nil:
			return nil, err
		case !ok:
			out = out[:len(out)-1]
		case len(out) > maxReferences:
			return nil, limit("references to more than %d symbols", maxReferences)
		}
	}
	return keep(&w.references, referenceChunk, out), nil
}

// reference sets what relocations make of a symbol. It is false when the file itself
// defines the symbol.
func (s *Symbols) reference(ref *Reference, i uint64, u use, hashed *int) (ok bool, err error) {
	sym, err := s.symbol(i)
	undefined := sym.section == elf.SHN_UNDEF
	if err != nil || !undefined && !u.has(usedCopy) || !sym.bindsOutside() {
		return false, err
	}
	text, err := s.text(sym.name)
	if err != nil {
		return false, err
	}
	if *hashed += len(text); *hashed > maxHashed {
		return false, limit("names of symbols with more than %d bytes", maxHashed)
	}
	*ref = Reference{
		Hash: nameOf(text).gnu, name: uint32(sym.name), Weak: elf.SymBind(sym.info>>4) == elf.STB_WEAK,
		Data: undefined && u.has(usedData), Call: undefined && u.has(usedCall), Copy: u.has(usedCopy),
	}
	index, versioned, err := s.version(i)
	if versioned {
		ref.Version = s.named(index)
	}
	return true, err
}

// bindsOutside reports whether a symbol is looked up in other files.
func (s symbol) bindsOutside() bool {
	vis := elf.SymVis(s.other & 3)
	return elf.SymBind(s.info>>4) != elf.STB_LOCAL && vis != elf.STV_HIDDEN && vis != elf.STV_INTERNAL
}

// MayDefine reports whether the file has a symbol of a hash whose version fits. Nothing
// but the version is known of the symbol, not even its name: of two names, one in two
// thousand million pairs has the same hash. It is only for files with DT_GNU_HASH,
// and several times as fast as Find.
func (s *Symbols) MayDefine(hash uint32, fits func(Definition) bool) (bool, error) {
	return s.inChain(hash, func(i uint64) (bool, error) {
		var d Definition
		err := s.setVersion(&d, i)
		return err == nil && fits(d), err
	})
}

// Hashed reports whether the file has DT_GNU_HASH.
func (s *Symbols) Hashed() bool { return s.gnu.buckets > 0 }

// Find calls accept for each symbol of a name, in the order in which a loader
// meets them, and returns true as soon as accept does.
func (s *Symbols) Find(name Name, accept func(Definition) bool) (bool, error) {
	switch {
	case s.err != nil:
		return false, s.err
	case s.gnu.buckets > 0:
		return s.findGNU(name, accept)
	case s.sysv.buckets > 0:
		return s.findSysV(name, accept)
	}
	return false, nil
}

// offer gives a symbol to accept, if it has the name.
func (s *Symbols) offer(i uint64, name Name, accept func(Definition) bool) (bool, error) {
	sym, err := s.symbol(i)
	if err != nil {
		return false, err
	}
	if n := len(name.text); n > longName && s.compared.Add(int64(n)) > maxCompared {
		return false, limit("more than %d bytes of names to compare", maxCompared)
	}
	if same, err := s.is(sym.name, name.text); !same || err != nil {
		return false, err
	}
	d := Definition{
		Value: sym.value, Bind: elf.SymBind(sym.info >> 4), Type: elf.SymType(sym.info & 15),
		Vis: elf.SymVis(sym.other & 3), Section: sym.section,
	}
	err = s.setVersion(&d, i)
	return err == nil && accept(d), err
}

func (s *Symbols) setVersion(d *Definition, i uint64) error {
	index, versioned, err := s.version(i)
	if versioned {
		d.Index, d.Hidden, d.Version = index&versionMask, index&versionHidden != 0, s.named(index)
	}
	return err
}
