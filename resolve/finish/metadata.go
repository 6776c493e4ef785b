package finish

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/packages"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// wantMetadata asks for what tells scanners which packages the files are from. It
// gives way to what the spec puts in its place.
func (r *Finisher) wantMetadata(t *imagetree.Tree) error {
	if r.Req.Metadata == spec.MetadataNone {
		return nil
	}
	shipped := r.shippedOf(t)
	var homes []string
	var sets [][]packages.MetadataFile
	for _, tree := range r.metadataTrees(t) {
		if len(shipped[tree]) == 0 {
			continue
		}
		set, err := r.Owners.Databases[tree].Metadata(r.Trees[plan.TreeBase], shipped[tree])
		if err != nil {
			if err := r.Unreadable(tree, err); err != nil {
				return err
			}
			continue
		}
		homes, sets = append(homes, tree), append(sets, set)
	}
	if err := r.warnOfMixedDistributions(homes); err != nil {
		return err
	}
	texts := map[string]string{} // the first path of a licence text
	for _, m := range packages.MergeMetadata(sets...) {
		if r.Req.Metadata == spec.MetadataScanners {
			kept, ok := m.WithoutTexts()
			if !ok {
				continue
			}
			m = kept
		}
		if led := r.ledAway(t, m.Path); led != "" {
			r.Report(misplacedMetadata(fmt.Sprintf("the %s is left out: a link of the image would lead it to %s", m.Title, led)))
			continue
		}
		linked, err := r.linkedLicense(texts, homes[m.Set], m)
		if err != nil {
			return err
		}
		if linked {
			continue
		}
		if err := r.wantMetadataFile(homes[m.Set], m); err != nil {
			return err
		}
	}
	return nil
}

// shippedOf lists what ships of each package, by the tree that it is from.
func (r *Finisher) shippedOf(t *imagetree.Tree) map[string]map[*plan.Package][]packages.Shipped {
	out := map[string]map[*plan.Package][]packages.Shipped{}
	for _, name := range t.Paths() {
		w := t.Entries[name]
		if w.Package == "" {
			continue // it may be made here, too
		}
		tree := w.From.Tree
		pkg := r.Owners.In[tree][w.Package]
		if pkg == nil {
			continue
		}
		if out[tree] == nil {
			out[tree] = map[*plan.Package][]packages.Shipped{}
		}
		out[tree][pkg] = append(out[tree][pkg], packages.Shipped{
			Path:   w.Path,
			Origin: w.From.Path,
			Link:   w.Kind == plan.KindSymlink,
		})
	}
	return out
}

// minSharedText is the size from which a licence text ships once for all packages that
// have it: libraries of Boost have 150 kB each. Scanners that read no links know the
// licence of a package only by a file of its own, and so small ones are files.
const minSharedText = 8 << 10

// linkedLicense ships a link in place of a licence text that ships already. The texts
// are those that do.
func (r *Finisher) linkedLicense(texts map[string]string, tree string, m packages.MetadataFile) (bool, error) {
	if m.Sum == "" || len(m.Links) > 0 {
		return false, nil
	}
	info, err := r.Trees[tree].Lstat(rootfs.Name(m.From))
	if err != nil || info.Size() < minSharedText {
		return false, err
	}
	first, ok := texts[m.Sum]
	if !ok {
		texts[m.Sum] = m.Path
		return false, nil
	}
	reason := plan.Reason{Cause: plan.CauseMetadata, Content: m.Title}
	if m.Package != nil {
		reason.Package = m.Package.PURL
	}
	// Both stand in a directory of /usr/share/doc.
	target := path.Join("..", path.Base(path.Dir(first)), path.Base(first))
	r.Want(imagetree.Entry{Soft: true, Entry: plan.Entry{Path: m.Path, Kind: plan.KindSymlink, Target: target, Reason: reason}})
	return true, nil
}

// ledAway is where links of the image would put a file of package metadata, if
// that is no place of such metadata. What a source says of its packages must not
// become a file that steers programs. A base may have its metadata where it likes.
func (r *Finisher) ledAway(t *imagetree.Tree, name string) string {
	physical, err := t.View.Physical(name, false)
	if err != nil {
		return "" // said when it is placed
	}
	led := rootfs.Abs(physical)
	if packages.IsMetadataPath(led) {
		return ""
	}
	if t.Base != nil {
		inBase, err := rootfs.NewViewOver(t.Base).Physical(name, false)
		if err == nil && inBase == physical {
			return ""
		}
	}
	return led
}

