package finish

import (
	"maps"
	"slices"

	"github.com/sinter-build/sinter/plan"
)

// Provided lists the libraries that the finished image needs of the host.
func (r *Finisher) Provided() []plan.Provided {
	neededBy := map[string][]string{}
	for _, p := range r.Roots {
		if p.Shipped == nil {
			continue
		}
		for _, lib := range p.Shipped.Provided {
			neededBy[lib.Name] = append(neededBy[lib.Name], lib.NeededBy...)
		}
	}
	var out []plan.Provided
	for _, name := range slices.Sorted(maps.Keys(neededBy)) {
		by := neededBy[name]
		slices.Sort(by)
		out = append(out, plan.Provided{Name: name, NeededBy: slices.Compact(by), At: r.ProvidedAt(name)})
	}
	return out
}
