package draft

import (
	"path"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/provided"
)

// ExcludesNeed reports whether the spec leaves out something that would ship by evidence: by
// its path or that of a directory around it, by the name of a library, or by the name
// of the package that it is of.
func (r *Draft) ExcludesNeed(name, pkg string) bool {
	for i, item := range r.Req.Exclude {
		if Excludes(item, name, pkg) {
			r.UsedExclusions[i] = true
			return true
		}
	}
	return false
}

// Excludes reports whether an item of exclude stands for a path of a package.
func Excludes(item, name, pkg string) bool {
	if strings.HasPrefix(item, "/") {
		return name == item || strings.HasPrefix(name, item+"/")
	}
	return provided.Matches(item, path.Base(name)) || item == pkg
}

// PackageName is the name of a package, "" for none.
func PackageName(p *plan.Package) string {
	if p == nil {
		return ""
	}
	return p.Name
}
