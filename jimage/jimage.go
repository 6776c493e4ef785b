// Package jimage reads and writes the file that holds the classes of a Java runtime,
// lib/modules (JDK's jdk.internal.jimage, "jimage file format"). It makes a file with fewer
// modules of one, as jlink does, without running anything.
package jimage

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// ErrFormat is wrapped by the errors for files that are no jimage, or one that is not
// understood.
var ErrFormat = errors.New("not a jimage that can be read")

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

const (
	magic      = 0xCAFEDADA
	headerSize = 7 * 4
	// maxTable bounds the parts of the index: how many resources there are, and bytes.
	maxTable = 1 << 20
	maxBytes = 64 << 20
	// maxResource bounds a resource that is read, in bytes.
	maxResource = 16 << 20
)

// attributes of a resource, by their place in location.
const (
	attrEnd = iota
	attrModule
	attrParent
	attrBase
	attrExtension
	attrOffset
	attrCompressed
	attrSize
	attrCount
)

// location is where a resource is, and what it is called: offsets into the strings.
type location [attrCount]uint64

// stored is how many bytes it has in the file.
func (l location) stored() uint64 { return cmp.Or(l[attrCompressed], l[attrSize]) }

// byteOrder is that of the machine that the image is for.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// Image is an open jimage.
type Image struct {
	r        io.ReaderAt
	order    byteOrder
	version  uint32
	flags    uint32
	strings  []byte
	data     int64 // where the resources begin
	size     int64
	byName   map[string]location // resources of modules, "/java.base/java/lang/Object.class"
	dirs     map[string]location // the others: /modules, /packages and what is below
	packages map[string][]packageOf
}

// packageOf is a module that has a package.
type packageOf struct {
	module string
	flag   uint32 // not zero where it only has packages below
	name   uint32 // the offset of the module's name
}

// Open reads the index of a jimage of a size.
func Open(r io.ReaderAt, size int64) (*Image, error) {
	header := make([]byte, headerSize)
	if _, err := r.ReadAt(header, 0); err != nil {
		return nil, bad("it is cut off")
	}
	i := &Image{r: r, size: size, order: binary.LittleEndian, byName: map[string]location{}, dirs: map[string]location{}, packages: map[string][]packageOf{}}
	if i.order.Uint32(header) != magic {
		i.order = binary.BigEndian
	}
	word := func(n int) uint32 { return i.order.Uint32(header[4*n:]) }
	i.version, i.flags = word(1), word(2)
	count, table, locations, text := word(3), word(4), word(5), word(6)
	if word(0) != magic || i.version>>16 != 1 || count > table || table > maxTable || locations > maxBytes || text > maxBytes {
		return nil, bad("its header says so")
	}
	i.data = headerSize + 8*int64(table) + int64(locations) + int64(text)
	if i.data > size {
		return nil, bad("it is cut off")
	}
	index := make([]byte, i.data-headerSize-4*int64(table))
	if _, err := r.ReadAt(index, headerSize+4*int64(table)); err != nil {
		return nil, err
	}
	i.strings = index[4*int64(table)+int64(locations):]
	return i, i.read(index[:4*table], index[4*table:4*table+locations])
}

// read reads the locations of the resources.
func (i *Image) read(offsets, locations []byte) error {
	for ; len(offsets) > 0; offsets = offsets[4:] {
		l, err := readLocation(locations, i.order.Uint32(offsets))
		if err != nil {
			return err
		}
		if l[attrOffset]+l.stored() < l.stored() || l[attrOffset]+l.stored() > uint64(i.size-i.data) {
			return bad("a resource is not in it")
		}
		module, err := i.text(l[attrModule])
		if err != nil {
			return err
		}
		name, err := i.name(l)
		switch {
		case err != nil:
			return err
		case name == "":
			// a place that no resource has
		case module == "packages":
			i.dirs[name] = l
			if err := i.readPackage(strings.TrimPrefix(name, "/packages/"), l); err != nil {
				return err
			}
		case module == "modules", module == "":
			i.dirs[name] = l
		default:
			i.byName[name] = l
		}
	}
	return nil
}

