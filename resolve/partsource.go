package resolve

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// partOrigin is the file or directory that a part is taken from.
type partOrigin struct {
	tree string
	rootfs.Resolved
}

func (o partOrigin) String() string {
	return fmt.Sprintf("%s of %s", o.Path, plan.TreeName(o.tree))
}

// inBase reports whether the base has a part already. A source that the spec names
// for the part is taken all the same.
func (r *resolver) inBase(part included) bool {
	return part.from == "" && r.HasBase(part.Source.InBase)
}

// originOf finds what a part is taken from, or reports why it cannot be taken.
//
// A source that the spec names for the part is taken. Otherwise what the image is
// made of decides, as sourceRanks has it: of the first rank in which a source has
// the part, that source. Where several of one rank have it and differ, the spec
// has to say which, since a build must not trust certificates because of the
// alphabet.
func (r *resolver) originOf(part included) (partOrigin, bool, error) {
	if part.from != "" {
		o, ok, err := r.originIn(part.from, part.Source)
		if err == nil && !ok {
			r.reportPartMissing(part)
		}
		return o, ok, err
	}
	for _, rank := range r.SourceRanks() {
		var have []partOrigin
		for _, tree := range rank {
			o, ok, err := r.originIn(tree, part.Source)
			if err != nil {
				return o, false, err
			}
			if ok {
				have = append(have, o)
			}
		}
		if len(have) == 0 {
			continue
		}
		same, err := r.sameOrigins(have)
		if err != nil {
			return partOrigin{}, false, err
		}
		if !same {
			r.reportPartAmbiguous(part, have)
		}
		return have[0], same, nil
	}
	r.reportPartMissing(part)
	return partOrigin{}, false, nil
}

// originIn looks for a part in one tree. An empty directory is none.
func (r *resolver) originIn(tree string, source *parts.Source) (partOrigin, bool, error) {
	for _, name := range source.Candidates {
		found, err := rootfs.Resolve(r.Trees[tree], name)
		if rootfs.IsAbsent(err) {
			continue
		}
		if err != nil {
			return partOrigin{}, false, err
		}
		o := partOrigin{tree, found}
		if !source.Dir {
			return o, found.Info.Mode().IsRegular(), nil
		}
		if !found.Info.IsDir() {
			return o, false, nil
		}
		entries, err := fs.ReadDir(r.Trees[tree], rootfs.Name(found.Path))
		return o, len(entries) > 0, err
	}
	return partOrigin{}, false, nil
}

// sameOrigins reports whether it does not matter which of them is taken. Directories
// are not looked into.
func (r *resolver) sameOrigins(all []partOrigin) (bool, error) {
	for _, o := range all[1:] {
		if o.Info.IsDir() || o.Info.Size() != all[0].Info.Size() {
			return false, nil
		}
		a, b := r.entryOf(all[0]), r.entryOf(o)
		if same, err := imagetree.SameContent(&a, &b); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// entryOf is a part's file as it ships: root's, and readable by everyone,
// whatever it is in its source.
func (r *resolver) entryOf(o partOrigin) imagetree.Entry {
	return imagetree.Entry{Source: r.Trees[o.tree], Info: o.Info, Entry: plan.Entry{
		Path: o.Path, Kind: plan.KindFile, Mode: 0o644, Size: o.Info.Size(),
		From: &plan.Origin{Tree: o.tree, Path: o.Path},
	}}
}

// wantPartFile ships a part's file to a path.
func (r *resolver) wantPartFile(part included, o partOrigin, to string) {
	e := r.entryOf(o)
	e.Path, e.Reason = to, part.reason()
	r.Want(e)
}

// reportPartMissing reports a part that no source has, or not the one that the
// spec names.
func (r *resolver) reportPartMissing(part included) {
	d := diag.Diagnostic{Code: "part-not-found", At: part.at}
	trees := r.PartTrees()
	switch {
	case part.from != "":
		d.At = part.fromAt
		d.Message = fmt.Sprintf("%s is to come from %s, which does not have %s", part.Name, plan.TreeName(part.from), part.Source.Content)
		trees = []string{part.from}
	case len(trees) == 0:
		d.Message = fmt.Sprintf("%s is taken from the sources, and there is none", part.Name)
		d.Fixes = []string{fmt.Sprintf("add a source that has it: sources: {debian: {image: debian:bookworm-slim, packages: [%s]}}", part.Source.Package)}
	default:
		d.Message = fmt.Sprintf("%s is taken from the sources, and none of them has %s", part.Name, part.Source.Content)
	}
	if len(trees) > 0 {
		d.Fixes = []string{fmt.Sprintf("add %s to the packages of source %s", part.Source.Package, trees[0])}
		if with := r.Req.WithPackage(trees[0], part.Source.Package); with != "" {
			d.Fixes[0] += ": " + with
		}
	}
	r.Report(d)
}

// reportPartAmbiguous asks which source a part is to come from.
func (r *resolver) reportPartAmbiguous(part included, have []partOrigin) {
	d := diag.Diagnostic{Code: "part-ambiguous", At: part.at}
	var where []string
	for _, o := range have {
		where = append(where, o.String())
		d.Fixes = append(d.Fixes, "say which, under include: "+part.setFrom(o.tree))
	}
	d.Message = fmt.Sprintf("%s could be %s, and these need not be the same", part.Name, strings.Join(where, " or "))
	r.Report(d)
}

// reportPartUnusable reports that what would be taken for a part is none.
func (r *resolver) reportPartUnusable(part included, o partOrigin, why string) {
	d := diag.Diagnostic{
		Code:    "part-unusable",
		At:      part.at,
		Message: fmt.Sprintf("%s would be %s, and %s", part.Name, o, why),
	}
	if part.from != "" {
		d.At = part.fromAt
	}
	if o.tree != plan.TreeBase {
		d.Fixes = append(d.Fixes, fmt.Sprintf("install the package %s in source %s", part.Source.Package, o.tree))
	}
	for _, tree := range r.PartTrees() {
		if tree != o.tree {
			d.Fixes = append(d.Fixes, "take it from another source, under include: "+part.setFrom(tree))
			break
		}
	}
	r.Report(d)
}

// setFrom is how the spec says which source a part comes from.
func (part included) setFrom(tree string) string {
	return fmt.Sprintf("- %s: {from: %s}", part.Name, tree)
}
