package evidence

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/imagetree"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
)

// maxConfig bounds a file that is taken for a configuration, in bytes.
const maxConfig = request.MaxConfig

// needConfig ships what a configuration that ships by evidence names.
func (s shipment) needConfig(name string, info fs.FileInfo) error {
	by, text, err := s.readText(name, info)
	if err != nil {
		return err
	}
	if err := s.needAskedPrograms(by, needspkg.Uncommented(text)); err != nil {
		return err
	}
	return s.configuredByPackage(by, s.own, needspkg.MentionsOf(text))
}

// configuredByPackage ships what a configuration of a package names: what any configuration does, and
// directories of packages that the spec asks for, which it may be there for.
func (r *Gatherer) configuredByPackage(by draft.Object, own *family, m needspkg.Mentions) error {
	for _, n := range m.Paths {
		if err := r.needAskedDirectory(by, n.Path); err != nil {
			return err
		}
	}
	return r.configured(by, own, m)
}

// needConfigAccounts notes the accounts that a configuration names which may not be read: to have
// them costs a line.
func (s shipment) needConfigAccounts(name string, info fs.FileInfo) error {
	by, text, err := s.readText(name, info)
	if err != nil {
		return err
	}
	return s.mentionedAccounts(by, needspkg.MentionsOf(text))
}

// needConfigSystem notes the accounts that a configuration names, and makes the directories for what
// runs: www-data and /run/php of a pool of PHP's.
func (s shipment) needConfigSystem(name string, info fs.FileInfo) error {
	by, text, err := s.readText(name, info)
	if err != nil {
		return err
	}
	m := needspkg.MentionsOf(text)
	for _, n := range m.Paths {
		if err := s.needRunDirectory(by, n); err != nil {
			return err
		}
	}
	return s.mentionedAccounts(by, m)
}

// readText reads a text that ships by evidence, and returns what names things by it. Of one
// that is too large for a configuration there is no text.
func (s shipment) readText(name string, info fs.FileInfo) (by draft.Object, text []byte, err error) {
	by = s.object
	by.To = name
	if info.Size() > maxConfig {
		return by, nil, nil
	}
	text, err = rootfs.ReadFile(s.Trees[s.object.Tree], name, maxConfig)
	return by, text, err
}

// needCode ships what a part of a program that is written in the language that it extends
// names: files, and in Scheme programs of other packages that the program's own depends on, as
// LilyPond's "gs". In Lua such words are settings for what builds modules.
func (s shipment) needCode(name string, info fs.FileInfo) error {
	by, text, err := s.readText(name, info)
	if err != nil {
		return err
	}
	text = needspkg.Uncommented(text)
	for _, n := range needspkg.Text(text) {
		if err := s.needNamed(by, s.own, n); err != nil {
			return err
		}
	}
	if s.object.File.IsLibrary() || path.Ext(name) != ".scm" {
		return nil
	}
	return s.shipHelpers(by, needspkg.Quoted(text), func(word string, h helper) bool { return h.other && !needspkg.Ordinary(word) })
}

// maxDirectives bounds a file of data that is read for the programs that it names, in bytes.
const maxDirectives = 4 << 10

// needDirectives ships the helpers that a small file of data names, as groff's descriptions
// of devices do: "postpro grotty".
func (s shipment) needDirectives(name string) error {
	if s.object.File.IsLibrary() {
		return nil
	}
	text, err := rootfs.ReadFile(s.Trees[s.object.Tree], name, maxDirectives)
	if err != nil {
		return err
	}
	by := s.object
	by.To = name
	return s.shipHelpers(by, needspkg.Directives(needspkg.Uncommented(text)), func(string, helper) bool { return true })
}

// shipHelpers ships those of the helpers of the object that are among some words of what it
// reads.
func (s shipment) shipHelpers(by draft.Object, words []string, starts func(word string, h helper) bool) error {
	helpers, err := s.helpersOf(s.object, s.own)
	if err != nil {
		return err
	}
	for _, word := range words {
		h, ok := helpers[word]
		if !ok || !starts(word, h) {
			continue
		}
		info, err := s.Trees[s.object.Tree].Lstat(rootfs.Name(h.path))
		if err != nil {
			return err
		}
		ship := s.namedIn(by, s.own, word)
		ship.program = h.other
		if err := ship.one(h.path, info, s.own.files[h.path]); err != nil {
			return err
		}
	}
	return nil
}

