package evidence

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
)

// needNamesakes ships the directories of a program's packages that have its name, where it
// is one that the spec names: programs put such a path together of a prefix and their name.
// Not those with plugins, for a configuration says which of them a program loads; but where the
// packages have none, and the program names something there, it finds them from that.
func (r *Gatherer) needNamesakes(o draft.Object, own *family, named []needspkg.Named) error {
	if o.Need || len(o.Chain) > 1 {
		return nil
	}
	if err := own.load(); err != nil {
		return err
	}
	base := path.Base(o.Path)
	configured := slices.ContainsFunc(own.below("/etc"), func(name string) bool { return own.files[name].own })
	for _, dir := range []string{"/usr/lib/" + base, "/usr/share/" + base, "/etc/" + base} {
		f := own.files[dir]
		plugin := func(name string) bool { return path.Ext(name) == ".so" }
		finds := !configured && slices.ContainsFunc(named, func(n needspkg.Named) bool { return strings.HasPrefix(n.Path, dir+"/") })
		if !f.own || !finds && slices.ContainsFunc(own.below(dir), plugin) || needspkg.Shared(dir) || needspkg.NeverShip(dir+"/x") {
			continue
		}
		found, ok, err := r.Look(o.Tree, dir)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		ship := r.shipmentOf(o, own, plan.EvidenceHome, o.Path)
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
func (r *Gatherer) needConfigsakes(o draft.Object, own *family) error {
	base := path.Base(o.Path)
	ship := r.shipmentOf(o, own, plan.EvidenceHome, o.Path)
	for _, name := range own.below("/etc") {
		f := own.files[name]
		rest, ok := strings.CutPrefix(path.Base(name), base)
		ok = ok && rest != "" && (rest[0] == '.' || rest[0] == '-') || f.pkg != nil && path.Base(name) == f.pkg.Name+".conf"
		if !ok || path.Dir(name) != "/etc" || f.pkg == nil || f.pkg != own.files[o.Path].pkg {
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
func (r *Gatherer) needPrivate(o draft.Object, own *family) error {
	pkg := own.files[o.Path].pkg
	if o.Need || pkg == nil || own.pathPrograms[pkg] > maxScripts {
		return nil
	}
	ship := r.shipmentOf(o, own, plan.EvidenceHome, o.Path)
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
func (r *Gatherer) needStemsakes(o draft.Object, own *family) error {
	stem, pkg := needspkg.Stem(path.Base(o.Path)), own.files[o.Path].pkg
	if stem == "" || pkg == nil {
		return nil
	}
	ship := r.shipmentOf(o, own, plan.EvidenceHome, o.Path)
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
		info, err := s.Trees[s.object.Tree].Lstat(rootfs.Name(name))
		if err != nil || pkg == nil || file.pkg != pkg || path.Ext(name) == ".so" || s.object.Helper && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
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
func (r *Gatherer) needLibraryNamesake(o draft.Object, own *family) error {
	stem, _, ok := strings.Cut(strings.TrimPrefix(path.Base(o.Path), "lib"), ".so.")
	dir := path.Join(path.Dir(o.Path), stem)
	if !ok || needspkg.Shared(dir) {
		return nil
	}
	if err := own.load(); err != nil {
		return err
	}
	ship := r.shipmentOf(o, own, plan.EvidenceHome, o.Path)
	for _, name := range own.below(dir) {
		f := own.files[name]
		if f.pkg == nil || f.pkg != own.files[o.Path].pkg || path.Ext(name) != ".so" {
			continue
		}
		info, err := r.Trees[o.Tree].Lstat(rootfs.Name(name))
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
func (r *Gatherer) needHome(o draft.Object, own *family, found needspkg.Strings) error {
	if !o.File.Executable() {
		return r.needLibraryNamesake(o, own)
	}
	if err := r.needNamesakes(o, own, found.Paths); err != nil {
		return err
	}
	ship := r.shipmentOf(o, own, plan.EvidenceHome, o.Path)
	if home := needspkg.Home(o.Path); home != "" {
		dir, err := rootfs.Resolve(r.Trees[o.Tree], home)
		if err != nil {
			return rootfs.UnlessAbsent(err)
		}
		if o.Helper {
			return ship.ofPackage(dir.Path, own.files[o.Path].pkg)
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
		info, err := r.Trees[o.Tree].Lstat(rootfs.Name(name))
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		to, err := rootfs.Resolve(r.Trees[o.Tree], name)
		if err == nil && to.Path == o.Path {
			if err := ship.one(name, info, own.files[name]); err != nil {
				return err
			}
		}
	}
	return nil
}
