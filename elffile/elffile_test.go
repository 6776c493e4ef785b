package elffile

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/elffile/elftest"
)

// machineFiles are the programs and libraries of this machine, a few hundred of
// them, evenly chosen.
func machineFiles(t testing.TB, limit int) []string {
	var all []string
	for _, pattern := range []string{"/usr/bin/*", "/usr/lib/*.so*", "/usr/lib/*/*.so*", "/usr/lib/*/*/*.so*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range found {
			if isELF(p) {
				all = append(all, p)
			}
		}
	}
	if len(all) <= limit {
		return all
	}
	out := make([]string, limit)
	for i := range out {
		out[i] = all[i*len(all)/limit]
	}
	return out
}

func isELF(p string) bool {
	info, err := os.Stat(p)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(p)
	if err != nil {
		return false
	}
	defer f.Close()
	var magic [4]byte
	_, err = io.ReadFull(f, magic[:])
	return err == nil && string(magic[:]) == elf.ELFMAG
}

// countingReader counts what a read costs.
type countingReader struct {
	r     io.ReaderAt
	reads int
	bytes int
	// largest is the size of the largest read.
	largest int
}

func (c *countingReader) ReadAt(p []byte, off int64) (int, error) {
	c.reads++
	c.bytes += len(p)
	c.largest = max(c.largest, len(p))
	return c.r.ReadAt(p, off)
}

// TestMachineFiles compares with debug/elf, which reads the sections instead.
func TestMachineFiles(t *testing.T) {
	t.Parallel()
	files := machineFiles(t, 300)
	if len(files) < 50 {
		t.Fatalf("only %d ELF files on this machine", len(files))
	}
	for _, p := range files {
		t.Run(p, func(t *testing.T) {
			t.Parallel()
			f, err := os.Open(p)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			compareFile(t, f)
		})
	}
}

func compareFile(t *testing.T, f *os.File) {
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	want, err := elf.NewFile(f)
	if err != nil {
		t.Fatal(err)
	}
	counter := &countingReader{r: f}
	got, err := Read(counter, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	most := 8
	if got.strtab.size > maxWhole {
		most = 64 // the names that count lie scattered
	}
	if counter.reads > most {
		t.Errorf("%d reads, %d bytes", counter.reads, counter.bytes)
	}
	if got.Class != want.Class || got.Data != want.Data || got.Machine != want.Machine || got.Type != want.Type || got.Entry != want.Entry {
		t.Errorf("header %+v, want %+v", got, want.FileHeader)
	}
	if !got.HasDynamic || want.Section(".dynamic") == nil {
		return
	}
	one := func(tag elf.DynTag) string {
		s, err := want.DynString(tag)
		if err != nil || len(s) == 0 {
			return ""
		}
		return s[0]
	}
	libs, err := want.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Needed, libs) || got.Soname != one(elf.DT_SONAME) || got.RunPath != one(elf.DT_RUNPATH) {
		t.Errorf("needed %q soname %q runpath %q, want %q %q %q", got.Needed, got.Soname, got.RunPath,
			libs, one(elf.DT_SONAME), one(elf.DT_RUNPATH))
	}
	compareVersions(t, got, want)
	compareSymbols(t, f, info.Size(), got, want)
}

func compareVersions(t *testing.T, got *File, want *elf.File) {
	var have, expect []string
	for _, n := range got.VersionNeeds {
		for _, v := range n.Versions {
			have = append(have, n.File+" "+v.Name)
		}
	}
	for _, d := range got.VersionDefs {
		have = append(have, d.Name)
	}
	needs, _ := want.DynamicVersionNeeds()
	for _, n := range needs {
		for _, v := range n.Needs {
			expect = append(expect, n.Name+" "+v.Dep)
		}
	}
	defs, _ := want.DynamicVersions()
	for _, d := range defs {
		expect = append(expect, d.Name)
	}
	if !slices.Equal(have, expect) {
		t.Errorf("versions %q, want %q", have, expect)
	}
}

// compareSymbols looks up every symbol that a file defines, and compares what it
// leaves to others with the relocation sections.
func compareSymbols(t *testing.T, f *os.File, size int64, got *File, want *elf.File) {
	symbols := got.Symbols(f, size)
	all, err := want.DynamicSymbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		t.Fatal(err)
	}
	for _, w := range all {
		bind := elf.ST_BIND(w.Info)
		if w.Section == elf.SHN_UNDEF || bind == elf.STB_LOCAL || w.Name == "" {
			continue
		}
		ok, err := symbols.Find(NameOf(w.Name), func(d Definition) bool {
			return d.Value == w.Value && d.Bind == bind && d.Type == elf.ST_TYPE(w.Info) && d.Section == w.Section &&
				(d.Version == nil || d.Version.Name == w.Version) && (!w.HasVersion || d.Index == w.VersionIndex.Index() && d.Hidden == w.VersionIndex.IsHidden())
		})
		if !ok || err != nil {
			t.Fatalf("%+v is not found: %v", w, err)
		}
		if ok, err := symbols.MayDefine(NameOf(w.Name).gnu, func(Definition) bool { return true }); ok != symbols.Hashed() || err != nil {
			t.Fatalf("%+v may not be there: %v", w, err)
		}
	}
	refs, err := symbols.References()
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, r := range refs {
		name, err := symbols.NameOf(r)
		if err != nil {
			t.Fatal(err)
		}
		if r.Weak {
			continue
		}
		version := Version{}
		if r.Version != nil {
			version = *r.Version
		}
		have = append(have, fmt.Sprint(name, "@", version.Name, " of ", version.File, " data ", r.Data, " call ", r.Call, " copy ", r.Copy))
	}
	if expect := referenced(t, want, all); !slices.Equal(have, expect) {
		t.Fatalf("references\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(expect, "\n"))
	}
}

