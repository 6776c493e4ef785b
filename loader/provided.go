package loader

import (
	"slices"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/provided"
)

// Provided is a library that something asks for and that is not looked for, since it
// is there when the program runs: see Options.Provided.
type Provided struct {
	Name string
	// NeededBy are the To paths of the objects that ask for it, in the order in
	// which they do.
	NeededBy []string
}

func (s *search) isProvided(name string) bool {
	return s.opt.Provided != nil && s.opt.Provided(name)
}

func (s *search) isExcluded(name string) bool {
	return slices.ContainsFunc(s.opt.Exclude, func(item string) bool { return provided.Matches(item, name) })
}

// provide notes that an object asks for a provided library.
func (s *search) provide(name string, req *object) {
	i := slices.IndexFunc(s.provided, func(p Provided) bool { return p.Name == name })
	if i < 0 {
		i = len(s.provided)
		s.provided = append(s.provided, Provided{Name: name})
	}
	if p := &s.provided[i]; !slices.Contains(p.NeededBy, req.To) {
		p.NeededBy = append(p.NeededBy, req.To)
	}
}

// mayBeProvided reports whether a symbol can be one of a provided library, whose symbols
// are not known: one with a version is the library's that the object wants the version
// of.
func (s *search) mayBeProvided(ref *elffile.Reference) bool {
	if ref.Version == nil {
		return len(s.provided) > 0
	}
	return s.isProvided(ref.Version.File)
}
