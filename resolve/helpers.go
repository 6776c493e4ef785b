package resolve

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// helpersOf are the programs that an object may start by their names alone, with their
// paths. They are of its own source package, and there is more that ties them to it than
// a word in its strings: they stand beside it in a directory that is not in PATH, are of
// the same package, or their names begin with its own and a hyphen. In packages that are
// collections of programs, as coreutils is, these only mention each other.
func (r *resolver) helpersOf(o object, own *family) (map[string]string, error) {
	if err := own.load(); err != nil {
		return nil, err
	}
	out := map[string]string{}
	prefix, pkg := path.Base(o.path)+"-", own.files[o.path].pkg
	collection := own.programs(pkg) > maxHelpers
	for _, name := range own.names {
		f := own.files[name]
		if !f.own || name == o.path || needspkg.NeverShip(name) {
			continue
		}
		switch {
		case path.Dir(name) == path.Dir(o.path) && !needspkg.Program(name),
			needspkg.Program(name) && (f.pkg == pkg && !collection || strings.HasPrefix(path.Base(name), prefix)):
			out[path.Base(name)] = name
		}
	}
	return out, nil
}

// needHelpers ships the programs that a program names and starts.
func (r *resolver) needHelpers(o object, own *family, found needspkg.Strings) error {
	if !o.file.Executable() || !anyOf(found.Words, needspkg.StartsPrograms) {
		return nil
	}
	helpers, err := r.helpersOf(o, own)
	if err != nil {
		return err
	}
	for _, word := range slices.Sorted(maps.Keys(helpers)) {
		name := helpers[word]
		if !found.Words[word] && !found.Words[" "+word] && !found.Words["/"+word] {
			continue
		}
		helper, err := rootfs.Resolve(r.trees[o.tree], name)
		if err != nil || helper.Info.Mode()&0o111 == 0 || helper.Info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
			continue
		}
		if helper.Info.Size() == o.info.Size() {
			continue // the program itself under another name, by which it knows what to do
		}
		ship := shipment{resolver: r, object: o, own: own}
		ship.reason = plan.Reason{Cause: plan.CauseNeed, At: o.at, Chain: o.chain,
			Evidence: &plan.Evidence{Kind: plan.EvidenceNamed, In: o.to, Name: word}}
		info, err := r.trees[o.tree].Lstat(rootfs.Name(name))
		if err != nil {
			return err
		}
		if err := ship.one(name, info, own.files[name]); err != nil {
			return err
		}
	}
	return nil
}

func anyOf(words map[string]bool, list []string) bool {
	return slices.ContainsFunc(list, func(word string) bool { return words[word] })
}

// maxHelpers is how many programs a package may have that belong together.
const maxHelpers = 32

// programs counts the programs of a package in the directories of PATH.
func (f *family) programs(pkg *plan.Package) int {
	n := 0
	for _, name := range f.names {
		if f.files[name].pkg == pkg && needspkg.Program(name) {
			n++
		}
	}
	return n
}
