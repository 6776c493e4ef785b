package plan

import (
	"slices"
	"strings"
)

// Unshipped are the sources that install packages of which the image has nothing, each with
// those packages alone, as the spec names them. There are none where it is not known which
// packages the image has files of.
//
// Mostly such a package is one that only others need, or one without files of its own. But
// where a program does not find something, it is a good guess.
func (p *Plan) Unshipped() []Source {
	if len(p.Packages) == 0 {
		return nil
	}
	var out []Source
	for _, src := range p.Sources {
		src.Packages = slices.DeleteFunc(slices.Clone(src.Packages), func(named string) bool {
			return slices.ContainsFunc(p.Packages, func(of Package) bool { return isPackage(named, of.Name) })
		})
		if len(src.Packages) > 0 {
			out = append(out, src)
		}
	}
	return out
}

// isPackage reports whether a package is the one that is named to a package manager: with a
// version as in "curl=7.88.1-10", "curl~8" or "curl-7.88", a repository as in "curl@edge", or
// an architecture as in "curl:arm64".
func isPackage(named, name string) bool {
	rest, ok := strings.CutPrefix(named, name)
	if !ok || rest == "" {
		return ok
	}
	if rest[0] == '-' {
		return len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9'
	}
	return strings.IndexByte("=<>~@:", rest[0]) >= 0
}
