package packages

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// apkDatabases are the places of apk's database: apk-tools 3 moved it below
// /usr. One may lead to the other.
var apkDatabases = []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed"}

const maxAPK = 256 << 20

// apk is an apk database: one file of stanzas, lines of a letter, a colon and a
// value. apk-tools src/database.c, apk_db_fdb_read and apk_db_write_fdb.
type apk struct {
	db        *DB
	path      string // physical
	place     string // one of apkDatabases
	loaded    bool
	entries   []*apkEntry // sorted by name and version
	byPackage map[*plan.Package]*apkEntry
	names     licenses
}

// apkEntry is one installed package; text is its stanza.
type apkEntry struct {
	plan.Package
	text string
}

func openAPK(db *DB) (database, error) {
	at, place, err := findAPK(db.tree)
	if at == "" || err != nil {
		return nil, err
	}
	return &apk{db: db, path: at, place: place, byPackage: map[*plan.Package]*apkEntry{}, names: newLicenses()}, nil
}

// findAPK finds the apk database of a tree: its physical path, and the place of
// apk's that an image has it at, which is the physical one if that is such a
// place. Scanners do not follow links on the way to it (trivy
// pkg/fanal/analyzer/pkg/apk, Required).
func findAPK(tree rootfs.FS) (at, place string, err error) {
	for _, name := range apkDatabases {
		r, err := rootfs.Resolve(tree, name)
		switch {
		case rootfs.UnlessAbsent(err) != nil:
			return "", "", err
		case err != nil || !r.Info.Mode().IsRegular():
			continue
		case slices.Contains(apkDatabases, r.Path):
			return r.Path, r.Path, nil
		}
		return r.Path, name, nil
	}
	return "", "", nil
}

func (a *apk) load() error {
	if a.loaded {
		return nil
	}
	data, err := rootfs.ReadFile(a.db.tree, a.path, maxAPK)
	if err != nil {
		return fmt.Errorf("package metadata of apk: %w", err)
	}
	known := map[string]bool{}
	for text := range apkStanzas(string(data)) {
		e := a.entry(text)
		switch {
		case e == nil || len(a.entries) >= maxPackages:
		case known[e.PURL]:
			a.db.warnings.add("%s: the package %s is there more than once", a.path, e.Name)
		default:
			known[e.PURL] = true
			a.entries = append(a.entries, e)
			a.byPackage[&e.Package] = e
		}
	}
	slices.SortFunc(a.entries, func(x, y *apkEntry) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.PURL, y.PURL))
	})
	a.loaded = true
	return nil
}

// apkStanzas yields what stands between empty lines.
func apkStanzas(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for text != "" {
			var one string
			one, text, _ = strings.Cut(text, "\n\n")
			if one = strings.Trim(one, "\n"); one != "" && !yield(one) {
				return
			}
		}
	}
}

// apkFields yields the letters and values of a stanza.
func apkFields(text string) iter.Seq2[byte, string] {
	return func(yield func(byte, string) bool) {
		for line := range strings.SplitSeq(text, "\n") {
			if len(line) >= 2 && line[1] == ':' && !yield(line[0], line[2:]) {
				return
			}
		}
	}
}

// Names and versions become lines of a database and parts of a purl.
var (
	apkName    = namePattern{alnum + ".", alnum + "+._@-", 200}
	apkVersion = namePattern{alnum + ".+:~_-", alnum + ".+:~_-", 200}
)

// entry makes a package of a stanza; it is nil for a damaged one, with a warning.
func (a *apk) entry(text string) *apkEntry {
	e := &apkEntry{text: text, Package: plan.Package{Manager: plan.APK}}
	var license string
	for letter, value := range apkFields(text) {
		switch letter {
		case 'P':
			e.Name = value
		case 'V':
			e.Version = value
		case 'A':
			e.Arch = value
		case 'o':
			e.Source = value
		case 'L':
			license = value
		case 'm':
			e.Supplier = value
		case 'U':
			e.Homepage = value
		case 'I':
			if size, err := strconv.ParseInt(value, 10, 50); err == nil && size > 0 {
				e.Size = size
			}
		}
	}
	if !apkName.matches(e.Name) || !apkVersion.matches(e.Version) || e.Arch != "" && !debArch.matches(strings.ReplaceAll(e.Arch, "_", "-")) {
		a.db.warnings.add("%s: a package is left out: %q %q is not a name and a version", a.path, clip(e.Name), clip(e.Version))
		return nil
	}
	if e.Source == e.Name || !apkName.matches(e.Source) {
		e.Source = ""
	}
	if license != "" {
		e.Licenses = []string{a.names.expression(license)}
	}
	// syft pkg/cataloger/alpine/package.go, packageURL.
	e.PURL = purl("apk", strings.ToLower(a.db.distro.ID), e.Name, e.Version, map[string]string{
		"arch": e.Arch, "upstream": e.Source, "distro": a.db.distro.qualifier(),
	})
	return e
}

// apkFile is a file as the database has it.
type apkFile struct {
	name      string // absolute
	attribute string // the a: line, "" without one
	checksum  string // the Z: line
}

// files yields a package's files.
func (e *apkEntry) files(yield func(apkFile) bool) {
	var dir string
	var f apkFile
	for letter, value := range apkFields(e.text) {
		switch letter {
		case 'F', 'R':
			if f.name != "" && !yield(f) {
				return
			}
			f = apkFile{}
			if letter == 'F' {
				dir = path.Join("/", value)
			} else if value != "" && !strings.Contains(value, "/") {
				f.name = path.Join(dir, value)
			}
		case 'a':
			f.attribute = value
		case 'Z':
			f.checksum = value
		}
	}
	if f.name != "" {
		yield(f)
	}
}

