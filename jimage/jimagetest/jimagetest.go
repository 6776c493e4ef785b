// Package jimagetest makes small jimages for tests.
package jimagetest

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// Build makes a jimage of resources, "/java.base/java/lang/Object.class" and so on. It has
// all that the JDK's own tools write but the table by which names are found.
func Build(order binary.AppendByteOrder, resources map[string]string) []byte {
	b := builder{order: order, text: []byte{0}, at: map[string]uint64{"": 0}, locations: []byte{0}}
	dirs, packages := map[string]bool{}, map[string]map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		module, rest, _ := strings.Cut(name[1:], "/")
		parent, file := "", rest
		if i := strings.LastIndexByte(rest, '/'); i >= 0 {
			parent, file = rest[:i], rest[i+1:]
		}
		base, extension, _ := strings.Cut(file, ".")
		b.add(module, parent, base, extension, []byte(resources[name]))
		for dir := strings.TrimSuffix(module+"/"+parent, "/"); dir != ""; {
			dirs[dir] = true
			dir = dir[:max(strings.LastIndexByte(dir, '/'), 0)]
		}
		if parent != "" {
			pkg := strings.ReplaceAll(parent, "/", ".")
			if packages[pkg] == nil {
				packages[pkg] = map[string]bool{}
			}
			packages[pkg][module] = true
		}
	}
	b.add("", "", "/modules", "", nil)
	b.add("", "", "/packages", "", nil)
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		b.add("modules", "", dir, "", nil)
	}
	for _, pkg := range slices.Sorted(maps.Keys(packages)) {
		var data []byte
		for _, module := range slices.Sorted(maps.Keys(packages[pkg])) {
			data = order.AppendUint32(order.AppendUint32(data, 0), uint32(b.string(module)))
		}
		b.add("packages", "", pkg, "", data)
	}
	return b.image()
}

type builder struct {
	order                          binary.AppendByteOrder
	text, locations, offsets, data []byte
	at                             map[string]uint64
	count                          int
}

// string is the offset of a string.
func (b *builder) string(s string) uint64 {
	if _, ok := b.at[s]; !ok {
		b.at[s] = uint64(len(b.text))
		b.text = append(append(b.text, s...), 0)
	}
	return b.at[s]
}

// add adds a resource: its attributes are numbered from 1, module first.
func (b *builder) add(module, parent, base, extension string, data []byte) {
	b.count++
	b.offsets = b.order.AppendUint32(b.offsets, uint32(len(b.locations)))
	for i, v := range []uint64{
		b.string(module), b.string(parent), b.string(base), b.string(extension), uint64(len(b.data)), 0, uint64(len(data)),
	} {
		b.locations = append(b.locations, byte((i+1)<<3|7))
		b.locations = binary.BigEndian.AppendUint64(b.locations, v)
	}
	b.locations = append(b.locations, 0)
	b.data = append(b.data, data...)
}

func (b *builder) image() []byte {
	var header []byte
	for _, v := range []int{0xCAFEDADA, 1 << 16, 0, b.count, b.count, len(b.locations), len(b.text)} {
		header = b.order.AppendUint32(header, uint32(v))
	}
	return slices.Concat(header, make([]byte, 4*b.count), b.offsets, b.locations, b.text, b.data)
}
