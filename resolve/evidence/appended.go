package evidence

import (
	"debug/elf"

	"github.com/sinter-build/sinter/elffile"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
)

// minAppended is how many bytes of a program that no loader maps are taken for the image of
// a language's system.
const minAppended = 4 << 20

// isAppended tells of a program that is a system's own start-up and the image of what it runs
// behind it, as sbcl writes it. What that names is compressed.
func isAppended(f *elffile.File, size int64) bool {
	mapped := int64(0)
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD {
			mapped += int64(min(p.Filesz, uint64(size)))
		}
	}
	return size-mapped > minAppended && mapped < size/4
}

// needBehindAppended ships the libraries of the packages that such a program's depends on:
// nothing is linked with them.
func (r *Gatherer) needBehindAppended(o draft.Object, own *family, _ needspkg.Strings) error {
	if !o.File.Executable() || o.Need || !isAppended(o.File, o.Info.Size()) {
		return nil
	}
	for _, dep := range own.direct {
		if r.shipsObjectOf(dep, o.Tree) || needspkg.ForDevelopment(dep.Name) {
			continue
		}
		if err := own.load(); err != nil {
			return err
		}
		for _, name := range own.names {
			file := own.files[name]
			if file.pkg == nil || file.pkg.PURL != dep.PURL || !needspkg.LoadedByName(name) {
				continue
			}
			if err := r.shipmentOf(o, own, plan.EvidenceDepends, dep.Name).present(name, file); err != nil {
				return err
			}
		}
	}
	return nil
}
