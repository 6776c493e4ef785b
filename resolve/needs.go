package resolve

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// An object is an ELF file that ships from a source. What it opens at run time
// besides libraries is known by the paths that stand in it: those that are of its own
// source package, or of one that its package depends on, ship too.
type object struct {
	tree  string
	path  string // physical, in the tree
	to    string // in the image
	at    string // the spec node that it is there for
	chain []string
	info  fs.FileInfo
	file  *elffile.File
}

// needs is what is known of what ships by evidence.
type needs struct {
	// unread are objects whose strings have not been looked at, and seen all of them.
	unread []object
	seen   map[plan.Origin]bool
	// asked are the files and directories that ship by evidence.
	asked    map[plan.Origin]bool
	families map[string]*family // by tree and PURL
	packages map[string]bool    // that ship as a whole, by tree and PURL
}

func newNeeds() needs {
	return needs{seen: map[plan.Origin]bool{}, asked: map[plan.Origin]bool{}, families: map[string]*family{}, packages: map[string]bool{}}
}

// noteObject keeps an object to look at. What a source of data says that its packages
// consist of is no evidence.
func (r *resolver) noteObject(o object) {
	key := plan.Origin{Tree: o.tree, Path: o.path}
	if r.req.Runtime != spec.RuntimeAuto || o.file == nil || o.tree == treeImage || o.tree == plan.TreeContext ||
		!r.runsCodeOf(o.tree) || r.needs.seen[key] {
		return
	}
	r.needs.seen[key] = true
	r.needs.unread = append(r.needs.unread, o)
}

// noteRoot keeps a program to look at.
func (r *resolver) noteRoot(p *root) error {
	if p.facts.File == nil || p.tree == treeImage || r.req.Runtime != spec.RuntimeAuto {
		return nil
	}
	found, err := rootfs.Resolve(r.trees[p.tree], p.path)
	if err != nil {
		return rootfs.UnlessAbsent(err)
	}
	r.noteObject(object{tree: p.tree, path: found.Path, to: p.to, at: p.at, chain: []string{p.to}, info: found.Info, file: p.facts.File})
	return nil
}

// findNeeds ships what the objects open, as far as their strings and packages tell.
func (r *resolver) findNeeds() error {
	batch := r.needs.unread
	r.needs.unread = nil
	byTree := map[string][]string{}
	for _, o := range batch {
		byTree[o.tree] = append(byTree[o.tree], o.path)
	}
	for _, tree := range slices.Sorted(maps.Keys(byTree)) {
		if err := r.lookUp(tree, byTree[tree]); err != nil {
			return err
		}
	}
	for _, o := range batch {
		if err := r.needsOf(o); err != nil {
			return err
		}
	}
	return nil
}

// needsOf ships what one object opens.
func (r *resolver) needsOf(o object) error {
	pkg := r.owners.packages[r.owners.of[plan.Origin{Tree: o.tree, Path: o.path}]]
	if pkg == nil || needspkg.Silent(o.file.Soname) {
		return nil
	}
	own, err := r.family(o.tree, pkg)
	if err != nil {
		return err
	}
	if err := r.needDependencies(o, own, pkg); err != nil {
		return err
	}
	f, err := rootfs.OpenAt(r.trees[o.tree], o.path)
	if err != nil {
		return err
	}
	defer f.Close()
	names, err := needspkg.Strings(f, o.info.Size(), o.file)
	if err != nil {
		return err
	}
	if err := r.needHome(o, own); err != nil {
		return err
	}
	for _, n := range names {
		if err := r.needNamed(o, own, n); err != nil {
			return err
		}
	}
	return nil
}

