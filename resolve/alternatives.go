package resolve

import (
	"io/fs"
	"path"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/rootfs"
)

// alternativesOf are the names that update-alternatives(1) has made in a tree, among its
// programs and its configurations, each with the physical path of what it leads to. No
// package lists such a name.
func (r *resolver) alternativesOf(tree string) (map[string]string, error) {
	if found := r.needs.alternatives[tree]; found != nil {
		return found, nil
	}
	out := map[string]string{}
	fsys := r.trees[tree]
	for _, dir := range []string{"/usr/bin", "/usr/sbin", "/etc"} {
		list, err := fs.ReadDir(fsys, rootfs.Name(dir))
		if err != nil {
			if err := rootfs.UnlessAbsent(err); err != nil {
				return nil, err
			}
			continue
		}
		for _, e := range list {
			if e.Type()&fs.ModeSymlink == 0 {
				continue
			}
			name := path.Join(dir, e.Name())
			target, err := fsys.ReadLink(rootfs.Name(name))
			if err != nil || !strings.HasPrefix(target, "/etc/alternatives/") {
				continue
			}
			if found, err := rootfs.Resolve(fsys, name); err == nil && found.Info.Mode().IsRegular() {
				out[name] = found.Path
			}
		}
	}
	r.needs.alternatives[tree] = out
	return out, nil
}

// needAlternatives ships the configurations under a name of update-alternatives that a
// program puts together of a directory and a name: "/etc/" and "fpc.cfg".
func (r *resolver) needAlternatives(o object, own *family, found needspkg.Strings) error {
	if !o.file.Executable() {
		return nil
	}
	alternatives, err := r.alternativesOf(o.tree)
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(alternatives) {
		if needspkg.Program(name) || !found.Words[path.Base(name)] {
			continue
		}
		info, err := r.trees[o.tree].Lstat(rootfs.Name(name))
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
