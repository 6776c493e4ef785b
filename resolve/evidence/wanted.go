package evidence

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/imagetree"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
)

// noteWanted notes what a program that the spec names may open and what no evidence is enough
// for: a shell, of which many programs know a use that hardly one of their users has, and all
// charsets of glibc.
func (r *Gatherer) noteWanted(o draft.Object, own *family, found needspkg.Strings) error {
	if o.Need {
		return nil
	}
	if !o.File.Executable() {
		return r.noteStarted(o, own, found)
	}
	if _, named := r.namesOf(o); !named {
		return nil
	}
	if err := r.noteShell(o, found); err != nil || !found.Symbols["iconv_open"] {
		return err
	}
	dir, _, err := r.gconvLists(o.Tree)
	if err != nil || dir == "" {
		return err
	}
	// Those that it names ship. Tools of every system convert their own messages alone.
	named := anyOf(found.Words, needspkg.Charsets) || own.of != nil && needspkg.Essential(own.of.Name)
	r.wanted = append(r.wanted, plan.Wanted{Path: dir, Tree: o.Tree, By: o.To, Why: "converts between charsets", At: o.At, Told: !named})
	return nil
}

// notePrivileged notes a program that another one starts and that runs with the rights of its owner:
// such programs ship where the spec says so, and not by evidence.
func (r *Gatherer) notePrivileged(o draft.Object, name string) {
	if r.isForItself(o.Chain[0]) && !o.Need && !o.Helper {
		r.wanted = append(r.wanted, plan.Wanted{Path: name, Tree: o.Tree, By: o.To, Why: "starts it, and it runs with its owner's rights", At: o.At, Told: true})
	}
}

// NoteIdleRuntimes notes the standard libraries of languages that programs which the spec names can
// start, in a library or a plugin of theirs, where nothing says that they do.
func (r *Gatherer) NoteIdleRuntimes() error {
	for _, rt := range r.needs.runtimes {
		o := rt.object
		if rt.asked > 0 || len(o.Chain) < 2 || o.File.Executable() || !r.isForItself(o.Chain[0]) {
			continue
		}
		result, err := r.askRuntime(rt, nil)
		if err != nil {
			return err
		}
		for _, dir := range r.directoriesOf(o.Tree, result.Needs) {
			// Python ends the program if it does not find its library when it starts.
			w := plan.Wanted{Path: dir, Tree: o.Tree, By: o.Chain[len(o.Chain)-2], Why: "can start " + path.Base(o.To), At: o.At, Told: rt.language.Name() == "python"}
			r.wanted = append(r.wanted, w)
		}
	}
	return nil
}

// directoriesOf are the directories among the needs of a language, each by one name and without
// those in others.
func (r *Gatherer) directoriesOf(tree string, needs []runtimes.Need) []string {
	names := map[string]string{} // by physical paths
	for _, n := range needs {
		found, err := rootfs.Resolve(r.Trees[tree], n.Path)
		if err == nil && found.Info.IsDir() && (names[found.Path] == "" || n.Path < names[found.Path]) {
			names[found.Path] = n.Path
		}
	}
	isWithin := func(at string) bool {
		for dir := path.Dir(at); dir != "/"; dir = path.Dir(dir) {
			if names[dir] != "" {
				return true
			}
		}
		return false
	}
	var out []string
	for _, at := range sortedKeys(names) {
		if !isWithin(at) {
			out = append(out, names[at])
		}
	}
	return out
}

// Limits on what is proposed for a program that no package owns.
const (
	maxUnownedProgram = 64 << 20 // bytes that are read of it
	maxProposals      = 8
)

