package evidence

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/linkage"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
)

// A languageRuntime is an interpreter that ships, or the library that holds one.
type languageRuntime struct {
	language runtimes.Language
	object   draft.Object
	// asked is how many files and commands of the app there were when its needs were
	// found, and missing is what was not there then.
	asked   int
	missing []runtimes.Missing
	// trustStores are the paths in the image of its own stores of certificates.
	trustStores []string
}

// TrustStores are the paths in the image at which runtimes have stores of certificates of their own.
func (r *Gatherer) TrustStores() []string {
	var out []string
	for _, rt := range r.needs.runtimes {
		out = append(out, rt.trustStores...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// noteRuntime keeps an object that runs programs of a language. What a runtime brings
// along is part of it, but for a shell, which runs whatever scripts ship.
func (r *Gatherer) noteRuntime(o draft.Object) {
	if o.Need && !needspkg.IsShell(o.Path) || o.File == nil {
		return
	}
	for _, l := range runtimes.All() {
		if l.Runs(o.Path, o.File.Soname) {
			r.needs.runtimes = append(r.needs.runtimes, &languageRuntime{language: l, object: o})
		}
	}
}

// findRuntimeNeeds ships what the languages of the image open. They are asked again when there
// is more of the app than before.
func (r *Gatherer) findRuntimeNeeds() error {
	r.noteFilesRun()
	app, err := r.appFiles()
	for i := 0; err == nil && i < len(r.needs.runtimes); i++ {
		rt := r.needs.runtimes[i]
		if known := 1 + len(app) + len(r.needs.commands); rt.asked != known && r.starts(rt, app) {
			rt.asked = known
			if err := r.runtimeNeeds(rt, app); err != nil {
				return err
			}
			i = -1 // it may have brought more of the app
			r.noteFilesRun()
			app, err = r.appFiles()
		}
	}
	return err
}

// starts tells whether a runtime starts. A library that holds one does where a program
// needs it itself and no other such library, its own program does not ship, and there is
// something for it to run: what can be extended in a language starts it when it is asked
// to. Of what ships by evidence nothing says that it is used, but for plugins that are
// there for this program.
func (r *Gatherer) starts(rt *languageRuntime, app []runtimes.AppFile) bool {
	o := rt.object
	if o.File.Executable() || len(o.Chain) < 2 {
		return true
	}
	chain := r.ownChain(o)
	if r.opensModules(rt) {
		return r.startsAlone(rt, chain[0])
	}
	if len(chain) != 2 {
		return false
	}
	runs := func(f runtimes.AppFile) bool { return rt.language.Reads(f.Path) }
	if p := r.RootsByPath[chain[0]]; p != nil && p.Need && !p.Command {
		if !p.Library() || !r.isAddition(p) && !r.isMadeOf(rt, chain[0]) {
			return false
		}
	} else if !slices.ContainsFunc(app, runs) && !r.isMadeOf(rt, chain[0]) {
		return false
	}
	return r.startsAlone(rt, chain[0])
}

// startsAlone tells whether a library that holds a language is the only runtime for what has it loaded: the
// language's own program does not ship, and no library of another language is loaded there.
func (r *Gatherer) startsAlone(rt *languageRuntime, by string) bool {
	for _, other := range r.needs.runtimes {
		if other == rt {
			continue
		}
		if other.language == rt.language && other.object.Tree == rt.object.Tree && other.object.File.Executable() {
			return false
		}
		if other.language != rt.language && len(other.object.Chain) > 1 && r.ownChain(other.object)[0] == by {
			return false
		}
	}
	return true
}

// opensModules tells whether a library between a program and that of a language has modules in it: the
// library names them, so that they ship, as libsigrokdecode does its decoders in Python.
func (r *Gatherer) opensModules(rt *languageRuntime) bool {
	chain := rt.object.Chain
	if len(chain) < 3 {
		return false
	}
	by := chain[len(chain)-2]
	return slices.ContainsFunc(r.Entries, func(e imagetree.Entry) bool {
		ev := e.Reason.Evidence
		return ev != nil && ev.Kind == plan.EvidenceNamed && ev.In == by && rt.language.Reads(e.Path) && !strings.HasPrefix(e.Path, "/etc/")
	})
}

// ownChain is the chain to a library that holds a runtime, from what has it loaded: for a plugin
// it does not matter what opens that.
func (r *Gatherer) ownChain(o draft.Object) []string {
	if len(o.Chain) > 1 && r.Library(o.Chain[1]) != nil {
		return o.Chain[1:]
	}
	return o.Chain
}

// isAddition tells of a plugin that is there for a program that the spec names: its package
// depends on the program's, which can do without it, so that it was installed for itself.
func (r *Gatherer) isAddition(plugin *draft.Root) bool {
	added := r.familyOf(plugin)
	if added == nil {
		return false
	}
	return slices.ContainsFunc(r.Roots, func(p *draft.Root) bool {
		if p.Need || p.Tree != plugin.Tree || p.Facts.File == nil {
			return false
		}
		to := r.familyOf(p)
		return to != nil && to.of != added.of && dependsOn(added, to.of) && !dependsOn(to, added.of)
	})
}

// dependsOn tells whether the package of a family depends on another one.
func dependsOn(f *family, on *plan.Package) bool {
	return slices.ContainsFunc(f.direct, func(p *plan.Package) bool { return p.PURL == on.PURL })
}

// familyOf is the family of the package of a root, or nil.
func (r *Gatherer) familyOf(p *draft.Root) *family {
	found, err := rootfs.Resolve(r.Trees[p.Tree], p.Path)
	if err != nil {
		return nil
	}
	of, err := r.PackagesOf(p.Tree, []string{found.Path})
	if err != nil || of[found.Path] == "" {
		return nil
	}
	own, err := r.family(p.Tree, r.Owners.Packages[of[found.Path]])
	if err != nil {
		return nil
	}
	return own
}

// isMadeOf tells whether a program that is linked with the library of a language is a start for
// modules in it: these are in a package of the same source, or in its own if that depends on the
// language's interpreter, too.
func (r *Gatherer) isMadeOf(rt *languageRuntime, program string) bool {
	p := r.RootsByPath[program]
	if p == nil || p.Tree != rt.object.Tree {
		return false
	}
	own := r.familyOf(p)
	if own == nil || own.load() != nil {
		return false
	}
	runs := func(name string) bool {
		return needspkg.Program(name) && rt.language.Runs(name, "")
	}
	interpreted := !p.Library() && slices.ContainsFunc(own.names, runs)
	modules := func(name string) bool {
		example := strings.HasPrefix(name, "/etc/") // for who extends it
		of := own.files[name].pkg
		return rt.language.Reads(name) && !example && (slices.Contains(own.depends, of) || interpreted && of == own.of)
	}
	return slices.ContainsFunc(own.names, modules)
}

// askRuntime asks a language what one runtime opens.
func (r *Gatherer) askRuntime(rt *languageRuntime, app []runtimes.AppFile) (runtimes.Result, error) {
	tree := r.Trees[rt.object.Tree]
	app = slices.Clone(app)
	for i := range app {
		app[i].SameTree = app[i].Tree == tree
	}
	ask := runtimes.Request{
		Tree: tree, Path: rt.object.Path, To: rt.object.To, At: rt.object.At, Platform: r.Req.Platform, Settings: r.Req.Runtime, Makes: r.Req.Makes,
		Env: r.Req.Env, Workdir: r.Req.Workdir, Image: r.Trees[plan.TreeImage], Commands: r.commandLines(), App: app,
		Owners:   func(names []string) (map[string]string, error) { return r.PackagesOf(rt.object.Tree, names) },
		Contents: func(purl string) ([]string, error) { return r.ContentsOf(rt.object.Tree, purl) },
		Depends:  func(purl string) ([]string, error) { return r.DependenciesOf(rt.object.Tree, purl) },
	}
	asked, err := r.askedFor(rt.object.Tree)
	if err != nil {
		return runtimes.Result{}, err
	}
	for _, p := range asked {
		r.Owners.Packages[p.PURL] = cmp.Or(r.Owners.Packages[p.PURL], p)
		ask.Asked = append(ask.Asked, p.PURL)
	}
	ask.Names, ask.Named = r.namesOf(rt.object)
	ask.Named = ask.Named || r.opensModules(rt) || !rt.object.File.Executable() && len(rt.object.Chain) == 2 && r.isMadeOf(rt, rt.object.Chain[0])
	return rt.language.Needs(ask)
}

// runtimeNeeds ships what one runtime opens.
func (r *Gatherer) runtimeNeeds(rt *languageRuntime, app []runtimes.AppFile) error {
	result, err := r.askRuntime(rt, app)
	if err != nil {
		return err
	}
	rt.missing, rt.trustStores = result.Missing, result.TrustStores
	for _, dir := range result.Decides {
		r.needs.decided[plan.Origin{Tree: rt.object.Tree, Path: dir}] = true
	}
	for _, n := range result.Needs {
		if err := r.shipNeed(rt.object, n); err != nil {
			return err
		}
	}
	if err := r.needsOfPackages(rt, result.Needs); err != nil {
		return err
	}
	for _, argv := range result.Commands {
		if !slices.ContainsFunc(r.needs.commands, func(known []string) bool { return slices.Equal(known, argv) }) {
			r.needs.commands = append(r.needs.commands, argv)
		}
	}
	for _, c := range result.Programs {
		if err := r.shipCommand(c, rt.object.Tree); err != nil {
			return err
		}
	}
	for _, by := range sortedKeys(result.Accounts) {
		words := map[string]bool{}
		for _, word := range result.Accounts[by] {
			words[word] = true
		}
		if err := r.noteAccounts(draft.Object{Tree: rt.object.Tree, To: by}, words, nil); err != nil {
			return err
		}
	}
	for _, n := range result.Writes {
		r.wantRunDirectory(rt.object, n.Path, n.Evidence.In, n.Evidence.Name)
	}
	for i := range r.Entries {
		if e := &r.Entries[i]; e.Info != nil && slices.Contains(result.KeepTimes, e.Path) {
			e.ModTime = new(e.Info.ModTime().Unix())
		}
		if e := &r.Entries[i]; result.Dated && e.Kind == plan.KindFile && e.Reason.Cause == plan.CauseFile && e.ModTime == nil {
			e.ModTime = new(int64(1))
		}
	}
	r.needs.listed = r.needs.listed || result.Listed
	for _, w := range result.Whole {
		r.Report(diag.Diagnostic{Code: "runtime-whole", At: w.At, Severity: diag.SeverityWarning, Message: w.Why, Fixes: w.Fixes})
	}
	return nil
}

// needsOfPackages ships the data of the packages of modules: packages that these depend on,
// of the same source, and of which nothing ships.
func (r *Gatherer) needsOfPackages(rt *languageRuntime, needs []runtimes.Need) error {
	o := rt.object
	var names []string
	for _, n := range needs {
		names = append(names, n.Path)
	}
	of, err := r.PackagesOf(o.Tree, names)
	if err != nil {
		return err
	}
	for _, purl := range slices.Compact(slices.Sorted(maps.Values(of))) {
		pkg := r.Owners.Packages[purl]
		own, err := r.family(o.Tree, pkg)
		if err != nil {
			return err
		}
		if slices.Contains([]string{"python", "ruby"}, rt.language.Name()) {
			if err := r.needDataOf(o, own, pkg); err != nil {
				return err
			}
		}
		own.depends = slices.DeleteFunc(slices.Clone(own.depends), func(p *plan.Package) bool { return slices.Contains(slices.Collect(maps.Values(of)), p.PURL) })
		if err := r.needDependencies(o, own, pkg, nil); err != nil {
			return err
		}
	}
	return nil
}

// needDataOf ships what a package of modules has for them outside of the directories of
// modules: templates, configuration. A distribution of Python lists it among its files.
func (r *Gatherer) needDataOf(o draft.Object, own *family, pkg *plan.Package) error {
	if err := own.load(); err != nil {
		return err
	}
	ship := r.shipmentOf(o, own, plan.EvidenceRule, "data of the modules of "+pkg.Name)
	for _, name := range own.names {
		file := own.files[name]
		if file.pkg == nil || file.pkg.PURL != pkg.PURL || !strings.HasPrefix(name, "/usr/share/") && !strings.HasPrefix(name, "/etc/") || needspkg.Shared(name) {
			continue
		}
		info, err := r.Trees[o.Tree].Lstat(rootfs.Name(name))
		if err != nil || info.IsDir() || needspkg.NeverShip(name) {
			continue
		}
		if err := ship.one(name, info, file); err != nil {
			return err
		}
	}
	return nil
}

// commandLines are what the config starts, and what scripts do.
func (r *Gatherer) commandLines() [][]string {
	var out [][]string
	for _, c := range r.Req.Commands {
		out = append(out, append([]string{c.Name}, c.Args...))
	}
	return append(out, r.needs.commands...)
}

// namesOf are the paths by which a program is started, and whether the spec itself
// names it.
func (r *Gatherer) namesOf(o draft.Object) (names []string, named bool) {
	is := func(tree, name string) bool {
		found, err := rootfs.Resolve(r.Trees[tree], name)
		return err == nil && tree == o.Tree && found.Path == o.Path
	}
	for _, p := range r.Roots {
		if is(p.Tree, p.Path) {
			names = append(names, p.Path, p.To)
		}
	}
	for _, b := range r.Req.Binaries {
		named = named || is(request.TreeOf(b.From), b.From.Path)
	}
	return names, named
}

// shipNeed ships a file or directory that a language names.
func (r *Gatherer) shipNeed(o draft.Object, n runtimes.Need) error {
	found, err := rootfs.Resolve(r.Trees[o.Tree], n.Path)
	if err != nil {
		return rootfs.UnlessAbsent(err)
	}
	if n.To == n.Path {
		n.To = "" // the links on the way ship, and what they lead to stays where it is
	}
	s := shipment{Gatherer: r, object: o, own: &family{files: map[string]familyFile{}}, need: &n, root: found.Path}
	s.reason = plan.Reason{Cause: plan.CauseNeed, At: o.At, Chain: o.Chain, Evidence: &n.Evidence}
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
		left := draft.MaxFiles
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
	tree := s.Trees[s.object.Tree]
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

// isPage tells of a file that may be of an app though the spec names only the directory around it, in a
// command or a configuration.
func (r *Gatherer) isPage(e imagetree.Entry) bool {
	for dir := e.Path; dir != "/" && dir != "." && len(r.needs.pages) > 0; dir = path.Dir(dir) {
		if r.needs.pages[dir] {
			return true
		}
	}
	return false
}

// appFiles are the files of the image that languages look at, sorted by their paths.
func (r *Gatherer) appFiles() ([]runtimes.AppFile, error) {
	out := map[string]runtimes.AppFile{}
	names := map[string][]string{} // their paths, by tree
	add := func(tree string, f runtimes.AppFile) {
		if old, ok := out[f.To]; ok && old.Interpreter != "" {
			return
		}
		f.Tree, f.Source = r.Trees[tree], tree
		out[f.To] = f
		names[tree] = append(names[tree], f.Path)
	}
	var shipped []string
	run := r.filesRun()
	for _, e := range r.Entries {
		if e.Kind != plan.KindFile || e.Reason.Cause != plan.CauseFile && !r.isPage(e) {
			continue
		}
		shipped = append(shipped, e.Path)
		interpreter := run[e.Path]
		if line := r.Scripts[e.Path]; line != nil {
			interpreter = r.InterpreterOf(line)
		}
		f := runtimes.AppFile{To: e.Path, At: e.Reason.At, Interpreter: interpreter}
		if e.From == nil {
			if found, err := rootfs.Resolve(r.Trees[plan.TreeImage], e.Path); err == nil && (interpreter != "" || runtimes.Reads(e.Path)) {
				f.Path = found.Path
				add(plan.TreeImage, f)
			}
			continue
		}
		if interpreter != "" || runtimes.Reads(e.From.Path) {
			f.Path = e.From.Path
			add(e.From.Tree, f)
		}
	}
	for _, p := range r.Roots {
		if p.Facts.Kind != linkage.Script || p.Tree == plan.TreeImage {
			continue
		}
		found, ok, err := r.Look(p.Tree, p.Path)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		add(p.Tree, runtimes.AppFile{To: p.To, Path: found.Path, At: p.At, Interpreter: r.InterpreterOf(p.Facts.Shebang), Script: true})
	}
	for _, o := range r.needs.sourced {
		add(o.Tree, runtimes.AppFile{To: o.To, Path: o.Path, At: o.At, Interpreter: "/bin/sh", Script: true})
	}
	owned := map[rootfs.FS]map[string]string{}
	for _, tree := range slices.Sorted(maps.Keys(names)) {
		of, err := r.PackagesOf(tree, names[tree])
		if err != nil {
			return nil, err
		}
		owned[r.Trees[tree]] = of
	}
	thirdParty := runtimes.ThirdParty(shipped)
	list := make([]runtimes.AppFile, 0, len(out))
	for _, to := range slices.Sorted(maps.Keys(out)) {
		f := out[to]
		// What is of a package is not the user's to mend.
		f.Own = owned[f.Tree][f.Path] == "" && !thirdParty(to)
		list = append(list, f)
	}
	return list, nil
}

// filesRun are the paths of the image that commands give to an interpreter, each with that:
// of "php bin/console serve" bin/console in the working directory. Whether there is such a
// file it does not say.
func (r *Gatherer) filesRun() map[string]string {
	return runtimes.FilesRun(r.commandLines(), r.Req.Workdir)
}

// noteFilesRun notes the files of packages that ship by evidence and that a command gives to a shell: they are
// parts of the script whose command it is, whatever their names.
func (r *Gatherer) noteFilesRun() {
	run := r.filesRun()
	for _, e := range r.Entries {
		if e.Kind != plan.KindFile || e.Reason.Cause != plan.CauseNeed || e.From == nil || !needspkg.IsShell(run[e.Path]) || r.Scripts[e.Path] != nil {
			continue
		}
		if slices.ContainsFunc(r.needs.sourced, func(o draft.Object) bool { return o.To == e.Path }) {
			continue
		}
		part := draft.Object{Tree: e.From.Tree, Path: e.From.Path, To: e.Path, At: e.Reason.At, Chain: []string{e.Path}, Info: e.Info, File: &elffile.File{}, Need: true}
		r.needs.sourced = append(r.needs.sourced, part)
		r.needs.unreadScripts = append(r.needs.unreadScripts, part)
	}
}

// ReportMissing tells what programs open and no tree has.
func (r *Gatherer) ReportMissing() error {
	for _, rt := range r.needs.runtimes {
		for _, m := range rt.missing {
			place := m.In
			if m.Line > 0 {
				place = fmt.Sprintf("%s:%d", m.In, m.Line)
			}
			d := diag.Diagnostic{
				Code: "module-not-found", At: m.At, Severity: diag.SeverityWarning,
				Message: fmt.Sprintf("%s, which %s asks for, %s", m.Name, place, cmp.Or(m.Is, "is not there")),
				Runtime: m.Runtime, Fixes: m.Fixes,
			}
			if m.Fails {
				d.Severity = diag.SeverityError
			}
			r.Report(d)
		}
	}
	return nil
}
