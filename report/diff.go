package report

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// Comparison is what sets two builds apart, and what diff writes as JSON.
type Comparison struct {
	Version int `json:"version"`
	// Before and After are what was compared, as it was named.
	Before string `json:"before"`
	After  string `json:"after"`
	// Same tells that there is no difference.
	Same  bool   `json:"same"`
	Diffs []Diff `json:"images"`
}

// Diff is what sets two images of one platform apart. Sizes and, where both are
// known, digests tell whether files are the same.
type Diff struct {
	Platform string `json:"platform"`
	// Only is "before" or "after" when just one side has the platform; all else
	// is empty then.
	Only     string          `json:"only,omitempty"`
	Before   Total           `json:"before"`
	After    Total           `json:"after"`
	Packages []PackageChange `json:"packages"`
	Added    []Entry         `json:"added"`
	Removed  []Entry         `json:"removed"`
	Changed  []Change        `json:"changed"`

	before, after *Image
}

// mixed reports whether a plan is compared with a finished image. Such an image
// tells of packages what scanners need and no more: not, for one, that a link to
// a library is the package's too.
func (d *Diff) mixed() bool { return d.before.Whole != d.after.Whole }

// PackageChange is a package of which another version ships, or that only one
// image has: the version of the other is empty.
type PackageChange struct {
	Name   string `json:"name"`
	Arch   string `json:"arch,omitempty"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Change is a path that both images have, but not alike.
type Change struct {
	Path   string `json:"path"`
	Before Entry  `json:"before"`
	After  Entry  `json:"after"`
	// What says in words what differs: "mode 0644 → 0755".
	What []string `json:"what"`
}

// Compare compares builds platform by platform. If each has one image only, the
// two are compared whatever they are for.
func Compare(before, after Document) Comparison {
	c := Comparison{Same: true, Diffs: []Diff{}}
	seen := map[string]bool{}
	if len(before.Images) == 1 && len(after.Images) == 1 {
		c.Diffs = append(c.Diffs, compare(before.Images[0], after.Images[0]))
	} else {
		for _, a := range before.Images {
			seen[a.Platform] = true
			n := slices.IndexFunc(after.Images, func(b Image) bool { return b.Platform == a.Platform })
			if n < 0 {
				c.Diffs = append(c.Diffs, Diff{Platform: a.Platform, Only: "before", Before: a.Total})
				continue
			}
			c.Diffs = append(c.Diffs, compare(a, after.Images[n]))
		}
		for _, b := range after.Images {
			if !seen[b.Platform] {
				c.Diffs = append(c.Diffs, Diff{Platform: b.Platform, Only: "after", After: b.Total})
			}
		}
	}
	for _, d := range c.Diffs {
		c.Same = c.Same && d.same()
	}
	return c
}

func (d *Diff) same() bool {
	return d.Only == "" && d.before.Platform == d.after.Platform &&
		len(d.Packages)+len(d.Added)+len(d.Removed)+len(d.Changed) == 0
}

func compare(a, b Image) Diff {
	// A plan tells what is on its base, and a finished image of the base too.
	if !a.Whole && b.Whole {
		b.dropBase()
	}
	if a.Whole && !b.Whole {
		a.dropBase()
	}
	d := Diff{
		Platform: b.Platform, Before: a.Total, After: b.Total,
		Added: []Entry{}, Removed: []Entry{}, Changed: []Change{},
		before: &a, after: &b,
	}
	old := map[string]Entry{}
	for _, e := range a.Entries {
		old[e.Path] = e
	}
	for _, e := range b.Entries {
		was, ok := old[e.Path]
		delete(old, e.Path)
		if !ok {
			d.Added = append(d.Added, e)
		} else if what := d.what(was, e); len(what) > 0 {
			d.Changed = append(d.Changed, Change{e.Path, was, e, what})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		d.Removed = append(d.Removed, old[name])
	}
	d.Packages = packageChanges(a.Packages, b.Packages)
	if d.mixed() {
		d.Packages = slices.DeleteFunc(d.Packages, d.unseen)
	}
	return d
}

// unseen reports whether a package that one image lacks makes no difference in
// files.
func (d *Diff) unseen(c PackageChange) bool {
	if c.Before != "" && c.After != "" {
		return false
	}
	of := func(img *Image, e Entry) bool {
		p, ok := img.owner(e)
		return ok && p.Name == c.Name && p.Arch == c.Arch
	}
	return !slices.ContainsFunc(d.Added, func(e Entry) bool { return of(d.after, e) }) &&
		!slices.ContainsFunc(d.Removed, func(e Entry) bool { return of(d.before, e) }) &&
		!slices.ContainsFunc(d.Changed, func(e Change) bool { return of(d.before, e.Before) || of(d.after, e.After) })
}

// owner is the package of an entry.
func (i *Image) owner(e Entry) (Package, bool) {
	n := slices.IndexFunc(i.Packages, func(p Package) bool { return p.PURL == e.Package })
	if n < 0 {
		return Package{}, false
	}
	return i.Packages[n], true
}

// dropBase leaves what layers of the base hold out.
func (i *Image) dropBase() {
	base := map[string]bool{}
	for _, l := range i.Layers {
		base[l.Name] = l.Base
	}
	i.Layers = slices.DeleteFunc(slices.Clone(i.Layers), func(l Layer) bool { return l.Base })
	i.Entries = slices.DeleteFunc(slices.Clone(i.Entries), func(e Entry) bool { return base[e.Layer] })
	used := map[string]bool{}
	for _, e := range i.Entries {
		used[e.Package] = true
	}
	i.Packages = slices.DeleteFunc(slices.Clone(i.Packages), func(p Package) bool { return !used[p.PURL] })
	i.Count()
}

// packageChanges compares packages by name and architecture.
func packageChanges(a, b []Package) []PackageChange {
	type key struct{ name, arch string }
	all := map[key]PackageChange{}
	for _, p := range a {
		c := all[key{p.Name, p.Arch}]
		c.Before = join(c.Before, p.Version)
		all[key{p.Name, p.Arch}] = c
	}
	for _, p := range b {
		c := all[key{p.Name, p.Arch}]
		c.After = join(c.After, p.Version)
		all[key{p.Name, p.Arch}] = c
	}
	out := []PackageChange{}
	for k, c := range all {
		if c.Before != c.After {
			c.Name, c.Arch = k.name, k.arch
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b PackageChange) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Arch, b.Arch))
	})
	return out
}

// join adds one more version of a package.
func join(versions, version string) string {
	if versions == "" {
		return version
	}
	return versions + ", " + version
}

// what lists what differs between two entries of one path.
func (d *Diff) what(a, b Entry) []string {
	var out []string
	differ := func(name, was, is string) {
		if was != is {
			out = append(out, strings.TrimSpace(name+" "+was+" → "+is))
		}
	}
	if a.Kind != b.Kind {
		return []string{fmt.Sprintf("%s → %s", a.Kind, b.Kind)}
	}
	differ("target", a.Target, b.Target)
	if a.Size != b.Size {
		differ("", size(a.Size), size(b.Size))
		if size(a.Size) == size(b.Size) {
			out = append(out, fmt.Sprintf("%d → %d bytes", a.Size, b.Size))
		}
	} else if a.Digest != "" && b.Digest != "" && a.Digest != b.Digest {
		out = append(out, "other content of the same size")
	}
	differ("mode", a.Mode, b.Mode)
	differ("capabilities", a.Capabilities, b.Capabilities)
	differ("owner", fmt.Sprintf("%d:%d", a.UID, a.GID), fmt.Sprintf("%d:%d", b.UID, b.GID))
	if a.Package != b.Package && !d.onlySaid(a, b) {
		differ("package", d.before.packageName(a.Package), d.after.packageName(b.Package))
	}
	return out
}

// onlySaid reports whether two entries are of different packages just because one
// image says less.
func (d *Diff) onlySaid(a, b Entry) bool {
	was, _ := d.before.owner(a)
	is, _ := d.after.owner(b)
	return d.mixed() && was.Name != is.Name
}

// packageName is "libssl3 3.0.15-1", or "none".
func (i *Image) packageName(purl string) string {
	if purl == "" {
		return "none"
	}
	return i.packageText(purl)
}

// JSON is the comparison as indented text.
func (c Comparison) JSON() ([]byte, error) {
	c.Version = Version
	return marshal(c)
}

// Text tells the differences, packages first.
func (c Comparison) Text() string {
	var out page
	for n := range c.Diffs {
		if n > 0 {
			out.WriteString("\n\n")
		}
		c.Diffs[n].write(&out)
	}
	return out.String()
}

func (d *Diff) write(out *page) {
	switch {
	case d.Only != "":
		out.line("%s: only %s", d.Platform, d.Only)
		return
	case d.same():
		out.line("%s: no difference (%s)", d.Platform, d.After)
		return
	}
	platform := d.Platform
	if d.before.Platform != d.after.Platform {
		platform = d.before.Platform + " → " + d.after.Platform
	}
	out.line("%s: %s → %s (%s)", platform, d.Before, d.After, signed(d.After.Bytes-d.Before.Bytes))
	d.writePackages(out)
	writeSide(out, "ADDED", "+", d.after, d.Added)
	writeSide(out, "REMOVED", "-", d.before, d.Removed)
	d.writeChanged(out)
}

// signed is a difference in bytes: "+34 kB".
func signed(n int64) string {
	switch {
	case n < 0:
		return "-" + size(-n)
	case n > 0:
		return "+" + size(n)
	}
	return "same size"
}

func (d *Diff) writePackages(out *page) {
	if len(d.Packages) == 0 {
		return
	}
	out.gap()
	out.line("PACKAGES")
	var rows [][]string
	for _, p := range d.Packages {
		switch {
		case p.Before == "":
			rows = append(rows, []string{"+ " + p.Name, p.After})
		case p.After == "":
			rows = append(rows, []string{"- " + p.Name, p.Before})
		default:
			rows = append(rows, []string{"  " + p.Name, p.Before + " → " + p.After})
		}
	}
	out.table(rows)
}

// writeSide lists what only one image has, the largest first. Directories and
// links speak for themselves where nothing below them is listed.
func writeSide(out *page, heading, sign string, img *Image, entries []Entry) {
	if len(entries) == 0 {
		return
	}
	var t Total
	parents := map[string]bool{}
	for _, e := range entries {
		t.add(e)
		for dir := path.Dir(e.Path); dir != "/" && !parents[dir]; dir = path.Dir(dir) {
			parents[dir] = true
		}
	}
	out.gap()
	out.line("%s %s", heading, t)
	rest := slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.Kind == plan.KindDir && parents[e.Path] })
	for _, r := range sideRows(rest) {
		r.sign = sign
		r.write(out, img, 0)
	}
}

// sideRows folds entries that are there for one reason.
func sideRows(entries []Entry) []row {
	folds := map[string][]Entry{}
	var order []string
	for _, e := range entries {
		key := e.Path
		if e.Reason != nil {
			key = foldKey(e)
		}
		if len(folds[key]) == 0 {
			order = append(order, key)
		}
		folds[key] = append(folds[key], e)
	}
	var rows []row
	for _, key := range order {
		rows = append(rows, fold(folds[key], nil)...)
	}
	rows = largestFirst(rows, (*row).size)
	return rows
}

func (d *Diff) writeChanged(out *page) {
	if len(d.Changed) == 0 {
		return
	}
	out.gap()
	out.line("CHANGED %s", count(len(d.Changed), "path"))
	largest := slices.Clone(d.Changed)
	slices.SortStableFunc(largest, func(a, b Change) int { return cmp.Compare(b.gain(), a.gain()) })
	for _, c := range largest {
		gain := ""
		if c.After.Size != c.Before.Size {
			gain = signed(c.After.Size - c.Before.Size)
		}
		out.line("%8s  %s", gain, c.After.label())
		out.wrap(strings.Join(c.What, ", "), indent)
	}
}

// gain is by how many bytes a change is one.
func (c Change) gain() int64 { return max(c.After.Size-c.Before.Size, c.Before.Size-c.After.Size) }
