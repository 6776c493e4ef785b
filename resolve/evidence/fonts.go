package evidence

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
)

// needFonts ships what fontconfig is configured with, and one family of fonts unless
// the spec names files of fonts itself: a package of them may have symbols alone.
func (r *Gatherer) needFonts(o draft.Object) error {
	config := r.ruled(o, "/etc/fonts", "its configuration")
	config.Leave = func(name string, _ fs.FileInfo) bool { return path.Base(name) == "README" }
	if err := r.shipNeed(o, config); err != nil {
		return err
	}
	known := slices.ContainsFunc(r.Entries, isForText)
	if err := r.needAskedFonts(o); err != nil || known {
		return err
	}
	tree := r.Trees[o.Tree]
	for _, family := range needspkg.FontDirectories {
		names, err := fontsIn(tree, family.Dir, family.Prefix)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := r.shipNeed(o, r.ruled(o, name, "a font, so that there is one")); err != nil {
				return err
			}
		}
		if len(names) > 0 {
			return nil
		}
	}
	r.Report(diag.Diagnostic{
		Code: "no-fonts", Severity: diag.SeverityWarning, At: o.At,
		Message: fmt.Sprintf("%s looks for fonts, and %s has none that Sinter knows", o.To, plan.TreeName(o.Tree)),
		Runtime: "Fontconfig error: No fonts found; text is left out of pictures and pages",
		Fixes:   []string{"add fonts-dejavu-core to the source's packages", "copy fonts to /usr/share/fonts with files"},
	})
	return nil
}

// needAskedFonts ships the fonts of packages that the spec asks for by name.
func (r *Gatherer) needAskedFonts(o draft.Object) error {
	return r.eachAskedFor(o.Tree, func(p *plan.Package, name string) error {
		if !needspkg.IsFont(name) || !rootfs.Within(name, "/usr/share/fonts") {
			return nil
		}
		return r.shipNeed(o, r.ruled(o, name, "a font of "+p.Name+", which the spec asks for"))
	})
}

// needNamedFonts ships the fonts of packages that the spec asks for which a file of the app names, as
// Pillow looks for them: by the path or by the name of the file.
func (r *Gatherer) needNamedFonts(f runtimes.AppFile, words []string) error {
	words = slices.DeleteFunc(slices.Clone(words), func(word string) bool { return !needspkg.IsFont(word) })
	if len(words) == 0 {
		return nil
	}
	for _, rt := range r.needs.runtimes {
		o := draft.Object{Tree: rt.object.Tree, To: f.To, At: f.At, Chain: []string{f.To}}
		err := r.eachAskedFor(o.Tree, func(_ *plan.Package, name string) error {
			if !rootfs.Within(name, "/usr/share/fonts") || !slices.Contains(words, name) && !slices.Contains(words, path.Base(name)) {
				return nil
			}
			return r.shipNeed(o, runtimes.Need{Path: name, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: f.To, Name: path.Base(name)}})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// isForText tells of fonts for programs that look for one: those that the spec names, and
// those that are where fontconfig looks. Others are a program's own, with its symbols perhaps.
func isForText(e imagetree.Entry) bool {
	named := e.Reason.Cause == plan.CauseFile
	return e.Kind == plan.KindFile && needspkg.IsFont(e.Path) && (named || rootfs.Within(e.Path, "/usr/share/fonts") || rootfs.Within(e.Path, "/usr/local/share/fonts"))
}

// fontsIn are the fonts in a directory whose names begin with something, sorted. Of one
// that has monospaced fonts among them, these stay out.
func fontsIn(tree rootfs.FS, dir, prefix string) ([]string, error) {
	found, err := rootfs.Resolve(tree, dir)
	if err != nil {
		return nil, rootfs.UnlessAbsent(err)
	}
	list, err := fs.ReadDir(tree, rootfs.Name(found.Path))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range list {
		if name := e.Name(); strings.HasPrefix(name, prefix) && needspkg.IsFont(name) && !strings.Contains(name, "Mono") {
			out = append(out, path.Join(found.Path, name))
		}
	}
	return out, nil
}
