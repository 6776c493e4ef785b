package evidence

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
)

// needByRule ships what programs with a known library open.
func (r *Gatherer) needByRule(o draft.Object, rule needspkg.Rule) error {
	if needspkg.IsFontconfig(o.File.Soname) {
		return r.needFonts(o)
	}
	for _, paths := range rule.Paths {
		for name := range strings.SplitSeq(strings.ReplaceAll(paths, "{dir}", path.Dir(o.Path)), "|") {
			if _, err := rootfs.Resolve(r.Trees[o.Tree], name); err != nil {
				if err := rootfs.UnlessAbsent(err); err != nil {
					return err
				}
				continue
			}
			need := r.ruled(o, name, rule.What)
			need.Leave = func(name string, _ fs.FileInfo) bool {
				return slices.ContainsFunc(rule.Without, func(part string) bool { return strings.Contains(name+"/", part) })
			}
			if err := r.shipNeed(o, need); err != nil {
				return err
			}
			break
		}
	}
	if needspkg.IsGirepository(o.File.Soname) {
		return r.needDescribed(o, rule)
	}
	return nil
}

// maxTypelib bounds a description of a library, in bytes. GTK's has 600,000.
const maxTypelib = 8 << 20

// needDescribed ships the libraries that descriptions for other languages are of: no program needs
// them by name.
func (r *Gatherer) needDescribed(o draft.Object, rule needspkg.Rule) error {
	libraries := path.Dir(o.Path)
	for _, dir := range rule.Paths {
		dir = strings.ReplaceAll(dir, "{dir}", libraries)
		list, err := fs.ReadDir(r.Trees[o.Tree], rootfs.Name(dir))
		if err != nil {
			return rootfs.UnlessAbsent(err)
		}
		for _, e := range list {
			if path.Ext(e.Name()) != needspkg.Typelibs || !e.Type().IsRegular() {
				continue
			}
			text, err := rootfs.ReadFile(r.Trees[o.Tree], path.Join(dir, e.Name()), maxTypelib)
			if errors.Is(err, rootfs.ErrTooLarge) {
				continue
			}
			if err != nil {
				return err
			}
			for _, name := range needspkg.TypelibLibraries(text) {
				if _, ok, err := r.Look(o.Tree, path.Join(libraries, name)); err != nil {
					return err
				} else if !ok {
					continue
				}
				if err := r.shipNeed(o, r.ruled(o, path.Join(libraries, name), "a library that a description is of")); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// ruled is a file or directory that ships because of what a library is.
func (r *Gatherer) ruled(o draft.Object, name, what string) runtimes.Need {
	return runtimes.Need{Path: name, Evidence: plan.Evidence{Kind: plan.EvidenceRule, In: o.To, Name: what}}
}

// needDatabases ships what lists the names that a program has libc look up, or a library of its own.
func (r *Gatherer) needDatabases(o draft.Object, _ *family, found needspkg.Strings) error {
	for _, db := range needspkg.Databases {
		if !anyOf(found.Symbols, db.Functions) {
			continue
		}
		if err := r.shipNeed(o, r.ruled(o, db.Path, "the names that "+db.Functions[0]+" looks up")); err != nil {
			return err
		}
	}
	return nil
}

// needProviders ships OpenSSL's modules where something loads one of them by its name.
func (r *Gatherer) needProviders(o draft.Object, _ *family, found needspkg.Strings) error {
	if !anyOf(found.Symbols, needspkg.LoadsProviders) {
		return nil
	}
	dir := r.providersOf(o.Tree)
	for _, name := range needspkg.Providers {
		if dir == "" || !found.Words[name] && !(found.Words[needspkg.Rust] && found.Words["*"+name]) {
			continue
		}
		need := r.ruled(o, path.Join(dir, name+".so"), "a provider of OpenSSL that it loads by its name")
		if err := r.shipNeed(o, need); err != nil {
			return err
		}
	}
	return nil
}

// providersOf is where a tree has OpenSSL's modules; "" if it has none.
func (r *Gatherer) providersOf(tree string) string {
	dirs := []string{"/usr/lib", "/usr/lib64"}
	entries, err := fs.ReadDir(r.Trees[tree], rootfs.Name("/usr/lib"))
	if err == nil {
		for _, e := range entries {
			if strings.Contains(e.Name(), "-linux-") {
				dirs = append(dirs, path.Join("/usr/lib", e.Name()))
			}
		}
	}
	if at := r.directoryOf(tree, "libcrypto.so"); at != "" {
		dirs = slices.Insert(dirs, 0, at)
	}
	for _, dir := range dirs {
		if found, err := rootfs.Resolve(r.Trees[tree], path.Join(dir, "ossl-modules")); err == nil {
			return found.Path
		}
	}
	return ""
}

// needByRules ships what a library opens that a language brings. No program needs it by name,
// so that nothing else asks the rules about it.
func (r *Gatherer) needByRules(o draft.Object) error {
	rule, _ := needspkg.RuleFor(o.File.Soname)
	if err := r.needByRule(o, rule); err != nil || !needspkg.LinksCrypto(o.File.Needed) {
		return err
	}
	f, err := rootfs.OpenAt(r.Trees[o.Tree], o.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	found, err := needspkg.Read(f, o.Info.Size(), o.File, needspkg.ProviderWords())
	if err != nil {
		return err
	}
	return r.needProviders(o, nil, found)
}

// openedByPlugin ships the libraries that a plugin opens by a name that stands in it, its drivers, and what
// the rule for it says.
func (r *Gatherer) openedByPlugin(o draft.Object, f familyFile) error {
	if f.pkg == nil {
		return nil
	}
	own, err := r.family(o.Tree, f.pkg)
	if err != nil {
		return err
	}
	rule, _ := needspkg.RuleFor(o.File.Soname)
	if len(rule.Paths) > 0 && !rule.Direct {
		if err := r.needByRule(o, rule); err != nil {
			return err
		}
	}
	if err := r.needAsked(o, own, rule); err != nil {
		return err
	}
	words := map[string]bool{}
	if err := r.noteLibraryNames(o, own, words); err != nil || len(words) == 0 {
		return err
	}
	file, err := rootfs.OpenAt(r.Trees[o.Tree], o.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	found, err := needspkg.Read(file, o.Info.Size(), o.File, words)
	if err != nil {
		return err
	}
	if err := r.needOpened(o, own, found); err != nil {
		return err
	}
	return r.needOwnLibraries(o, own, found)
}

// directoryOf is where a tree has a library that ships, by the beginning of its name.
func (r *Gatherer) directoryOf(tree, library string) string {
	var out []string
	for origin := range r.needs.seen {
		if origin.Tree == tree && strings.HasPrefix(path.Base(origin.Path), library) {
			out = append(out, path.Dir(origin.Path))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return slices.Min(out)
}
