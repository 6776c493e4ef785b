package evidence

import (
	"io/fs"
	"maps"
	"path"
	"slices"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
)

// headers is where the headers of libraries are.
const headers = "/usr/include"

// gccHome is where GCC has what programs are linked with, for other compilers, too.
const gccHome = "/usr/lib/gcc"

// needLinkerFiles ships what every program of a compiler is linked with.
func (r *Gatherer) needLinkerFiles(o draft.Object, evidence plan.Evidence) error {
	dir, err := rootfs.Resolve(r.Trees[o.Tree], gccHome)
	if err != nil || !dir.Info.IsDir() {
		return rootfs.UnlessAbsent(err)
	}
	s := shipment{Gatherer: r, object: o, own: &family{files: map[string]familyFile{}}, need: &runtimes.Need{}}
	left, names := draft.MaxFiles, []string(nil)
	if err := s.walk(dir.Path, &left, func(name string) { names = append(names, name) }); err != nil {
		return err
	}
	for _, name := range names {
		if needspkg.ForLinking(name) {
			if err := r.shipNeed(o, runtimes.Need{Path: name, Evidence: evidence}); err != nil {
				return err
			}
		}
	}
	return nil
}

// needIncludes ships what a generator of code reads of its own packages beside the headers of C:
// the definitions that protoc looks for as google/protobuf/timestamp.proto.
func (r *Gatherer) needIncludes(o draft.Object, own *family, _ needspkg.Strings) error {
	if o.Need || !o.File.Executable() {
		return nil
	}
	if err := own.load(); err != nil {
		return err
	}
	for _, name := range own.below(headers) {
		if !own.files[name].own || !needspkg.Included(name) {
			continue
		}
		need := runtimes.Need{Path: name, Evidence: plan.Evidence{Kind: plan.EvidenceHome, In: o.To, Name: o.Path}}
		if pkg := own.files[name].pkg; pkg != nil {
			need.Evidence.Package = pkg.Name
		}
		if err := r.shipNeed(o, need); err != nil {
			return err
		}
	}
	return nil
}

// needHeaders ships what a compiler reads: the headers that its source has, and what
// their packages have for the linker. For anything but a compiler they are dead weight.
func (r *Gatherer) needHeaders(o draft.Object, own *family, found needspkg.Strings) error {
	if err := r.needTarget(o); err != nil || !needspkg.SearchesHeaders(found.Paths) {
		return err
	}
	dir, err := rootfs.Resolve(r.Trees[o.Tree], headers)
	if err != nil || !dir.Info.IsDir() {
		return rootfs.UnlessAbsent(err)
	}
	evidence := plan.Evidence{Kind: plan.EvidenceNamed, In: o.To, Name: headers}
	if err := r.shipNeed(o, runtimes.Need{Path: headers, Evidence: evidence}); err != nil {
		return err
	}
	if err := r.needLinkerFiles(o, evidence); err != nil {
		return err
	}
	s := shipment{Gatherer: r, object: o, own: &family{files: map[string]familyFile{}}, need: &runtimes.Need{}}
	left, names := draft.MaxFiles, []string(nil)
	if err := s.walk(dir.Path, &left, func(name string) { names = append(names, name) }); err != nil {
		return err
	}
	of, err := r.PackagesOf(o.Tree, names)
	if err != nil {
		return err
	}
	if err := own.load(); err != nil {
		return err
	}
	for _, name := range own.names {
		if f := own.files[name]; f.own && f.pkg != nil && needspkg.ForCompilers(name) {
			of := evidence
			of.Package = f.pkg.Name
			if err := r.shipNeed(o, runtimes.Need{Path: name, Evidence: of}); err != nil {
				return err
			}
		}
	}
	for _, purl := range slices.Compact(slices.Sorted(maps.Values(of))) {
		contents, err := r.ContentsOf(o.Tree, purl)
		if err != nil {
			return err
		}
		of := evidence
		of.Package = r.Owners.Packages[purl].Name
		for _, name := range contents {
			if needspkg.Links(name) || needspkg.Configured(name) {
				if err := r.shipNeed(o, runtimes.Need{Path: name, Evidence: of}); err != nil {
					return err
				}
			}
		}
	}
	return r.needBuildPrograms(o)
}

