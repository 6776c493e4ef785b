package jimage

import (
	"bytes"
	"encoding/binary"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// Subset is a jimage with some modules of another one.
type Subset struct {
	image *Image
	index []byte
	// parts are the contents of the resources in their order: of the image, or made.
	parts []part
	size  int64
}

type part struct {
	from location
	made []byte // in place of what is there
}

// entry is a resource of a subset.
type entry struct {
	name string
	at   location
	made []byte
	// children are the names of what is in a directory.
	children []string
}

// Subset makes a jimage of the modules for which keep returns true. replace has the
// contents of resources that are others than in the image; a nil one leaves the resource
// out. The result is the same for the same modules.
func (i *Image) Subset(keep func(module string) bool, replace map[string][]byte) (*Subset, error) {
	var entries []*entry
	dirs := map[string]*entry{}
	for _, name := range i.inOrder() {
		module, _, _ := strings.Cut(name[1:], "/")
		made, replaced := replace[name]
		if keep(module) && (!replaced || made != nil) {
			entries = append(entries, &entry{name: name, at: i.byName[name], made: made})
			addDirectories(dirs, "/modules"+path.Dir(name), name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(i.packages)) {
		if data := i.packageData(name, keep); data != nil {
			e := &entry{name: "/packages/" + name, made: data}
			entries = append(entries, e)
			addDirectories(dirs, "/packages", e.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(dirs)) {
		d := dirs[name]
		slices.Sort(d.children)
		d.made = make([]byte, 4*len(d.children)) // filled in when their places are known
		entries = append(entries, d)
	}
	for _, e := range entries {
		if e.at == (location{}) {
			if e.at = i.dirs[e.name]; e.at == (location{}) {
				return nil, bad("it has no %s", e.name)
			}
		}
	}
	return i.layOut(entries)
}

// addDirectories notes what is in a directory, and the directory in those above.
func addDirectories(dirs map[string]*entry, dir, child string) {
	for {
		d := dirs[dir]
		if d != nil {
			d.children = append(d.children, child)
			return
		}
		dirs[dir] = &entry{name: dir, children: []string{child}}
		if strings.Count(dir, "/") < 2 {
			return
		}
		dir, child = path.Dir(dir), dir
	}
}

// packageData is which of the modules that stay have a package: for each a flag, and the
// offset of its name.
func (i *Image) packageData(name string, keep func(module string) bool) []byte {
	var data []byte
	for _, p := range i.packages[name] {
		if keep(p.module) {
			data = i.order.AppendUint32(data, p.flag)
			data = i.order.AppendUint32(data, p.name)
		}
	}
	return data
}

// layOut gives each resource its place and makes the index. The strings stay those of the
// image: what is compressed has offsets into them, too.
func (i *Image) layOut(entries []*entry) (*Subset, error) {
	s := &Subset{image: i}
	at := uint64(0)
	for _, e := range entries {
		s.parts = append(s.parts, part{from: e.at, made: e.made})
		if e.made != nil {
			e.at[attrSize], e.at[attrCompressed] = uint64(len(e.made)), 0
		}
		e.at[attrOffset] = at
		at += e.at.stored()
	}
	redirect, slots := perfectHash(entries)
	locations := []byte{0} // what the places without a resource have
	offsets := make([]byte, 0, 4*len(slots))
	byName := map[string]uint32{}
	for _, e := range slots {
		if e == nil {
			offsets = i.order.AppendUint32(offsets, 0)
			continue
		}
		byName[e.name] = uint32(len(locations))
		offsets = i.order.AppendUint32(offsets, uint32(len(locations)))
		locations = e.at.append(locations)
	}
	for _, e := range entries {
		for n, child := range e.children {
			i.order.PutUint32(e.made[4*n:], byName[child])
		}
	}
	for _, word := range []int{magic, int(i.version), int(i.flags), len(entries), len(slots), len(locations), len(i.strings)} {
		s.index = i.order.AppendUint32(s.index, uint32(word))
	}
	for _, v := range redirect {
		s.index = i.order.AppendUint32(s.index, uint32(v))
	}
	s.index = slices.Concat(s.index, offsets, locations, i.strings)
	s.size = int64(len(s.index)) + int64(at)
	return s, nil
}

// hash is ImageStringsReader.hashCode, of the names' bytes.
func hash(name string, seed uint32) uint32 {
	for n := range len(name) {
		seed = seed*hashMultiplier ^ uint32(name[n])
	}
	return seed & 0x7FFFFFFF
}

const hashMultiplier = 0x01000193

// maxSeed is how many seeds are tried before the table grows.
const maxSeed = 1 << 16

// perfectHash gives each resource a slot, as ImageStringsReader looks for it: redirect
// says at the hash of a name, modulo the length, with which seed to hash it again, or,
// negative, its slot itself.
func perfectHash(entries []*entry) (redirect []int32, slots []*entry) {
	for length := len(entries); ; length++ {
		if redirect, slots = hashInto(entries, length); redirect != nil {
			return redirect, slots
		}
	}
}

func hashInto(entries []*entry, length int) ([]int32, []*entry) {
	buckets := make([][]*entry, length)
	for _, e := range entries {
		at := hash(e.name, hashMultiplier) % uint32(length)
		buckets[at] = append(buckets[at], e)
	}
	order := make([]int, length)
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(buckets[b]) - len(buckets[a]) })
	redirect, slots, free := make([]int32, length), make([]*entry, length), 0
	for _, at := range order {
		switch bucket := buckets[at]; len(bucket) {
		case 0:
		case 1:
			for slots[free] != nil {
				free++
			}
			slots[free] = bucket[0]
			redirect[at] = int32(-1 - free)
		default:
			seed := seedFor(bucket, slots)
			if seed == 0 {
				return nil, nil
			}
			redirect[at] = int32(seed)
		}
	}
	return redirect, slots
}

// seedFor puts the resources of a bucket into slots, and returns with which seed; 0 if
// there is none.
func seedFor(bucket []*entry, slots []*entry) uint32 {
	taken := make([]uint32, 0, len(bucket))
next:
	for seed := uint32(1); seed < maxSeed; seed++ {
		taken = taken[:0]
		for _, e := range bucket {
			at := hash(e.name, seed) % uint32(len(slots))
			if slots[at] != nil || slices.Contains(taken, at) {
				continue next
			}
			taken = append(taken, at)
		}
		for n, at := range taken {
			slots[at] = bucket[n]
		}
		return seed
	}
	return 0
}

// append adds the attributes to a table of locations.
func (l location) append(table []byte) []byte {
	for kind := attrEnd + 1; kind < attrCount; kind++ {
		v := l[kind]
		if v == 0 {
			continue
		}
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], v)
		n := 8
		for n > 1 && b[8-n] == 0 {
			n--
		}
		table = append(table, byte(kind<<3|(n-1)))
		table = append(table, b[8-n:]...)
	}
	return append(table, 0)
}

// Size is how many bytes the subset has.
func (s *Subset) Size() int64 { return s.size }

// WriteTo writes the subset.
func (s *Subset) WriteTo(w io.Writer) (int64, error) {
	done, err := w.Write(s.index)
	total := int64(done)
	for _, p := range s.parts {
		if err != nil {
			break
		}
		var n int64
		if p.made != nil {
			n, err = io.Copy(w, bytes.NewReader(p.made))
		} else {
			n, err = io.Copy(w, io.NewSectionReader(s.image.r, s.image.data+int64(p.from[attrOffset]), int64(p.from.stored())))
		}
		total += n
	}
	return total, err
}
