package packages

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// rpmDirs are the places of rpm's database, and rpmFiles the names that its
// kinds have there: SQLite since rpm 4.16, SUSE's ndb, and Berkeley DB before.
var (
	rpmDirs  = []string{"/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"}
	rpmFiles = []string{"rpmdb.sqlite", "Packages.db", "Packages"}
)

// rpm is an rpm database.
type rpm struct {
	db        *DB
	path      string // physical
	loaded    bool
	entries   []*rpmEntry // sorted by PURL
	byPackage map[*plan.Package]*rpmEntry
	names     licenses
}

// rpmEntry is one installed package.
type rpmEntry struct {
	plan.Package
	version, release string
	epoch            string // "(none)" for none
	vendor           string
	sourceRPM        string
	buildTime        int64
	dirs             list
	dirIndexes       []byte // 32-bit numbers, one for each of bases
	bases            list
	whole            list // names with their directories, in packages before rpm 4
}

func openRPM(db *DB) (database, error) {
	for _, dir := range rpmDirs {
		for _, name := range rpmFiles {
			r, err := rootfs.Resolve(db.tree, path.Join(dir, name))
			if rootfs.UnlessAbsent(err) != nil {
				return nil, err
			}
			if err == nil && r.Info.Mode().IsRegular() {
				return &rpm{db: db, path: r.Path, byPackage: map[*plan.Package]*rpmEntry{}, names: newLicenses()}, nil
			}
		}
	}
	return nil, nil
}

func (r *rpm) load() error {
	if r.loaded {
		return nil
	}
	if err := r.read(); err != nil {
		return fmt.Errorf("package metadata of rpm: %s: %w", r.path, err)
	}
	slices.SortFunc(r.entries, func(a, b *rpmEntry) int { return cmp.Compare(a.PURL, b.PURL) })
	r.entries = slices.CompactFunc(r.entries, func(a, b *rpmEntry) bool { return a.PURL == b.PURL })
	for _, e := range r.entries {
		r.byPackage[&e.Package] = e
	}
	r.loaded = true
	return nil
}

