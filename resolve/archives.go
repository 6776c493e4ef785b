package resolve

import (
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/runtimes"
)

// needsOfArchives ships what Java's archives name of others, and theirs.
func (r *resolver) needsOfArchives() error {
	for len(r.needs.unreadArchives) > 0 {
		o := r.needs.unreadArchives[0]
		r.needs.unreadArchives = r.needs.unreadArchives[1:]
		names, err := runtimes.ClassPath(r.trees[o.tree], o.path)
		if err != nil {
			return err
		}
		listed, err := runtimes.ListedArchives(r.trees[o.tree], o.path)
		if err != nil {
			return err
		}
		for _, name := range append(names, listed...) {
			if needspkg.Shared(name) {
				continue
			}
			need := runtimes.Need{Path: name, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: o.to, Name: name}}
			if err := r.shipNeed(o, need); err != nil {
				return err
			}
		}
	}
	return nil
}
