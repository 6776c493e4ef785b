package evidence

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
)

// maxGconv bounds a list of charset modules, in bytes. glibc's have 60,000.
const maxGconv = 1 << 20

// needCharsets ships glibc's modules for the charsets that a program converts from or to
// by name, or a library of its own. All of them have 8 MB, and hardly a program needs ten.
// Other libraries know many, and only their users which; where these are documents, it is the usual
// ones. One that the program is linked with and that names a few converts from these itself.
func (r *Gatherer) needCharsets(o draft.Object, own *family, found needspkg.Strings) error {
	if !anyOf(found.Symbols, needspkg.Converts) {
		return nil
	}
	var names []string
	for _, name := range needspkg.Charsets {
		if found.Words[name] {
			names = append(names, name)
		}
	}
	itself := o.File.Executable() || r.isOwnLibrary(o, own)
	rule, _ := needspkg.RuleFor(o.File.Soname)
	switch {
	case rule.ConvertsDocuments(o.File.Needed):
		names = needspkg.Charsets
	case !itself && len(names) > fewCharsets:
		return nil
	case itself && found.Words[needspkg.CodePage]:
		names = append(names, needspkg.CodePages...)
	}
	dir, lists, err := r.gconvLists(o.Tree)
	if err != nil || len(names) == 0 || dir == "" {
		return err
	}
	for _, module := range needspkg.GconvModules(lists, slices.Concat(names, needspkg.Unicode)) {
		if err := r.shipNeed(o, r.ruled(o, path.Join(dir, module+".so"), "a charset that it names")); err != nil {
			return err
		}
	}
	for _, list := range []string{"gconv-modules", "gconv-modules.d"} {
		if err := r.shipNeed(o, r.ruled(o, path.Join(dir, list), "the list of charsets")); err != nil {
			return err
		}
	}
	return nil
}

// fewCharsets is how many charsets a library names that it converts from itself.
const fewCharsets = 3

// gconvLists finds glibc's charset modules in a tree, and reads the lists of them.
func (r *Gatherer) gconvLists(tree string) (dir, lists string, err error) {
	fsys := r.Trees[tree]
	libc := r.directoryOf(tree, "libc.so.6")
	dir = path.Join(libc, "gconv")
	if found, err := rootfs.Resolve(fsys, dir); libc == "" || err != nil || !found.Info.IsDir() {
		return "", "", rootfs.UnlessAbsent(err)
	}
	names := []string{path.Join(dir, "gconv-modules")}
	more, err := fs.ReadDir(fsys, rootfs.Name(path.Join(dir, "gconv-modules.d")))
	if err := rootfs.UnlessAbsent(err); err != nil {
		return "", "", err
	}
	for _, e := range more {
		names = append(names, path.Join(dir, "gconv-modules.d", e.Name()))
	}
	var b strings.Builder
	for _, name := range names {
		text, err := rootfs.ReadFile(fsys, name, maxGconv)
		if err != nil && !errors.Is(err, rootfs.ErrTooLarge) && !rootfs.IsAbsent(err) {
			return "", "", err
		}
		b.Write(text)
		b.WriteByte('\n')
	}
	return dir, b.String(), nil
}
