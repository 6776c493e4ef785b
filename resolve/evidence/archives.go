package evidence

import (
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/runtimes"
)

// needsOfArchives ships what Java's archives name of others, and theirs.
func (r *Gatherer) needsOfArchives() error {
	for len(r.needs.unreadArchives) > 0 {
		o := r.needs.unreadArchives[0]
		r.needs.unreadArchives = r.needs.unreadArchives[1:]
		names, err := runtimes.ClassPath(r.Trees[o.Tree], o.Path)
		if err != nil {
			return err
		}
		listed, err := runtimes.ListedArchives(r.Trees[o.Tree], o.Path)
		if err != nil {
			return err
		}
		for _, name := range append(names, listed...) {
			if needspkg.Shared(name) {
				continue
			}
			need := runtimes.Need{Path: name, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: o.To, Name: name}}
			if err := r.shipNeed(o, need); err != nil {
				return err
			}
		}
	}
	return nil
}
