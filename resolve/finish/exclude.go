package finish

import (
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
)

// ReportUnusedExclusions warns of paths, packages and libraries whose exclusion has no
// effect: they would not have shipped, or something that ships by evidence needs them.
func (r *Finisher) ReportUnusedExclusions(p *plan.Plan) {
	for i, item := range r.Req.Exclude {
		if r.UsedExclusions[i] || r.NeededExclusions[item] {
			continue
		}
		d := diag.Diagnostic{
			Code: "exclusion-unused", Severity: diag.SeverityWarning, At: fmt.Sprintf("exclude[%d]", i),
			Message: fmt.Sprintf("nothing of %s would ship because of what programs open when they run", item),
			Fixes:   []string{"remove it", "what else ships and why is in --call=explain"},
		}
		if part, ok := parts.OfPath(item); ok && part.Default {
			d.Message = fmt.Sprintf("%s is of the part %s, which this does not leave out", item, part.Name)
			d.Fixes = []string{fmt.Sprintf("write the part's name: exclude: [%s]", part.Name)}
		} else if name, by := r.broughtBy(p, item); by != "" {
			d.Message = fmt.Sprintf("%s ships although %s is excluded: %s needs it", name, item, by)
			d.Fixes = []string{fmt.Sprintf("exclude what needs it: exclude: [%s]", by), "remove it"}
		} else if !isNeedName(item) {
			continue
		}
		r.Report(d)
	}
}

// broughtBy finds a library that an item of exclude stands for and that ships because
// something needs it which ships by evidence.
func (r *Finisher) broughtBy(p *plan.Plan, item string) (name, by string) {
	names, needs := map[string]string{}, map[string]bool{}
	for _, pkg := range p.Packages {
		names[pkg.PURL] = pkg.Name
	}
	for _, e := range p.Entries {
		if e.Reason.Cause == plan.CauseNeed {
			needs[e.Path] = true
		}
	}
	for _, e := range p.Entries {
		if e.Reason.Cause != plan.CauseNeed && draft.Excludes(item, e.Path, names[e.Package]) {
			for _, by := range e.Reason.Chain {
				if needs[by] {
					return e.Path, by
				}
			}
		}
	}
	return "", ""
}

// isNeedName reports whether an item of exclude stands for needs alone: it is a path or a
// package.
func isNeedName(item string) bool {
	part, ok := parts.Lookup(item)
	return strings.HasPrefix(item, "/") || !strings.Contains(item, ".so") && !(ok && part.Default)
}