// referenced reads the relocation sections of a file for x86-64.
func referenced(t *testing.T, f *elf.File, symbols []elf.Symbol) []string {
	t.Helper()
	type use struct{ data, call, copied bool }
	used := map[uint64]use{}
	for _, section := range f.Sections {
		if section.Type != elf.SHT_RELA || section.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		data, err := section.Data()
		if err != nil {
			t.Fatal(err)
		}
		for ; len(data) > 0; data = data[24:] {
			info := f.ByteOrder.Uint64(data[8:])
			u := used[info>>32]
			switch elf.R_X86_64(uint32(info)) {
			case elf.R_X86_64_COPY:
				u.copied = true
			case elf.R_X86_64_JMP_SLOT:
				u.call = true
			default:
				u.data = true
			}
			used[info>>32] = u
		}
	}
	var out []string
	for i, s := range symbols {
		u := used[uint64(i)+1]
		undefined := s.Section == elf.SHN_UNDEF
		if bind := elf.ST_BIND(s.Info); bind == elf.STB_LOCAL || bind == elf.STB_WEAK || u == (use{}) || !undefined && !u.copied {
			continue
		}
		if !undefined {
			u.data, u.call = false, false
		}
		out = append(out, fmt.Sprint(s.Name, "@", s.Version, " of ", s.Library, " data ", u.data, " call ", u.call, " copy ", u.copied))
	}
	return out
}

func TestWithoutSections(t *testing.T) {
	t.Parallel()
	data := readELF(t, "/bin/true")
	whole, err := Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	clear(data[0x28:0x30]) // e_shoff
	clear(data[0x3a:0x40]) // e_shentsize, e_shnum, e_shstrndx
	got, err := Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Needed, whole.Needed) || len(got.Needed) == 0 {
		t.Errorf("needed %q without sections, %q with them", got.Needed, whole.Needed)
	}
}

