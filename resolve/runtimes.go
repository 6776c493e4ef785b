package resolve

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
	"github.com/sinter-build/sinter/start"
)

// A languageRuntime is an interpreter that ships, or the library that holds one.
type languageRuntime struct {
	language runtimes.Language
	object   object
}

// noteRuntime keeps an object that runs programs of a language. What a runtime brings
// along is part of it.
func (r *resolver) noteRuntime(o object) {
	if o.need {
		return
	}
	for _, l := range runtimes.All() {
		if l.Runs(o.path, o.file.Soname) {
			r.needs.runtimes = append(r.needs.runtimes, languageRuntime{l, o})
			r.needs.appFiles = -1 // it has not been asked
		}
	}
}

// findRuntimeNeeds ships what the languages of the image open. They are asked again when there
// are more files of the app than before.
func (r *resolver) findRuntimeNeeds() error {
	if len(r.needs.runtimes) == 0 {
		return nil
	}
	app, err := r.appFiles()
	if err != nil || len(app) == r.needs.appFiles {
		return err
	}
	r.needs.appFiles = len(app)
	for _, rt := range slices.Clone(r.needs.runtimes) {
		if err := r.runtimeNeeds(rt, app); err != nil {
			return err
		}
	}
	return nil
}

// runtimeNeeds ships what one runtime opens.
func (r *resolver) runtimeNeeds(rt languageRuntime, app []runtimes.AppFile) error {
	tree := r.trees[rt.object.tree]
	app = slices.Clone(app)
	for i := range app {
		app[i].SameTree = app[i].Tree == tree
	}
	result, err := rt.language.Needs(runtimes.Request{
		Tree: tree, Path: rt.object.path, To: rt.object.to, Platform: r.req.Platform, Settings: r.req.Runtime,
		Env: r.req.Env, Workdir: r.req.Workdir, Image: r.trees[treeImage], Commands: r.commandLines(), App: app,
		Package: func(name string) ([]string, error) { return r.siblings(rt.object.tree, name) },
	})
	if err != nil {
		return err
	}
	for _, n := range result.Needs {
		if err := r.shipNeed(rt.object, n); err != nil {
			return err
		}
	}
	for _, m := range result.Missing {
		r.reportMissing(m)
	}
	return nil
}

// commandLines are what the config starts.
func (r *resolver) commandLines() [][]string {
	var out [][]string
	for _, c := range r.req.Commands {
		out = append(out, append([]string{c.Name}, c.Args...))
	}
	return out
}

// shipNeed ships a file or directory that a language names.
func (r *resolver) shipNeed(o object, n runtimes.Need) error {
	found, err := rootfs.Resolve(r.trees[o.tree], n.Path)
	if err != nil {
		return rootfs.UnlessAbsent(err)
	}
	s := shipment{resolver: r, object: o, own: &family{files: map[string]familyFile{}}, need: &n, root: found.Path}
	s.reason = plan.Reason{Cause: plan.CauseNeed, At: o.at, Chain: o.chain, Evidence: &n.Evidence}
	if err := s.gather(found); err != nil {
		return err
	}
	s.links(found)
	if found.Info.IsDir() {
		return s.directory(found)
	}
	return s.file(found)
}

// gather makes a file, or all that is below a directory, of the family.
func (s shipment) gather(found rootfs.Resolved) error {
	if _, ok := s.own.files[found.Path]; ok {
		return nil
	}
	files := familyFile{own: true}
	add := func(name string) {
		s.own.files[name] = files
		s.own.names = append(s.own.names, name)
	}
	add(found.Path)
	if found.Info.IsDir() {
		left := maxFiles
		if err := s.walk(found.Path, &left, add); err != nil {
			return err
		}
	}
	slices.Sort(s.own.names)
	s.own.names = slices.Compact(s.own.names)
	return nil
}

// walk lists what is below a directory and does not stay out. The rest of one with more
// than maxFiles is not listed.
func (s shipment) walk(dir string, left *int, add func(string)) error {
	tree := s.trees[s.object.tree]
	list, err := fs.ReadDir(tree, rootfs.Name(dir))
	if err != nil {
		return err
	}
	for _, e := range list {
		name := path.Join(dir, e.Name())
		info, err := tree.Lstat(rootfs.Name(name))
		if err != nil {
			return err
		}
		if *left--; *left < 0 || s.leaves(name, info) {
			continue
		}
		add(name)
		if info.IsDir() {
			if err := s.walk(name, left, add); err != nil {
				return err
			}
		}
	}
	return nil
}

// appFiles are the files of the image that languages look at, sorted by their paths.
func (r *resolver) appFiles() ([]runtimes.AppFile, error) {
	var out []runtimes.AppFile
	for _, e := range r.entries {
		switch {
		case e.Kind != plan.KindFile || e.Reason.Cause != plan.CauseFile:
		case e.From != nil && runtimes.Reads(e.From.Path):
			out = append(out, runtimes.AppFile{To: e.Path, Tree: r.trees[e.From.Tree], Path: e.From.Path, At: e.Reason.At})
		case e.From == nil && runtimes.Reads(e.Path):
			found, err := rootfs.Resolve(r.trees[treeImage], e.Path)
			if err != nil {
				return nil, rootfs.UnlessAbsent(err)
			}
			out = append(out, runtimes.AppFile{To: e.Path, Tree: r.trees[treeImage], Path: found.Path, At: e.Reason.At})
		}
	}
	for _, p := range r.roots {
		if p.facts.Kind == linkage.Script && p.tree != treeImage {
			found, err := rootfs.Resolve(r.trees[p.tree], p.path)
			if err != nil {
				return nil, rootfs.UnlessAbsent(err)
			}
			interpreter := p.facts.Shebang.Interp
			if names := start.Needs(p.facts.Shebang, r.req.Env); len(names) > 0 {
				interpreter = names[len(names)-1] // what env starts
			}
			out = append(out, runtimes.AppFile{To: p.to, Tree: r.trees[p.tree], Path: found.Path, At: p.at, Interpreter: interpreter})
		}
	}
	slices.SortFunc(out, func(a, b runtimes.AppFile) int {
		return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(b.Interpreter, a.Interpreter))
	})
	return slices.CompactFunc(out, func(a, b runtimes.AppFile) bool { return a.To == b.To }), nil
}

// siblings are the files of the package that owns a file of a tree.
func (r *resolver) siblings(tree, name string) ([]string, error) {
	if err := r.lookUp(tree, []string{name}); err != nil {
		return nil, err
	}
	pkg := r.owners.packages[r.owners.of[plan.Origin{Tree: tree, Path: name}]]
	db, err := r.database(tree)
	if err != nil || db == nil || pkg == nil {
		return nil, err
	}
	names, err := db.Contents(pkg)
	if err != nil {
		return nil, r.unreadable(tree, err)
	}
	return names, nil
}

// reportMissing tells what a program opens and no tree has.
func (r *resolver) reportMissing(m runtimes.Missing) {
	place := m.In
	if m.Line > 0 {
		place = fmt.Sprintf("%s:%d", m.In, m.Line)
	}
	d := diag.Diagnostic{
		Code: "module-not-found", At: m.At, Severity: diag.SeverityWarning,
		Message: fmt.Sprintf("%s, which %s asks for, is not there", m.Name, place),
		Runtime: m.Runtime, Fixes: m.Fixes,
	}
	if m.Fails {
		d.Severity = diag.SeverityError
	}
	r.report(d)
}
