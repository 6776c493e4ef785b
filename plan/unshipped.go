package plan

import "slices"

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
			return slices.ContainsFunc(p.Packages, func(of Package) bool { return of.IsAskedFor(named) })
		})
		if len(src.Packages) > 0 {
			out = append(out, src)
		}
	}
	return out
}