func readELF(t testing.TB, p string) []byte {
	data, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestErrors(t *testing.T) {
	t.Parallel()
	whole := readELF(t, "/bin/true")
	patch := func(off int, b ...byte) []byte {
		data := bytes.Clone(whole)
		copy(data[off:], b)
		return data
	}
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"empty", nil, ErrNotELF},
		{"text", []byte("#!/bin/sh\n"), ErrNotELF},
		{"only the magic", whole[:4], ErrTruncated},
		{"half a header", whole[:40], ErrTruncated},
		{"half of the program headers", whole[:100], ErrTruncated},
		{"half of the file", whole[:len(whole)/2], ErrTruncated},
		{"unknown class", patch(elf.EI_CLASS, 9), ErrBad},
		{"unknown byte order", patch(elf.EI_DATA, 9), ErrBad},
		{"too many program headers", patch(56, 0xff, 0xff), ErrTruncated},
		{"odd program headers", patch(54, 1), ErrBad},
		{"program headers beyond the end", patch(32, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), ErrTruncated},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Read(bytes.NewReader(test.data), int64(len(test.data)))
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// TestShortReader has a size that the reader does not live up to.
func TestShortReader(t *testing.T) {
	t.Parallel()
	_, err := Read(strings.NewReader("\x7fELF"), 1<<20)
	if !errors.Is(err, ErrTruncated) {
		t.Errorf("got %v", err)
	}
}

func TestDlopenNote(t *testing.T) {
	t.Parallel()
	f := &File{order: leOrder}
	json := `[{"soname":["libx.so.2","libx.so.1"],"feature":"x","description":"the x","priority":"required"},{"soname":["liby.so"]}]`
	note := []byte{4, 0, 0, 0, byte(len(json) + 1), 0, 0, 0, 0x0a, 0x0c, 0x7c, 0x40, 'F', 'D', 'O', 0}
	note = append(append(note, json...), 0)
	f.noteSegment(note, 4)
	if len(f.Dlopen) != 2 || f.Dlopen[0].Priority != "required" || f.Dlopen[1].Priority != "recommended" ||
		!slices.Equal(f.Dlopen[0].Sonames, []string{"libx.so.2", "libx.so.1"}) {
		t.Errorf("got %+v", f.Dlopen)
	}
}

// FuzzRead checks that no input makes the reader panic, hang, or read much.
func FuzzRead(f *testing.F) {
	for _, p := range []string{"/bin/true", "/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"} {
		data, err := os.ReadFile(p)
		if err != nil {
			continue
		}
		// The fuzzer does better with small inputs; headers and tables come first.
		f.Add(data[:min(len(data), 8<<10)])
	}
	f.Add(tinyELF(false))
	f.Add(tinyELF(true))
	f.Fuzz(func(t *testing.T, data []byte) {
		counter := &countingReader{r: bytes.NewReader(data)}
		file, err := Read(counter, int64(len(data)))
		if err != nil && !IsFormat(err) {
			t.Fatalf("an error of no kind: %v", err)
		}
		if counter.bytes > maxBytes+prefixSize || counter.reads > maxReads {
			t.Fatalf("%d bytes in %d reads", counter.bytes, counter.reads)
		}
		if err == nil {
			look(t, file, data)
		}
	})
}

// FuzzSymbols damages a whole program anywhere, its tables of symbols among the rest.
func FuzzSymbols(f *testing.F) {
	whole := readELF(f, "/bin/true")
	std, err := elf.NewFile(bytes.NewReader(whole))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range std.Sections {
		if s.Flags&elf.SHF_ALLOC != 0 && s.Type != elf.SHT_PROGBITS && s.Type != elf.SHT_NOBITS {
			f.Add(uint32(s.Offset), []byte{0xff, 0xff, 0, 0, 1})
		}
	}
	f.Fuzz(func(t *testing.T, at uint32, patch []byte) {
		data := bytes.Clone(whole)
		copy(data[int(at)%len(data):], patch)
		file, symbols, err := ReadSymbols(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if !IsFormat(err) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		look(t, file, data)
		if _, err := symbols.References(); err != nil && !IsFormat(err) {
			t.Fatalf("an error of no kind: %v", err)
		}
	})
}

// TestLongChains looks symbols up in tables that are made to be slow: look-ups may go so
// far in all, and no further.
func TestLongChains(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2*longName)
	var names, alike []string
	for i := range 100 {
		names = append(names, fmt.Sprint("d", i))
		alike = append(alike, long)
	}
	for _, c := range []struct {
		what    string
		defined []string
		name    string
		spent   func(*Symbols)
		want    string
	}{
		{"a chain", names, "gone", func(*Symbols) {}, ""},
		{"one too many", names, "gone", func(s *Symbols) { s.steps.Store(maxSteps - stride) }, "more than 4194304 steps through its hash table"},
		{"the first of it, after too many", names, "d0", func(s *Symbols) { s.steps.Store(maxSteps + 1) }, "more than 4194304 steps through its hash table"},
		{"long names", alike, long, func(*Symbols) {}, ""},
		{"too many long names", alike, long, func(s *Symbols) { s.compared.Store(maxCompared - 10*longName) }, "more than 268435456 bytes of names to compare"},
	} {
		data := elftest.File{Defined: c.defined}.Bytes()
		f, symbols, err := ReadSymbols(bytes.NewReader(data), int64(len(data)))
		if err != nil || f == nil {
			t.Fatal(err)
		}
		c.spent(symbols)
		found, err := symbols.Find(NameOf(c.name), func(Definition) bool { return false })
		if found || (err != nil) != (c.want != "") || err != nil && (!errors.Is(err, ErrLimit) || !strings.HasSuffix(err.Error(), c.want)) {
			t.Errorf("%s: %v, %v", c.what, found, err)
		}
	}
}

// look looks at the symbols of a file in every way there is.
func look(t *testing.T, file *File, data []byte) {
	t.Helper()
	symbols := file.Symbols(bytes.NewReader(data), int64(len(data)))
	refs, err := symbols.References()
	_, err2 := symbols.Find(NameOf("main"), func(Definition) bool { return false })
	for _, r := range refs {
		name, err3 := symbols.NameOf(r)
		_, err4 := symbols.Find(name, func(Definition) bool { return false })
		_, err5 := symbols.MayDefine(r.Hash, func(Definition) bool { return false })
		err2 = cmp.Or(err2, err3, err4, err5)
	}
	if err := cmp.Or(err, err2); err != nil && !IsFormat(err) {
		t.Fatalf("an error of no kind: %v", err)
	}
}

// FuzzNotes checks that notes are read within their segment, in both byte orders
// and alignments, and that what they declare has a priority.
func FuzzNotes(f *testing.F) {
	json := `[{"soname":["libx.so.2","libx.so.1"],"priority":"required"},{"soname":["liby.so"]}]`
	note := []byte{4, 0, 0, 0, byte(len(json)), 0, 0, 0, 0x0a, 0x0c, 0x7c, 0x40, 'F', 'D', 'O', 0}
	f.Add(append(note, json...), false)
	f.Add([]byte("\x04\x00\x00\x00\x14\x00\x00\x00\x03\x00\x00\x00GNU\x0001234567890123456789"), true)
	f.Fuzz(func(t *testing.T, segment []byte, wide bool) {
		align := uint64(4)
		if wide {
			align = 8
		}
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			file := &File{order: order}
			file.noteSegment(segment, align)
			if len(file.BuildID) > 128 {
				t.Errorf("a build id of %d digits", len(file.BuildID))
			}
			for _, n := range file.Dlopen {
				if n.Priority == "" {
					t.Errorf("no priority: %+v", n)
				}
			}
		}
	})
}
