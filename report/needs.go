package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// Needs of one package are told where they are large: what programs may do without, and
// what the spec can leave out.
const (
	largeNeed  = 8 << 20 // bytes
	largeShare = 10      // and one part in so many of the image
)

// need is what ships by evidence of one package, with the libraries of that.
type need struct {
	pkg   string
	bytes int64
}

// largeNeeds lists the packages of which much ships by evidence, the largest first.
func largeNeeds(p *plan.Plan) []need {
	of, total := map[string]string{}, int64(0)
	for _, e := range p.Entries {
		total += e.Size
		if e.Reason.Cause == plan.CauseNeed && e.Reason.Evidence != nil {
			of[e.Path] = e.Reason.Evidence.Package
		}
	}
	bytes := map[string]int64{}
	for _, e := range p.Entries {
		pkg := of[e.Path]
		if e.Reason.Cause == plan.CauseLibrary && len(e.Reason.Chain) > 0 {
			pkg = of[e.Reason.Chain[0]]
		}
		if pkg != "" {
			bytes[pkg] += e.Size
		}
	}
	var out []need
	for _, pkg := range slices.Sorted(maps.Keys(bytes)) {
		if n := bytes[pkg]; n >= largeNeed && n*largeShare >= total {
			out = append(out, need{pkg, n})
		}
	}
	return largestFirst(out, func(n *need) int64 { return n.bytes })
}

// needsText says which words leave out what is large: "opened at run time: vim-runtime 36.0
// MB (exclude: [vim-runtime] leaves it out)".
func needsText(p *plan.Plan) string {
	var words []string
	for _, n := range largeNeeds(p) {
		words = append(words, fmt.Sprintf("%s %s (exclude: [%s] leaves it out)", n.pkg, size(n.bytes), n.pkg))
	}
	if len(words) == 0 {
		return ""
	}
	return "; opened at run time: " + strings.Join(words, ", ")
}

// wantedText says which words bring what does not ship: "not shipped: /bin/sh 0.1 MB (ctags
// runs sort by a shell; files: [debian:/bin/sh] brings it)".
func wantedText(img *Image) string {
	var words []string
	for _, w := range img.Wanted {
		if w.Told {
			words = append(words, fmt.Sprintf("%s %s (%s; %s)", w.Path, size(w.Size), w.why(), w.bringing()))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return "; not shipped: " + strings.Join(words, ", ")
}
