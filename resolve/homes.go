package resolve

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// needNamesakes ships the directories of a program's packages that have its name, where it
// is one that the spec names: programs put such a path together of a prefix and their name.
// Not those with plugins, for a configuration says which of them a program loads; but where the
// packages have none, and the program names something there, it finds them from that.
func (r *resolver) needNamesakes(o object, own *family, named []needspkg.Named) error {
	if o.need || len(o.chain) > 1 {
		return nil
	}
	if err := own.load(); err != nil {
		return err
	}
	base := path.Base(o.path)
	configured := slices.ContainsFunc(own.below("/etc"), func(name string) bool { return own.files[name].own })
	for _, dir := range []string{"/usr/lib/" + base, "/usr/share/" + base, "/etc/" + base} {
		f := own.files[dir]
		plugin := func(name string) bool { return path.Ext(name) == ".so" }
		finds := !configured && slices.ContainsFunc(named, func(n needspkg.Named) bool { return strings.HasPrefix(n.Path, dir+"/") })
		if !f.own || !finds && slices.ContainsFunc(own.below(dir), plugin) || needspkg.Shared(dir) || needspkg.NeverShip(dir+"/x") {
			continue
		}
		found, ok, err := r.look(o.tree, dir)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		ship := r.shipmentOf(o, own, plan.EvidenceHome, o.path)
		if found.Info.IsDir() {
			if err := ship.directory(found); err != nil {
				return err
			}
		}
	}
	if err := r.needConfigsakes(o, own); err != nil {
		return err
	}
	return r.needStemsakes(o, own)
}

// needConfigsakes ships the configurations in /etc itself that are called as a program is, as
// /etc/enscript.cfg, or as its package is, which has the settings that its programs have in common.
func (r *resolver) needConfigsakes(o object, own *family) error {
	base := path.Base(o.path)
	ship := r.shipmentOf(o, own, plan.EvidenceHome, o.path)
	for _, name := range own.below("/etc") {
		f := own.files[name]
		rest, ok := strings.CutPrefix(path.Base(name), base)
		ok = ok && rest != "" && (rest[0] == '.' || rest[0] == '-') || f.pkg != nil && path.Base(name) == f.pkg.Name+".conf"
		if !ok || path.Dir(name) != "/etc" || f.pkg == nil || f.pkg != own.files[o.path].pkg {
			continue
		}
		if err := ship.present(name, f); err != nil {
			return err
		}
	}
	return nil
}

// maxScripts is how many programs a package has whose directories are those of each of them.
const maxScripts = 8

// needPrivate ships the directories that the package of a script keeps for itself: what a
// script is made of is in files that it finds from a path which it puts together.
func (r *resolver) needPrivate(o object, own *family) error {
	pkg := own.files[o.path].pkg
	if o.need || pkg == nil || own.pathPrograms[pkg] > maxScripts {
		return nil
	}
	ship := r.shipmentOf(o, own, plan.EvidenceHome, o.path)
	seen := map[string]bool{}
	for _, name := range own.names {
		dir := needspkg.Private(name)
		if dir == "" || own.files[name].pkg != pkg || seen[dir] {
			continue
		}
		seen[dir] = true
		if err := ship.ofPackage(dir, pkg); err != nil {
			return err
		}
	}
	return nil
}

// needStemsakes does the same where the package of a program has a directory that is called
// as what its variants have in common, with the files of that package alone: /usr/lib/emacs
// for emacs-nox.
func (r *resolver) needStemsakes(o object, own *family) error {
	stem, pkg := needspkg.Stem(path.Base(o.path)), own.files[o.path].pkg
	if stem == "" || pkg == nil {
		return nil
	}
	ship := r.shipmentOf(o, own, plan.EvidenceHome, o.path)
	for _, dir := range []string{"/usr/lib/" + stem, "/usr/libexec/" + stem, "/usr/share/" + stem, "/etc/" + stem} {
		if needspkg.Shared(dir) {
			continue
		}
		if err := ship.ofPackage(dir, pkg); err != nil {
			return err
		}
	}
	return nil
}

// ofPackage ships what one package has in a directory, but for plugins that the loader
// maps: a configuration says which of them a program loads. What programs other ones start
// is named in them.
func (s shipment) ofPackage(dir string, pkg *plan.Package) error {
	for _, name := range s.own.below(dir) {
		file := s.own.files[name]
		info, err := s.trees[s.object.tree].Lstat(rootfs.Name(name))
		if err != nil || pkg == nil || file.pkg != pkg || path.Ext(name) == ".so" || s.object.helper && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			continue
		}
		if err := s.one(name, info, file); err != nil {
			return err
		}
	}
	return nil
}

// needLibraryNamesake ships the modules that a library's package has in the directory beside it that is
// called as the library is, as those in gegl-0.4 beside libgegl-0.4.so.0. Where compilers make one instruction
// of a short text, the name of the directory is no string in the library.
func (r *resolver) needLibraryNamesake(o object, own *family) error {
	stem, _, ok := strings.Cut(strings.TrimPrefix(path.Base(o.path), "lib"), ".so.")
	dir := path.Join(path.Dir(o.path), stem)
	if !ok || needspkg.Shared(dir) {
		return nil
	}
	if err := own.load(); err != nil {
		return err
	}
	ship := r.shipmentOf(o, own, plan.EvidenceHome, o.path)
	for _, name := range own.below(dir) {
		f := own.files[name]
		if f.pkg == nil || f.pkg != own.files[o.path].pkg || path.Ext(name) != ".so" {
			continue
		}
		info, err := r.trees[o.tree].Lstat(rootfs.Name(name))
		if err != nil {
			continue // a package lists what one has removed
		}
		if err := ship.one(name, info, f); err != nil {
			return err
		}
	}
	return nil
}

// needHome ships what a program has around itself: a directory of its package alone that
// it is in, as that of a Java runtime, and the other names that lead to it, by which it
// starts itself.
func (r *resolver) needHome(o object, own *family, found needspkg.Strings) error {
	if !o.file.Executable() {
		return r.needLibraryNamesake(o, own)
	}
	if err := r.needNamesakes(o, own, found.Paths); err != nil {
		return err
	}
	ship := r.shipmentOf(o, own, plan.EvidenceHome, o.path)
	if home := needspkg.Home(o.path); home != "" {
		dir, err := rootfs.Resolve(r.trees[o.tree], home)
		if err != nil {
			return rootfs.UnlessAbsent(err)
		}
		if o.helper {
			return ship.ofPackage(dir.Path, own.files[o.path].pkg)
		}
		return ship.directory(dir)
	}
	if err := own.load(); err != nil {
		return err
	}
	for _, name := range own.names {
		if file := own.files[name]; !file.own || !needspkg.Program(name) || needspkg.NeverShip(name) {
			continue
		}
		info, err := r.trees[o.tree].Lstat(rootfs.Name(name))
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		to, err := rootfs.Resolve(r.trees[o.tree], name)
		if err == nil && to.Path == o.path {
			if err := ship.one(name, info, own.files[name]); err != nil {
				return err
			}
		}
	}
	return nil
}
