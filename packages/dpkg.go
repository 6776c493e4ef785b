package packages

import (
	"cmp"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// dpkgDir is where dpkg keeps its data: dpkg(1), FILES. Its status.d is
// distroless's, with one control stanza a file and the md5sums beside it.
const dpkgDir = "/var/lib/dpkg"

// Limits, ten times what the largest real system has.
const (
	maxStatus   = 64 << 20
	maxList     = 32 << 20
	maxPackages = 100_000
	maxListed   = 1 << 20 // names of one list
)

// dpkg is a dpkg database.
type dpkg struct {
	db         *DB
	dir        string // where dpkgDir really is
	loaded     bool
	entries    []*dpkgEntry // sorted by name, architecture and version
	byPackage  map[*plan.Package]*dpkgEntry
	diversions map[string]diversion
	// managed are the configurations that ucf keeps for packages, by their names, when they are
	// first asked for.
	managed map[string][]string
	// serving are the entries by their names and by what they provide, when they are first
	// asked for.
	serving map[string][]*dpkgEntry
}

// dpkgEntry is one installed package.
type dpkgEntry struct {
	plan.Package
	file      string // where the stanza is
	stanza    stanza
	lists     []fileList
	sums      []string // physical paths of md5sums files
	copyright *copyright
	// depends are the names in its dependencies, when they are first asked for.
	depends []string
}

// fileList is a file that lists a package's files.
type fileList struct {
	path string
	sums bool // in the format of md5sum: distroless has no other lists
}

// diversion is where the packages other than one put a file: dpkg-divert(1).
type diversion struct{ to, by string }

// openDpkg finds a dpkg database.
func openDpkg(db *DB) (database, error) {
	r, err := rootfs.Resolve(db.tree, dpkgDir)
	if err != nil || !r.Info.IsDir() {
		return nil, rootfs.UnlessAbsent(err)
	}
	return &dpkg{db: db, dir: r.Path, byPackage: map[*plan.Package]*dpkgEntry{}}, nil
}

// load reads what is installed, once.
func (d *dpkg) load() error {
	if d.loaded {
		return nil
	}
	names, err := d.names(d.dir)
	if err != nil {
		return err
	}
	installed := map[string]*dpkgEntry{}
	if names["status"] {
		if err := d.loadStatus(installed); err != nil {
			return err
		}
	}
	if names["status.d"] {
		if err := d.loadStatusDir(installed); err != nil {
			return err
		}
	}
	for _, e := range installed {
		d.entries = append(d.entries, e)
		d.byPackage[&e.Package] = e
	}
	slices.SortFunc(d.entries, func(a, b *dpkgEntry) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Arch, b.Arch), cmp.Compare(a.Version, b.Version))
	})
	if names["diversions"] {
		if err := d.loadDiversions(); err != nil {
			return err
		}
	}
	d.loaded = true
	return nil
}

// names lists a directory, which need not be there.
func (d *dpkg) names(dir string) (map[string]bool, error) {
	r, err := rootfs.Resolve(d.db.tree, dir)
	if err != nil || !r.Info.IsDir() {
		return nil, rootfs.UnlessAbsent(err)
	}
	entries, err := d.db.tree.ReadDir(rootfs.Name(r.Path))
	if err != nil {
		return nil, fmt.Errorf("package metadata of dpkg: %w", err)
	}
	names := make(map[string]bool, len(entries))
	for _, e := range entries {
		names[e.Name()] = true
	}
	return names, nil
}

// loadStatus reads dpkg's own database: one file of stanzas, and for each
// package the list of its files.
func (d *dpkg) loadStatus(installed map[string]*dpkgEntry) error {
	name := path.Join(d.dir, "status")
	data, _, err := readFile(d.db.tree, name, maxStatus)
	if err != nil {
		return fmt.Errorf("package metadata of dpkg: %w", err)
	}
	info := path.Join(d.dir, "info")
	files, err := d.names(info)
	if err != nil {
		return err
	}
	parseControl(string(data), func(s stanza, err error) {
		e := d.entry(name, s, err)
		if e == nil || len(installed) >= maxPackages {
			return
		}
		if installed[e.PURL] != nil {
			d.db.warnings.add("%s: the package %s is there more than once", name, e.Name)
			return
		}
		installed[e.PURL] = e
		// With Multi-Arch: same the architecture is part of the name: dpkg
		// lib/dpkg/db-ctrl-access.c, pkg_infodb_get_file.
		for _, base := range []string{e.Name + ":" + e.Arch, e.Name} {
			if files[base+".list"] {
				e.lists = append(e.lists, fileList{path: path.Join(info, base+".list")})
				if files[base+".md5sums"] {
					e.sums = append(e.sums, path.Join(info, base+".md5sums"))
				}
				return
			}
		}
	})
	return nil
}