// needBuildPrograms ships the programs that builds with a library start, where the spec asks for what these
// take by its name and that has a description for pkg-config: they are of packages that it depends on, such
// as pkg-config and glib-compile-resources of libglib2.0-dev.
func (r *Gatherer) needBuildPrograms(o draft.Object) error {
	db, err := r.Database(o.Tree)
	if err != nil || db == nil {
		return err
	}
	named, err := db.AskedFor(r.Req.Installed[o.Tree])
	if err != nil {
		return r.Unreadable(o.Tree, err)
	}
	for _, p := range named {
		contents, err := r.PhysicalContents(o.Tree, p)
		if err != nil {
			return err
		}
		if !needspkg.ForDevelopment(p.Name) || !slices.ContainsFunc(contents, needspkg.DescribesLibrary) {
			continue
		}
		depends, err := r.DependsOf(o.Tree, p)
		if err != nil {
			return err
		}
		for _, dep := range depends {
			parts, err := r.PartsOf(o.Tree, dep)
			if err != nil {
				return err
			}
			for _, q := range append([]*plan.Package{dep}, parts...) {
				if err := r.needProgramsOf(o, q, plan.Evidence{Kind: plan.EvidenceDepends, In: o.To, Name: p.Name, Package: q.Name}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// needProgramsOf ships the programs of a package, if it is not one for development itself.
func (r *Gatherer) needProgramsOf(o draft.Object, pkg *plan.Package, evidence plan.Evidence) error {
	names, err := r.PhysicalContents(o.Tree, pkg)
	if err != nil || needspkg.ForDevelopment(pkg.Name) {
		return err
	}
	for _, name := range names {
		if !needspkg.Program(name) || needspkg.NeverShip(name) {
			continue
		}
		if err := r.shipNeed(o, runtimes.Need{Path: name, Evidence: evidence}); err != nil {
			return err
		}
	}
	return nil
}

// needDescriptions ships the descriptions of libraries that pkg-config and CMake read.
func (r *Gatherer) needDescriptions(o draft.Object, _ *family, _ needspkg.Strings) error {
	kind := needspkg.Descriptions(o.Path)
	if kind == "" {
		return nil
	}
	dirs := []string{path.Join("/usr/share", kind), path.Join("/usr/lib", kind)}
	libraries, err := fs.ReadDir(r.Trees[o.Tree], "usr/lib")
	if err := rootfs.UnlessAbsent(err); err != nil {
		return err
	}
	for _, e := range libraries { // of each machine
		dirs = append(dirs, path.Join("/usr/lib", e.Name(), kind))
	}
	evidence := plan.Evidence{Kind: plan.EvidenceRule, In: o.To, Name: "the descriptions of libraries"}
	for _, dir := range dirs {
		if err := r.shipNeed(o, runtimes.Need{Path: dir, Evidence: evidence}); err != nil {
			return err
		}
	}
	return nil
}

// needTarget ships the headers, the libraries and the assembler of the machine that a compiler is for, where these
// are not among those of the machine that it runs on.
func (r *Gatherer) needTarget(o draft.Object) error {
	for _, target := range needspkg.Targets(o.Path) {
		_, ok, err := r.Look(o.Tree, path.Join(target, "include"))
		if err != nil {
			return err
		}
		if !ok || needspkg.Shared(target) {
			continue
		}
		for _, name := range []string{"bin", "include", "lib"} {
			evidence := plan.Evidence{Kind: plan.EvidenceHome, In: o.To, Name: o.Path}
			if err := r.shipNeed(o, runtimes.Need{Path: path.Join(target, name), Evidence: evidence}); err != nil {
				return err
			}
		}
	}
	return nil
}
