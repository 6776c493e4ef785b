package evidence

import (
	"cmp"
	"path"
	"slices"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
)

// askedFor are the packages that the spec has a source install by their names, without those of the
// programs that it ships from there, with the parts that these consist of. Whoever asks for such a package
// wants what it adds to the programs: plugins that nothing relates to them, programs that their
// configurations start, modules that are loaded by names which are found out.
func (r *Gatherer) askedFor(tree string) ([]*plan.Package, error) {
	if known, ok := r.needs.askedFor[tree]; ok {
		return known, nil
	}
	db, err := r.Database(tree)
	if err != nil || db == nil || len(r.Req.Installed[tree]) == 0 {
		return nil, err
	}
	named, err := db.AskedFor(r.Req.Installed[tree])
	if err != nil {
		return nil, r.Unreadable(tree, err)
	}
	shipped, err := r.packagesOfPrograms(tree)
	if err != nil {
		return nil, err
	}
	tools, err := r.packagesOfTools(tree)
	if err != nil {
		return nil, err
	}
	named = slices.DeleteFunc(named, func(p *plan.Package) bool { return tools[p.PURL] || r.bringsPrograms(p, named, shipped) })
	var out []*plan.Package
	for _, p := range named {
		parts, err := r.PartsOf(tree, p)
		if err != nil {
			return nil, err
		}
		if needspkg.ForDevelopment(p.Name) {
			continue
		}
		for _, q := range append([]*plan.Package{p}, parts...) {
			if !shipped[q.PURL] {
				out = append(out, q)
			}
		}
	}
	r.needs.askedFor[tree] = out
	return out, nil
}

// bringsPrograms tells whether a package is asked for because it has a program that ships, or a part of it has:
// of apache2 the program is in apache2-bin. But git-email is asked for beside git.
func (r *Gatherer) bringsPrograms(p *plan.Package, named []*plan.Package, shipped map[string]bool) bool {
	source := func(p *plan.Package) string { return cmp.Or(p.Source, p.Name) }
	if shipped[p.PURL] {
		return true
	}
	for _, purl := range sortedKeys(shipped) {
		of := r.Owners.Packages[purl]
		if of != nil && source(of) == source(p) && !slices.ContainsFunc(named, func(q *plan.Package) bool { return q.PURL == purl }) {
			return true
		}
	}
	return false
}

// packagesOfPrograms are the packages of the programs that the spec names in a source.
func (r *Gatherer) packagesOfPrograms(tree string) (map[string]bool, error) {
	var paths []string
	for _, p := range r.Roots {
		if p.Tree == tree && !p.Need && !p.Extra {
			paths = append(paths, p.Path)
		}
	}
	return r.packagesBehind(tree, paths)
}

// packagesOfTools are those of programs of a source that only tests run.
func (r *Gatherer) packagesOfTools(tree string) (map[string]bool, error) {
	var paths []string
	for _, tool := range r.Req.Tools {
		if request.TreeOf(tool) == tree {
			paths = append(paths, tool.Path)
		}
	}
	return r.packagesBehind(tree, paths)
}

// packagesBehind are the packages of what paths of a source lead to.
func (r *Gatherer) packagesBehind(tree string, paths []string) (map[string]bool, error) {
	var physical []string
	for _, name := range paths {
		found, err := rootfs.Resolve(r.Trees[tree], name)
		if rootfs.IsAbsent(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		physical = append(physical, found.Path)
	}
	of, err := r.PackagesOf(tree, physical)
	out := map[string]bool{}
	for _, purl := range of {
		out[purl] = true
	}
	return out, err
}

// isAskedFor tells whether a package is one of askedFor.
func (r *Gatherer) isAskedFor(tree string, p *plan.Package) bool {
	asked, err := r.askedFor(tree)
	return err == nil && p != nil && slices.ContainsFunc(asked, func(q *plan.Package) bool { return q.PURL == p.PURL })
}

// needAskedPrograms ships the programs that a configuration of a program names which are of packages that
// the spec asks for: ImageMagick's delegates.xml has rsvg-convert and thirty others.
func (s shipment) needAskedPrograms(by draft.Object, text []byte) error {
	asked, err := s.askedFor(by.Tree)
	if err != nil || len(asked) == 0 {
		return err
	}
	words := needspkg.Words([]byte(strings.ReplaceAll(string(text), "&quot;", `"`)))
	for _, p := range asked {
		names, err := s.PhysicalContents(by.Tree, p)
		if err != nil {
			return err
		}
		for _, name := range names {
			word := path.Base(name)
			if !needspkg.Program(name) || needspkg.NeverShip(name) || needspkg.Ordinary(word) || !words[word] {
				continue
			}
			ship := s.namedIn(by, s.own, word)
			ship.program = true
			if err := ship.present(name, familyFile{pkg: p}); err != nil {
				return err
			}
		}
	}
	return nil
}

// needBuildTools ships the programs of packages that the spec asks for beside a program that builds by
// rules which its user writes: Make starts whatever these name.
func (r *Gatherer) needBuildTools(o draft.Object, own *family) error {
	if o.Need || o.Helper || !needspkg.FollowsRules(o.Path) {
		return nil
	}
	return r.eachAskedFor(o.Tree, func(p *plan.Package, name string) error {
		if !needspkg.Program(name) || needspkg.NeverShip(name) {
			return nil
		}
		ship := r.shipmentOf(o, own, plan.EvidenceRule, "what the spec asks for by name")
		ship.program = true
		return ship.present(name, familyFile{pkg: p})
	})
}

// eachAskedFor does something for each file of the packages that the spec asks for in a source.
func (r *Gatherer) eachAskedFor(tree string, do func(p *plan.Package, name string) error) error {
	asked, err := r.askedFor(tree)
	if err != nil {
		return err
	}
	for _, p := range asked {
		names, err := r.PhysicalContents(tree, p)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := do(p, name); err != nil {
				return err
			}
		}
	}
	return nil
}