// loadStatusDir reads distroless's data: a file for each package.
func (d *dpkg) loadStatusDir(installed map[string]*dpkgEntry) error {
	dir := path.Join(d.dir, "status.d")
	files, err := d.names(dir)
	if err != nil {
		return err
	}
	var bases []string
	for base := range files {
		if !strings.HasSuffix(base, ".md5sums") && !strings.HasSuffix(base, ".list") {
			bases = append(bases, base)
		}
	}
	slices.Sort(bases)
	texts := make([][]byte, len(bases))
	left := budget{left: maxStatus}
	err = each(len(bases), func(i int) error {
		data, _, err := readFile(d.db.tree, path.Join(dir, bases[i]), maxStatus)
		if err != nil {
			d.db.warnings.add("package metadata of dpkg is left out: %v", err)
			return nil
		}
		texts[i] = data
		return left.take(len(data))
	})
	if err != nil {
		return fmt.Errorf("package metadata of dpkg: %s: %w", dir, err)
	}
	for i, base := range bases {
		d.addStatusFile(installed, dir, base, string(texts[i]), files)
	}
	return nil
}

func (d *dpkg) addStatusFile(installed map[string]*dpkgEntry, dir, base, text string, files map[string]bool) {
	name := path.Join(dir, base)
	parseControl(text, func(s stanza, err error) {
		e := d.entry(name, s, err)
		if e == nil || len(installed) >= maxPackages {
			return
		}
		if old := installed[e.PURL]; old != nil {
			e = old
		}
		installed[e.PURL] = e
		// Metadata of several versions shares the list under the package's name.
		for _, base := range slices.Compact([]string{base, e.Name + ":" + e.Arch, e.Name}) {
			if sums := base + ".md5sums"; files[sums] {
				sums = path.Join(dir, sums)
				e.lists = append(e.lists, fileList{path: sums, sums: true})
				e.sums = append(e.sums, sums)
				return
			}
		}
	})
}

// Debian policy 5.6.1, 5.6.8 and 5.6.12, in the generous reading of dpkg
// lib/dpkg/parsehelp.c. They become file names and lines of files, so nothing
// else may pass.
var (
	debName    = namePattern{alnum, alnum + "+._-", 200}
	debArch    = namePattern{alnum, alnum + "-", 50}
	debVersion = namePattern{alnum + ".+:~_-", alnum + ".+:~_-", 200}
)

// entry makes a package of a stanza. It is nil when the stanza is damaged, with
// a warning, and when the package is not installed.
func (d *dpkg) entry(file string, s stanza, err error) *dpkgEntry {
	name, version, arch := s.get("Package"), s.get("Version"), s.get("Architecture")
	switch {
	case err != nil:
		d.db.warnings.add("%s: a package is left out: %v", file, err)
		return nil
	case !hasFiles(s.get("Status")):
		return nil
	case !debName.matches(name):
		d.db.warnings.add("%s: a package is left out: %q is not a package name", file, clip(name))
		return nil
	case !debVersion.matches(version):
		d.db.warnings.add("%s: the package %s is left out: %q is not a version", file, name, clip(version))
		return nil
	case arch != "" && !debArch.matches(arch):
		d.db.warnings.add("%s: the package %s is left out: %q is not an architecture", file, name, clip(arch))
		return nil
	}
	// The fields that nobody asks for would be most of the memory.
	s = slices.DeleteFunc(s, func(f field) bool {
		return !slices.ContainsFunc(readFields, func(kept string) bool { return strings.EqualFold(f.name, kept) })
	})
	e := &dpkgEntry{file: file, stanza: slices.Clip(s), Package: plan.Package{
		Manager: plan.Dpkg, Name: name, Version: version, Arch: arch,
		Supplier: s.get("Maintainer"), Homepage: s.get("Homepage"),
	}}
	if size, err := strconv.ParseInt(s.get("Installed-Size"), 10, 40); err == nil && size > 0 {
		e.Size = size << 10
	}
	e.Source, e.SourceVersion = parseSource(s.get("Source"))
	e.PURL = debPURL(&e.Package, d.db.distro)
	return e
}

// hasFiles reports by the third word of Status whether a package's files are in the
// tree; status.d has no Status. Trees for another architecture are unpacked and not
// configured: no maintainer script can run.
func hasFiles(status string) bool {
	words := strings.Fields(status)
	if len(words) == 0 {
		return true
	}
	switch words[len(words)-1] {
	case "installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending":
		return true
	}
	return false
}

