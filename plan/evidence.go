package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/packages"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// wantEvidence asks for what tells scanners which packages the files are from. It
// gives way to what the spec puts in its place.
func (m *maker) wantEvidence(t *tree) error {
	if m.req.Metadata == spec.MetadataNone {
		return nil
	}
	shipped := map[string]map[*packages.Package][]packages.Shipped{} // by tree
	for _, name := range t.paths() {
		w := t.entries[name]
		pkg := m.owners.packages[w.Package]
		if pkg == nil {
			continue
		}
		home := m.owners.home[w.Package]
		if shipped[home] == nil {
			shipped[home] = map[*packages.Package][]packages.Shipped{}
		}
		shipped[home][pkg] = append(shipped[home][pkg], packages.Shipped{
			Path:   w.Path,
			Origin: w.From.Path,
			Link:   w.Kind == KindSymlink,
		})
	}
	var homes []string
	var sets [][]packages.Evidence
	for _, tree := range m.evidenceTrees(t) {
		if len(shipped[tree]) == 0 {
			continue
		}
		set, err := m.owners.databases[tree].Evidence(m.trees[TreeBase], shipped[tree])
		if err != nil {
			if err := m.unreadable(tree, err); err != nil {
				return err
			}
			continue
		}
		homes, sets = append(homes, tree), append(sets, set)
	}
	if err := m.warnOfMixing(homes); err != nil {
		return err
	}
	for _, e := range packages.Combine(sets...) {
		if err := m.wantOneEvidence(homes[e.Set], e); err != nil {
			return err
		}
	}
	return nil
}

// evidenceTrees lists the trees that packages come from, in the order in which
// they may mark the image as their distribution's. What the image is made of is
// told best by its C library.
func (m *maker) evidenceTrees(t *tree) []string {
	var first []string
	for _, name := range t.paths() {
		if w := t.entries[name]; w.From != nil && w.Reason.Cause == CauseInterpreter {
			first = append(first, w.From.Tree)
		}
	}
	var out []string
	for _, tree := range slices.Concat(first, m.partTrees()) {
		if tree != TreeContext && !slices.Contains(out, tree) {
			out = append(out, tree)
		}
	}
	return out
}

// warnOfMixing warns of packages of several distributions: an image names one, by
// which scanners judge all of them.
func (m *maker) warnOfMixing(trees []string) error {
	if m.trees[TreeBase] != nil && len(trees) > 0 {
		trees = slices.Concat([]string{TreeBase}, trees)
	}
	var names, from []string
	for _, tree := range trees {
		db, err := m.database(tree)
		if err != nil {
			return err
		}
		if db == nil || db.Distro().ID == "" {
			continue
		}
		name := strings.TrimSpace(db.Distro().ID + " " + db.Distro().VersionID)
		if !slices.Contains(names, name) {
			names, from = append(names, name), append(from, describe(tree))
		}
	}
	for i := 1; i < len(names); i++ {
		m.report(diag.Diagnostic{
			Code:     "distributions-mixed",
			Severity: diag.SeverityWarning,
			Message: fmt.Sprintf("the image says that it is %s, as %s, and has packages of %s from %s: scanners judge them all as %s's",
				names[0], from[0], names[i], from[i], names[0]),
			Fixes: []string{"take everything from one release of a distribution"},
		})
	}
	return nil
}

func (m *maker) wantOneEvidence(tree string, e packages.Evidence) error {
	reason := Reason{Cause: CauseMetadata, Via: e.What}
	if e.Package != nil {
		reason.For = e.Package.PURL
	}
	if e.From == "" {
		entry := generated(e.Path, e.Data)
		entry.Reason = reason
		m.want(wish{Entry: entry, soft: true})
		return nil
	}
	info, err := m.trees[tree].Lstat(rootfs.Name(e.From))
	if err != nil {
		return fmt.Errorf("%s of %s: %w", e.From, describe(tree), err)
	}
	before := len(m.wishes)
	m.wantLinks(tree, rootfs.Resolved{Path: e.Path, Links: e.Links}, reason)
	m.wantCopy(tree, e.From, e.Path, info, nil, nil, reason)
	for i := range m.wishes[before:] {
		m.wishes[before+i].soft = true
	}
	return nil
}

// warnOfHidden reports package data in whose place the spec puts something else:
// scanners would not see the package.
func (m *maker) warnOfHidden(t *tree, evidence []wish) {
	for _, e := range evidence {
		got := t.entries[e.Path]
		if e.Data == nil || got == nil || got.Reason.Cause == CauseMetadata {
			continue
		}
		m.report(diag.Diagnostic{
			Code:     "package-data-hidden",
			Severity: diag.SeverityWarning,
			At:       got.Reason.At,
			Message:  fmt.Sprintf("%s is in the place of the %s: scanners will not see the package as it is", e.Path, e.Reason.Via),
			Fixes:    []string{"leave it to the build, or write metadata: none if the image brings package data of its own"},
		})
	}
}