// list implements database.
func (a *apk) list(x *index) error {
	if err := a.load(); err != nil {
		return err
	}
	for _, e := range a.entries {
		for f := range e.files {
			if err := x.add(listed{fileRecord: fileRecord{pkg: &e.Package, name: f.name}, placed: f.name}); err != nil {
				return fmt.Errorf("package metadata of apk: %s: %w", a.path, err)
			}
		}
	}
	return nil
}

// packages implements database.
func (a *apk) packages() ([]*plan.Package, error) {
	if err := a.load(); err != nil {
		return nil, err
	}
	pkgs := make([]*plan.Package, len(a.entries))
	for i, e := range a.entries {
		pkgs[i] = &e.Package
	}
	return pkgs, nil
}

// fillLicenses implements database; the database itself has the licences.
func (a *apk) fillLicenses([]*plan.Package) error { return nil }

// apkKept are the fields of a package that go into an image: what scanners read
// and what apk info shows. Scripts, triggers and repository tags stay behind.
const apkKept = "CPVASITULomtcDp"

// metadata implements database: the database with the packages and files that
// ship, where the tree has it, or a base.
func (a *apk) metadata(r *metadataRequest) ([]MetadataFile, error) {
	var all []string
	pkgs := shippedIn(r, a.byPackage)
	for _, p := range pkgs {
		all = append(all, origins(r.shipped[p])...)
	}
	if len(pkgs) == 0 {
		return nil, nil
	}
	o, err := r.db.ownership(all)
	if err != nil {
		return nil, err
	}
	var ours []string
	for _, p := range pkgs {
		ours = append(ours, a.byPackage[p].pruned(r.shipped[p], o))
	}
	to := a.place
	var theirs []string
	if r.base != nil {
		base, place, err := findAPK(r.base)
		var data []byte
		if err == nil && base != "" {
			data, err = rootfs.ReadFile(r.base, base, maxAPK)
		}
		if err != nil {
			return nil, fmt.Errorf("package metadata of the base: %w", err)
		}
		if base != "" {
			to, theirs = place, slices.Collect(apkStanzas(string(data)))
		}
	}
	return []MetadataFile{{Path: to, Data: mergeAPK(theirs, ours), Title: "package metadata of apk", Shared: true, kind: apkData}}, nil
}

// pruned is the package's stanza with the files that ship, at the paths that
// they have in the image.
func (e *apkEntry) pruned(shipped []Shipped, o *ownership) string {
	var b strings.Builder
	for letter, value := range apkFields(e.text) {
		if letter == 'F' {
			break
		}
		if strings.IndexByte(apkKept, letter) >= 0 {
			b.WriteString(string(letter) + ":" + value + "\n")
		}
	}
	listed := map[string]apkFile{}
	for f := range e.files {
		listed[f.name] = f
	}
	byDir := map[string][]apkFile{}
	for _, s := range shipped {
		f, ok := listed[o.listedName(&e.Package, s.Origin)]
		if !ok || !lineSafe(s.Path) {
			continue
		}
		f.name = path.Base(s.Path)
		dir := strings.TrimPrefix(path.Dir(s.Path), "/")
		byDir[dir] = append(byDir[dir], f)
	}
	writeAPKFiles(&b, byDir)
	return strings.TrimSuffix(b.String(), "\n")
}

func writeAPKFiles(b *strings.Builder, byDir map[string][]apkFile) {
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		b.WriteString("F:" + dir + "\n")
		files := byDir[dir]
		slices.SortFunc(files, func(x, y apkFile) int { return cmp.Compare(x.name, y.name) })
		for _, f := range slices.Compact(files) {
			b.WriteString("R:" + f.name + "\n")
			if f.attribute != "" {
				b.WriteString("a:" + f.attribute + "\n")
			}
			if f.checksum != "" {
				b.WriteString("Z:" + f.checksum + "\n")
			}
		}
	}
}

// mergeAPK writes a database of stanzas. Ours joins a stanza that is there if
// they are the same package and version: to it our files are added.
func mergeAPK(theirs, ours []string) []byte {
	all := slices.Clone(theirs)
	at := map[string]int{}
	for i, s := range all {
		at[apkIdentity(s)] = i
	}
	for _, s := range ours {
		id := apkIdentity(s)
		i, ok := at[id]
		if !ok {
			at[id] = len(all)
			all = append(all, s)
			continue
		}
		all[i] = mergeAPKStanza(all[i], s)
	}
	var b bytes.Buffer
	for _, s := range all {
		b.WriteString(s + "\n\n")
	}
	return b.Bytes()
}

func apkIdentity(text string) string {
	var name, version string
	for letter, value := range apkFields(text) {
		switch letter {
		case 'P':
			name = value
		case 'V':
			version = value
		}
	}
	return name + " " + version
}

// mergeAPKStanza adds the files of a stanza that another of the same package
// lacks; the rest of the other stays as it is.
func mergeAPKStanza(into, from string) string {
	have := map[string]bool{}
	for f := range (&apkEntry{text: into}).files {
		have[f.name] = true
	}
	byDir := map[string][]apkFile{}
	for f := range (&apkEntry{text: from}).files {
		if !have[f.name] {
			dir := strings.TrimPrefix(path.Dir(f.name), "/")
			f.name = path.Base(f.name)
			byDir[dir] = append(byDir[dir], f)
		}
	}
	var b strings.Builder
	b.WriteString(into + "\n")
	writeAPKFiles(&b, byDir)
	return strings.TrimSuffix(b.String(), "\n")
}
