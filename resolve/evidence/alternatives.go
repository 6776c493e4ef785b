package evidence

import (
	"io/fs"
	"path"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
)

// linked are the names in a tree's directories of programs and in /etc that are links, each with
// the physical path of what it leads to.
type linked struct {
	// alternatives are those that update-alternatives(1) has made. No package lists such a name.
	alternatives map[string]string
	// programs are other names of programs: as of x86_64-linux-gnu-as, which another package
	// may have.
	programs map[string]string
}

// linkedIn finds the links of a tree.
func (r *Gatherer) linkedIn(tree string) (linked, error) {
	if found, ok := r.needs.linked[tree]; ok {
		return found, nil
	}
	out := linked{alternatives: map[string]string{}, programs: map[string]string{}}
	fsys := r.Trees[tree]
	for _, dir := range []string{"/usr/bin", "/usr/sbin", "/etc"} {
		list, err := fs.ReadDir(fsys, rootfs.Name(dir))
		if err != nil {
			if err := rootfs.UnlessAbsent(err); err != nil {
				return out, err
			}
			continue
		}
		for _, e := range list {
			if e.Type()&fs.ModeSymlink == 0 {
				continue
			}
			name := path.Join(dir, e.Name())
			target, err := fsys.ReadLink(rootfs.Name(name))
			if err != nil {
				continue
			}
			alternative := strings.HasPrefix(target, "/etc/alternatives/")
			if !alternative && dir == "/etc" {
				continue
			}
			found, err := rootfs.Resolve(fsys, name)
			if err != nil || !found.Info.Mode().IsRegular() {
				continue
			}
			if alternative {
				out.alternatives[name] = found.Path
			} else if needspkg.Program(found.Path) {
				out.programs[name] = found.Path
			}
		}
	}
	r.needs.linked[tree] = out
	return out, nil
}

// needAlternatives ships the configurations under a name of update-alternatives that a
// program puts together of a directory and a name: "/etc/" and "fpc.cfg".
func (r *Gatherer) needAlternatives(o draft.Object, own *family, found needspkg.Strings) error {
	if !o.File.Executable() {
		return nil
	}
	links, err := r.linkedIn(o.Tree)
	if err != nil {
		return err
	}
	alternatives := links.alternatives
	for _, name := range sortedKeys(alternatives) {
		if needspkg.Program(name) || !found.Words[path.Base(name)] {
			continue
		}
		info, err := r.Trees[o.Tree].Lstat(rootfs.Name(name))
		if err != nil {
			return err
		}
		ship := r.namedIn(o, own, path.Base(name))
		if err := ship.one(name, info, familyFile{}); err != nil {
			return err
		}
	}
	return nil
}
