package sbom

import (
	"path"
	"slices"

	"github.com/spdx/tools-golang/spdx/v2/common"

	"github.com/sinter-build/sinter/rootfs"
)

// addLinks relates programs and libraries to the libraries that they are linked
// with, and the packages of the one to those of the other.
func (d *document) addLinks() {
	l := d.newLinker()
	for _, f := range d.files {
		for _, to := range l.linked(f) {
			d.relate(f.id, common.TypeRelationshipDynamicLink, to.id)
			d.depend(f, to)
		}
	}
	for _, f := range d.files {
		// What is opened at run time is in no ELF header, but the plan knows who
		// opens it.
		if by := l.parent(f); by != nil {
			d.relate(by.id, common.TypeRelationshipDynamicLink, f.id)
			d.depend(by, f)
		}
	}
}

// depend relates the packages of two files where they are not the same. What is
// in no package is the image's own.
func (d *document) depend(from, to *file) {
	a, b := d.packages[from.entry.Package], d.packages[to.entry.Package]
	if b == nil || a == b {
		return
	}
	if a == nil {
		d.relate(imageID, common.TypeRelationshipDependsOn, b.PackageSPDXIdentifier)
		return
	}
	d.relate(a.PackageSPDXIdentifier, common.TypeRelationshipDependsOn, b.PackageSPDXIdentifier)
}

// linker finds the files that objects name.
type linker struct {
	tree   rootfs.FS
	byPath map[string]*file
	// byName holds libraries by what programs call them. One that several files
	// go by is nil: which of them is meant depends on who asks.
	byName map[string]*file
}

func (d *document) newLinker() *linker {
	l := &linker{tree: rootfs.Cached(d.img.Tree), byPath: map[string]*file{}, byName: map[string]*file{}}
	for _, f := range d.files {
		l.byPath[f.entry.Path] = f
	}
	for _, f := range d.files {
		if f.elf == nil || !f.entry.Reason.Cause.IsObject() {
			continue
		}
		for name := range f.names() {
			if _, taken := l.byName[name]; taken {
				l.byName[name] = nil
				continue
			}
			l.byName[name] = f
		}
	}
	return l
}

// names are what programs may call a library.
func (f *file) names() map[string]bool {
	names := map[string]bool{path.Base(f.entry.Path): true}
	if f.elf.Soname != "" {
		names[f.elf.Soname] = true
	}
	if chain := f.entry.Reason.Chain; len(chain) > 0 {
		names[path.Base(chain[len(chain)-1])] = true
	}
	return names
}

// linked lists what an object's header names, as far as it is among the files.
func (l *linker) linked(f *file) []*file {
	if f.elf == nil {
		return nil
	}
	var out []*file
	names := f.elf.Needed
	if f.elf.HasInterp {
		names = append(slices.Clip(names), path.Base(f.elf.Interp))
	}
	for _, name := range names {
		to := l.byPath[name]
		if to == nil {
			to = l.byName[name]
		}
		if to != nil && to != f {
			out = append(out, to)
		}
	}
	return out
}

// parent is the object before the last one in the chain of reasons.
func (l *linker) parent(f *file) *file {
	chain := f.entry.Reason.Chain
	if !f.entry.Reason.Cause.IsObject() || len(chain) < 2 {
		return nil
	}
	name := chain[len(chain)-2]
	if by := l.byPath[name]; by != nil {
		return by
	}
	found, err := rootfs.Resolve(l.tree, name)
	if err != nil {
		return nil
	}
	return l.byPath[found.Path]
}
