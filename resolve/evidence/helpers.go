package evidence

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
)

// A helper is a program that another one may start by its name alone.
type helper struct {
	path string // physical, or the name that update-alternatives has made
	// other tells that it is of another source package. For such a program a word that
	// other text ends with is not enough, nor one that has other meanings.
	other bool
	// kin tells that its name is made of a word that strings show no end of.
	kin bool
	// loose tells that its name may stand in the midst of what strings show no end of: the spec asks for its
	// package by name.
	loose bool
	// far tells that it is one of a collection of programs, of which only a command tells it.
	far bool
}

// named tells whether a program's strings have the name of the helper as that of a program.
func (h helper) named(word string, found needspkg.Strings) bool {
	switch {
	case h.far:
		return found.Words[word+" -"] && (namesShell(found) || anyOf(found.Symbols, needspkg.RunsShell))
	case found.Words["/"+word], found.Words[word+" -"], h.kin:
		return true
	case h.other:
		loose := h.loose && found.Words["*"+word] && anyOf(found.Words, []string{needspkg.GoStarts, needspkg.Rust})
		return (found.Words[word] || loose) && !needspkg.Ordinary(word)
	}
	return found.Words[word] || found.Words[" "+word]
}

// helpersOf are the programs that an object may start by their names alone. They are of
// its own source package, and there is more that ties them to it than a word in its
// strings: they stand beside it in a directory that is not in PATH, are of the same
// package, or their names begin with its own and a hyphen. In packages that are
// collections of programs, as coreutils is, these only mention each other. Programs of
// packages that its own depends on are among them, too.
func (r *Gatherer) helpersOf(o draft.Object, own *family) (map[string]helper, error) {
	key := plan.Origin{Tree: o.Tree, Path: o.Path}
	if known := r.needs.helpers[key]; known != nil {
		return known, nil
	}
	if err := own.load(); err != nil {
		return nil, err
	}
	out := map[string]helper{}
	r.needs.helpers[key] = out
	prefix, pkg := path.Base(o.Path)+"-", own.files[o.Path].pkg
	collection := own.pathPrograms[pkg] > maxHelpers
	add := func(name string, f familyFile) {
		if name == o.Path || !needspkg.Program(name) && (!f.own || path.Dir(name) != path.Dir(o.Path)) || needspkg.NeverShip(name) {
			return
		}
		switch {
		case f.own && path.Dir(name) == path.Dir(o.Path) && !needspkg.Program(name),
			f.own && needspkg.Program(name) && (f.pkg == pkg && !collection || strings.HasPrefix(path.Base(name), prefix)):
			out[path.Base(name)] = helper{path: name}
		case f.own && needspkg.Program(name) && f.pkg == pkg:
			out[path.Base(name)] = helper{path: name, far: true}
		case !f.own && needspkg.Program(name) && strings.HasPrefix(path.Base(name), prefix) && r.isAskedFor(o.Tree, f.pkg):
			out[path.Base(name)] = helper{path: name, other: true, kin: true} // git-lfs is what "git lfs" starts
		case !f.own && needspkg.Program(name) && own.startsProgramsOf(f.pkg):
			if _, ok := out[path.Base(name)]; !ok {
				out[path.Base(name)] = helper{path: name, other: true, loose: len(path.Base(name)) > 2 && r.isAskedFor(o.Tree, f.pkg)}
			}
		}
	}
	for _, name := range own.names {
		add(name, own.files[name])
		if word := needspkg.Kin(o.Path, name); word != "" && own.files[name].own {
			out[word] = helper{path: name, kin: own.files[name].pkg == pkg && needspkg.LinksAda(o.File.Needed)}
		}
	}
	links, err := r.linkedIn(o.Tree)
	if err != nil {
		return nil, err
	}
	for _, names := range []map[string]string{links.alternatives, links.programs} {
		for _, name := range sortedKeys(names) {
			f, ok := own.files[names[name]]
			if _, known := out[path.Base(name)]; ok && !known && needspkg.Program(name) && names[name] != o.Path && !needspkg.NeverShip(names[name]) {
				add(name, f)
			}
		}
	}
	return out, nil
}

// startsProgramsOf tells whether objects of the family may start the programs of another
// package because they depend on it. Packages are depended on for the scripts that
// install a package, too.
func (f *family) startsProgramsOf(p *plan.Package) bool {
	return f.dependsOnProgramsOf(p) && !needspkg.Installs(p.Name)
}

// needHelpers ships the programs that a program names and starts, and the shell where it
// cannot start them otherwise: it calls no other function for that, it makes a command
// of a path that it finds out, or it has a command with the helper.
func (r *Gatherer) needHelpers(o draft.Object, own *family, found needspkg.Strings) error {
	if !startsPrograms(o, found) {
		return nil
	}
	helpers, err := r.helpersOf(o, own)
	if err != nil {
		return err
	}
	shell := !o.Helper && anyOf(found.Symbols, needspkg.RunsShell) &&
		(found.Words[needspkg.RunsProgram] || !anyOf(found.Symbols, needspkg.StartsProgramsItself))
	for _, word := range sortedKeys(helpers) {
		h := helpers[word]
		if !h.named(word, found) {
			continue
		}
		program, err := rootfs.Resolve(r.Trees[o.Tree], h.path)
		if err != nil || program.Info.Mode()&0o111 == 0 {
			continue
		}
		if program.Info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
			r.notePrivileged(o, h.path)
			continue
		}
		if program.Info.Size() == o.Info.Size() {
			continue // the program itself under another name, by which it knows what to do
		}
		info, err := r.Trees[o.Tree].Lstat(rootfs.Name(h.path))
		if err != nil {
			return err
		}
		ship := r.namedIn(o, own, word)
		ship.program = h.other
		_, err = rootfs.Resolve(r.Trees[plan.TreeImage], h.path)
		ships, before := err == nil, len(r.Entries)
		if err := ship.one(h.path, info, own.files[h.path]); err != nil {
			return err
		}
		commanded := !o.Helper && found.Words[word+" -"] && (namesShell(found) || anyOf(found.Symbols, needspkg.RunsShell))
		if (shell || commanded) && (ships || len(r.Entries) > before) {
			if err := r.shipShell(o); err != nil {
				return err
			}
			if err := r.shipCommands(o, commandsIn(found)); err != nil {
				return err
			}
		}
	}
	return nil
}

// startsPrograms tells whether a program can start others. One that is static or asks the kernel
// itself has no names of functions to tell it by, and Ada has its library call them.
func startsPrograms(o draft.Object, found needspkg.Strings) bool {
	return o.File.Executable() && (anyOf(found.Symbols, needspkg.StartsPrograms) || needspkg.LinksAda(o.File.Needed) || found.Words[needspkg.GoStarts] || asksKernel(o.File))
}

// asksKernel tells whether a program calls no functions of a library, not even where it is linked
// with one: Free Pascal's are so that they can be position-independent.
func asksKernel(f *elffile.File) bool {
	names := 1
	for _, library := range f.Needed {
		names += len(library) + 1
	}
	_, size := f.StringTable()
	return !f.Go && (len(f.Needed) == 0 || size > 0 && size <= uint64(names))
}

// maxHelpers is how many programs a package may have that belong together.
const maxHelpers = 32

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func anyOf(words map[string]bool, list []string) bool {
	return slices.ContainsFunc(list, func(word string) bool { return words[word] })
}
