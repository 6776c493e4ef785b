package packages

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// Shipped is a file that an image has from a tree.
type Shipped struct {
	// Path is the file's physical absolute path in the image.
	Path string
	// Origin is its physical path in the tree.
	Origin string
	// Link is set for a symbolic link.
	Link bool
}

// MetadataFile is a file that an image should carry so that scanners know its
// packages.
type MetadataFile struct {
	// Path is where the file goes. IsMetadataPath holds for it, whatever the tree
	// has: its links and its databases do not decide where a file lands.
	Path string
	// Data is the content, unless From is set.
	Data []byte
	// From is the physical path of a file of the tree that is to be copied.
	From string
	// Sum identifies the content of a licence that is to be copied; "" for others.
	Sum string
	// Links are to be shipped too, so that the file is found under the name that
	// scanners look for. IsMetadataPath holds for each and for its target.
	Links []rootfs.Link
	// Package is the package that the file describes, or that owns the copied
	// file. It is nil when there is none.
	Package *plan.Package
	// Title says in a few words what the file holds: "package metadata of libc6".
	Title string
	// Shared is set for a file that serves every package.
	Shared bool
	// Set is the argument of MergeMetadata that the file came from.
	Set int
	// kind says how MergeMetadata puts it together with another at the same path.
	kind kind
	// ofBase is set for what the base has as it is.
	ofBase bool
	// complete is set for a stanza of the base whose list of files is whole.
	complete bool
}

// kind is a kind of metadata file.
type kind int

const (
	plain      kind = iota // one of a path is enough
	marker                 // of one distribution only
	dpkgStanza             // a status.d file
	dpkgSums               // its md5sums
	apkData
	rpmData
)

// metadataRequest is a question for the metadata of what ships from a tree.
type metadataRequest struct {
	db *DB
	// base is the image below, nil for none. What it has is not brought again.
	base rootfs.FS
	// shipped are the files by package; metadata that is copied from the tree
	// joins them, for its packages must be listed too.
	shipped map[*plan.Package][]Shipped
}

// Metadata lists the files that an image should carry so that scanners see the
// packages of the given files, by the packages that Owners returned.
//
// Copied files belong to packages too: with the distribution's marker the image
// has files of base-files, and so metadata and licence of base-files. The image
// may be on top of a base, which is nil for none: databases of the base are added
// to and not replaced, and files that it has are not brought again.
func (db *DB) Metadata(base rootfs.FS, shipped map[*plan.Package][]Shipped) ([]MetadataFile, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	r := &metadataRequest{db: db, shipped: map[*plan.Package][]Shipped{}}
	if base != nil {
		r.base = rootfs.Cached(base)
	}
	for p, files := range shipped {
		r.shipped[p] = slices.Clone(files)
	}
	if len(r.shipped) == 0 {
		return nil, nil
	}
	if err := db.fillLicenses(slices.Collect(maps.Keys(r.shipped))); err != nil {
		return nil, err
	}
	all, err := r.markers()
	if err != nil {
		return nil, err
	}
	for _, d := range db.databases {
		found, err := d.metadata(r)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b MetadataFile) int { return cmp.Compare(a.Path, b.Path) })
	return all, nil
}

// has reports whether the base has a file, links to it included.
func (r *metadataRequest) has(name string) bool {
	if r.base == nil {
		return false
	}
	_, err := rootfs.Resolve(r.base, name)
	return err == nil
}

// copied is metadata that is a file of the tree; ok is false when the tree has
// none, or the base has it already. A file that is reached through links ships
// with them, as long as they and the file are among the paths that allowed holds
// for: elsewhere, content and links could mean anything to a program.
func (r *metadataRequest) copied(name, title string, allowed func(string) bool) (m MetadataFile, ok bool) {
	at, err := rootfs.Resolve(r.db.tree, name)
	if err != nil || !at.Info.Mode().IsRegular() || r.has(name) {
		return MetadataFile{}, false
	}
	outside := func(l rootfs.Link) bool { return !allowed(l.Path) || !allowed(lexical(l)) }
	if !allowed(at.Path) || slices.ContainsFunc(at.Links, outside) {
		r.db.warnings.outside(title, name, at.Path)
		return MetadataFile{}, false
	}
	return MetadataFile{Path: at.Path, From: at.Path, Links: at.Links, Title: title, Shared: true}, true
}

// lexical is what a link leads to when no directory on the way is a link.
func lexical(l rootfs.Link) string {
	if path.IsAbs(l.Target) {
		return path.Clean(l.Target)
	}
	return path.Join(path.Dir(l.Path), l.Target)
}

// markers are the files that tell scanners the distribution. A base tells it
// itself.
func (r *metadataRequest) markers() ([]MetadataFile, error) {
	if slices.ContainsFunc(osReleases, r.has) {
		return nil, nil
	}
	byPath := map[string]MetadataFile{}
	for _, name := range append(slices.Clone(osReleases), markers...) {
		m, ok := r.copied(name, "distribution marker", isMarker)
		if !ok {
			continue
		}
		m.kind = marker
		m.Links = append(m.Links, byPath[m.Path].Links...)
		slices.SortFunc(m.Links, byLink)
		m.Links = slices.Compact(m.Links)
		byPath[m.Path] = m
	}
	found := slices.SortedFunc(maps.Values(byPath), func(a, b MetadataFile) int { return cmp.Compare(a.Path, b.Path) })
	return found, r.addOwners(found)
}

func byLink(a, b rootfs.Link) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Target, b.Target))
}

// addOwners finds the packages of copied files and lets these join what ships.
func (r *metadataRequest) addOwners(found []MetadataFile) error {
	var names []string
	for _, m := range found {
		names = append(names, m.From)
		for _, l := range m.Links {
			names = append(names, l.Path)
		}
	}
	o, err := r.db.ownership(names)
	if err != nil {
		return err
	}
	for i := range found {
		m := &found[i]
		if pkg, ok := o.owner(m.From); ok {
			m.Package = pkg
			r.ship(pkg, Shipped{Path: m.Path, Origin: m.From})
		}
		for _, l := range m.Links {
			if pkg, ok := o.owner(l.Path); ok {
				r.ship(pkg, Shipped{Path: l.Path, Origin: l.Path, Link: true})
			}
		}
	}
	return nil
}

func (r *metadataRequest) ship(p *plan.Package, s Shipped) {
	if !slices.Contains(r.shipped[p], s) {
		r.shipped[p] = append(r.shipped[p], s)
	}
}

// shippedIn are the packages of what ships that a database has, sorted.
func shippedIn[E any](r *metadataRequest, entries map[*plan.Package]E) []*plan.Package {
	var pkgs []*plan.Package
	for p := range r.shipped {
		if _, ok := entries[p]; ok {
			pkgs = append(pkgs, p)
		}
	}
	slices.SortFunc(pkgs, byPURL)
	return pkgs
}

// origins are the tree's paths of what a package ships, once each and sorted.
func origins(files []Shipped) []string {
	var names []string
	for _, f := range files {
		names = append(names, f.Origin)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// lineSafe reports whether a path can stand in a line of a database.
func lineSafe(p string) bool { return path.IsAbs(p) && !strings.ContainsAny(p, "\n\r") }
