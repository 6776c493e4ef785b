package imagecheck

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/start"
)

// astray are the links of one item of files that lead to nothing in the image,
// though they lead to something in their source.
type astray struct {
	link    *imagetree.Entry // the first one
	targets []string         // what they lead to
}

// checkLinks warns of links that lead to nothing: those of the spec, and those that came with
// a directory without what they lead to. Java's directory, for one, has its configuration
// behind links into /etc.
func (img *Image) checkLinks() error {
	found := map[string]*astray{}
	for _, name := range img.Tree.Paths() {
		w := img.Tree.Entries[name]
		switch {
		case w.Kind != plan.KindSymlink:
			continue
		case w.Reason.Cause == plan.CauseSymlink:
			if err := img.checkSpecLink(w); err != nil {
				return err
			}
			continue
		case w.Reason.Cause != plan.CauseFile:
			continue
		}
		target, err := img.lost(w)
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
		img.report(found[at].diagnostic(at))
	}
	return nil
}

// checkSpecLink warns of a link of the spec that leads to nothing, unless it is to what comes
// to be when the image runs: in a volume, or where its user may make files.
func (img *Image) checkSpecLink(w *imagetree.Entry) error {
	_, absent := rootfs.Resolve(img.Tree.View, w.Path)
	if absent == nil || !rootfs.IsAbsent(absent) {
		return absent
	}
	target := path.Join(path.Dir(w.Path), w.Target)
	if path.IsAbs(w.Target) {
		target = path.Clean(w.Target)
	}
	inVolume := func(v Volume) bool { return target == v.Path || strings.HasPrefix(target, v.Path+"/") }
	dir, err := rootfs.Resolve(img.Tree.View, path.Dir(target))
	if isHidden(target) || slices.ContainsFunc(img.Volumes, inVolume) || err == nil && img.Process.User.UID != 0 && img.Process.User.May(dir.Info, start.Write|start.Execute) {
		return nil
	}
	d := diag.Diagnostic{
		Code: "link-leads-nowhere", Severity: diag.SeverityWarning, At: w.Reason.At,
		Message: fmt.Sprintf("the link %s leads to %s, which is not in the image", w.Path, target),
		Runtime: fmt.Sprintf("open %s: no such file or directory", w.Path),
		Fixes:   []string{"ship that, under binaries or files, or write as target the path that it has in the image"},
	}
	switch {
	case errors.Is(absent, syscall.ELOOP):
		d.Message = fmt.Sprintf("the link %s leads to itself", w.Path)
		d.Runtime = fmt.Sprintf("open %s: too many levels of symbolic links", w.Path)
		d.Fixes = []string{"write as target the path of a file or directory in the image"}
	case !path.IsAbs(w.Target) && img.has("/"+w.Target):
		d.Fixes = []string{fmt.Sprintf("write target: /%s: without the slash it is looked up from %s", w.Target, path.Dir(w.Path))}
	case rootfs.IsAbsent(err): // a volume over what is in the image would hide that
		d.Fixes = append(d.Fixes, fmt.Sprintf("if it comes with a volume, say so: volumes: [%s]", path.Dir(target)))
	}
	img.report(d)
	return nil
}

// lost is what a link leads to in its source, if it leads to nothing in the image.
// What a runtime provides is there when the image runs.
func (img *Image) lost(w *imagetree.Entry) (string, error) {
	if _, err := rootfs.Resolve(img.Tree.View, w.Path); err == nil || !rootfs.IsAbsent(err) {
		return "", err
	}
	found, err := rootfs.Resolve(w.Source, w.From.Path)
	if err != nil {
		return "", rootfs.UnlessAbsent(err)
	}
	next := path.Join(path.Dir(w.Path), w.Target)
	if path.IsAbs(w.Target) {
		next = path.Clean(w.Target)
	}
	switch {
	case isHidden(found.Path):
		return "", nil
	case next == "/etc/localtime":
		return "", nil // an image without one is in UTC; tzdata's own directory links to it
	case img.Tree.Entries[found.Path] != nil:
		return next, nil // what ships is there, but not the way to it
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