// configured ships what a configuration names: files of a program's family, accounts, and
// directories for what changes.
func (r *Gatherer) configured(by draft.Object, own *family, m needspkg.Mentions) error {
	if err := r.mentionedAccounts(by, m); err != nil {
		return err
	}
	named := m.Paths
	for _, word := range m.Includes { // from where the configuration lies
		named = append(slices.Clone(named), needspkg.Text([]byte(path.Join(path.Dir(by.To), word)))...)
	}
	for _, n := range named {
		if err := r.needRunDirectory(by, n); err != nil {
			return err
		}
		if err := r.needNamed(by, own, n); err != nil {
			return err
		}
	}
	return nil
}

// describes tells whether a file is of a package with few programs that a program's own depends on:
// it may say how to start one of them.
func (s shipment) describes(f familyFile) bool {
	n := s.own.pathPrograms[f.pkg]
	return f.pkg != nil && !f.own && n > 0 && n <= maxScripts
}

// needDescribed ships the programs that a small file of data names which are of its own package, as
// MiniZinc's descriptions of solvers do.
func (s shipment) needDescribed(name string, f familyFile) error {
	text, err := rootfs.ReadFile(s.Trees[s.object.Tree], name, maxDirectives)
	if err != nil {
		return err
	}
	by := s.object
	by.To = name
	for _, n := range needspkg.Text(text) {
		found, ok, err := s.Look(s.object.Tree, n.Path)
		if err != nil {
			return err
		}
		if !ok || !needspkg.Program(found.Path) || s.own.files[found.Path].pkg != f.pkg {
			continue
		}
		ship := s.namedIn(by, s.own, n.Path)
		ship.program = true
		if err := ship.file(found); err != nil {
			return err
		}
	}
	return nil
}

// mentionedAccounts notes the accounts that a configuration names.
func (r *Gatherer) mentionedAccounts(by draft.Object, m needspkg.Mentions) error {
	words, sure := make(map[string]bool, len(m.Accounts)), make(map[string]bool, len(m.RunsAs))
	for _, name := range m.Accounts {
		words[name] = true
	}
	for _, name := range m.RunsAs {
		sure[name] = true
	}
	return r.noteAccounts(by, words, sure)
}

// needSpecConfigs ships what the configurations that the spec names mention of the
// packages of a program.
func (r *Gatherer) needSpecConfigs(o draft.Object, own *family) error {
	for _, e := range r.Entries {
		if e.Kind != plan.KindFile || e.Reason.Cause != plan.CauseFile || !needspkg.IsConfig(e.Path) {
			continue
		}
		mentioned, err := r.mentioned(e)
		if err != nil {
			return err
		}
		by := o
		by.To, by.At = e.Path, e.Reason.At
		if err := r.configured(by, own, mentioned); err != nil {
			return err
		}
	}
	return nil
}

// unmentioned reports whether a configuration is in a directory in which the spec has
// replaced another one without a word of this: the program reads it only if that names it.
// Large ones are data for it, and do not ship.
func (s shipment) unmentioned(name string) (bool, error) {
	dir, replaced := path.Dir(name), false
	if !strings.HasPrefix(dir, "/etc/") || s.need != nil {
		return false, nil
	}
	for _, e := range s.Entries {
		if e.Kind != plan.KindFile || e.Reason.Cause != plan.CauseFile || path.Dir(e.Path) != dir || !needspkg.IsConfig(e.Path) {
			continue
		}
		if e.Path == s.to(name) {
			return true, nil // what ships in its place is read
		}
		if _, err := s.Trees[s.object.Tree].Lstat(rootfs.Name(e.Path)); err != nil {
			continue
		}
		if s.names(name) {
			continue
		}
		mentioned, err := s.mentioned(e)
		if err != nil || mentioned.Names(name) {
			return false, err
		}
		replaced = true
	}
	return replaced, nil
}

// mentioned is what a configuration that the spec names says; nothing for one that is too
// large.
func (r *Gatherer) mentioned(e imagetree.Entry) (needspkg.Mentions, error) {
	if e.From == nil {
		return needspkg.MentionsOf(e.Data), nil
	}
	if m := r.listedMentions[*e.From]; m != nil {
		return *m, nil
	}
	return request.ReadMentions(r.Trees[e.From.Tree], e.From.Path)
}

// mentionsOf are what the configurations of listed trees say.
func mentionsOf(listings map[string]request.Listing) map[plan.Origin]*needspkg.Mentions {
	out := map[plan.Origin]*needspkg.Mentions{}
	for tree, list := range listings {
		for _, f := range list {
			if f.Mentions != nil {
				out[plan.Origin{Tree: tree, Path: f.Path}] = f.Mentions
			}
		}
	}
	return out
}
