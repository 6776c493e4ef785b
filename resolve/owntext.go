package resolve

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/linkage"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
	"github.com/sinter-build/sinter/spec"
)

// An ownText is what a script or a configuration of the user's names. Nothing of a machine that
// built a program stands in it, so that what it names is meant.
type ownText struct {
	by object
	// mentions are those of a configuration.
	mentions needspkg.Mentions
	paths    []needspkg.Named
	commands [][]string
}

// maxOwn bounds what a path in a text of the user's brings, in bytes. What is larger is told.
const maxOwn = 64 << 20

// needsOfOwnTexts ships what the user's command and configurations name.
func (r *resolver) needsOfOwnTexts() error {
	if r.req.Runtime.Needs != spec.NeedsAuto {
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
func (r *resolver) needsOfOwnPrograms() error {
	trees := r.startedTrees()
	for i := range r.entries {
		e := r.entries[i]
		if e.Kind != plan.KindFile || e.Reason.Cause != plan.CauseFile || e.Mode&0o111 == 0 || e.Path != e.Scope {
			continue
		}
		key := plan.Origin{Tree: treeImage, Path: e.Path}
		if r.needs.texts[key] || len(trees) == 0 {
			continue
		}
		r.needs.texts[key] = true
		if has, ok, err := r.look(treeImage, e.Path); err != nil {
			return err
		} else if !ok || !r.canStart(treeImage, has) {
			continue
		}
		for _, tree := range trees {
			o := object{tree: tree, path: e.Path, to: e.Path, at: e.Reason.At, chain: []string{e.Path}}
			if err := r.needsOfOwnText(ownText{by: o, commands: [][]string{{e.Path}}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// needsOfOwnConfigs ships what the configurations name that the spec does and that no package has:
// files that the user has put into the source of a program, and programs that they start.
func (r *resolver) needsOfOwnConfigs() error {
	trees := r.startedTrees()
	for i := range r.entries { // what is added meanwhile is none of the spec's
		e := r.entries[i]
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
func (r *resolver) packaged(e imagetree.Entry) (bool, error) {
	if e.From == nil {
		return false, nil
	}
	of, err := r.packagesOf(e.From.Tree, []string{e.From.Path})
	return of[e.From.Path] != "", err
}

func (r *resolver) needsOfOwnConfig(e imagetree.Entry, tree string) error {
	if packaged, err := r.packaged(e); err != nil || packaged {
		return err
	}
	m, err := r.mentioned(e)
	if err != nil {
		return err
	}
	t := ownText{by: object{tree: tree, path: e.Path, to: e.Path, at: e.Reason.At, chain: []string{e.Path}}, mentions: m, commands: m.Commands}
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
func (r *resolver) needsOfOwnCommand() error {
	for _, c := range r.req.Commands {
		key := plan.Origin{Path: c.At}
		trees := r.startedTrees()
		if len(trees) == 0 || r.needs.texts[key] {
			continue
		}
		r.needs.texts[key] = true
		words := slices.Clone(c.Args)
		for _, name := range sortedKeys(r.req.Env) {
			if !slices.Contains([]string{"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "LD_PRELOAD"}, name) {
				words = append(words, r.req.Env[name])
			}
		}
		for _, tree := range trees {
			t := ownText{by: object{tree: tree, to: c.Name, at: c.At, chain: []string{c.Name}, file: &elffile.File{}}}
			for _, word := range words {
				t.paths = append(t.paths, needspkg.Absolute([]byte(word))...)
			}
			if err := r.needsOfOwnText(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// startedTrees are the sources of the programs that the image is for.
func (r *resolver) startedTrees() []string {
	var out []string
	for _, p := range r.roots {
		tree := r.sourceOf(p)
		if p.need || p.extra && !p.starts || tree == plan.TreeContext || tree == treeImage || r.trees[tree] == nil || slices.Contains(out, tree) {
			continue
		}
		out = append(out, tree)
	}
	return out
}

// needsOfOwnScript ships what a script of a source names that is of no package, as it is itself
// of none.
func (r *resolver) needsOfOwnScript(o object) error {
	if o.info.Size() > maxScript {
		return nil
	}
	text, err := rootfs.ReadFile(r.trees[o.tree], o.path, maxScript)
	if err != nil {
		return err
	}
	text = needspkg.Uncommented(text)
	t := ownText{by: o, paths: needspkg.Absolute(text)}
	for _, word := range slices.Concat(runtimes.ShellWords(text, o.to), sortedKeys(needspkg.Words(text))) {
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
func (r *resolver) directoriesOfScript(o object) []string {
	dir := path.Dir(o.to)
	dirs := []string{dir, path.Clean("/" + r.req.Workdir)}
	if base := path.Base(dir); base == "bin" || base == "sbin" || base == "scripts" {
		dirs = append(dirs, path.Dir(dir))
	}
	return dirs
}

// sourcedExtensions are those of parts of scripts.
var sourcedExtensions = []string{".sh", ".bash", ".envsh"}

// needsOfOwnText ships what a text names. Where nothing tells whose files a source has, that is nothing.
func (r *resolver) needsOfOwnText(t ownText) error {
	if db, err := r.database(t.by.tree); err != nil || db == nil {
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
func (r *resolver) needOwn(o object, n needspkg.Named) error {
	if !needspkg.UsersOwn(n.Path) || n.Path == o.path {
		return nil
	}
	if has, ok, err := r.look(treeImage, n.Path); err != nil {
		return err
	} else if ok { // the spec has it, and what runs it may be missing
		if r.canStart(treeImage, has) {
			return r.needOwnCommand(o, []string{n.Path})
		}
		return nil
	}
	found, ok, err := r.look(o.tree, n.Path)
	if err != nil || !ok || n.Dir && !found.Info.IsDir() || !needspkg.UsersOwn(found.Path) {
		return err
	}
	of, err := r.packagesOf(o.tree, []string{found.Path})
	if err != nil {
		return err
	}
	switch {
	case r.canStart(o.tree, found) && (of[found.Path] == "" || o.file == nil && startedByConfig(found.Path)):
		return r.needOwnCommand(o, []string{n.Path})
	case of[found.Path] != "" && found.Info.IsDir() && o.file != nil:
		return r.needOwnIn(o, n, found.Path)
	case of[found.Path] != "" && (needspkg.Writable(found.Path) || needspkg.NeverShip(found.Path)):
		return nil
	case r.sizeOf(o.tree, found) > maxOwn:
		r.wanted = append(r.wanted, plan.Wanted{Path: n.Path, Tree: o.tree, By: o.to, Why: "names it", At: o.at, Told: true})
		return nil
	}
	need := runtimes.Need{Path: n.Path, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: o.to, Name: n.Path}}
	if err := r.shipNeed(o, need); err != nil {
		return err
	}
	if pkg := r.owners.packages[of[found.Path]]; pkg != nil && o.file == nil && !found.Info.IsDir() && needspkg.IsConfig(found.Path) {
		return r.needIncluded(o, found.Path, pkg)
	}
	if o.file == nil {
		return nil
	}
	if !found.Info.IsDir() {
		return r.needHook(o, found.Path, found.Info)
	}
	left := maxHooks
	return r.needHooks(o, found.Path, maxHookDepth, &left)
}

// needIncluded ships what a package's configuration names that the user's includes: a module of one in
// mods-available has an effect then, too.
func (r *resolver) needIncluded(o object, name string, pkg *plan.Package) error {
	own, err := r.family(o.tree, pkg)
	if err != nil {
		return err
	}
	m, err := ReadMentions(r.trees[o.tree], name)
	if err != nil {
		return err
	}
	o.to, o.file = name, &elffile.File{}
	return r.configured(o, own, m)
}

// startedByConfig tells whether a program that a configuration of the user's names by its path ships for
// it: an interpreter, too, which a web server starts for pages, but nothing that manages a system.
func startedByConfig(name string) bool {
	return !needspkg.NeverShip(name) || needspkg.Interprets(name) || needspkg.Program(name) && needspkg.IsShell(name)
}

// needOwnIn ships what is in a directory of a package that is of none.
func (r *resolver) needOwnIn(o object, n needspkg.Named, dir string) error {
	list, err := fs.ReadDir(r.trees[o.tree], rootfs.Name(dir))
	if err != nil || len(list) > maxHooks || needspkg.Writable(dir) {
		return err
	}
	for _, e := range list {
		name := path.Join(dir, e.Name())
		of, err := r.packagesOf(o.tree, []string{name})
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
func (r *resolver) needHooks(o object, dir string, depth int, left *int) error {
	list, err := fs.ReadDir(r.trees[o.tree], rootfs.Name(dir))
	if err != nil {
		return err
	}
	for _, e := range list {
		name := path.Join(dir, e.Name())
		info, err := r.trees[o.tree].Lstat(rootfs.Name(name))
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

func (r *resolver) needHook(o object, name string, info fs.FileInfo) error {
	if !r.canStart(o.tree, rootfs.Resolved{Path: name, Info: info}) {
		if slices.Contains(sourcedExtensions, path.Ext(name)) {
			hook := object{tree: o.tree, path: name, to: name, at: o.at, chain: append(slices.Clone(o.chain), name), info: info, file: &elffile.File{}}
			r.needs.sourced = append(r.needs.sourced, hook)
			r.needs.unreadScripts = append(r.needs.unreadScripts, hook)
		}
		return nil
	}
	facts, err := linkage.ClassifyFile(r.trees[o.tree], rootfs.Resolved{Path: name, Info: info}, name, r.req.Platform)
	if err != nil || facts.Kind != linkage.Script || !needspkg.IsShell(r.interpreterOf(facts.Shebang)) {
		return err
	}
	return r.needOwnCommand(o, []string{name})
}

// canStart tells whether a file can be started.
func (r *resolver) canStart(tree string, found rootfs.Resolved) bool {
	if !found.Info.Mode().IsRegular() || found.Info.Mode()&0o111 == 0 {
		return false
	}
	facts, err := linkage.ClassifyFile(r.trees[tree], found, found.Path, r.req.Platform)
	return err == nil && facts.Runs()
}

// needOwnCommand ships what a text of the user's starts, with what runs it if it is a script.
func (r *resolver) needOwnCommand(o object, argv []string) error {
	name := argv[0]
	if !runtimes.IsCommandName(name) {
		return nil
	}
	if !slices.ContainsFunc(r.needs.commands, func(known []string) bool { return slices.Equal(known, argv) }) {
		r.needs.commands = append(r.needs.commands, argv)
	}
	c := runtimes.Program{Name: name, For: runtimes.AppFile{To: o.to, At: o.at}, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: o.to, Name: name}}
	_, found, ok, err := r.starter(r.trees[treeImage]).Find(name)
	if err != nil {
		return err
	}
	if !ok {
		return r.shipCommand(c, o.tree)
	}
	facts, err := linkage.ClassifyFile(r.trees[treeImage], found, found.Path, r.req.Platform)
	if err != nil || facts.Kind != linkage.Script || found.Info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
		return err
	}
	c.Name = facts.Shebang.Interp
	if err := r.shipCommand(c, o.tree); err != nil {
		return err
	}
	c.Name = r.interpreterOf(facts.Shebang)
	return r.shipCommand(c, o.tree)
}
