package packages

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// MergeMetadata puts the metadata of several trees together, in the order of their
// precedence, so that every path is there once: lists of files and databases are
// merged, two versions of a package get two names, and only one distribution
// marks the image. Set tells of each which tree its From is in.
func MergeMetadata(sets ...[]MetadataFile) []MetadataFile {
	c := newMerger()
	for i, set := range sets {
		for _, e := range set {
			e.Set = i
			c.add(e)
		}
	}
	return c.sorted()
}

// merger collects metadata.
type merger struct {
	all []MetadataFile
	// at is where a path is in all, and links the targets of links.
	at    map[string]int
	links map[string]string
	// stanzas and sums are by the package that they describe: syft looks for the
	// list by name and architecture, whatever the version and the stanza's file
	// (pkg/cataloger/debian/package.go, fetchMd5Contents).
	stanzas map[identity]bool
	sums    map[identity]int
	data    map[kind]int // where apk's database is
	marked  int          // the set whose markers are in
	// complete are the packages whose files a base lists in full.
	complete map[identity]bool
}

type identity struct{ name, version, arch string }

func newMerger() *merger {
	return &merger{
		at: map[string]int{}, links: map[string]string{}, stanzas: map[identity]bool{},
		sums: map[identity]int{}, data: map[kind]int{}, marked: -1, complete: map[identity]bool{},
	}
}

func (c *merger) add(e MetadataFile) {
	switch e.kind {
	case dpkgStanza:
		c.addStanza(e)
	case dpkgSums:
		c.addSums(e)
	case apkData:
		i, ok := c.data[apkData]
		if !ok {
			c.data[apkData] = c.put(e)
			return
		}
		theirs := slices.Collect(apkStanzas(string(c.all[i].Data)))
		c.all[i].Data = mergeAPK(theirs, slices.Collect(apkStanzas(string(e.Data))))
	case rpmData:
		if i, ok := c.at[e.Path]; ok {
			c.all[i].Data = mergeLines(c.all[i].Data, e.Data)
			return
		}
		c.put(e)
	case marker:
		if c.marked >= 0 && c.marked != e.Set {
			return
		}
		c.marked = e.Set
		c.addPlain(e)
	default:
		c.addPlain(e)
	}
}

func (c *merger) put(e MetadataFile) int {
	c.at[e.Path] = len(c.all)
	c.all = append(c.all, e)
	return len(c.all) - 1
}

// addPlain adds a copied file. Of two with one path the first is as good as the
// second; links are added as long as they contradict nothing.
func (c *merger) addPlain(e MetadataFile) {
	i, there := c.at[e.Path]
	if !there {
		if _, isLink := c.links[e.Path]; isLink {
			return
		}
		i = c.put(e)
		c.all[i].Links = nil
	}
	for _, l := range e.Links {
		_, isFile := c.at[l.Path]
		if target, isLink := c.links[l.Path]; isFile || isLink && target != l.Target {
			continue
		}
		c.links[l.Path] = l.Target
		if !slices.Contains(c.all[i].Links, l) {
			c.all[i].Links = append(c.all[i].Links, l)
		}
	}
}

func (c *merger) addStanza(e MetadataFile) {
	p := e.Package
	id := identity{p.Name, p.Version, p.Arch}
	if c.stanzas[id] {
		return
	}
	c.stanzas[id] = true
	if e.complete {
		c.complete[id] = true
		return
	}
	names := []string{e.Path, e.Path + "." + p.Version}
	if i, taken := c.at[e.Path]; taken && c.all[i].Package.Arch != p.Arch {
		arch := path.Join(path.Dir(e.Path), p.Name+":"+p.Arch)
		names = []string{arch, arch + "." + p.Version}
	}
	for _, name := range names {
		if _, taken := c.at[name]; !taken {
			e.Path = name
			c.put(e)
			return
		}
	}
}

func (c *merger) addSums(e MetadataFile) {
	p := e.Package
	if c.complete[identity{p.Name, p.Version, p.Arch}] {
		return
	}
	id := identity{name: p.Name, arch: p.Arch}
	if i, ok := c.sums[id]; ok {
		if merged, more := mergeSums(c.all[i].Data, e.Data); more {
			c.all[i].Data, c.all[i].Package, c.all[i].ofBase = merged, p, false
		}
		return
	}
	if _, taken := c.at[e.Path]; taken {
		e.Path = path.Join(path.Dir(e.Path), p.Name+":"+p.Arch+".md5sums")
	}
	c.sums[id] = c.put(e)
}

// sorted is what was collected, without what the base has already.
func (c *merger) sorted() []MetadataFile {
	out := slices.DeleteFunc(c.all, func(e MetadataFile) bool { return e.ofBase })
	slices.SortStableFunc(out, func(a, b MetadataFile) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// mergeSums adds to a list of sums the files that it lacks, and tells whether
// there are any.
func mergeSums(into, from []byte) (merged []byte, more bool) {
	sums := readSums(into)
	for name, sum := range readSums(from) {
		if _, ok := sums[name]; !ok {
			sums[name], more = sum, true
		}
	}
	return writeSums(sums), more
}

func readSums(list []byte) map[string]string {
	sums := map[string]string{}
	for line := range strings.Lines(string(list)) {
		line = strings.TrimSuffix(line, "\n")
		if name := sumName(line); name != "" {
			sums[name] = line[:32]
		}
	}
	return sums
}

// fitBase fits dpkg's metadata to a base: a package that the base's own data has
// at the same version needs no second stanza, nor a list of files if dpkg itself
// keeps the base's.
func fitBase(base rootfs.FS, found []MetadataFile) ([]MetadataFile, error) {
	if base == nil {
		return found, nil
	}
	theirs, err := baseMetadata(base, found)
	if err != nil {
		return nil, fmt.Errorf("package metadata of the base: %w", err)
	}
	c := newMerger()
	for _, e := range theirs {
		c.add(e)
	}
	for _, e := range found {
		c.add(e)
	}
	return c.sorted(), nil
}

// baseMetadata is what a base has on the packages of found.
func baseMetadata(base rootfs.FS, found []MetadataFile) ([]MetadataFile, error) {
	names := map[string]bool{}
	for _, e := range found {
		if e.kind == dpkgStanza {
			names[e.Package.Name] = true
		}
	}
	db, err := Open(base)
	if err != nil {
		return nil, err
	}
	var theirs []MetadataFile
	for _, d := range db.databases {
		d, ok := d.(*dpkg)
		if !ok {
			continue
		}
		if err := d.load(); err != nil {
			return nil, err
		}
		for _, e := range d.entries {
			if names[e.Name] {
				theirs = append(theirs, d.existing(e)...)
			}
		}
	}
	return theirs, nil
}

// existing is the metadata that a base has of one package.
func (d *dpkg) existing(e *dpkgEntry) []MetadataFile {
	// A link of the base does not decide where what is added to it lands.
	inBase := func(name string, data []byte, kind kind) MetadataFile {
		return MetadataFile{
			Path: path.Join(statusDir, path.Base(name)), Data: data, Package: &e.Package,
			Title: metadataTitle(e), kind: kind, ofBase: true,
		}
	}
	stanza := inBase(e.file, nil, dpkgStanza)
	// dpkg's own database has every stanza in one file, and the lists elsewhere.
	stanza.complete = path.Base(path.Dir(e.file)) != "status.d"
	if stanza.complete {
		return []MetadataFile{stanza}
	}
	all := []MetadataFile{stanza}
	for _, name := range e.sums {
		if data, err := d.readInfo(name); err == nil {
			all = append(all, inBase(name, data, dpkgSums))
		}
	}
	return all
}