// noteUnowned notes what a program names that no package owns and its source has: one that was
// compiled there, or that its vendor has put there. It may be a path of the machine that it
// was built on, so that nothing ships for it but empty directories for what changes; the words
// that bring it are told. So it is with the libraries that the program is linked with.
func (r *Gatherer) noteUnowned(o draft.Object) error {
	p := r.RootsByPath[o.Chain[0]]
	if !r.isForItself(o.Chain[0]) && (p == nil || !p.Command) || o.Need || o.Helper {
		return nil
	}
	if err := r.noteBeside(o); err != nil {
		return err
	}
	if o.File.Go || o.Info.Size() > maxUnownedProgram ||
		!o.File.Executable() && (o.File.Soname == "" || needspkg.Silent(o.File.Soname)) {
		return nil
	}
	f, err := rootfs.OpenAt(r.Trees[o.Tree], o.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	libraries := map[string]bool{}
	dir := r.directoryOf(o.Tree, "libc.so")
	if dir != "" && o.File.Executable() {
		entries, err := fs.ReadDir(r.Trees[o.Tree], rootfs.Name(dir))
		if err != nil {
			return err
		}
		for _, e := range entries {
			libraries[e.Name()] = needspkg.LoadedByName(path.Join(dir, e.Name()))
		}
	}
	found, err := needspkg.Read(f, o.Info.Size(), o.File, libraries)
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(found.Words) {
		r.wanted = append(r.wanted, plan.Wanted{Path: path.Join(dir, name), Tree: o.Tree, By: o.To, Why: "may load it", At: o.At, Told: true})
	}
	var proposed []string
	for _, n := range found.Paths { // sorted, a directory before what is in it
		if err := r.needUnownedDirectory(o, n); err != nil {
			return err
		}
		at, err := rootfs.Resolve(r.Trees[o.Tree], n.Path)
		if err != nil {
			if err := rootfs.UnlessAbsent(err); err != nil {
				return err
			}
			continue
		}
		within := func(dir string) bool { return n.Path == dir || strings.HasPrefix(n.Path, dir+"/") }
		if at.Path == o.Path || !needspkg.Proposed(n.Path, at.Info.IsDir()) || n.Dir && !at.Info.IsDir() || slices.ContainsFunc(proposed, within) || len(proposed) == maxProposals {
			continue
		}
		proposed = append(proposed, n.Path)
		r.wanted = append(r.wanted, plan.Wanted{Path: n.Path, Tree: o.Tree, By: o.To, Why: "names it", At: o.At, Told: true})
	}
	return nil
}

// isForItself tells whether a program, by its path in the image, is one that the spec names as
// such or that the image starts.
func (r *Gatherer) isForItself(to string) bool {
	p := r.RootsByPath[to]
	return p != nil && !p.Need && !p.Library() && (p.Starts || !p.Extra)
}

// needUnownedDirectory makes the directory that a program which no package owns keeps its
// state or its sockets in, unless it is a package's.
func (r *Gatherer) needUnownedDirectory(o draft.Object, n needspkg.Named) error {
	if err := r.needRunDirectory(o, n); err != nil {
		return err
	}
	dir := needspkg.StateDirectory(n)
	if dir == "" {
		return nil
	}
	of, err := r.PackagesOf(o.Tree, []string{dir})
	if err != nil || of[dir] != "" {
		return err
	}
	if _, err := r.Trees[o.Tree].Lstat(rootfs.Name(dir)); rootfs.IsAbsent(err) {
		return r.needStateDirectory(o, n)
	}
	r.wantRunDirectory(o, dir, o.To, n.Path)
	return nil
}

// shipShell ships the shell that a program starts.
func (r *Gatherer) shipShell(o draft.Object) error {
	return r.shipNeed(o, runtimes.Need{Path: needspkg.Shell, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: o.To, Name: path.Base(needspkg.Shell)}})
}

// noteShell notes that a program runs commands by a shell. Where the spec brings one, the
// commands that stand in the program ship.
func (r *Gatherer) noteShell(o draft.Object, found needspkg.Strings) error {
	if !anyOf(found.Symbols, needspkg.RunsShell) {
		if namesShell(found) && anyOf(found.Symbols, needspkg.StartsPrograms) && !needspkg.Interprets(o.Path) {
			r.wanted = append(r.wanted, plan.Wanted{Path: needspkg.Shell, Tree: o.Tree, By: o.To, Why: "names it", At: o.At, Told: true})
		}
		return nil
	}
	commands := commandsIn(found)
	if _, _, ok, err := r.Starter(r.Trees[plan.TreeImage]).Find(needspkg.Shell); err != nil {
		return err
	} else if ok {
		return r.shipCommands(o, commands)
	}
	if r.needs.settings && !o.Need {
		if err := r.shipShell(o); err != nil { // for the commands in the user's configuration
			return err
		}
		return r.shipCommands(o, commands)
	}
	w := plan.Wanted{Path: needspkg.Shell, Tree: o.Tree, By: o.To, Why: "can run commands by a shell", At: o.At}
	if len(commands) > 0 {
		w.Why, w.Told = "runs "+commands[0]+" by a shell", true
	}
	r.wanted = append(r.wanted, w)
	return nil
}

