package evidence

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/resolve/request"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
)

// What lies beside a program that no package owns, and that it names: templates, pages, a
// configuration.
type beside struct {
	object draft.Object
	// paths are in the program's tree.
	paths []string
}

// Limits on what is looked at beside a program.
const (
	maxBeside        = 64  // files and directories
	maxBesideEntries = 256 // in one of these
	maxBesideFiles   = 4   // of which the beginning is looked for in the program
	besideBeginning  = 256 // bytes
)

// noteBeside notes what a program that no package owns names by paths that are not absolute
// and that lies beside it, or in the directory that the image starts it in. A name alone is
// too little for it to ship.
func (r *Gatherer) noteBeside(o draft.Object) error {
	if !o.File.Executable() || o.Info.Size() > maxUnownedProgram || needspkg.Program(o.Path) {
		return nil
	}
	names, err := r.namesBeside(o)
	if err != nil || len(names) == 0 {
		return err
	}
	f, err := rootfs.OpenAt(r.Trees[o.Tree], o.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := needspkg.ReadText(f, o.Info.Size(), o.File)
	if err != nil {
		return err
	}
	b := beside{object: o}
	for _, name := range names {
		opened, err := r.openedBeside(o, name, text)
		if err != nil {
			return err
		}
		b.paths = append(b.paths, opened...)
	}
	if home := path.Dir(path.Dir(o.Path)); path.Base(path.Dir(o.Path)) == "bin" && o.To == o.Path && needspkg.UsersOwn(home) && path.Dir(home) != "/" && text.Names(home) {
		return r.needBeside(o, b.paths)
	}
	if len(b.paths) > 0 {
		r.beside = append(r.beside, b)
	}
	return nil
}

// needBeside ships what a program names around it that was configured for the very place where it
// is: the name of this stands in it, and no machine that built it has left that.
func (r *Gatherer) needBeside(o draft.Object, names []string) error {
	if db, err := r.Database(o.Tree); err != nil || db == nil {
		return err
	}
	for _, name := range names {
		if found, ok, err := r.Look(o.Tree, name); err != nil || !ok || r.sizeOf(o.Tree, found) > maxOwn {
			return err
		}
		need := runtimes.Need{Path: name, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: o.To, Name: path.Base(name)}}
		if err := r.shipNeed(o, need); err != nil {
			return err
		}
		files, err := r.dataIn(o.Tree, name, maxBesideEntries, maxBesideEntries)
		if err != nil {
			return err
		}
		for _, file := range files {
			if !needspkg.IsConfig(file) {
				continue
			}
			m, err := request.ReadMentions(r.Trees[o.Tree], file)
			if err != nil {
				return err
			}
			t := ownText{by: draft.Object{Tree: o.Tree, Path: file, To: file, At: o.At, Chain: o.Chain}, mentions: m}
			t.paths = slices.Concat(m.Paths, m.Own, relativeTo(file, m))
			if err := r.needsOfOwnText(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// namesBeside are the files and directories of no package that lie beside a program, around
// its bin, or in the working directory.
func (r *Gatherer) namesBeside(o draft.Object) ([]string, error) {
	dirs := []string{path.Dir(o.Path)}
	if base := path.Base(dirs[0]); base == "bin" || base == "sbin" {
		dirs = []string{path.Dir(dirs[0])}
	}
	if w := path.Clean("/" + r.Req.Workdir); w != dirs[0] && w != "/" {
		dirs = append(dirs, w)
	}
	var names []string
	for _, dir := range dirs {
		if dir == "/usr" || needspkg.Program(dir+"/x") {
			continue
		}
		list, err := fs.ReadDir(r.Trees[o.Tree], rootfs.Name(dir))
		if err != nil {
			if err := rootfs.UnlessAbsent(err); err != nil {
				return nil, err
			}
			continue
		}
		for _, e := range list {
			if name := path.Join(dir, e.Name()); name != o.Path && needspkg.UsersOwn(name) && !needspkg.Source(name) && len(names) < maxBeside {
				names = append(names, name)
			}
		}
	}
	of, err := r.PackagesOf(o.Tree, names)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(name string) bool { return of[name] != "" }), nil
}

// openedBeside is what a program opens of a file or directory beside it: all of it, or what
// it names of one where its sources are, too. What is embedded in the program it does not open.
func (r *Gatherer) openedBeside(o draft.Object, name string, text needspkg.ProgramText) ([]string, error) {
	tree := o.Tree
	found, ok, err := r.Look(tree, name)
	if err != nil || !ok {
		return nil, err
	}
	if !found.Info.IsDir() {
		if !found.Info.Mode().IsRegular() || found.Info.Mode()&0o111 != 0 || !text.Names(name) && !text.OpensFile(path.Base(name)) {
			return nil, nil
		}
		return r.unlessEmbedded(tree, []string{name}, text)
	}
	list, err := fs.ReadDir(r.Trees[tree], rootfs.Name(found.Path))
	if err != nil {
		return nil, err
	}
	var entries []string
	mixed := slices.Contains(needspkg.Prefixes, "/"+path.Base(name))
	for _, e := range list[:min(len(list), maxBesideEntries)] {
		if needspkg.Source(e.Name()) {
			mixed = true
		} else {
			entries = append(entries, e.Name())
		}
	}
	if len(list) == 0 && text.OpensIn(path.Base(name)) {
		r.wantRunDirectory(o, name, o.To, path.Base(name)) // it makes files there
		return nil, nil
	}
	named, ok := text.OpensDirectory(path.Base(name), entries)
	if !ok && !text.Names(name) {
		return nil, nil
	}
	if !mixed {
		return r.unlessEmbedded(tree, []string{name}, text)
	}
	for i := range named {
		named[i] = path.Join(name, named[i])
	}
	return r.unlessEmbedded(tree, named, text)
}

// unlessEmbedded are those files and directories that have something other than sources in
// them, and nothing that is embedded in the program.
func (r *Gatherer) unlessEmbedded(tree string, names []string, text needspkg.ProgramText) ([]string, error) {
	var out []string
	for _, name := range names {
		files, err := r.dataIn(tree, name, maxBesideEntries, maxBesideFiles)
		if err != nil {
			return nil, err
		}
		embedded := false
		for _, file := range files[:min(len(files), maxBesideFiles)] {
			begin, err := r.beginningOf(tree, file)
			if err != nil {
				return nil, err
			}
			embedded = embedded || text.Holds(begin)
		}
		if len(files) > 0 && !embedded {
			out = append(out, name)
		}
	}
	return out, nil
}

// dataIn are files in a directory that are no sources, or the file itself.
func (r *Gatherer) dataIn(tree, name string, left, most int) ([]string, error) {
	info, err := r.Trees[tree].Lstat(rootfs.Name(name))
	switch {
	case err != nil:
		return nil, rootfs.UnlessAbsent(err)
	case info.Mode().IsRegular() && !needspkg.Source(name):
		return []string{name}, nil
	case !info.IsDir():
		return nil, nil
	}
	list, err := fs.ReadDir(r.Trees[tree], rootfs.Name(name))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range list[:min(len(list), left)] {
		files, err := r.dataIn(tree, path.Join(name, e.Name()), left/2, most)
		if err != nil {
			return nil, err
		}
		if out = append(out, files...); len(out) >= most {
			break
		}
	}
	return out, nil
}

func (r *Gatherer) beginningOf(tree, name string) ([]byte, error) {
	f, err := rootfs.OpenAt(r.Trees[tree], name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(io.NewSectionReader(f, 0, besideBeginning), besideBeginning))
}

// WarnOfBeside warns of what lies beside programs, is named in them, and does not ship.
func (r *Gatherer) WarnOfBeside(t *imagetree.Tree) error {
	for _, b := range r.beside {
		// It may ship by a link, from where it is in its tree: /usr/bin/dotnet.
		if found, ok, err := r.Look(b.object.Tree, b.object.Path); err != nil {
			return err
		} else if ok && t.Has(b.object.Path, r.Trees[b.object.Tree], found) {
			b.object.To = b.object.Path
		}
		var lines, names []string
		for _, name := range b.paths {
			found, ok, err := r.Look(b.object.Tree, name)
			if err != nil {
				return err
			}
			to := b.to(name)
			if !ok || r.ExcludesNeed(to, "") || t.Has(to, r.Trees[b.object.Tree], found) {
				continue
			}
			item := plan.Origin{Tree: b.object.Tree, Path: name}.Reference()
			if to != name {
				item = fmt.Sprintf("{from: %s, to: %s}", item, to)
			}
			lines = append(lines, "ship it too, under files: - "+item)
			names = append(names, path.Base(name))
		}
		if len(lines) == 0 {
			continue
		}
		const most = 5
		dir := path.Dir(b.to(b.paths[0]))
		d := diag.Diagnostic{
			Code: "data-not-shipped", Severity: diag.SeverityWarning, At: b.object.At,
			Message: fmt.Sprintf("%s names %s, beside it in %s, and the image has no %s", b.object.To, inWords(names), plan.TreeName(b.object.Tree), path.Join(dir, names[0])),
			Runtime: fmt.Sprintf("open %s: no such file or directory", names[0]),
			Fixes:   lines[:min(len(lines), most)],
		}
		if w := path.Clean("/" + r.Req.Workdir); w != dir && strings.HasPrefix(b.object.To, dir+"/") {
			d.Fixes = append(d.Fixes, "if the program looks for it where it starts, write workdir: "+dir+" as well")
		}
		r.Report(d)
	}
	return nil
}

// to is where in the image something goes that lies beside a program: as far from it as it is in its tree.
func (b beside) to(name string) string {
	dir := path.Dir(b.object.Path)
	if base := path.Base(dir); base == "bin" || base == "sbin" {
		dir = path.Dir(dir)
		if base != path.Base(path.Dir(b.object.To)) {
			return name
		}
		return moved(name, dir, path.Dir(path.Dir(b.object.To)))
	}
	return moved(name, dir, path.Dir(b.object.To))
}

// moved is a path where the directory that it is in has another name.
func moved(name, from, to string) string {
	rest, ok := strings.CutPrefix(name, strings.TrimSuffix(from, "/")+"/")
	if !ok {
		return name
	}
	return path.Join(to, rest)
}

// inWords are names as a sentence has them: "a, b and c".
func inWords(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
