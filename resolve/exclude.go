package resolve

import (
	"fmt"
	"path"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/provided"
)

// excludesNeed tells whether the spec leaves out something that would ship by evidence: by
// its path or that of a directory around it, by the name of a library, or by the name
// of the package that it is of.
func (r *resolver) excludesNeed(name, pkg string) bool {
	for i, item := range r.req.Exclude {
		hit := provided.Matches(item, path.Base(name)) || item == pkg
		if strings.HasPrefix(item, "/") {
			hit = name == item || strings.HasPrefix(name, item+"/")
		}
		if hit {
			r.usedExclusions[i] = true
			return true
		}
	}
	return false
}

// reportUnusedExclusions warns of paths and packages that are excluded and would not have
// shipped.
func (r *resolver) reportUnusedExclusions() {
	for i, item := range r.req.Exclude {
		if r.usedExclusions[i] || !isNeedName(item) {
			continue
		}
		r.report(diag.Diagnostic{
			Code: "exclusion-unused", Severity: diag.SeverityWarning, At: fmt.Sprintf("exclude[%d]", i),
			Message: fmt.Sprintf("nothing of %s would ship because of what programs open when they run", item),
			Fixes:   []string{"remove it", "what else ships and why is in --call=explain"},
		})
	}
}

// isNeedName tells the items of exclude that stand for needs alone: paths and packages.
func isNeedName(item string) bool {
	part, ok := parts.Lookup(item)
	return strings.HasPrefix(item, "/") || !strings.Contains(item, ".so") && !(ok && part.Default)
}

// packageName is the name of a package, "" for none.
func packageName(p *plan.Package) string {
	if p == nil {
		return ""
	}
	return p.Name
}
