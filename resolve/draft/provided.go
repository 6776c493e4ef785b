package draft

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/provided"
)

// ProvidedAt is the spec node that leaves a library to the host, or "".
func (r *Draft) ProvidedAt(name string) string {
	for _, p := range r.Req.Libraries.Provided {
		if provided.Matches(p.Name, name) {
			return p.At
		}
	}
	return ""
}

// checkExcluded reports libraries that the spec excludes though a root needs them:
// what is excluded would ship, or be missed.
func (r *Draft) checkExcluded(p *Root, res *loader.Result) {
	if p.Extra {
		return // nothing is refused because of it
	}
	objects := append([]loader.Object{res.Program}, res.Objects...)
	for i, item := range r.Req.Exclude {
		if r.NeededExclusions[item] {
			continue
		}
		name, by := r.neededOf(item, objects)
		if name == "" {
			continue
		}
		r.NeededExclusions[item] = true
		d := diag.Diagnostic{
			Code:    "excluded-needed",
			At:      fmt.Sprintf("exclude[%d]", i),
			Message: fmt.Sprintf("%s cannot be excluded: %s needs it", name, by),
			Fixes:   []string{"remove it: exclude is for default parts, and for libraries that are only recommended"},
		}
		if slices.ContainsFunc(r.Entries, func(e imagetree.Entry) bool { return e.Path == by && e.Reason.Cause == plan.CauseNeed }) {
			d.Fixes = []string{fmt.Sprintf("exclude what needs it, which programs open when they run: exclude: [%s]", by)}
		}
		d.Fixes = append(d.Fixes, fmt.Sprintf("if the host gives it to the container when it runs, write libraries: {provided: [%s]}",
			cmp.Or(provided.PresetOf(name), name)))
		r.Report(d)
	}
}

// neededOf finds a library that an item of exclude stands for and that an object
// needs, unless it is the host's.
func (r *Draft) neededOf(item string, objects []loader.Object) (name, by string) {
	for _, o := range objects {
		if o.File == nil {
			continue
		}
		for _, name := range o.File.Needed {
			if provided.Matches(item, name) && r.ProvidedAt(name) == "" {
				return name, o.To
			}
		}
	}
	return "", ""
}

// ExcludesLibrary reports whether the spec excludes a library, by its SONAME.
func (r *Draft) ExcludesLibrary(name string) bool {
	return slices.ContainsFunc(r.Req.Exclude, func(item string) bool { return provided.Matches(item, name) })
}
