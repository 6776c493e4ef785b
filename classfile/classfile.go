// Package classfile reads what class files of Java say of other classes and of modules
// (Java Virtual Machine Specification, chapter 4). It reads constants and the attributes
// of modules, and no code.
package classfile

import (
	"encoding/binary"
	"errors"
)

// ErrFormat is the error for what is no class file.
var ErrFormat = errors.New("not a class file")

// Class is a class file.
type Class struct {
	// Major is the version of the format: 61 for Java 17.
	Major uint16
	// Name is the class's own, "java/lang/Object".
	Name string
	// Texts are all Utf8 constants: names, descriptors and strings.
	Texts []string
	// Strings are those that the program uses as strings.
	Strings []string
	// Methods are the names of the methods with their descriptors, "main([Ljava/lang/String;)V".
	Methods []string
	// Module is set for module-info.
	Module *Module
}

// Module is what a module-info.class says.
type Module struct {
	Name     string
	Requires []Require
	// Uses are services, "java/nio/file/spi/FileSystemProvider", and Provides those that
	// the module has an implementation of.
	Uses, Provides []string
}

// Require is a module that another one requires.
type Require struct {
	Name string
	// Static tells that it is only needed to compile.
	Static bool
}

// The kinds of constants.
const (
	constUtf8    = 1
	constInteger = 3
	constFloat   = 4
	constLong    = 5
	constDouble  = 6
	constClass   = 7
	constString  = 8
	constModule  = 19
	constPackage = 20
)

// sizes are how many bytes constants have behind their kind.
var sizes = map[byte]int{
	constInteger: 4, constFloat: 4, constLong: 8, constDouble: 8, constClass: 2, constString: 2,
	9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, constModule: 2, constPackage: 2,
}

const accStatic = 0x0040 // ACC_STATIC_PHASE of a requires

// Parse reads a class file.
func Parse(data []byte) (*Class, error) {
	r := reader{data: data}
	if r.u4() != 0xCAFEBABE {
		return nil, ErrFormat
	}
	c := &Class{}
	r.u2()
	c.Major = r.u2()
	r.constants(c)
	r.u2() // flags
	c.Name = r.named(r.u2())
	r.u2() // superclass
	for range r.u2() {
		r.u2() // interface
	}
	for range r.u2() {
		r.member()
	}
	for range r.u2() {
		c.Methods = append(c.Methods, r.member())
	}
	for range r.u2() {
		name, content := r.text(r.u2()), r.bytes(int(r.u4()))
		if name == "Module" && !r.failed {
			inner := reader{data: content, texts: r.texts, refs: r.refs}
			c.Module = inner.module()
			r.failed = inner.failed
		}
	}
	if r.failed {
		return nil, ErrFormat
	}
	return c, nil
}

// reader reads numbers, until one is not there.
type reader struct {
	data   []byte
	failed bool
	texts  []string // Utf8 constants by their number
	refs   []uint16 // for other constants of one number, that
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.failed, r.data = true, nil
		return nil
	}
	out := r.data[:n]
	r.data = r.data[n:]
	return out
}

func (r *reader) u1() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u2() uint16 {
	if b := r.bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) u4() uint32 {
	if b := r.bytes(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) text(n uint16) string {
	if int(n) < len(r.texts) {
		return r.texts[n]
	}
	r.failed = true
	return ""
}

// named is the text of a constant that has one: a class, a module, a string.
func (r *reader) named(n uint16) string {
	if int(n) < len(r.refs) {
		return r.text(r.refs[n])
	}
	r.failed = true
	return ""
}

func (r *reader) constants(c *Class) {
	count := int(r.u2())
	r.texts, r.refs = make([]string, count), make([]uint16, count)
	var strings []uint16
	for n := 1; n < count && !r.failed; n++ {
		kind := r.u1()
		switch kind {
		case constUtf8:
			r.texts[n] = string(r.bytes(int(r.u2())))
			c.Texts = append(c.Texts, r.texts[n])
			continue
		case constString:
			strings = append(strings, uint16(n))
		case constLong, constDouble:
			n++ // takes two places
		}
		size, ok := sizes[kind]
		content := r.bytes(size)
		if !ok {
			r.failed = true
		} else if size == 2 && content != nil {
			r.refs[n] = binary.BigEndian.Uint16(content)
		}
	}
	for _, n := range strings {
		c.Strings = append(c.Strings, r.named(n))
	}
}

// member skips a field or method and returns what it is called.
func (r *reader) member() string {
	r.u2()
	name := r.text(r.u2()) + r.text(r.u2())
	for range r.u2() {
		r.u2()
		r.bytes(int(r.u4()))
	}
	return name
}

// module reads a Module attribute.
func (r *reader) module() *Module {
	m := &Module{Name: r.named(r.u2())}
	r.u2() // flags
	r.u2() // version
	for range r.u2() {
		name, flags := r.named(r.u2()), r.u2()
		r.u2() // version
		m.Requires = append(m.Requires, Require{Name: name, Static: flags&accStatic != 0})
	}
	for range 2 { // exports, opens
		for range r.u2() {
			r.u2()
			r.u2()
			r.bytes(2 * int(r.u2()))
		}
	}
	for range r.u2() {
		m.Uses = append(m.Uses, r.named(r.u2()))
	}
	for range r.u2() {
		m.Provides = append(m.Provides, r.named(r.u2()))
		r.bytes(2 * int(r.u2()))
	}
	return m
}
