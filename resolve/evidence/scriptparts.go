package evidence

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/linkage"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
)

// needVariants ships the programs of its own packages of which a script of the spec starts the
// one that is installed: ghdl-mcode for a ghdl that has "mcode" in it.
func (r *Gatherer) needVariants(o draft.Object, own *family, text []byte) error {
	if o.Need {
		return nil
	}
	prefix := path.Base(o.Path) + "-"
	for _, name := range own.names {
		variant, ok := strings.CutPrefix(path.Base(name), prefix)
		if !ok || !own.files[name].own || !needspkg.Program(name) || !bytes.Contains(text, []byte(variant)) || !bytes.Contains(text, []byte(prefix)) {
			continue
		}
		if err := r.shipCommands(o, []string{name}); err != nil {
			return err
		}
	}
	return nil
}

// needInterpreters ships the interpreters that a script's package depends on where what runs the
// script is a script itself, which starts one of them: lua-any.
func (r *Gatherer) needInterpreters(o draft.Object, own *family) error {
	if o.Need {
		return nil
	}
	i := slices.IndexFunc(r.Roots, func(p *draft.Root) bool { return p.To == o.To })
	if i < 0 || r.Roots[i].Facts.Kind != linkage.Script {
		return nil
	}
	_, runs, ok, err := r.Starter(r.Trees[o.Tree]).Find(r.InterpreterOf(r.Roots[i].Facts.Shebang))
	if err != nil || !ok {
		return err
	}
	facts, err := linkage.ClassifyFile(r.Trees[o.Tree], runs, runs.Path, r.Req.Platform)
	if err != nil || facts.Kind != linkage.Script {
		return err
	}
	for _, name := range own.names {
		f := own.files[name]
		if f.pkg == nil || !needspkg.Interprets(name) || !slices.Contains(own.direct, f.pkg) {
			continue
		}
		if err := r.shipCommands(o, []string{name}); err != nil {
			return err
		}
	}
	return nil
}

// catalogs is where systems list what documents in XML refer to by addresses of the net.
const catalogs = "/etc/xml"

// needCatalogs ships the catalogs of XML where the package of a script of the spec depends on
// packages that are in them, and what is in those: definitions and stylesheets.
func (r *Gatherer) needCatalogs(o draft.Object, own *family) error {
	if o.Need {
		return nil
	}
	listed := false
	for _, dep := range own.direct {
		dirs := map[string]bool{}
		for _, name := range own.names {
			f := own.files[name]
			if f.pkg == nil || f.pkg.PURL != dep.PURL || !strings.HasPrefix(name, "/usr/share/xml/") {
				continue
			}
			if parts := strings.Split(name, "/"); len(parts) > 5 {
				dirs[strings.Join(parts[:5], "/")] = true
			}
		}
		for _, dir := range sortedKeys(dirs) {
			evidence := plan.Evidence{Kind: plan.EvidenceDepends, In: o.To, Name: dep.Name}
			if err := r.shipNeed(o, runtimes.Need{Path: dir, Evidence: evidence}); err != nil {
				return err
			}
			listed = true
		}
	}
	if !listed {
		return nil
	}
	if _, err := rootfs.Resolve(r.Trees[o.Tree], catalogs); err != nil {
		return rootfs.UnlessAbsent(err)
	}
	return r.shipNeed(o, runtimes.Need{Path: catalogs, Evidence: plan.Evidence{Kind: plan.EvidenceRule, In: o.To, Name: "the catalogs of XML"}})
}
