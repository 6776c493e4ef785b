package resolve

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// check looks at the tree as it will ship: it decides whether the programs
// start, since the trees they were put together from do not count any more.
func (r *resolver) check(t *tree) error {
	r.checkSteering(t)
	for _, p := range r.roots {
		if p.shipped != nil {
			r.reportProblems(p, chains(p, p.shipped), p.shipped.Problems)
		}
	}
	if r.diags.Err() != nil {
		return nil
	}
	for _, p := range r.roots {
		if p.facts.Kind == linkage.Script && p.tree != treeImage && !p.extra {
			r.checkScript(t, p)
		}
	}
	for _, c := range r.req.Commands {
		if err := r.checkCommand(t, c); err != nil {
			return err
		}
	}
	return r.checkLinks(t)
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

// checkScript sees that a script's interpreter ships.
func (r *resolver) checkScript(t *tree, p *root) {
	for i, name := range p.facts.Shebang.Needs() {
		if _, ok := r.lookPath(t, name); ok {
			continue
		}
		runtime := fmt.Sprintf("exec %s: no such file or directory", p.to)
		if i > 0 {
			runtime = fmt.Sprintf("%s: '%s': No such file or directory", p.facts.Shebang.Interp, name)
		}
		r.report(diag.Diagnostic{
			Code:    "script-interpreter-missing",
			At:      p.at + ".from",
			Message: fmt.Sprintf("%s is a script for %s, which is not in the image", p.to, name),
			Runtime: runtime,
			Fixes: []string{
				fmt.Sprintf("ship it too, under binaries: - SOURCE:%s", pathOf(name)),
				"name the program that the script starts, rather than the script",
			},
		})
		return
	}
}

func pathOf(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join("/usr/bin", name)
}

// lookPath finds a command as execvp would: by path, or in the image's PATH.
func (r *resolver) lookPath(t *tree, name string) (rootfs.Resolved, bool) {
	_, found, ok := r.lookPathIn(t.image, name)
	return found, ok
}

// lookPathIn is lookPath for any tree. It returns the path by which the command was
// found, too.
func (r *resolver) lookPathIn(tree rootfs.FS, name string) (string, rootfs.Resolved, bool) {
	candidates := []string{name}
	if !strings.Contains(name, "/") {
		candidates = nil
		for dir := range strings.SplitSeq(r.req.Env["PATH"], ":") {
			candidates = append(candidates, path.Join("/", dir, name))
		}
	}
	for _, c := range candidates {
		if !path.IsAbs(c) {
			c = path.Join("/", r.req.Workdir, c)
		}
		if found, err := rootfs.Resolve(tree, c); err == nil {
			return c, found, true
		}
	}
	return "", rootfs.Resolved{}, false
}

// checkCommand sees that what the config starts is there, and that its user may
// execute it.
func (r *resolver) checkCommand(t *tree, c Command) error {
	name := c.Name
	found, ok := r.lookPath(t, name)
	if !ok {
		r.report(diag.Diagnostic{
			Code:    "command-not-found",
			At:      c.At,
			Message: fmt.Sprintf("the %s is %s, which is not in the image", c.Use, name),
			Runtime: fmt.Sprintf("exec: %q: stat %s: no such file or directory", name, name),
			Fixes:   r.commandFixes(t, name),
		})
		return nil
	}
	if !found.Info.Mode().IsRegular() {
		r.report(diag.Diagnostic{
			Code:    "command-not-a-file",
			At:      c.At,
			Message: fmt.Sprintf("the %s is %s, which is a directory or a special file", c.Use, name),
			Runtime: fmt.Sprintf("exec: %q: is a directory", name),
			Fixes:   []string{"name the program's file"},
		})
		return nil
	}
	if r.mayExecute(found.Info) {
		return r.checkStarts(t, c, found)
	}
	mode, uid, gid := attributes(found.Info)
	r.report(diag.Diagnostic{
		Code: "command-not-executable",
		At:   c.At,
		Message: fmt.Sprintf("the %s is %s, which user %d:%d may not execute (mode %04o, owner %d:%d)",
			c.Use, name, r.req.User.UID, r.req.User.GID, mode, uid, gid),
		Runtime: fmt.Sprintf("exec: %q: permission denied", name),
		Fixes: []string{
			`set its mode: {from: …, mode: "0755"}`,
			"chmod +x the file before the build",
		},
	})
	return nil
}

// checkStarts judges a command that is none of the spec's binaries, one that
// came under files or with the base, as a binary would be.
func (r *resolver) checkStarts(t *tree, c Command, found rootfs.Resolved) error {
	for _, p := range r.roots {
		if p.tree == treeImage || p.extra {
			continue
		}
		if known, err := rootfs.Resolve(t.image, p.to); err == nil && known.Path == found.Path {
			return nil
		}
	}
	facts, err := classify(t.image, found, found.Path, r.req.Platform)
	if err != nil {
		return err
	}
	judged := facts.Check(string(spec.LinkageAny))
	for _, d := range judged {
		d.At = c.At
		r.report(d)
	}
	if facts.Kind == linkage.Script && judged.Err() == nil {
		r.checkScript(t, &root{to: found.Path, at: c.At, facts: facts})
	}
	return nil
}

func (r *resolver) commandFixes(t *tree, name string) []string {
	fixes := []string{}
	if near := r.nearCommand(t, name); near != "" {
		fixes = append(fixes, "did you mean "+near+"?")
	}
	return append(fixes, fmt.Sprintf("ship it, under binaries: - SOURCE:%s", pathOf(name)))
}

// nearCommand is a shipped program with the same or nearly the same name.
func (r *resolver) nearCommand(t *tree, name string) string {
	var programs []string
	for _, p := range r.roots {
		if path.Base(p.to) == path.Base(name) {
			return p.to
		}
		programs = append(programs, p.to)
	}
	return diag.Nearest(name, programs)
}

// mayExecute applies the permission bits as the kernel does for the image's
// user. Root needs one execute bit of any kind.
func (r *resolver) mayExecute(info fs.FileInfo) bool {
	mode, uid, gid := attributes(info)
	u := r.req.User
	switch {
	case u.UID == 0:
		return mode&0o111 != 0
	case u.UID == uid:
		return mode&0o100 != 0
	case u.GID == gid:
		return mode&0o010 != 0
	}
	return mode&0o001 != 0
}
