package evidence

import (
	"path"
	"slices"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
)

// maxDriver bounds the description of a driver, in bytes.
const maxDriver = 4 << 10

// needAsked ships what packages that the spec asks for by name have in the directory of a library:
// dictionaries, and drivers of OpenCL, Vulkan and EGL with what describes them. Drivers of other packages
// would bring a compiler, which few of the programs that are linked with such a library use.
func (r *Gatherer) needAsked(o draft.Object, own *family, rule needspkg.Rule) error {
	if rule.Asked == "" || len(own.asked) == 0 {
		return nil
	}
	if err := own.load(); err != nil {
		return err
	}
	for _, name := range own.below(rule.Asked) {
		file := own.files[name]
		if !slices.Contains(own.asked, file.pkg) {
			continue
		}
		if err := r.namedIn(o, own, rule.Asked).present(name, file); err != nil {
			return err
		}
		if err := r.needDescribedDriver(o, own, name); err != nil {
			return err
		}
	}
	return nil
}

// needDescribedDriver ships the libraries that the description of a driver names.
func (r *Gatherer) needDescribedDriver(o draft.Object, own *family, name string) error {
	info, err := r.Trees[o.Tree].Lstat(rootfs.Name(name))
	if err != nil {
		return rootfs.UnlessAbsent(err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxDriver {
		return nil // a dictionary
	}
	text, err := rootfs.ReadFile(r.Trees[o.Tree], name, maxDriver)
	if err != nil {
		return err
	}
	by := o
	by.To = name
	for _, word := range needspkg.DriversIn(text) {
		for _, library := range own.names {
			if path.Base(library) != word || !needspkg.LoadedByName(library) {
				continue
			}
			if err := r.namedIn(by, own, word).present(library, own.files[library]); err != nil {
				return err
			}
		}
	}
	return nil
}
