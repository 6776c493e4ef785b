package packages

import (
	"hash/maphash"
	"path"
	"slices"
)

// index finds the packages that list a file by the last component of its name. A tree is
// asked about many times, often about one file, and has tens of thousands of names.
type index struct {
	listed []listed // in the order of the databases and of their packages' names
	// byBase are the numbers of listed, each below the hash of a last component, sorted.
	byBase []uint64
	seed   maphash.Seed // what is found does not depend on it
	left   budget
}

// listed is a name that a package lists.
type listed struct {
	fileRecord
	// placed is where the file is: a diversion gives it another name.
	placed string
}

// listedCost is what one name takes of the memory besides its text, roughly.
const listedCost = 64

// maxIndexed bounds the memory of an index: ten times what the largest real system takes.
const maxIndexed = 512 << 20

// newIndex lists what all packages of databases have.
func newIndex(databases []database) (*index, error) {
	x := &index{seed: maphash.MakeSeed(), left: budget{left: maxIndexed}}
	for _, d := range databases {
		if err := d.list(x); err != nil {
			return nil, err
		}
	}
	x.byBase = make([]uint64, len(x.listed))
	for i, l := range x.listed {
		x.byBase[i] = x.hash(path.Base(l.placed)) | uint64(i)
	}
	slices.Sort(x.byBase)
	return x, nil
}

// add puts names of one package, in their order, into the index.
func (x *index) add(names ...listed) error {
	for _, l := range names {
		if err := x.left.take(listedCost + len(l.name)); err != nil {
			return err
		}
	}
	x.listed = append(x.listed, names...)
	return nil
}

// numberBits are those of byBase that hold a number. The budget allows for fewer.
const numberBits = 32

func (x *index) hash(base string) uint64 {
	return maphash.String(x.seed, base) >> numberBits << numberBits
}

// answer tells a question what lists its files.
func (x *index) answer(o *ownership) {
	var found []uint32
	for base := range o.names {
		hash := x.hash(base)
		i, _ := slices.BinarySearch(x.byBase, hash)
		for ; i < len(x.byBase) && x.byBase[i]>>numberBits == hash>>numberBits; i++ {
			found = append(found, uint32(x.byBase[i]))
		}
	}
	slices.Sort(found)
	for _, i := range found {
		o.list(x.listed[i].placed, x.listed[i].fileRecord)
	}
}
