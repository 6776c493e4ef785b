package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagecheck"
	"github.com/sinter-build/sinter/imagetree"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
)

const (
	localeDir = "/usr/lib/locale"
	// maxLocales bounds an archive of locales, in bytes. Debian's with all has 230 MB.
	maxLocales = 512 << 20
)

// needLocales ships the locales that the image's environment and a program name. What an
// environment names must be there; a program names what it would like to have.
func (r *Gatherer) needLocales(o draft.Object, _ *family, found needspkg.Strings) error {
	lists := func(argv []string) bool { return path.Base(argv[0]) == "locale" && slices.Contains(argv, "-a") }
	if o.Path == "/usr/bin/locale" && slices.ContainsFunc(r.needs.commands, lists) { // a script finds out what there is
		if _, err := r.shipLocale(o, "C.UTF-8"); err != nil {
			return err
		}
	}
	if !o.File.Executable() || o.Need || r.directoryOf(o.Tree, "libc.so.6") == "" {
		return nil
	}
	for _, name := range needspkg.Locales(r.Req.Env) {
		shipped, err := r.shipLocale(o, name)
		if err != nil {
			return err
		}
		if !shipped && !r.HasBase(localeDir) {
			r.reportNoLocale(o, name)
		}
	}
	// An argument can ask for it, too: --locale=C.UTF-8.
	asked := slices.ContainsFunc(r.Req.Commands, func(c imagecheck.Command) bool {
		return slices.ContainsFunc(c.Args, func(arg string) bool { return strings.HasSuffix(arg, "C.UTF-8") })
	})
	if found.Words["C.UTF-8"] || anyOf(found.Words, needspkg.LocaleOptions) || asked {
		_, err := r.shipLocale(o, "C.UTF-8")
		return err
	}
	return nil
}

// shipLocale ships the directory of a locale, or the archive that has it.
func (r *Gatherer) shipLocale(o draft.Object, name string) (bool, error) {
	dir := path.Join(localeDir, needspkg.LocaleDirectory(name))
	tree := r.Trees[o.Tree]
	if _, err := rootfs.Resolve(tree, dir); err == nil {
		return true, r.shipNeed(o, r.ruled(o, dir, "the locale "+name))
	}
	archive := path.Join(localeDir, "locale-archive")
	has, err := holds(tree, archive, path.Base(dir)+"\x00")
	if err != nil || !has {
		return false, rootfs.UnlessAbsent(err)
	}
	return true, r.shipNeed(o, r.ruled(o, archive, "the locale "+name))
}

// holds reports whether a text stands in the first maxLocales bytes of a file.
func holds(tree rootfs.FS, name, text string) (bool, error) {
	f, err := tree.Open(rootfs.Name(name))
	if err != nil {
		return false, err
	}
	defer f.Close()
	buf, kept := make([]byte, 1<<20), 0
	for read := 0; read < maxLocales; {
		n, err := f.Read(buf[kept:])
		read += n
		if bytes.Contains(buf[:kept+n], []byte(text)) {
			return true, nil
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return false, err
		}
		end := kept + n
		kept = copy(buf, buf[max(0, end-len(text)):end])
	}
	return false, nil
}

// reportNoLocale tells that the environment names a locale that the source has not.
func (r *Gatherer) reportNoLocale(o draft.Object, name string) {
	if slices.ContainsFunc(r.Entries, func(e imagetree.Entry) bool { return strings.HasPrefix(e.Path, localeDir+"/") }) {
		return // the spec brings its own
	}
	r.Report(diag.Diagnostic{
		Code: "no-locale", At: "env",
		Message: fmt.Sprintf("env names the locale %s, and the source of %s does not have it", name, o.To),
		Runtime: "cannot change locale (" + name + "): No such file or directory",
		Fixes: []string{
			"add locales-all to the source's packages, or generate the locale there with localedef",
			"write LANG: C.UTF-8, which every distribution has",
		},
	})
}