func readLocation(table []byte, at uint32) (location, error) {
	var l location
	for int(at) < len(table) {
		kind, n := table[at]>>3, uint32(table[at]&7)+1
		if kind == attrEnd {
			return l, nil
		}
		if kind >= attrCount || int(at+1+n) > len(table) {
			break
		}
		l[kind] = 0
		for _, b := range table[at+1 : at+1+n] {
			l[kind] = l[kind]<<8 | uint64(b)
		}
		at += 1 + n
	}
	return l, bad("the place of a resource")
}

// text is the string at an offset.
func (i *Image) text(at uint64) (string, error) {
	if at >= uint64(len(i.strings)) {
		return "", bad("a name is not in it")
	}
	text, _, ok := bytes.Cut(i.strings[at:], []byte{0})
	if !ok {
		return "", bad("a name is cut off")
	}
	return string(text), nil
}

// name is a resource's whole name, "/java.base/java/lang/Object.class".
func (i *Image) name(l location) (string, error) {
	var b strings.Builder
	for _, part := range []struct {
		before, after string
		at            uint64
	}{{"/", "/", l[attrModule]}, {"", "/", l[attrParent]}, {"", "", l[attrBase]}, {".", "", l[attrExtension]}} {
		text, err := i.text(part.at)
		if err != nil {
			return "", err
		}
		if text != "" {
			b.WriteString(part.before + text + part.after)
		}
	}
	return b.String(), nil
}

// readPackage reads which modules have a package.
func (i *Image) readPackage(name string, l location) error {
	data, err := i.bytes(l)
	if err != nil {
		return err
	}
	for ; len(data) >= 8; data = data[8:] {
		module, err := i.text(uint64(i.order.Uint32(data[4:])))
		if err != nil {
			return err
		}
		i.packages[name] = append(i.packages[name], packageOf{module, i.order.Uint32(data), i.order.Uint32(data[4:])})
	}
	return nil
}

// bytes is the content of a resource that is not compressed.
func (i *Image) bytes(l location) ([]byte, error) {
	if l[attrCompressed] != 0 {
		return nil, bad("its resources are compressed")
	}
	if l[attrSize] > maxResource {
		return nil, bad("a resource has %d bytes", l[attrSize])
	}
	data := make([]byte, l[attrSize])
	_, err := i.r.ReadAt(data, i.data+int64(l[attrOffset]))
	return data, err
}

// Modules are the names of the modules, sorted.
func (i *Image) Modules() []string {
	found := map[string]bool{}
	for name := range i.byName {
		module, _, _ := strings.Cut(name[1:], "/")
		found[module] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// Package returns the module that has classes of a package, "java.lang", or "".
func (i *Image) Package(name string) string {
	for _, p := range i.packages[name] {
		if p.flag == 0 {
			return p.module
		}
	}
	return ""
}

// Has reports whether there is a resource, "/java.base/java/lang/Object.class".
func (i *Image) Has(name string) bool {
	_, ok := i.byName[name]
	return ok
}

// Read returns the content of a resource.
func (i *Image) Read(name string) ([]byte, error) {
	l, ok := i.byName[name]
	if !ok {
		return nil, bad("there is no %s", name)
	}
	return i.bytes(l)
}

// Each calls a function for each resource of modules, in the order in which they are in the
// file, with its content, which is good until the next call.
func (i *Image) Each(do func(name string, data []byte) error) error {
	in := bufio.NewReaderSize(io.NewSectionReader(i.r, i.data, i.size-i.data), 1<<20)
	at, buf := uint64(0), []byte(nil)
	for _, name := range i.inOrder() {
		l := i.byName[name]
		if l[attrCompressed] != 0 || l[attrSize] > maxResource || l[attrOffset] < at {
			return bad("%s is compressed, too large, or in another one", name)
		}
		if _, err := in.Discard(int(l[attrOffset] - at)); err != nil {
			return err
		}
		buf = slices.Grow(buf[:0], int(l[attrSize]))[:l[attrSize]]
		if _, err := io.ReadFull(in, buf); err != nil {
			return err
		}
		at = l[attrOffset] + l[attrSize]
		if err := do(name, buf); err != nil {
			return err
		}
	}
	return nil
}

func (i *Image) inOrder() []string {
	return slices.SortedFunc(maps.Keys(i.byName), func(a, b string) int {
		return cmp.Or(cmp.Compare(i.byName[a][attrOffset], i.byName[b][attrOffset]), cmp.Compare(a, b))
	})
}

// Names are the resources of modules, in the order in which they are in the file.
func (i *Image) Names() []string { return i.inOrder() }