// noteStarted notes what a library starts that is linked with a program which the spec names: a
// shell where it is the program's own, and programs of the packages that its own depends on.
func (r *Gatherer) noteStarted(o draft.Object, own *family, found needspkg.Strings) error {
	if len(o.Chain) != 2 || !r.isForItself(o.Chain[0]) {
		return nil
	}
	if r.isOwnLibrary(o, own) {
		return r.noteShell(o, found)
	}
	// Of one that there is a rule for it is known what its users start.
	if _, known := needspkg.RuleFor(o.File.Soname); known || !anyOf(found.Symbols, needspkg.StartsProgramsItself) {
		return nil
	}
	helpers, err := r.helpersOf(o, own)
	if err != nil {
		return err
	}
	for _, word := range sortedKeys(helpers) {
		if h := helpers[word]; h.other && h.named(word, found) {
			r.wanted = append(r.wanted, plan.Wanted{Path: h.path, Tree: o.Tree, By: o.To, Why: "can start it", At: o.At, Told: true})
		}
	}
	return nil
}

// namesShell tells whether a program has the path of the shell among its strings.
func namesShell(found needspkg.Strings) bool {
	return slices.ContainsFunc(found.Paths, func(n needspkg.Named) bool { return n.Path == needspkg.Shell && !n.Dir })
}

// commandsIn are the programs of every system that a program has commands for a shell with.
func commandsIn(found needspkg.Strings) []string {
	var out []string
	for _, name := range needspkg.Commands {
		named := func(n needspkg.Named) bool {
			return !n.Value && (n.Path == "/bin/"+name || n.Path == "/usr/bin/"+name)
		}
		if found.Words[name+" -"] || slices.ContainsFunc(found.Paths, named) {
			out = append(out, name)
		}
	}
	return out
}

// shipCommands ships programs that a program has a shell run.
func (r *Gatherer) shipCommands(o draft.Object, commands []string) error {
	for _, name := range commands {
		_, _, ok, err := r.Starter(r.Trees[plan.TreeImage]).Find(name)
		if err != nil {
			return err
		}
		if ok {
			continue
		}
		evidence := plan.Evidence{Kind: plan.EvidenceCommand, In: o.To, Name: name}
		c := runtimes.Program{Name: name, For: runtimes.AppFile{To: o.To, At: o.At}, Evidence: evidence}
		if err := r.shipCommand(c, o.Tree); err != nil {
			return err
		}
	}
	return nil
}

// noteScriptShell notes that a script of another language names the shell.
func (r *Gatherer) noteScriptShell(o draft.Object, paths []needspkg.Named) {
	if !namesShell(needspkg.Strings{Paths: paths}) || o.Need {
		return
	}
	r.wanted = append(r.wanted, plan.Wanted{Path: needspkg.Shell, Tree: o.Tree, By: o.To, Why: "names it", At: o.At, Told: true})
}

// WantedOf are those of what was noted that the finished tree does not have and a source
// has, one for each path: the first that says most.
func (r *Gatherer) WantedOf(t *imagetree.Tree) []plan.Wanted {
	slices.SortFunc(r.wanted, func(a, b plan.Wanted) int {
		told := func(w plan.Wanted) int {
			if w.Told {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(told(a), told(b)), cmp.Compare(a.By, b.By))
	})
	var out []plan.Wanted
	for _, w := range r.wanted {
		known := len(out) > 0 && out[len(out)-1].Path == w.Path
		found, err := rootfs.Resolve(r.Trees[w.Tree], w.Path)
		if known || err != nil || t.Has(w.Path, r.Trees[w.Tree], found) {
			continue
		}
		w.Size = r.sizeOf(w.Tree, found)
		if w.Size == 0 && found.Info.IsDir() {
			continue // made when something was installed, and empty
		}
		out = append(out, w)
	}
	return out
}

// sizeOf is how many bytes the files of a directory have, or a file.
func (r *Gatherer) sizeOf(tree string, found rootfs.Resolved) int64 {
	if !found.Info.IsDir() {
		return found.Info.Size()
	}
	size := int64(0)
	s := shipment{Gatherer: r, object: draft.Object{Tree: tree, File: &elffile.File{}}, need: &runtimes.Need{}}
	left := draft.MaxFiles
	_ = s.walk(found.Path, &left, func(name string) {
		if info, err := r.Trees[tree].Lstat(rootfs.Name(name)); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
	})
	return size
}