func (r *rpm) read() error {
	f, err := rootfs.OpenAt(r.db.tree, r.path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() > maxRPM {
		return rootfs.ErrTooLarge
	}
	// SQLite keeps what it has not yet moved into the database beside it.
	if wal, err := r.db.tree.Lstat(rootfs.Name(r.path + "-wal")); err == nil && wal.Size() > 0 {
		r.db.warnings.add("%s: changes that are still in %s-wal are not seen", r.path, path.Base(r.path))
	}
	r.entries = nil
	return headers(f, info.Size(), func(blob []byte) {
		if e := r.entry(blob); e != nil && len(r.entries) < maxPackages {
			r.entries = append(r.entries, e)
		}
	})
}

// What may be in a name or a version: rpm build/parsePreamble.c, ALLOWED_CHARS_
// NAME and ALLOWED_CHARS_VERREL. A dash separates the two.
var (
	rpmName    = namePattern{alnum + "_", alnum + "._+%{}()~^-", 200}
	rpmVersion = namePattern{alnum + "._+%{}~^", alnum + "._+%{}~^", 200}
)

// entry makes a package of a header; it is nil for a damaged one, with a
// warning, and for the keys that rpm keeps among the packages.
func (r *rpm) entry(blob []byte) *rpmEntry {
	h, err := parseHeader(blob)
	if err != nil {
		r.db.warnings.add("%s: a package is left out: %v", r.path, err)
		return nil
	}
	e := &rpmEntry{version: h.text(tagVersion), release: h.text(tagRelease), epoch: "(none)", vendor: h.text(tagVendor), sourceRPM: h.text(tagSourceRPM)}
	e.Package = plan.Package{Manager: plan.RPM, Name: h.text(tagName), Arch: h.text(tagArch), Homepage: h.text(tagURL)}
	if e.Name == "gpg-pubkey" {
		return nil
	}
	if !rpmName.matches(e.Name) || !rpmVersion.matches(e.version) || !rpmVersion.matches(e.release) ||
		e.Arch != "" && !rpmVersion.matches(e.Arch) {
		r.db.warnings.add("%s: a package is left out: %q %q %q is not a name, a version and a release", r.path, clip(e.Name), clip(e.version), clip(e.release))
		return nil
	}
	e.Version = e.version + "-" + e.release
	if epoch, ok := h.number(tagEpoch); ok {
		e.epoch = strconv.FormatInt(epoch, 10)
		e.Version = e.epoch + ":" + e.Version
	}
	e.Supplier = cmp.Or(e.vendor, h.text(tagPackager))
	if license := h.text(tagLicense); license != "" {
		e.Licenses = []string{r.names.expression(license)}
	}
	for _, tag := range []uint32{tagSize, tagLongSize} {
		if size, ok := h.number(tag); ok {
			e.Size = size
		}
	}
	e.buildTime, _ = h.number(tagBuildTime)
	e.setSource()
	e.dirs, e.dirIndexes, e.bases, e.whole = h.list(tagDirNames), h.numbers(tagDirIndexes), h.list(tagBaseNames), h.list(tagOldFiles)
	e.PURL = rpmPURL(e, r.db.distro)
	return e
}

// setSource reads the source package's name and version off the name of its
// file, NAME-VERSION-RELEASE.src.rpm.
func (e *rpmEntry) setSource() {
	stem := e.sourceRPM
	for _, suffix := range []string{".rpm", ".src", ".nosrc"} {
		stem = strings.TrimSuffix(stem, suffix)
	}
	release := strings.LastIndexByte(stem, '-')
	version := strings.LastIndexByte(stem[:max(release, 0)], '-')
	if version <= 0 || strings.ContainsAny(e.sourceRPM, " /") {
		// trivy gives up on a whole manifest that has no source in a line.
		e.sourceRPM = ""
		return
	}
	if name := stem[:version]; name != e.Name {
		e.Source = name
	}
	if v := stem[version+1:]; v != e.version+"-"+e.release {
		e.SourceVersion = v
		e.Source = stem[:version]
	}
}

// rpmPURL is syft's: pkg/cataloger/redhat/package.go, packageURL.
func rpmPURL(e *rpmEntry, d Distro) string {
	namespace := d.ID
	switch {
	case namespace == "rhel" || namespace == "hummingbird":
		namespace = "redhat"
	case strings.HasPrefix(namespace, "opensuse"):
		namespace = "opensuse"
	}
	epoch := e.epoch
	if epoch == "(none)" {
		epoch = ""
	}
	return purl("rpm", namespace, e.Name, e.version+"-"+e.release, map[string]string{
		"arch": e.Arch, "epoch": epoch, "upstream": e.sourceRPM, "distro": d.qualifier(),
	})
}

// list implements database.
func (r *rpm) list(x *index) error {
	if err := r.load(); err != nil {
		return err
	}
	for _, e := range r.entries {
		for name := range e.files {
			if err := x.add(listed{fileRecord: fileRecord{pkg: &e.Package, name: name}, placed: name}); err != nil {
				return fmt.Errorf("package metadata of rpm: %s: %w", r.path, err)
			}
		}
	}
	return nil
}

// files yields a package's files.
func (e *rpmEntry) files(yield func(string) bool) {
	for name := range e.whole.each {
		if !yield(path.Join("/", name)) {
			return
		}
	}
	dirs := slices.Collect(e.dirs.each)
	i := 0
	for base := range e.bases.each {
		i++
		if 4*i > len(e.dirIndexes) {
			return
		}
		dir := binary.BigEndian.Uint32(e.dirIndexes[4*(i-1):])
		if uint64(dir) < uint64(len(dirs)) && !yield(path.Join("/", dirs[dir], base)) {
			return
		}
	}
}

// packages implements database.
func (r *rpm) packages() ([]*plan.Package, error) {
	if err := r.load(); err != nil {
		return nil, err
	}
	pkgs := make([]*plan.Package, len(r.entries))
	for i, e := range r.entries {
		pkgs[i] = &e.Package
	}
	return pkgs, nil
}

// fillLicenses implements database; the database itself has the licences.
func (r *rpm) fillLicenses([]*plan.Package) error { return nil }

// The manifests of CBL-Mariner's and Azure Linux's distroless images, the only
// package metadata of rpm that scanners read and that is not a whole database: the
// names of rpm -qa, and the lines of the query in syft
// pkg/cataloger/redhat/package.go, newMetadataFromManifestLine.
const (
	manifest1    = manifestDir + "/container-manifest-1"
	manifest2    = manifestDir + "/container-manifest-2"
	maxManifest  = 64 << 20
	noInstalling = "0" // the time of installation is the build's clock
)

// metadata implements database.
func (r *rpm) metadata(q *metadataRequest) ([]MetadataFile, error) {
	pkgs := shippedIn(q, r.byPackage)
	if len(pkgs) == 0 {
		return nil, nil
	}
	there, err := baseRPMs(q.base)
	if err != nil {
		return nil, fmt.Errorf("package metadata of the base: %w", err)
	}
	var names, lines []string
	for _, p := range pkgs {
		if e := r.byPackage[p]; !there[e.nevra()] {
			names = append(names, e.nevra())
			lines = append(lines, e.manifestLine())
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	var found []MetadataFile
	for _, m := range []struct {
		path  string
		lines []string
	}{{manifest1, names}, {manifest2, lines}} {
		var base []byte
		if q.base != nil {
			data, _, err := readFile(q.base, m.path, maxManifest)
			if rootfs.UnlessAbsent(err) != nil {
				return nil, fmt.Errorf("package metadata of the base: %w", err)
			}
			base = data
		}
		data := mergeLines(base, []byte(strings.Join(m.lines, "\n")))
		found = append(found, MetadataFile{Path: m.path, Data: data, Title: "package metadata of rpm", Shared: true, kind: rpmData})
	}
	return found, nil
}

// baseRPMs are the packages that a base's own database has.
func baseRPMs(base rootfs.FS) (map[string]bool, error) {
	there := map[string]bool{}
	if base == nil {
		return there, nil
	}
	db, err := Open(base)
	if err != nil {
		return nil, err
	}
	for _, d := range db.databases {
		if d, ok := d.(*rpm); ok {
			if err := d.load(); err != nil {
				return nil, err
			}
			for _, e := range d.entries {
				there[e.nevra()] = true
			}
		}
	}
	return there, nil
}

// nevra is the package's name as rpm -qa prints it.
func (e *rpmEntry) nevra() string {
	return e.Name + "-" + e.version + "-" + e.release + "." + cmp.Or(e.Arch, "(none)")
}

func (e *rpmEntry) manifestLine() string {
	epoch := e.epoch
	if epoch == "(none)" {
		epoch = "0"
	}
	source := e.sourceRPM
	if source == "" {
		source = e.Name + "-" + e.version + "-" + e.release + ".src.rpm"
	}
	return strings.Join([]string{
		e.Name, e.version + "-" + e.release, noInstalling, strconv.FormatInt(e.buildTime, 10), cmp.Or(e.vendor, "(none)"),
		e.epoch, strconv.FormatInt(e.Size, 10), cmp.Or(e.Arch, "(none)"), epoch, source,
	}, "\t")
}

// mergeLines adds lines to a file, each once. The file's own stay in order.
func mergeLines(into, from []byte) []byte {
	var b bytes.Buffer
	seen := map[string]bool{}
	for _, list := range [][]byte{into, from} {
		for line := range bytes.Lines(list) {
			line = bytes.TrimSuffix(line, []byte("\n"))
			if len(line) > 0 && !seen[string(line)] {
				seen[string(line)] = true
				b.Write(append(slices.Clip(line), '\n'))
			}
		}
	}
	return b.Bytes()
}