// misplacedMetadata is the finding about metadata that would land outside its
// directories, or come from outside them.
func misplacedMetadata(message string) diag.Diagnostic {
	return diag.Diagnostic{
		Code:     "package-metadata-misplaced",
		Severity: diag.SeverityWarning,
		Message:  message,
		Fixes:    []string{"correct the link where it is made", "write metadata: none, and scanners will know of no packages in the image"},
	}
}

// metadataTrees lists the trees that packages come from, in the order in which
// they may mark the image as their distribution's. What the image is made of is
// told best by its C library.
func (r *Finisher) metadataTrees(t *imagetree.Tree) []string {
	var first []string
	for _, name := range t.Paths() {
		if w := t.Entries[name]; w.From != nil && w.Reason.Cause == plan.CauseInterpreter {
			first = append(first, w.From.Tree)
		}
	}
	var out []string
	for _, tree := range slices.Concat(append([][]string{first}, r.SourceRanks()...)...) {
		if tree != plan.TreeContext && !slices.Contains(out, tree) {
			out = append(out, tree)
		}
	}
	return out
}

// warnOfMixedDistributions warns of packages of several distributions: an image names one, by
// which scanners judge all of them.
func (r *Finisher) warnOfMixedDistributions(trees []string) error {
	if r.Trees[plan.TreeBase] != nil && len(trees) > 0 {
		trees = slices.Concat([]string{plan.TreeBase}, trees)
	}
	var names, from []string
	for _, tree := range trees {
		db, err := r.Database(tree)
		if err != nil {
			return err
		}
		if db == nil || db.Distro().ID == "" {
			continue
		}
		name := strings.TrimSpace(db.Distro().ID + " " + db.Distro().VersionID)
		if !slices.Contains(names, name) {
			names, from = append(names, name), append(from, plan.TreeName(tree))
		}
	}
	for i := 1; i < len(names); i++ {
		r.Report(diag.Diagnostic{
			Code:     "distributions-mixed",
			Severity: diag.SeverityWarning,
			Message: fmt.Sprintf("the image says that it is %s, as %s, and has packages of %s from %s: scanners judge them all as %s's",
				names[0], from[0], names[i], from[i], names[0]),
			Fixes: []string{"take everything from one release of a distribution"},
		})
	}
	return nil
}

// wantMetadataFile asks for one file of package metadata. It is data that root
// owns, whatever the file of the source is.
func (r *Finisher) wantMetadataFile(tree string, m packages.MetadataFile) error {
	reason := plan.Reason{Cause: plan.CauseMetadata, Content: m.Title}
	if m.Package != nil {
		reason.Package = m.Package.PURL
	}
	if m.From == "" {
		made := draft.Generated(m.Path, m.Data)
		made.Reason = reason
		r.Want(imagetree.Entry{Entry: made, Soft: true})
		return nil
	}
	info, err := r.Trees[tree].Lstat(rootfs.Name(m.From))
	if err != nil {
		return fmt.Errorf("%s of %s: %w", m.From, plan.TreeName(tree), err)
	}
	before := len(r.Entries)
	r.WantLinks(tree, rootfs.Resolved{Path: m.Path, Links: m.Links}, reason)
	r.WantCopy(tree, m.From, m.Path, info, new(uint32(0o644)), &spec.NamedOwner{}, reason)
	for i := range r.Entries[before:] {
		r.Entries[before+i].Soft = true
	}
	return nil
}

// warnOfHiddenMetadata reports package metadata in whose place the spec puts something else:
// scanners would not see the package.
func (r *Finisher) warnOfHiddenMetadata(t *imagetree.Tree, files []imagetree.Entry) {
	for _, e := range files {
		got := t.Entries[e.Path]
		if e.Data == nil || got == nil || got.Reason.Cause == plan.CauseMetadata {
			continue
		}
		r.Report(diag.Diagnostic{
			Code:     "package-metadata-hidden",
			Severity: diag.SeverityWarning,
			At:       got.Reason.At,
			Message:  fmt.Sprintf("%s is in the place of %s: scanners will not see the package as it is", e.Path, e.Reason.Content),
			Fixes:    []string{"leave it to the build, or write metadata: none if the image brings package metadata of its own"},
		})
	}
}
