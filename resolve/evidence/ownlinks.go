package evidence

import (
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/imagecheck"
	"github.com/sinter-build/sinter/imagetree"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
)

// needsOfOwnLinks ships what links lead to that come with a directory of a package which the spec
// names: pages have their configuration behind links into /etc, and what other packages share with
// them behind links into /usr/share/javascript.
func (r *Gatherer) needsOfOwnLinks() error {
	for i := range r.Entries { // what is added meanwhile is none of the spec's
		e := r.Entries[i]
		if e.Kind != plan.KindSymlink || e.Reason.Cause != plan.CauseFile || e.From == nil || e.Path != e.From.Path || e.Path == e.Scope {
			continue
		}
		key := plan.Origin{Tree: plan.TreeImage, Path: e.Path}
		if r.needs.texts[key] {
			continue
		}
		r.needs.texts[key] = true
		if err := r.needOwnLink(e); err != nil {
			return err
		}
	}
	return nil
}

func (r *Gatherer) needOwnLink(e imagetree.Entry) error {
	has, ok, err := r.Look(plan.TreeImage, e.Path)
	if err != nil || ok && !r.isParent(has.Path) {
		return err
	}
	tree := e.From.Tree
	found, ok, err := r.Look(tree, e.From.Path)
	if err != nil || !ok || r.leavesTarget(tree, found) {
		return err
	}
	if of, err := r.reachesTarget(tree, e.From.Path, found.Path); err != nil || !of {
		return err
	}
	target := plan.Origin{Tree: tree, Path: found.Path}
	if r.needs.targets[target] { // of many links to one directory, which takes long to look through
		return nil
	}
	r.needs.targets[target] = true
	if r.sizeOf(tree, found) > maxOwn {
		return nil
	}
	o := draft.Object{Tree: tree, Path: e.From.Path, To: e.Path, At: e.Reason.At, Chain: []string{e.Path}}
	need := runtimes.Need{Path: e.From.Path, Evidence: plan.Evidence{Kind: plan.EvidenceLink, In: e.Path}}
	if needspkg.Writable(found.Path) { // for logs, which are no part of the package
		s := shipment{Gatherer: r, object: o, own: &family{}, need: &need, root: found.Path}
		s.reason = plan.Reason{Cause: plan.CauseNeed, At: o.At, Chain: o.Chain, Evidence: &need.Evidence}
		s.wantDirectory(found, familyFile{})
		return nil
	}
	return r.shipNeed(o, need)
}

// isParent tells whether a path is in the image only because the spec puts something below it: it
// has a configuration of its own in /etc/app, of which the package's others are still missing.
func (r *Gatherer) isParent(name string) bool {
	w := r.Image.Entries[name]
	return w != nil && w.Reason.Cause == plan.CauseParent
}

// leavesTarget tells of what a link of the spec leads to that is not for it to ship: programs, what
// comes to be when the image runs.
func (r *Gatherer) leavesTarget(tree string, found rootfs.Resolved) bool {
	inVolume := func(v imagecheck.Volume) bool {
		return found.Path == v.Path || strings.HasPrefix(found.Path, v.Path+"/")
	}
	return needspkg.NeverShip(found.Path) || needspkg.Writable(found.Path) && !found.Info.IsDir() || needspkg.Shared(found.Path) ||
		r.canStart(tree, found) || slices.ContainsFunc(r.Req.Volumes, inVolume)
}

// reachesTarget tells whether what a link leads to is of the link's own package, or of one that this
// depends on.
func (r *Gatherer) reachesTarget(tree, link, target string) (bool, error) {
	own, err := r.packageAround(tree, link)
	if err != nil || own == nil {
		return false, err
	}
	far, err := r.packageAround(tree, target)
	if err != nil || far == nil {
		return false, err
	}
	if own == far {
		return true, nil
	}
	return r.Reaches(tree, own, far)
}

// packageAround is the package of a file. What installing made, as a link or a configuration, is of
// the package whose directory it is in.
func (r *Gatherer) packageAround(tree, name string) (*plan.Package, error) {
	names := []string{name}
	for dir := path.Dir(name); !needspkg.Shared(dir); dir = path.Dir(dir) {
		names = append(names, dir)
	}
	of, err := r.PackagesOf(tree, names)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if of[name] != "" {
			return r.Owners.Packages[of[name]], nil
		}
	}
	return nil, nil
}
