package resolve

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/loader"
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
	for i, item := range r.req.Exclude {
		if r.neededExclusions[item] {
			continue
		}
		name, by := r.neededOf(item, objects)
		if name == "" {
			continue
		}
		r.neededExclusions[item] = true
		d := diag.Diagnostic{
			Code:    "excluded-needed",
			At:      fmt.Sprintf("exclude[%d]", i),
			Message: fmt.Sprintf("%s cannot be excluded: %s needs it", name, by),
			Fixes:   []string{"remove it: exclude is for default parts, and for libraries that are only recommended"},
		}
		if slices.ContainsFunc(r.entries, func(e imagetree.Entry) bool { return e.Path == by && e.Reason.Cause == plan.CauseNeed }) {
			d.Fixes = []string{fmt.Sprintf("exclude what needs it, which programs open when they run: exclude: [%s]", by)}
		}
		d.Fixes = append(d.Fixes, fmt.Sprintf("if the host gives it to the container when it runs, write libraries: {provided: [%s]}",
			cmp.Or(provided.PresetOf(name), name)))
		r.report(d)
	}
}

// neededOf finds a library that an item of exclude stands for and that an object
// needs, unless it is the host's.
func (r *resolver) neededOf(item string, objects []loader.Object) (name, by string) {
	for _, o := range objects {
		if o.File == nil {
			continue
		}
		for _, name := range o.File.Needed {
			if provided.Matches(item, name) && r.providedAt(name) == "" {
				return name, o.To
			}
		}
	}
	return "", ""
}

// excludesLibrary reports whether the spec excludes a library, by its SONAME.
func (r *resolver) excludesLibrary(name string) bool {
	return slices.ContainsFunc(r.req.Exclude, func(item string) bool { return provided.Matches(item, name) })
}
