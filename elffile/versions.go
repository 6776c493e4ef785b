package elffile

import "debug/elf"

// VersionNeed lists the versions a file requires of another one.
type VersionNeed struct {
	// File is the NEEDED name of the provider.
	File     string
	Versions []NeededVersion
}

// NeededVersion is one version required of a provider.
type NeededVersion struct {
	Name string
	// Hash is the name's, as the file has it.
	Hash uint32
	// Index is what the symbol version table uses for it.
	Index uint16
	// Weak versions may be missing.
	Weak bool
}

// VersionDef is one version that a file provides.
type VersionDef struct {
	Name string
	// Hash is the name's, as the file has it.
	Hash  uint32
	Index uint16
	// Base marks the name of the file itself, which is no version.
	Base bool
}

const (
	verFlagBase = 1
	verFlagWeak = 2
)

// versions reads DT_VERNEED and DT_VERDEF. Their records are chained by relative
// offsets, which must lead forward here so that every walk ends.
func (f *File) versions(w *window) error {
	if err := f.versionNeeds(w); err != nil {
		return err
	}
	return f.versionDefs(w)
}

// table yields the file offset of a version table, if there is one.
func (f *File) versionTable(t elf.DynTag, what string) (off, avail uint64, ok bool, err error) {
	vaddr, ok := f.tag(t)
	if !ok {
		return 0, 0, false, nil
	}
	off, avail, ok = f.offset(vaddr)
	if !ok {
		return 0, 0, false, bad("%s is not in a loaded segment", what)
	}
	return off, avail, true, nil
}

func (f *File) versionNeeds(w *window) error {
	off, avail, ok, err := f.versionTable(elf.DT_VERNEED, "the table of needed versions")
	if !ok || err != nil {
		return err
	}
	total := 0
	for at := uint64(0); ; {
		b, err := f.record(w, "needed version", off, at, avail, 16)
		if err != nil {
			return err
		}
		if v := f.order.Uint16(b); v != 1 {
			return bad("needed versions in format %d", v)
		}
		var need VersionNeed
		if need.File, err = f.str(w, "version file name", uint64(f.order.Uint32(b[4:])), maxName); err != nil {
			return err
		}
		if need.Versions, err = f.neededVersions(w, off, at+uint64(f.order.Uint32(b[8:])), avail, &total); err != nil {
			return err
		}
		f.VersionNeeds = append(f.VersionNeeds, need)
		next := uint64(f.order.Uint32(b[12:]))
		if next == 0 {
			return nil
		}
		at += next
	}
}

func (f *File) neededVersions(w *window, off, at, avail uint64, total *int) ([]NeededVersion, error) {
	var out []NeededVersion
	for {
		if *total++; *total > maxVersions {
			return nil, limit("more than %d needed versions", maxVersions)
		}
		b, err := f.record(w, "needed version", off, at, avail, 16)
		if err != nil {
			return nil, err
		}
		name, err := f.str(w, "version name", uint64(f.order.Uint32(b[8:])), maxName)
		if err != nil {
			return nil, err
		}
		out = append(out, NeededVersion{
			Name:  name,
			Hash:  f.order.Uint32(b),
			Index: f.order.Uint16(b[6:]),
			Weak:  f.order.Uint16(b[4:])&verFlagWeak != 0,
		})
		next := uint64(f.order.Uint32(b[12:]))
		if next == 0 {
			return out, nil
		}
		at += next
	}
}

func (f *File) versionDefs(w *window) error {
	off, avail, ok, err := f.versionTable(elf.DT_VERDEF, "the table of defined versions")
	if !ok || err != nil {
		return err
	}
	for at := uint64(0); ; {
		if len(f.VersionDefs) >= maxVersions {
			return limit("more than %d defined versions", maxVersions)
		}
		b, err := f.record(w, "defined version", off, at, avail, 20)
		if err != nil {
			return err
		}
		if v := f.order.Uint16(b); v != 1 {
			return bad("defined versions in format %d", v)
		}
		// The first auxiliary record names the version; others name its parents.
		aux, err := f.record(w, "defined version", off, at+uint64(f.order.Uint32(b[12:])), avail, 8)
		if err != nil {
			return err
		}
		def := VersionDef{Hash: f.order.Uint32(b[8:]), Index: f.order.Uint16(b[4:]), Base: f.order.Uint16(b[2:])&verFlagBase != 0}
		if def.Name, err = f.str(w, "version name", uint64(f.order.Uint32(aux)), maxName); err != nil {
			return err
		}
		f.VersionDefs = append(f.VersionDefs, def)
		next := uint64(f.order.Uint32(b[16:]))
		if next == 0 {
			return nil
		}
		at += next
	}
}

// record returns n bytes at a position within a table.
func (f *File) record(w *window, what string, off, at, avail, n uint64) ([]byte, error) {
	if at > avail || n > avail-at {
		return nil, bad("a %s leaves its segment", what)
	}
	return w.bytes(what, off+at, n)
}

// HasVersions reports whether the file defines versions at all.
func (f *File) HasVersions() bool { return len(f.VersionDefs) > 0 }
