package draft

import (
	"slices"

	"github.com/sinter-build/sinter/imagecheck"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/request"
)

// SourceRanks lists the sources that a part can come from, those with the best
// claim first: the one of the program that the image starts, those of its other
// binaries, those of the C library and of the other libraries that ship, and then
// all. The build context is none.
func (r *Draft) SourceRanks() [][]string {
	var started, binaries, libc, libraries []string
	for _, bin := range r.Req.Binaries {
		binaries = append(binaries, request.TreeOf(bin.From))
		if slices.ContainsFunc(r.Req.Commands, func(c imagecheck.Command) bool { return c.Name == bin.To }) {
			started = append(started, request.TreeOf(bin.From))
		}
	}
	for _, e := range r.Entries {
		switch {
		case e.From == nil:
		case e.Reason.Cause == plan.CauseInterpreter:
			libc = append(libc, e.From.Tree)
		case e.Reason.Cause.IsObject():
			libraries = append(libraries, e.From.Tree)
		}
	}
	all := r.PartTrees()
	ranks := [][]string{started, binaries, libc, libraries, all}
	for i, rank := range ranks {
		ranks[i] = slices.DeleteFunc(slices.Clone(all), func(tree string) bool { return !slices.Contains(rank, tree) })
	}
	return ranks
}

// PartTrees lists the sources in the order in which they stand for the image's
// distribution: those that libraries are looked for in, then every other.
func (r *Draft) PartTrees() []string {
	var out []string
	for _, name := range slices.Concat(r.Req.Libraries.From, r.Req.Trees) {
		if _, ok := r.Trees[name]; ok && name != plan.TreeContext && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
