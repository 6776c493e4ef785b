package packages

import "iter"

// Limits of what counting dependents may cost in a hostile database. Real ones
// have a hundred thousand names at most, and a few packages to a name.
const (
	maxRelations = 4 << 20
	maxProviders = 64
)

// dependents counts for each package how many others name it, or what it
// provides, as what they need.
type dependents[E interface {
	comparable
	depended()
}] struct {
	by   map[string][]E
	left int
}

func newDependents[E interface {
	comparable
	depended()
}]() *dependents[E] {
	return &dependents[E]{by: map[string][]E{}, left: maxRelations}
}

// provides notes the names that others may need a package by.
func (d *dependents[E]) provides(e E, names iter.Seq[string]) {
	for name := range names {
		if d.left--; d.left < 0 {
			return
		}
		if len(d.by[name]) < maxProviders {
			d.by[name] = append(d.by[name], e)
		}
	}
}

// needs counts a package once for each other one that it needs.
func (d *dependents[E]) needs(e E, names iter.Seq[string]) {
	counted := map[E]bool{e: true}
	for name := range names {
		if d.left--; d.left < 0 {
			return
		}
		for _, other := range d.by[name] {
			if !counted[other] {
				counted[other] = true
				other.depended()
			}
		}
	}
}

// depended counts one dependent more.
func (p *Package) depended() { p.Dependents++ }
