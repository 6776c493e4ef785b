package elffile

import (
	"bytes"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
)

// Note types, with their owners "GNU", "FDO", "Go" and the names of systems.
const (
	noteABITag   = 1
	noteBuildID  = 3
	noteDlopen   = 0x407c0c0a
	noteGoBuild  = 4
	noteProperty = 5
)

// Properties of a program (Linux gABI extensions): what all of its parts are marked for.
const (
	propertyX86Features = 0xc0000002 // GNU_PROPERTY_X86_FEATURE_1_AND
	propertyArmFeatures = 0xc0000000 // GNU_PROPERTY_AARCH64_FEATURE_1_AND
)

// gnuSystems are the systems that a GNU ABI tag names (glibc abi-tags).
var gnuSystems = [...]string{"Linux", "GNU/Hurd", "Solaris", "GNU/kFreeBSD"}

// DlopenNote is one library, under any of several names, that a file declares it
// opens at run time (UAPI Group, "ELF dlopen() metadata").
type DlopenNote struct {
	// Sonames are alternatives, the preferred one first.
	Sonames     []string `json:"soname"`
	Feature     string   `json:"feature,omitempty"`
	Description string   `json:"description,omitempty"`
	// Priority is "required", "recommended" or "suggested".
	Priority string `json:"priority,omitempty"`
}

// notes reads the notes of all PT_NOTE segments. Notes are hints, so what cannot
// be read is passed over.
func (f *File) notes(w *window) error {
	budget := uint64(maxNotes)
	for _, p := range f.Progs {
		if p.Type != elf.PT_NOTE || p.Filesz > budget {
			continue
		}
		budget -= p.Filesz
		b, err := w.bytes("notes", p.Off, p.Filesz)
		if err != nil {
			if IsFormat(err) {
				continue
			}
			return err
		}
		f.noteSegment(b, p.A)
	}
	return nil
}

func (f *File) noteSegment(b []byte, align uint64) {
	if align != 8 {
		align = 4
	}
	for len(b) >= 12 {
		namesz, descsz := uint64(f.order.Uint32(b)), uint64(f.order.Uint32(b[4:]))
		kind := f.order.Uint32(b[8:])
		desc := roundUp(12+namesz, align)
		end := desc + descsz
		if end > uint64(len(b)) {
			return
		}
		f.note(string(bytes.TrimRight(b[12:12+namesz], "\x00")), kind, b[desc:end])
		b = b[min(roundUp(end, align), uint64(len(b))):]
	}
}

func roundUp(n, align uint64) uint64 { return (n + align - 1) &^ (align - 1) }

func (f *File) note(owner string, kind uint32, desc []byte) {
	switch {
	case owner == "GNU" && kind == noteABITag && len(desc) >= 4:
		if system := f.u32(desc); system < uint32(len(gnuSystems)) {
			f.System = gnuSystems[system]
		}
	case kind == noteABITag && (owner == "FreeBSD" || owner == "NetBSD" || owner == "OpenBSD"):
		f.System = owner
	case owner == "GNU" && kind == noteBuildID && len(desc) <= 64:
		f.BuildID = hex.EncodeToString(desc)
	case owner == "GNU" && kind == noteProperty:
		f.properties(desc)
	case owner == "Go" && kind == noteGoBuild:
		f.Go = true
	case owner == "FDO" && kind == noteDlopen:
		var notes []DlopenNote
		if json.Unmarshal(bytes.TrimRight(desc, "\x00"), &notes) != nil {
			return
		}
		for _, n := range notes {
			if n.Priority == "" {
				n.Priority = "recommended"
			}
			f.Dlopen = append(f.Dlopen, n)
		}
	}
}

// properties reads what processor features a file is marked for.
func (f *File) properties(b []byte) {
	align := uint64(4)
	if f.is64() {
		align = 8
	}
	for len(b) >= 8 {
		kind, size := f.u32(b), uint64(f.u32(b[4:]))
		end := roundUp(8+size, align)
		if 8+size > uint64(len(b)) {
			return
		}
		if size >= 4 {
			bits := f.u32(b[8:])
			switch {
			case kind == propertyX86Features && (f.Machine == elf.EM_X86_64 || f.Machine == elf.EM_386):
				f.CET = bits&3 == 3 // branch tracking and shadow stack
			case kind == propertyArmFeatures && f.Machine == elf.EM_AARCH64:
				f.BTI = bits&1 != 0
			}
		}
		b = b[min(end, uint64(len(b))):]
	}
}
