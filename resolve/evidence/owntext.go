package evidence

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/resolve/request"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/linkage"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
	"github.com/sinter-build/sinter/spec"
)

// An ownText is what a script or a configuration of the user's names. Nothing of a machine that
// built a program stands in it, so that what it names is meant.
type ownText struct {
	by draft.Object
	// mentions are those of a configuration.
	mentions needspkg.Mentions
	paths    []needspkg.Named
	commands [][]string
}

// maxOwn bounds what a path in a text of the user's brings, in bytes. What is larger is told.
const maxOwn = 64 << 20

// needsOfOwnTexts ships what the user's command and configurations name.
func (r *Gatherer) needsOfOwnTexts() error {
	if r.Req.Runtime.Needs != spec.NeedsAuto {
		return nil
	}
	if err := r.needsOfOwnCommand(); err != nil {
		return err
	}
	if err := r.needsOfOwnConfigs(); err != nil {
		return err
	}
	if err := r.needsOfOwnLinks(); err != nil {
		return err
	}
	return r.needsOfOwnPrograms()
}

// needsOfOwnPrograms ships what runs the scripts that the spec names one by one, to be started: what
// starts one may be told of it when the image runs, as entr is, or by a volume. Those that come with a
// directory may be tools of who writes the app.
func (r *Gatherer) needsOfOwnPrograms() error {
	trees := r.StartedTrees()
	for i := range r.Entries {
		e := r.Entries[i]
		if e.Kind != plan.KindFile || e.Reason.Cause != plan.CauseFile || e.Mode&0o111 == 0 || e.Path != e.Scope {
			continue
		}
		key := plan.Origin{Tree: plan.TreeImage, Path: e.Path}
		if r.needs.texts[key] || len(trees) == 0 {
			continue
		}
		r.needs.texts[key] = true
		if has, ok, err := r.Look(plan.TreeImage, e.Path); err != nil {
			return err
		} else if !ok || !r.canStart(plan.TreeImage, has) {
			continue
		}
		for _, tree := range trees {
			o := draft.Object{Tree: tree, Path: e.Path, To: e.Path, At: e.Reason.At, Chain: []string{e.Path}}
			if err := r.needsOfOwnText(ownText{by: o, commands: [][]string{{e.Path}}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// needsOfOwnConfigs ships what the configurations name that the spec does and that no package has:
// files that the user has put into the source of a program, and programs that they start.
func (r *Gatherer) needsOfOwnConfigs() error {
	trees := r.StartedTrees()
	for i := range r.Entries { // what is added meanwhile is none of the spec's
		e := r.Entries[i]
		if e.Kind != plan.KindFile || e.Reason.Cause != plan.CauseFile || !needspkg.IsConfig(e.Path) {
			continue
		}
		for _, tree := range trees {
			if key := (plan.Origin{Tree: tree, Path: e.Path}); r.needs.texts[key] {
				continue
			} else {
				r.needs.texts[key] = true
			}
			if err := r.needsOfOwnConfig(e, tree); err != nil {
				return err
			}
		}
	}
	return nil
}

// packaged reports whether a file of the spec is of a package of its source.
func (r *Gatherer) packaged(e imagetree.Entry) (bool, error) {
	if e.From == nil {
		return false, nil
	}
	of, err := r.PackagesOf(e.From.Tree, []string{e.From.Path})
	return of[e.From.Path] != "", err
}

func (r *Gatherer) needsOfOwnConfig(e imagetree.Entry, tree string) error {
	if packaged, err := r.packaged(e); err != nil || packaged {
		return err
	}
	m, err := r.mentioned(e)
	if err != nil {
		return err
	}
	t := ownText{by: draft.Object{Tree: tree, Path: e.Path, To: e.Path, At: e.Reason.At, Chain: []string{e.Path}}, mentions: m, commands: m.Commands}
	t.paths = slices.Concat(m.Paths, m.Own, relativeTo(e.Path, m))
	r.needs.settings = r.needs.settings || len(m.Commands) > 0
	for _, line := range m.Shell {
		t.commands = append(t.commands, runtimes.ShellCommands(line)...)
	}
	return r.needsOfOwnText(t)
}

// relativeTo are the paths that a configuration has which are not absolute, from where it lies and
// from the directory around: httpd's is in the directory conf of what it calls ServerRoot.
func relativeTo(config string, m needspkg.Mentions) []needspkg.Named {
	var out []needspkg.Named
	for _, word := range m.Relative {
		for _, dir := range []string{path.Dir(config), path.Dir(path.Dir(config))} {
			out = append(out, needspkg.Named{Path: path.Join(dir, word)})
		}
	}
	return out
}

// needsOfOwnCommand ships what the arguments of the image's command name, and the values of its
// environment.
func (r *Gatherer) needsOfOwnCommand() error {
	for _, c := range r.Req.Commands {
		key := plan.Origin{Path: c.At}
		trees := r.StartedTrees()
		if len(trees) == 0 || r.needs.texts[key] {
			continue
		}
		r.needs.texts[key] = true
		for _, tree := range trees {
			by := draft.Object{Tree: tree, To: inCommand, At: c.At, Chain: []string{c.Name}, File: &elffile.File{}}
			if err := r.needsOfWords(by, c.Args); err != nil {
				return err
			}
			by.To = inEnvironment
			if err := r.needsOfWords(by, r.settings()); err != nil {
				return err
			}
			by.To = inCommand
			for _, word := range c.Args {
				if err := r.needAskedDirectory(by, word); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// inCommand and inEnvironment are where words of the image's config stand that are evidence.
const (
	inCommand     = "the image's command"
	inEnvironment = "the image's environment"
)

// settings are the values of the image's environment, but for those that every program has.
func (r *Gatherer) settings() []string {
	var out []string
	for _, name := range sortedKeys(r.Req.Env) {
		if !slices.Contains([]string{"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "LD_PRELOAD"}, name) {
			out = append(out, r.Req.Env[name])
		}
	}
	return out
}

// needsOfWords ships what words of the image's config name.
func (r *Gatherer) needsOfWords(by draft.Object, words []string) error {
	t := ownText{by: by}
	for _, word := range words {
		t.paths = append(t.paths, needspkg.Absolute([]byte(word))...)
	}
	return r.needsOfOwnText(t)
}

// needAskedDirectory ships a directory that an argument of the image's command is, or that a configuration
// names, where all of it is of packages that the spec asks for: the pages that a server is started
// with, -t /usr/share/phpmyadmin.
func (r *Gatherer) needAskedDirectory(o draft.Object, word string) error {
	if !path.IsAbs(word) || !needspkg.UsersOwn(path.Clean(word)) || needspkg.Writable(word) || needspkg.NeverShip(path.Clean(word)) {
		return nil
	}
	if _, ok, err := r.Look(plan.TreeImage, word); ok || err != nil {
		return err
	}
	found, ok, err := r.Look(o.Tree, word)
	if err != nil || !ok || !found.Info.IsDir() || !needspkg.UsersOwn(found.Path) {
		return err
	}
	asked, err := r.isAllAskedFor(o.Tree, found.Path)
	if err != nil || !asked {
		return err
	}
	if r.sizeOf(o.Tree, found) > maxOwn {
		r.wanted = append(r.wanted, plan.Wanted{Path: word, Tree: o.Tree, By: o.To, Why: "names it", At: o.At, Told: true})
		return nil
	}
	r.needs.pages[path.Clean(word)], r.needs.pages[found.Path] = true, true
	return r.shipNeed(o, runtimes.Need{Path: path.Clean(word), Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: o.To, Name: word}})
}

// isAllAskedFor tells whether what is in a directory is of packages that the spec asks for, or of none.
func (r *Gatherer) isAllAskedFor(tree, dir string) (bool, error) {
	at := plan.Origin{Tree: tree, Path: dir}
	if known, ok := r.needs.allAsked[at]; ok {
		return known, nil
	}
	asked, err := r.askedFor(tree)
	if err != nil || len(asked) == 0 {
		return false, err
	}
	r.needs.allAsked[at] = false
	list, err := fs.ReadDir(r.Trees[tree], rootfs.Name(dir))
	if err != nil {
		return false, err
	}
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = path.Join(dir, e.Name())
	}
	of, err := r.PackagesOf(tree, names)
	if err != nil {
		return false, err
	}
	some := false
	for _, name := range names {
		if of[name] == "" {
			continue
		}
		if !slices.ContainsFunc(asked, func(p *plan.Package) bool { return p.PURL == of[name] }) {
			return false, nil
		}
		some = true
	}
	r.needs.allAsked[at] = some
	return some, nil
}

// StartedTrees are the sources of the programs that the image is for.
func (r *Gatherer) StartedTrees() []string {
	var out []string
	for _, p := range r.Roots {
		tree := r.SourceOf(p)
		if p.Need || p.Extra && !p.Starts || tree == plan.TreeContext || tree == plan.TreeImage || r.Trees[tree] == nil || slices.Contains(out, tree) {
			continue
		}
		out = append(out, tree)
	}
	return out
}

// needsOfOwnScript ships what a script of a source names that is of no package, as it is itself
// of none.
func (r *Gatherer) needsOfOwnScript(o draft.Object) error {
	if o.Info.Size() > maxScript {
		return nil
	}
	text, err := rootfs.ReadFile(r.Trees[o.Tree], o.Path, maxScript)
	if err != nil {
		return err
	}
	text = needspkg.Uncommented(text)
	t := ownText{by: o, paths: needspkg.Absolute(text)}
	for _, word := range slices.Concat(runtimes.ShellWords(text, o.To), sortedKeys(needspkg.Words(text))) {
		switch {
		case path.IsAbs(word):
			t.paths = append(t.paths, needspkg.Named{Path: path.Clean(word)})
		case strings.Contains(word, "/") || slices.Contains(sourcedExtensions, path.Ext(word)):
			for _, dir := range r.directoriesOfScript(o) {
				t.paths = append(t.paths, needspkg.Named{Path: path.Join(dir, word)})
			}
		}
	}
	return r.needsOfOwnText(t)
}

// directoriesOfScript are those in which a script can be when it names something by a path that
// is not absolute.
func (r *Gatherer) directoriesOfScript(o draft.Object) []string {
	dir := path.Dir(o.To)
	dirs := []string{dir, path.Clean("/" + r.Req.Workdir)}
	if base := path.Base(dir); base == "bin" || base == "sbin" || base == "scripts" {
		dirs = append(dirs, path.Dir(dir))
	}
	return dirs
}

// sourcedExtensions are those of parts of scripts.
var sourcedExtensions = []string{".sh", ".bash", ".envsh"}

// needsOfOwnText ships what a text names. Where nothing tells whose files a source has, that is nothing.
func (r *Gatherer) needsOfOwnText(t ownText) error {
	if db, err := r.Database(t.by.Tree); err != nil || db == nil {
		return err
	}
	if err := r.mentionedAccounts(t.by, t.mentions); err != nil {
		return err
	}
	for _, n := range t.paths {
		if err := r.needOwn(t.by, n); err != nil {
			return err
		}
	}
	for _, argv := range t.commands {
		if err := r.needOwnCommand(t.by, argv); err != nil {
			return err
		}
	}
	return nil
}

// needOwn ships a file or directory that is of no package.
func (r *Gatherer) needOwn(o draft.Object, n needspkg.Named) error {
	if !needspkg.UsersOwn(n.Path) || n.Path == o.Path {
		return nil
	}
	if has, ok, err := r.Look(plan.TreeImage, n.Path); err != nil {
		return err
	} else if ok { // the spec has it, and what runs it may be missing
		if r.canStart(plan.TreeImage, has) {
			return r.needOwnCommand(o, []string{n.Path})
		}
		return nil
	}
	found, ok, err := r.Look(o.Tree, n.Path)
	if err != nil || !ok || n.Dir && !found.Info.IsDir() || !needspkg.UsersOwn(found.Path) {
		return err
	}
	of, err := r.PackagesOf(o.Tree, []string{found.Path})
	if err != nil {
		return err
	}
	switch {
	case r.canStart(o.Tree, found) && (of[found.Path] == "" || o.File == nil && startedByConfig(found.Path)):
		return r.needOwnCommand(o, []string{n.Path})
	case of[found.Path] != "" && found.Info.IsDir() && o.File != nil:
		return r.needOwnIn(o, n, found.Path)
	case of[found.Path] != "" && (needspkg.Writable(found.Path) || needspkg.NeverShip(found.Path)):
		return nil
	case r.sizeOf(o.Tree, found) > maxOwn:
		r.wanted = append(r.wanted, plan.Wanted{Path: n.Path, Tree: o.Tree, By: o.To, Why: "names it", At: o.At, Told: true})
		return nil
	}
	if found.Info.IsDir() {
		r.needs.pages[n.Path], r.needs.pages[found.Path] = true, true
	}
	need := runtimes.Need{Path: n.Path, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: o.To, Name: n.Path}}
	if err := r.shipNeed(o, need); err != nil {
		return err
	}
	if pkg := r.Owners.Packages[of[found.Path]]; pkg != nil && !found.Info.IsDir() && needspkg.IsConfig(found.Path) {
		return r.needIncluded(o, found.Path, pkg)
	}
	if o.File == nil {
		return nil
	}
	if !found.Info.IsDir() {
		return r.needHook(o, found.Path, found.Info)
	}
	left := maxHooks
	return r.needHooks(o, found.Path, maxHookDepth, &left)
}

// needIncluded ships what a package's configuration names that the user's includes, a module of one in
// mods-available has an effect then, too, or that the image's command is given.
func (r *Gatherer) needIncluded(o draft.Object, name string, pkg *plan.Package) error {
	own, err := r.family(o.Tree, pkg)
	if err != nil {
		return err
	}
	m, err := request.ReadMentions(r.Trees[o.Tree], name)
	if err != nil {
		return err
	}
	o.To, o.File = name, &elffile.File{}
	return r.configuredByPackage(o, own, m)
}

// startedByConfig tells whether a program that a configuration of the user's names by its path ships for
// it: an interpreter, too, which a web server starts for pages, but nothing that manages a system.
func startedByConfig(name string) bool {
	return !needspkg.NeverShip(name) || needspkg.Interprets(name) || needspkg.Program(name) && needspkg.IsShell(name)
}

// needOwnIn ships what is in a directory of a package that is of none.
func (r *Gatherer) needOwnIn(o draft.Object, n needspkg.Named, dir string) error {
	list, err := fs.ReadDir(r.Trees[o.Tree], rootfs.Name(dir))
	if err != nil || len(list) > maxHooks || needspkg.Writable(dir) {
		return err
	}
	for _, e := range list {
		name := path.Join(dir, e.Name())
		of, err := r.PackagesOf(o.Tree, []string{name})
		if err != nil {
			return err
		}
		if of[name] != "" || e.Type()&fs.ModeSymlink != 0 {
			continue
		}
		if err := r.needOwn(o, needspkg.Named{Path: path.Join(n.Path, e.Name())}); err != nil {
			return err
		}
	}
	return nil
}

// needHooks ships what the scripts of the shell call that are in a directory which the user names:
// in /docker-entrypoint.d, of which a script starts or reads each, or in /etc/service.
func (r *Gatherer) needHooks(o draft.Object, dir string, depth int, left *int) error {
	list, err := fs.ReadDir(r.Trees[o.Tree], rootfs.Name(dir))
	if err != nil {
		return err
	}
	for _, e := range list {
		name := path.Join(dir, e.Name())
		info, err := r.Trees[o.Tree].Lstat(rootfs.Name(name))
		if err != nil {
			return err
		}
		if info.IsDir() && depth > 1 {
			if err := r.needHooks(o, name, depth-1, left); err != nil {
				return err
			}
		}
		if !info.Mode().IsRegular() || info.Size() > maxScript || *left <= 0 {
			continue
		}
		*left--
		if err := r.needHook(o, name, info); err != nil {
			return err
		}
	}
	return nil
}

// Limits on scripts in a directory.
const (
	maxHooks     = 64
	maxHookDepth = 2
)

func (r *Gatherer) needHook(o draft.Object, name string, info fs.FileInfo) error {
	if !r.canStart(o.Tree, rootfs.Resolved{Path: name, Info: info}) {
		if slices.Contains(sourcedExtensions, path.Ext(name)) {
			hook := draft.Object{Tree: o.Tree, Path: name, To: name, At: o.At, Chain: append(slices.Clone(o.Chain), name), Info: info, File: &elffile.File{}}
			r.needs.sourced = append(r.needs.sourced, hook)
			r.needs.unreadScripts = append(r.needs.unreadScripts, hook)
		}
		return nil
	}
	facts, err := linkage.ClassifyFile(r.Trees[o.Tree], rootfs.Resolved{Path: name, Info: info}, name, r.Req.Platform)
	if err != nil || facts.Kind != linkage.Script || !needspkg.IsShell(r.InterpreterOf(facts.Shebang)) {
		return err
	}
	return r.needOwnCommand(o, []string{name})
}

// canStart tells whether a file can be started.
func (r *Gatherer) canStart(tree string, found rootfs.Resolved) bool {
	if !found.Info.Mode().IsRegular() || found.Info.Mode()&0o111 == 0 {
		return false
	}
	facts, err := linkage.ClassifyFile(r.Trees[tree], found, found.Path, r.Req.Platform)
	return err == nil && facts.Runs()
}

// needOwnCommand ships what a text of the user's starts, with what runs it if it is a script.
func (r *Gatherer) needOwnCommand(o draft.Object, argv []string) error {
	name := argv[0]
	if !runtimes.IsCommandName(name) {
		return nil
	}
	if !slices.ContainsFunc(r.needs.commands, func(known []string) bool { return slices.Equal(known, argv) }) {
		r.needs.commands = append(r.needs.commands, argv)
	}
	c := runtimes.Program{Name: name, For: runtimes.AppFile{To: o.To, At: o.At}, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: o.To, Name: name}}
	_, found, ok, err := r.Starter(r.Trees[plan.TreeImage]).Find(name)
	if err != nil {
		return err
	}
	if !ok {
		return r.shipCommand(c, o.Tree)
	}
	facts, err := linkage.ClassifyFile(r.Trees[plan.TreeImage], found, found.Path, r.Req.Platform)
	if err != nil || facts.Kind != linkage.Script || found.Info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
		return err
	}
	c.Name = facts.Shebang.Interp
	if err := r.shipCommand(c, o.Tree); err != nil {
		return err
	}
	c.Name = r.InterpreterOf(facts.Shebang)
	return r.shipCommand(c, o.Tree)
}