// needHome ships what a program has around itself: a directory of its package alone that
// it is in, as that of a Java runtime, and the other names that lead to it, by which it
// starts itself.
func (r *resolver) needHome(o object, own *family) error {
	if !o.file.Executable() {
		return nil
	}
	ship := shipment{resolver: r, object: o, own: own}
	ship.reason = plan.Reason{Cause: plan.CauseNeed, At: o.at, Chain: o.chain,
		Evidence: &plan.Evidence{Kind: plan.EvidenceHome, In: o.to, Name: o.path}}
	if home := needspkg.Home(o.path); home != "" {
		found, err := rootfs.Resolve(r.trees[o.tree], home)
		if err != nil {
			return rootfs.UnlessAbsent(err)
		}
		return ship.directory(found)
	}
	for _, name := range own.names {
		if file := own.files[name]; !file.own || !needspkg.Program(name) || needspkg.NeverShip(name) {
			continue
		}
		info, err := r.trees[o.tree].Lstat(rootfs.Name(name))
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		found, err := rootfs.Resolve(r.trees[o.tree], name)
		if err == nil && found.Path == o.path {
			if err := ship.one(name, info, own.files[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

// needConfigured ships what a configuration that ships by evidence names.
func (s shipment) needConfigured(name string, info fs.FileInfo) error {
	if !strings.HasPrefix(name, "/etc/") || info.Size() > maxConfig {
		return nil
	}
	text, err := rootfs.ReadFile(s.trees[s.object.tree], name, maxConfig)
	if err != nil {
		return err
	}
	by := s.object
	by.to = name
	for _, n := range needspkg.Text(text) {
		if err := s.needNamed(by, s.own, n); err != nil {
			return err
		}
	}
	return nil
}

// maxConfig bounds a file that is taken for a configuration, in bytes.
const maxConfig = 256 << 10

// needNamed ships what a path in an object's strings leads to, if it is its own.
func (r *resolver) needNamed(o object, own *family, n needspkg.Named) error {
	if needspkg.Shared(n.Path) {
		return nil
	}
	found, err := rootfs.Resolve(r.trees[o.tree], n.Path)
	if err != nil {
		return rootfs.UnlessAbsent(err)
	}
	if needspkg.Shared(found.Path) {
		return nil
	}
	ship := shipment{resolver: r, object: o, own: own}
	ship.reason = plan.Reason{Cause: plan.CauseNeed, At: o.at, Chain: o.chain,
		Evidence: &plan.Evidence{Kind: plan.EvidenceNamed, In: o.to, Name: n.Path}}
	switch {
	case found.Info.IsDir():
		if len(own.below(found.Path)) > 0 {
			ship.links(found)
		}
		return ship.directory(found)
	case n.Dir:
		return nil
	}
	return ship.file(found)
}

// needDependencies ships the packages that an object's package depends on, of the same
// source package, where nothing else of them ships: a distribution splits what
// belongs together. Programs stay out, for nothing says that these are started.
func (r *resolver) needDependencies(o object, own *family, pkg *plan.Package) error {
	for _, dep := range own.depends {
		if r.needs.packages[o.tree+dep.PURL] || own.ships(dep, o.tree, r.needs.seen) {
			continue
		}
		r.needs.packages[o.tree+dep.PURL] = true
		ship := shipment{resolver: r, object: o, own: own}
		ship.reason = plan.Reason{Cause: plan.CauseNeed, At: o.at, Chain: o.chain,
			Evidence: &plan.Evidence{Kind: plan.EvidenceDepends, In: o.to, Name: dep.Name}}
		for _, name := range own.names {
			file := own.files[name]
			if file.pkg.PURL != dep.PURL || needspkg.Program(name) || needspkg.Shared(name) {
				continue
			}
			info, err := r.trees[o.tree].Lstat(rootfs.Name(name))
			if err != nil {
				if err := rootfs.UnlessAbsent(err); err != nil {
					return err
				}
				continue
			}
			file.pkg = pkg // by which it counts
			if err := ship.one(name, info, file); err != nil {
				return err
			}
		}
	}
	return nil
}

// ships tells whether a loader maps some file of a package.
func (f *family) ships(p *plan.Package, tree string, seen map[plan.Origin]bool) bool {
	for origin := range seen {
		if origin.Tree == tree && f.files[origin.Path].pkg != nil && f.files[origin.Path].pkg.PURL == p.PURL {
			return true
		}
	}
	return false
}

// A family is the files of the packages whose files an object may have as needs: those
// of its own source package and those that its package depends on.
type family struct {
	names []string // physical paths, sorted
	files map[string]familyFile
	// depends are packages of the same source package that the package depends on,
	// or that its runtime is made of.
	depends []*plan.Package
}

type familyFile struct {
	pkg *plan.Package
	own bool // of the object's own source package
}

// family gathers the files that objects of a package may have as needs.
func (r *resolver) family(tree string, pkg *plan.Package) (*family, error) {
	key := tree + "\x00" + pkg.PURL
	if f := r.needs.families[key]; f != nil {
		return f, nil
	}
	f := &family{files: map[string]familyFile{}}
	r.needs.families[key] = f
	db, err := r.database(tree)
	if err != nil || db == nil {
		return f, err
	}
	own, err := db.SameSource(pkg)
	if err != nil {
		return f, r.unreadable(tree, err)
	}
	depends, err := db.Depends(pkg)
	if err != nil {
		return f, r.unreadable(tree, err)
	}
	for _, p := range own {
		isDep := slices.ContainsFunc(depends, func(d *plan.Package) bool { return d.PURL == p.PURL })
		if isDep || needspkg.Runtime(pkg.Name, p.Name) {
			f.depends = append(f.depends, p)
		}
	}
	for i, p := range slices.Concat(own, depends) {
		names, err := db.Contents(p)
		if err != nil {
			return f, r.unreadable(tree, err)
		}
		for _, name := range names {
			f.add(r.trees[tree], name, familyFile{p, i < len(own)})
		}
	}
	f.names = slices.Sorted(maps.Keys(f.files))
	return f, nil
}

// add notes a file by its physical path. The package's own come before others'.
func (f *family) add(tree rootfs.FS, name string, file familyFile) {
	dir, err := rootfs.Resolve(tree, path.Dir(name))
	if err != nil {
		return
	}
	at := path.Join(dir.Path, path.Base(name))
	if old, ok := f.files[at]; !ok || file.own && !old.own {
		f.files[at] = file
	}
}

// below lists the files of the family in a directory, and all below it.
func (f *family) below(dir string) []string {
	i, _ := slices.BinarySearch(f.names, dir+"/")
	j := i
	for j < len(f.names) && strings.HasPrefix(f.names[j], dir+"/") {
		j++
	}
	return f.names[i:j]
}

// shipment ships what one piece of evidence is for.
type shipment struct {
	*resolver
	object object
	own    *family
	reason plan.Reason
}

// directory ships the files in a directory that are the family's own.
func (s shipment) directory(dir rootfs.Resolved) error {
	f, listed := s.own.files[dir.Path]
	names := s.own.below(dir.Path)
	if !listed && len(names) == 0 || s.seen(dir.Path) {
		return nil
	}
	if listed {
		s.wantDirectory(dir, f)
	}
	for _, name := range names {
		found, err := s.trees[s.object.tree].Lstat(rootfs.Name(name))
		if err != nil {
			if err := rootfs.UnlessAbsent(err); err != nil {
				return err
			}
			continue
		}
		file := s.own.files[name]
		if !file.own {
			continue
		}
		if err := s.one(name, found, file); err != nil {
			return err
		}
	}
	return nil
}

// seen tells whether a file or directory has been asked for before.
func (s shipment) seen(name string) bool {
	key := plan.Origin{Tree: s.object.tree, Path: name}
	seen := s.needs.asked[key]
	s.needs.asked[key] = true
	return seen
}

// one ships a file, a link or an empty directory by its physical path.
func (s shipment) one(name string, info fs.FileInfo, file familyFile) error {
	if needspkg.NeverShip(name) {
		return nil
	}
	switch {
	case info.IsDir():
		s.wantDirectory(rootfs.Resolved{Path: name, Info: info}, file)
		return nil
	case info.Mode()&fs.ModeSymlink != 0:
		return s.link(name, file)
	case info.Mode().IsRegular():
		return s.regular(name, info, file)
	}
	return nil
}

// file ships a file that is named, if it is the family's.
func (s shipment) file(found rootfs.Resolved) error {
	f, ok := s.own.files[found.Path]
	if !ok || needspkg.NeverShip(found.Path) || !f.own && found.Info.Mode()&0o111 != 0 {
		return nil
	}
	if !found.Info.Mode().IsRegular() {
		return nil
	}
	s.reason.Evidence = s.evidence(f)
	s.links(found)
	return s.regular(found.Path, found.Info, f)
}

// links ships the links on the way to what is named.
func (s shipment) links(found rootfs.Resolved) {
	before := len(s.entries)
	s.wantLinks(s.object.tree, found, s.reason)
	s.giveWay(before)
}

// evidence is the reason's, with the package by which it counts.
func (s shipment) evidence(f familyFile) *plan.Evidence {
	e := *s.reason.Evidence
	e.Package = f.pkg.Name
	return &e
}

// giveWay makes entries give way to what the spec says: nobody has asked for them.
func (s shipment) giveWay(before int) {
	for i := range s.entries[before:] {
		s.entries[before+i].soft = true
	}
}

func (s shipment) regular(name string, info fs.FileInfo, f familyFile) error {
	if info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 || s.seen(name) {
		return nil
	}
	reason := s.reason
	reason.Evidence = s.evidence(f)
	before := len(s.entries)
	s.wantCopy(s.object.tree, name, name, info, nil, nil, reason)
	s.giveWay(before)
	if !ContentMatters(name, info.Mode()) {
		return s.needConfigured(name, info)
	}
	facts, err := classify(s.trees[s.object.tree], rootfs.Resolved{Path: name, Info: info}, name, s.req.Platform)
	if err != nil {
		return err
	}
	p := root{tree: s.object.tree, path: name, to: name, at: s.object.at, facts: facts, extra: true, need: true}
	if p.dynamic() || p.library() {
		s.addRoot(p)
	}
	return nil
}

// link ships a link with what it leads to, if that is of the family.
func (s shipment) link(name string, f familyFile) error {
	if s.seen(name) {
		return nil
	}
	tree := s.trees[s.object.tree]
	target, err := tree.ReadLink(rootfs.Name(name))
	if err != nil {
		return err
	}
	reason := s.reason
	reason.Evidence = s.evidence(f)
	s.want(entry{soft: true, source: tree, Entry: plan.Entry{
		Path: name, Kind: plan.KindSymlink, Target: target,
		From: &plan.Origin{Tree: s.object.tree, Path: name}, Reason: reason,
	}})
	found, err := rootfs.Resolve(tree, name)
	if err != nil {
		return rootfs.UnlessAbsent(err)
	}
	s.reason.Evidence = &plan.Evidence{Kind: plan.EvidenceLink, In: name}
	if found.Info.IsDir() {
		if needspkg.Shared(found.Path) {
			return nil
		}
		return s.directory(found)
	}
	return s.file(found)
}

// wantDirectory asks for a directory. One that holds what changes is the user's, for
// it has another owner in the source only because the program runs as another there.
func (s shipment) wantDirectory(dir rootfs.Resolved, f familyFile) {
	e := plan.Entry{Path: dir.Path, Kind: plan.KindDir, From: &plan.Origin{Tree: s.object.tree, Path: dir.Path}, Reason: s.reason}
	e.Reason.Evidence = s.evidence(f)
	e.Mode, e.UID, e.GID = attributes(dir.Info)
	if needspkg.Writable(dir.Path) {
		e.UID, e.GID = s.req.User.UID, s.req.User.GID
	}
	s.want(entry{Entry: e, soft: true, source: s.trees[s.object.tree], info: dir.Info})
}
