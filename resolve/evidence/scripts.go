package evidence

import (
	"bytes"
	"path"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
)

// maxScript bounds a script that is read for what it names, in bytes.
const maxScript = 1 << 20

// needsOfScripts ships what scripts name of their own packages' files.
func (r *Gatherer) needsOfScripts() error {
	for len(r.needs.unreadScripts) > 0 { // one can name parts of itself, which are scripts, too
		o := r.needs.unreadScripts[0]
		r.needs.unreadScripts = r.needs.unreadScripts[1:]
		of, err := r.PackagesOf(o.Tree, []string{o.Path})
		if err != nil {
			return err
		}
		pkg := r.Owners.Packages[of[o.Path]]
		if pkg == nil {
			if err := r.needsOfOwnScript(o); err != nil {
				return err
			}
			continue
		}
		if o.Info.Size() > maxScript {
			continue
		}
		own, err := r.family(o.Tree, pkg)
		if err != nil {
			return err
		}
		if err := own.load(); err != nil {
			return err
		}
		if err := r.needScriptHome(o, own); err != nil {
			return err
		}
		r.needOwnDirectories(o, own)
		text, err := rootfs.ReadFile(r.Trees[o.Tree], o.Path, maxScript)
		if err != nil {
			return err
		}
		named := needspkg.Text(needspkg.Uncommented(text))
		r.noteScriptShell(o, named)
		for _, n := range append(named, pathsOfShell(o, text)...) {
			if err := r.needNamed(o, own, n); err != nil {
				return err
			}
		}
		for _, need := range []func() error{
			func() error { return r.needVariants(o, own, text) },
			func() error { return r.needInterpreters(o, own) },
			func() error { return r.needCatalogs(o, own) },
			func() error { return r.needScriptAccounts(o, own, needspkg.Uncommented(text)) },
			func() error { return r.needSpecConfigs(o, own) },
			func() error { return r.needBuildTools(o, own) },
		} {
			if err := need(); err != nil {
				return err
			}
		}
	}
	return nil
}

// pathsOfShell are the paths in a script of the shell that it puts together of variables which are
// set to constants: $LIBRARIES/a.jar.
func pathsOfShell(o draft.Object, text []byte) []needspkg.Named {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	fields := strings.Fields(strings.TrimPrefix(string(line), "#!"))
	if !bytes.HasPrefix(line, []byte("#!")) || len(fields) == 0 || !needspkg.IsShell(fields[0]) && !needspkg.IsShell(fields[len(fields)-1]) {
		return nil
	}
	var out []needspkg.Named
	for _, word := range runtimes.ShellWords(text, o.To) {
		if path.IsAbs(word) {
			out = append(out, needspkg.Named{Path: path.Clean(word)})
		}
	}
	return out
}

// needScriptHome ships the directory that a script's package keeps for itself around it.
func (r *Gatherer) needScriptHome(o draft.Object, own *family) error {
	if err := r.needNamesakes(o, own, nil); err != nil {
		return err
	}
	home := needspkg.Home(o.Path)
	if home == "" {
		return r.needPrivate(o, own)
	}
	found, err := rootfs.Resolve(r.Trees[o.Tree], home)
	if err != nil {
		return rootfs.UnlessAbsent(err)
	}
	ship := r.shipmentOf(o, own, plan.EvidenceHome, o.Path)
	return ship.directory(found)
}
