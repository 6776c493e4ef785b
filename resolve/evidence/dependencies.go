package evidence

import (
	"path"
	"slices"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
)

// needOwnLibraries ships the libraries of an object's own package that it opens by their names:
// libsoftokn3.so of libnss3.so.
func (r *Gatherer) needOwnLibraries(o draft.Object, own *family, found needspkg.Strings) error {
	names, err := r.ownLibraries(o, own)
	if err != nil {
		return err
	}
	return r.needNames(o, own, names, found)
}

// needOwnConfigs ships the configurations in /etc itself of a library's own package whose names stand
// in it: libpaper puts "/etc" and "paperspecs" together.
func (r *Gatherer) needOwnConfigs(o draft.Object, own *family, found needspkg.Strings) error {
	names, err := r.ownConfigs(o, own)
	if err != nil {
		return err
	}
	return r.needNames(o, own, names, found)
}

// needNames ships those files of an object's own package whose names stand in it alone.
func (r *Gatherer) needNames(o draft.Object, own *family, names []string, found needspkg.Strings) error {
	for _, name := range names {
		word := path.Base(name)
		if !found.Words[word] {
			continue
		}
		if err := own.load(); err != nil {
			return err
		}
		if err := r.namedIn(o, own, word).present(name, own.files[name]); err != nil {
			return err
		}
	}
	return nil
}

// ownConfigs are the files that the package of a library has in /etc itself.
func (r *Gatherer) ownConfigs(o draft.Object, own *family) ([]string, error) {
	if own.of == nil || o.File.Executable() {
		return nil, nil
	}
	names, err := r.PhysicalContents(o.Tree, own.of)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return path.Dir(name) != "/etc" || needspkg.NeverShip(name) }), nil
}

// ownLibraries are the libraries of the package of an object that
// the loader finds by their names.
func (r *Gatherer) ownLibraries(o draft.Object, own *family) ([]string, error) {
	if own.of == nil {
		return nil, nil
	}
	names, err := r.PhysicalContents(o.Tree, own.of)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == o.Path || !needspkg.LoadedByName(name) }), nil
}

// noteLibraryNames adds the names of the libraries and configurations of which needOwnLibraries,
// needOwnConfigs and, in other packages, needDependencies ask.
func (r *Gatherer) noteLibraryNames(o draft.Object, own *family, words map[string]bool) error {
	names, err := r.ownLibraries(o, own)
	if err != nil {
		return err
	}
	configs, err := r.ownConfigs(o, own)
	if err != nil {
		return err
	}
	for _, name := range slices.Concat(names, configs) {
		words[path.Base(name)] = true
	}
	for _, dep := range own.direct {
		if r.shipsObjectOf(dep, o.Tree) {
			continue
		}
		if err := own.load(); err != nil {
			return err
		}
		for _, name := range own.libraries[dep.PURL] {
			if word := needspkg.Opened(name); word != "" {
				words[word] = true
			}
			words[path.Base(name)] = true
		}
	}
	return nil
}

// needOpened ships the libraries of packages that an object's own depends on and that it opens
// by their names, "libvulkan.so.1", or by names whose end it finds out: "libicuuc.so.%s".
func (r *Gatherer) needOpened(o draft.Object, own *family, found needspkg.Strings) error {
	for _, dep := range own.direct {
		if r.shipsObjectOf(dep, o.Tree) {
			continue
		}
		if err := own.load(); err != nil {
			return err
		}
		for _, name := range own.libraries[dep.PURL] {
			word := path.Base(name)
			if !found.Words[word] {
				word = needspkg.Opened(name)
			}
			if !found.Words[word] {
				continue
			}
			if err := r.namedIn(o, own, word).present(name, own.files[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

// needDependencies ships the packages that an object's package depends on, of the same
// source package, where nothing else of them ships: a distribution splits what
// belongs together. A package with a library is depended on by what is linked with it,
// which then is another program. Programs stay out, for nothing says that these are started, and so
// do libraries where the loader finds them by their names, unless the object has the name.
func (r *Gatherer) needDependencies(o draft.Object, own *family, pkg *plan.Package, words map[string]bool) error {
	homes := map[string]bool{}
	for _, dep := range own.depends {
		if r.needs.packages[o.Tree+dep.PURL] || r.shipsObjectOf(dep, o.Tree) || !o.File.Executable() && needspkg.ForDevelopment(dep.Name) {
			continue
		}
		if err := own.load(); err != nil {
			return err
		}
		if own.isLinked(dep, words) && !own.extends(o, dep) {
			continue
		}
		r.needs.packages[o.Tree+dep.PURL] = true
		ship := r.shipmentOf(o, own, plan.EvidenceDepends, dep.Name)
		for _, name := range own.names {
			file := own.files[name]
			if file.pkg.PURL != dep.PURL || needspkg.Program(name) || needspkg.Shared(name) {
				continue
			}
			info, err := r.Trees[o.Tree].Lstat(rootfs.Name(name))
			if err != nil {
				if err := rootfs.UnlessAbsent(err); err != nil {
					return err
				}
				continue
			}
			if info.Mode().IsRegular() && info.Mode()&0o111 != 0 && !strings.Contains(path.Base(name), ".so") ||
				needspkg.LoadedByName(name) && !words[path.Base(name)] && !needspkg.Extends(name, o.File.Soname) {
				continue
			}
			file.pkg = pkg // by which it counts
			if err := ship.one(name, info, file); err != nil {
				return err
			}
			if dir := needspkg.Home(name + "/x"); dir != "" && !homes[dir] {
				homes[dir] = true
				if err := ship.besides(dir, pkg); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// besides ships what a package itself has in the directory of another one that it depends on:
// an interpreter's modules beside its library.
func (s shipment) besides(dir string, pkg *plan.Package) error {
	for _, name := range s.own.below(dir) {
		file := s.own.files[name]
		info, err := s.Trees[s.object.Tree].Lstat(rootfs.Name(name))
		if err != nil || file.pkg == nil || file.pkg.PURL != pkg.PURL || info.IsDir() || info.Mode()&0o111 != 0 {
			continue
		}
		if err := s.one(name, info, file); err != nil {
			return err
		}
	}
	return nil
}

// extends tells whether a package has a library that another one of the same source opens by the beginning
// of its name, which is its own.
func (f *family) extends(o draft.Object, dep *plan.Package) bool {
	return slices.ContainsFunc(f.libraries[dep.PURL], func(name string) bool { return needspkg.Extends(name, o.File.Soname) })
}

// isLinked tells whether a package has libraries that programs are linked with, and none
// that one with these words loads by its name.
func (f *family) isLinked(dep *plan.Package, words map[string]bool) bool {
	linked := false
	for _, name := range f.libraries[dep.PURL] {
		if words[path.Base(name)] {
			return false
		}
		linked = true
	}
	return linked
}
