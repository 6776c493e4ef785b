package resolve

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/provided"
)

// providedAt is the spec node that leaves a library to the host, or "".
func (r *resolver) providedAt(name string) string {
	for _, p := range r.req.Libraries.Provided {
		if provided.Matches(p.Name, name) {
			return p.At
		}
	}
	return ""
}

// provided lists the libraries that the finished image needs of the host.
func (r *resolver) provided() []plan.Provided {
	neededBy := map[string][]string{}
	for _, p := range r.roots {
		if p.shipped == nil {
			continue
		}
		for _, lib := range p.shipped.Provided {
			neededBy[lib.Name] = append(neededBy[lib.Name], lib.NeededBy...)
		}
	}
	var out []plan.Provided
	for _, name := range slices.Sorted(maps.Keys(neededBy)) {
		by := neededBy[name]
		slices.Sort(by)
		out = append(out, plan.Provided{Name: name, NeededBy: slices.Compact(by), At: r.providedAt(name)})
	}
	return out
}

// checkExcluded reports libraries that the spec excludes though a root needs them:
// what is excluded would ship, or be missed.
func (r *resolver) checkExcluded(p *root, res *loader.Result) {
	if p.extra {
		return // nothing is refused because of it
	}
	objects := append([]loader.Object{res.Program}, res.Objects...)
	for i, name := range r.req.Exclude {
		if _, ok := parts.Lookup(name); ok || r.providedAt(name) != "" {
			continue
		}
		needs := func(o loader.Object) bool { return o.File != nil && slices.Contains(o.File.Needed, name) }
		j := slices.IndexFunc(objects, needs)
		if j < 0 || r.neededExclusions[name] {
			continue
		}
		r.neededExclusions[name] = true
		d := diag.Diagnostic{
			Code:    "excluded-needed",
			At:      fmt.Sprintf("exclude[%d]", i),
			Message: fmt.Sprintf("%s cannot be excluded: %s needs it", name, objects[j].Dest),
			Fixes:   []string{"remove it: exclude is for default parts, and for libraries that are only recommended"},
		}
		item := name
		if preset := provided.PresetOf(name); preset != "" {
			item = preset
		}
		d.Fixes = append(d.Fixes, fmt.Sprintf("if the host gives it to the container when it runs, write libraries: {provided: [%s]}", item))
		r.report(d)
	}
}
