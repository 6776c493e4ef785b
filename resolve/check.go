package resolve

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// check looks at the tree as it will ship: it decides whether the programs
// start, since the trees they were put together from do not count any more.
func (r *resolver) check(t *tree) error {
	r.checkSteering(t)
	for _, p := range r.roots {
		if p.shipped != nil {
			r.reportProblems(p, loadedFor(p, p.shipped), p.shipped.Problems)
		}
	}
	if r.diags.Err() != nil {
		return nil
	}
	for _, check := range []func(*tree) error{
		r.checkStarts, r.checkAccess, r.checkVolumes, r.checkLinks,
	} {
		if err := check(t); err != nil {
			return err
		}
	}
	return nil
}

// astray are the links of one item of files that lead to nothing in the image,
// though they lead to something in their source.
type astray struct {
	link    *entry   // the first one
	targets []string // what they lead to
}

// checkLinks warns of links that came with a directory without what they lead to:
// Java's directory, for one, has its configuration behind links into /etc.
func (r *resolver) checkLinks(t *tree) error {
	found := map[string]*astray{}
	for _, name := range t.paths() {
		w := t.entries[name]
		if w.Kind != plan.KindSymlink || w.Reason.Cause != plan.CauseFile {
			continue
		}
		target, err := r.lost(t, w)
		if err != nil {
			return err
		}
		if target == "" {
			continue
		}
		a := found[w.Reason.At]
		if a == nil {
			a = &astray{link: w}
			found[w.Reason.At] = a
		}
		a.targets = append(a.targets, target)
	}
	for _, at := range slices.Sorted(maps.Keys(found)) {
		r.report(found[at].diagnostic(at))
	}
	return nil
}

// lost is what a link leads to in its source, if it leads to nothing in the image.
// What a runtime provides is there when the image runs.
func (r *resolver) lost(t *tree, w *entry) (string, error) {
	if _, err := rootfs.Resolve(t.image, w.Path); err == nil || !rootfs.IsAbsent(err) {
		return "", err
	}
	found, err := rootfs.Resolve(w.source, w.From.Path)
	if err != nil {
		return "", rootfs.UnlessAbsent(err)
	}
	if isHidden(found.Path) {
		return "", nil
	}
	return found.Path, nil
}

func (a *astray) diagnostic(at string) diag.Diagnostic {
	what := fmt.Sprintf("the link %s leads", a.link.Path)
	if n := len(a.targets); n > 1 {
		what = fmt.Sprintf("%d links such as %s lead", n, a.link.Path)
	}
	d := diag.Diagnostic{
		Code:     "link-leads-nowhere",
		Severity: diag.SeverityWarning,
		At:       at,
		Message:  fmt.Sprintf("%s to what does not ship: %s", what, a.targets[0]),
	}
	for _, name := range a.missing() {
		ref := plan.Origin{Tree: a.link.From.Tree, Path: name}.Reference()
		d.Fixes = append(d.Fixes, fmt.Sprintf("ship it too, under files: - %s", ref))
	}
	return d
}

// missing lists what the links lead to, as long as a person would read it. Of
// several in one directory this is the directory.
func (a *astray) missing() []string {
	const most = 5
	in := map[string][]string{} // by the outermost of their directories
	byDepth := slices.Compact(slices.Sorted(slices.Values(a.targets)))
	slices.SortStableFunc(byDepth, func(x, y string) int { return strings.Count(x, "/") - strings.Count(y, "/") })
	for _, target := range byDepth {
		dir := path.Dir(target)
		for up := dir; up != "/"; up = path.Dir(up) {
			if in[up] != nil {
				dir = up
			}
		}
		in[dir] = append(in[dir], target)
	}
	var out []string
	for _, dir := range slices.Sorted(maps.Keys(in)) {
		switch {
		case len(out) == most:
		case len(in[dir]) == 1 || dir == "/":
			out = append(out, in[dir][0])
		default:
			out = append(out, dir)
		}
	}
	return out
}
