// Package classtest makes small class files for tests.
package classtest

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/classfile"
)

// assembler gathers constants.
type assembler struct {
	constants [][]byte
}

func u2(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }

func (a *assembler) add(kind byte, content []byte) uint16 {
	a.constants = append(a.constants, append([]byte{kind}, content...))
	return uint16(len(a.constants))
}

func (a *assembler) text(s string) uint16 { return a.add(1, append(u2(uint16(len(s))), s...)) }

// ref is a constant of a kind with a name: 7 a class, 8 a string, 19 a module.
func (a *assembler) ref(kind byte, name string) uint16 { return a.add(kind, u2(a.text(name))) }

// finish makes the class file of Java 17.
func (a *assembler) finish(this uint16, rest ...[]byte) string {
	return string(slices.Concat([]byte{0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 61}, u2(uint16(len(a.constants)+1)), slices.Concat(a.constants...),
		u2(0), u2(this), u2(0), u2(0), u2(0), slices.Concat(rest...)))
}

// Class is a class that names others and strings, the latter in quotes, and that has the
// methods of these names and descriptors, "main()V".
func Class(name string, names []string, methods ...string) string {
	a := &assembler{}
	this := a.ref(7, name)
	for _, n := range names {
		if text, ok := strings.CutPrefix(n, `"`); ok {
			a.ref(8, strings.TrimSuffix(text, `"`))
		} else {
			a.ref(7, n)
		}
	}
	body := u2(uint16(len(methods)))
	for _, m := range methods {
		at := strings.IndexByte(m, '(')
		body = slices.Concat(body, u2(8), u2(a.text(m[:at])), u2(a.text(m[at:])), u2(0))
	}
	return a.finish(this, body, u2(0))
}

// ModuleInfo is the module-info of a module.
func ModuleInfo(m classfile.Module) string {
	a := &assembler{}
	this := a.ref(7, "module-info")
	body := slices.Concat(u2(a.ref(19, m.Name)), u2(0), u2(0), u2(uint16(len(m.Requires))))
	for _, r := range m.Requires {
		flags := uint16(0)
		if r.Static {
			flags = 0x40
		}
		body = slices.Concat(body, u2(a.ref(19, r.Name)), u2(flags), u2(0))
	}
	body = slices.Concat(body, u2(0), u2(0), u2(uint16(len(m.Uses))))
	for _, name := range m.Uses {
		body = append(body, u2(a.ref(7, name))...)
	}
	body = append(body, u2(uint16(len(m.Provides)))...)
	for _, name := range m.Provides {
		body = slices.Concat(body, u2(a.ref(7, name)), u2(1), u2(this))
	}
	attribute := slices.Concat(u2(a.text("Module")), u2(0), u2(uint16(len(body))), body)
	return a.finish(this, u2(0), u2(1), attribute)
}
