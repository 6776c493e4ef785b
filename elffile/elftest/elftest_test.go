package elftest

import (
	"bytes"
	"debug/elf"
	"slices"
	"testing"

	"github.com/sinter-build/sinter/elffile"
)

// Go's own reader and ours see what was asked for.
func TestBytes(t *testing.T) {
	t.Parallel()
	for _, f := range []File{
		{Static: true},
		{Static: true, Machine: elf.EM_AARCH64},
		{Interp: "/lib/ld.so", Needed: []string{"liba.so", "libb.so"}},
		{Soname: "liba.so"},
		{Undefined: []string{"u", "v"}, Defined: []string{"d", "e"}},
	} {
		data := f.Bytes()
		std, err := elf.NewFile(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		own, err := elffile.Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		interp := ""
		for _, p := range std.Progs {
			if p.Type == elf.PT_INTERP {
				text := make([]byte, p.Filesz-1)
				if _, err := p.ReadAt(text, 0); err != nil {
					t.Fatal(err)
				}
				interp = string(text)
			}
		}
		machine := f.Machine
		if machine == elf.EM_NONE {
			machine = elf.EM_X86_64
		}
		if std.Machine != machine || own.Machine != machine || interp != f.Interp || own.Interp != f.Interp ||
			own.Soname != f.Soname || !slices.Equal(own.Needed, f.Needed) {
			t.Errorf("%+v: Go reads %+v, %q, and we read %+v", f, std.FileHeader, interp, own)
		}
		symbols := own.Symbols(bytes.NewReader(data), int64(len(data)))
		var undefined, defined []string
		refs, err := symbols.References()
		for _, ref := range refs {
			name, _ := symbols.NameOf(ref)
			undefined = append(undefined, name.String())
		}
		for _, name := range slices.Concat(f.Undefined, f.Defined) {
			if ok, _ := symbols.Find(elffile.NameOf(name), func(elffile.Definition) bool { return true }); ok {
				defined = append(defined, name)
			}
		}
		if err != nil || !slices.Equal(undefined, f.Undefined) || !slices.Equal(defined, f.Defined) {
			t.Errorf("%+v: undefined %q, defined %q, %v", f, undefined, defined, err)
		}
	}
}