// parseSource splits "name (version)". What does not look like it is no source.
func parseSource(s string) (name, version string) {
	name, rest, _ := strings.Cut(s, " ")
	version = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(rest), "("), ")")
	if !debName.matches(name) || version != "" && !debVersion.matches(version) {
		return "", ""
	}
	return name, version
}

// debPURL is syft's: pkg/cataloger/debian/package.go, packageURL.
func debPURL(p *plan.Package, d Distro) string {
	upstream := p.Source
	if p.SourceVersion != "" {
		upstream += "@" + p.SourceVersion
	}
	return purl("deb", d.ID, p.Name, p.Version, map[string]string{
		"arch": p.Arch, "upstream": upstream, "distro": d.qualifier(),
	})
}

// loadDiversions reads the triples of lines of the diversions file: dpkg
// lib/dpkg/db-fsys-divert.c, ensure_diversions. A package ":" is the local
// administrator, so that the file of every package is diverted.
func (d *dpkg) loadDiversions() error {
	name := path.Join(d.dir, "diversions")
	data, _, err := readFile(d.db.tree, name, maxList)
	if err != nil {
		return fmt.Errorf("package metadata of dpkg: %w", err)
	}
	d.diversions = map[string]diversion{}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for ; len(lines) >= 3; lines = lines[3:] {
		if !path.IsAbs(lines[0]) || !path.IsAbs(lines[1]) {
			d.db.warnings.add("%s: not a diversion: %q", name, clip(lines[0]))
			continue
		}
		d.diversions[lines[0]] = diversion{to: lines[1], by: lines[2]}
	}
	return nil
}

// placed is where a package's file of a listed name really went.
func (d *dpkg) placed(e *dpkgEntry, listed string) string {
	if v, ok := d.diversions[listed]; ok && v.by != e.Name {
		return v.to
	}
	return listed
}

// list implements database. Several lists are read at a time.
func (d *dpkg) list(x *index) error {
	if err := d.load(); err != nil {
		return err
	}
	type part struct {
		e     *dpkgEntry
		list  fileList
		names []listed
	}
	var parts []part
	for _, e := range d.entries {
		for _, l := range e.lists {
			parts = append(parts, part{e: e, list: l})
		}
	}
	left := budget{left: maxIndexed}
	err := each(len(parts), func(i int) error {
		p := &parts[i]
		data, err := d.readInfo(p.list.path)
		if err != nil {
			return nil // with a warning
		}
		for name := range listedNames(string(data), p.list.sums) {
			p.names = append(p.names, listed{fileRecord: fileRecord{pkg: &p.e.Package, name: name}, placed: d.placed(p.e, name)})
		}
		return left.take(len(data) + listedCost*len(p.names))
	})
	if err != nil {
		return fmt.Errorf("package metadata of dpkg: %s: %w", d.dir, err)
	}
	for _, p := range parts {
		if err := x.add(p.names...); err != nil {
			return fmt.Errorf("package metadata of dpkg: %s: %w", d.dir, err)
		}
	}
	return nil
}

// readInfo reads one package's file of the database. One that cannot be read
// costs that package its files, not everything.
func (d *dpkg) readInfo(name string) ([]byte, error) {
	data, _, err := readFile(d.db.tree, name, maxList)
	if err != nil {
		d.db.warnings.add("package metadata of dpkg is left out: %v", err)
	}
	return data, err
}

// listedNames yields the absolute names in a list: plain lines, or with sums the lines of
// md5sum.
func listedNames(text string, sums bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		n := 0
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if sums {
				line = sumName(line)
			}
			name := line
			if !path.IsAbs(name) || name == "/." || !fs.ValidPath(name[1:]) {
				name = path.Join("/", line) // costly, and most names are what it gives
			}
			if name == "/" || !fs.ValidPath(rootfs.Name(name)) {
				continue
			}
			if n++; n > maxListed || !yield(name) {
				return
			}
		}
	}
}

// sumName is the name in a line of md5sum: 32 hex digits and two spaces before.
func sumName(line string) string {
	if len(line) < 35 || line[32] != ' ' {
		return ""
	}
	return strings.TrimPrefix(line[34:], "./")
}

// packages implements database.
func (d *dpkg) packages() ([]*plan.Package, error) {
	if err := d.load(); err != nil {
		return nil, err
	}
	pkgs := make([]*plan.Package, len(d.entries))
	for i, e := range d.entries {
		pkgs[i] = &e.Package
	}
	return pkgs, nil
}
