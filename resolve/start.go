package resolve

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/start"
)

func (r *resolver) user() start.User { return start.User(r.req.User) }

// process is how a container of the image starts programs.
func (r *resolver) process() start.Process {
	return start.Process{User: r.user(), Env: r.req.Env, Workdir: r.req.Workdir, Platform: r.req.Platform}
}

// starter starts programs in a tree as a container of the image would.
func (r *resolver) starter(tree rootfs.FS) *start.Starter { return start.New(tree, r.process()) }

// known are the programs that ship as such, by their physical paths in the image.
func (r *resolver) known(t *imagetree.Tree, image rootfs.FS) (map[string]*linkage.Report, error) {
	out := map[string]*linkage.Report{}
	for _, p := range r.roots {
		found, err := rootfs.Resolve(image, p.to)
		if err != nil {
			if rootfs.IsAbsent(err) {
				continue
			}
			return nil, err
		}
		if e := t.Entries[found.Path]; e != nil && (e.Reason.Cause == plan.CauseBinary || e.Reason.Cause == plan.CauseScriptInterpreter) {
			out[found.Path] = p.facts
		}
	}
	return out, nil
}

// checkStarts sees that programs start in the finished tree.
func (r *resolver) checkStarts(t *imagetree.Tree) error {
	image := rootfs.Cached(t.View)
	known, err := r.known(t, image)
	if err != nil {
		return err
	}
	p := r.process()
	p.Known = known
	user := start.New(image, p)
	p.User = start.User{}
	root := start.New(image, p)
	if err := r.checkPrograms(t, user, root); err != nil {
		return err
	}
	if err := r.checkCommands(t, user); err != nil {
		return err
	}
	r.checkTimeZone(t)
	if err := r.checkCalled(t); err != nil {
		return err
	}
	if err := r.checkFilesRun(t); err != nil {
		return err
	}
	return r.checkHanded(t, user)
}

// lookPath is where a command leads in a tree of the image. What cannot be read is
// reported when the command is checked.
func (r *resolver) lookPath(t *imagetree.Tree, name string) (rootfs.Resolved, bool) {
	_, found, ok, err := r.starter(t.View).Find(name)
	return found, ok && err == nil
}

// checkPrograms sees that the programs that the spec names start. Where only the
// image's user may not, that is a warning, unless the config starts them.
func (r *resolver) checkPrograms(t *imagetree.Tree, starter, asRoot *start.Starter) error {
	for _, p := range r.roots {
		if p.extra || p.tree == treeImage || p.library() {
			continue
		}
		chain, err := starter.Exec(p.to)
		if err != nil {
			return err
		}
		for _, w := range chain.Warnings {
			r.reportStart(w.Diagnostic(), p.at+".from")
		}
		failure := chain.Failure
		if failure == nil {
			continue
		}
		own := len(chain.Steps) == 0 || failure.Path == chain.Steps[0].Path
		if failure.Denied() && p.starts {
			continue // said of the command
		}
		if failure.Denied() {
			other, err := asRoot.Exec(p.to)
			if err != nil {
				return err
			}
			if own || other.Failure == nil {
				r.warnOfDenial(t, p, failure)
				continue
			}
		}
		r.reportStart(r.startDiagnostic(t, failure), p.at+".from")
	}
	return nil
}

func (r *resolver) reportStart(d diag.Diagnostic, at string) {
	d.At = at
	r.report(d)
}

// warnOfDenial warns of a program of the spec that the image's user may not start.
// What the spec says of a program's own mode or owner is meant.
func (r *resolver) warnOfDenial(t *imagetree.Tree, p *root, f *start.Problem) {
	i := slices.IndexFunc(r.req.Binaries, func(b spec.Binary) bool { return b.At == p.at })
	if i < 0 {
		return
	}
	b := r.req.Binaries[i]
	if f.Code != start.CodeNotSearchable && f.By == "" && (b.Mode != nil || b.Owner != nil) {
		return
	}
	d := f.Diagnostic()
	d.Severity = diag.SeverityWarning
	d.Fixes = r.denialFixes(t, f)
	r.reportStart(d, p.at)
}

// checkCommands sees that what the config starts does start.
func (r *resolver) checkCommands(t *imagetree.Tree, starter *start.Starter) error {
	for _, c := range r.req.Commands {
		chain, err := starter.Command(c.Name)
		if err != nil {
			return err
		}
		named, err := r.isNamed(t, chain)
		if err != nil {
			return err
		}
		if !named {
			r.warnOfCommand(c, chain)
		}
		f := chain.Failure
		if f == nil || named && !f.Denied() {
			continue // said at the program's own place
		}
		d := r.startDiagnostic(t, f)
		d.Message = f.MessageFor(c.Use)
		switch {
		case f.Denied():
			d.Fixes = r.denialFixes(t, f)
			if fix := r.interpreted(t, f, c); fix != "" {
				d.Fixes = []string{fix}
			}
			if at := r.ownMode(t, f); at != "" {
				d.Fixes = []string{`write mode: "0755", or leave mode out for that of the file`}
				r.reportStart(d, at)
				continue
			}
		case f.Code == start.CodeNotFound:
			d.Fixes = r.commandFixes(t, f, c)
		default:
			if fix := r.interpreted(t, f, c); fix != "" {
				d.Fixes = append([]string{fix}, d.Fixes...)
			}
		}
		r.reportStart(d, c.At)
	}
	return nil
}

// checkFilesRun warns of files that the config's commands give to an interpreter and that
// are not in the image. What a volume holds comes when the image runs.
func (r *resolver) checkFilesRun(t *imagetree.Tree) error {
	for _, c := range r.req.Commands {
		for name, by := range r.filesRunBy([][]string{append([]string{c.Name}, c.Args...)}) {
			_, err := rootfs.Resolve(t.View, name)
			inVolume := func(v Volume) bool { return strings.HasPrefix(name, v.Path+"/") }
			if err == nil || isHidden(name) || slices.ContainsFunc(r.req.Volumes, inVolume) ||
				interpreters[path.Ext(name)] == "" && !slices.Contains(c.Args, name) {
				continue
			}
			if !rootfs.IsAbsent(err) {
				return err
			}
			r.report(diag.Diagnostic{
				Code: start.CodeNotFound, Severity: diag.SeverityWarning, At: c.At,
				Message: fmt.Sprintf("the %s gives %s to %s, and that is not in the image", c.Use, name, by),
				Runtime: fmt.Sprintf("%s: %s: No such file or directory", path.Base(by), name),
				Fixes:   r.wherever(t, name),
			})
		}
	}
	return nil
}

// wherever is the way out for a file that is not where a command looks for it, if the image
// has one of its name.
func (r *resolver) wherever(t *imagetree.Tree, name string) []string {
	var mounted []string
	if to := r.movedTo(t, name); to != "" {
		return []string{"write " + to + ", where it is in the image"}
	}
	for _, at := range t.Paths() {
		if path.Base(at) == path.Base(name) && t.Entries[at].Kind == plan.KindFile {
			return []string{"write " + at + ", where it is in the image"}
		}
	}
	if dir := path.Dir(name); dir != "/" {
		mounted = []string{fmt.Sprintf("if it comes when the image runs, say so: volumes: [%s]", dir)}
	}
	return append([]string{fmt.Sprintf("ship it, under files: - {from: PATH, to: %s}", name)}, mounted...)
}

// interpreters are the programs that run files by the ends of their names.
var interpreters = map[string]string{
	".py": "python", ".js": "node", ".mjs": "node", ".cjs": "node", ".rb": "ruby", ".pl": "perl", ".php": "php", ".lua": "lua", ".sh": "sh", ".jar": "java",
}

// interpreted is the way out for a command that is a file for an interpreter, without a #!
// line: to start the interpreter. It is "" for others, and where none ships.
func (r *resolver) interpreted(t *imagetree.Tree, f *start.Problem, c Command) string {
	name := interpreters[path.Ext(f.Path)]
	if name == "" || f.Path == "" {
		return ""
	}
	if text, err := rootfs.ReadFile(t.View, f.Path, maxConfig); err != nil || bytes.HasPrefix(text, []byte("#!")) {
		return ""
	}
	for _, p := range r.roots {
		if version, ok := strings.CutPrefix(path.Base(p.to), name); !ok || p.library() || strings.Trim(version, "0123456789.") != "" {
			continue
		}
		words := []string{p.to}
		if name == "java" {
			words = append(words, "-jar")
		}
		words = append(append(words, f.Path), c.Args...)
		return `start its interpreter, which is given the file: ["` + strings.Join(words, `", "`) + `"]`
	}
	return ""
}

// ownMode is where the spec sets the mode of a program that may not be executed, or "".
func (r *resolver) ownMode(t *imagetree.Tree, f *start.Problem) string {
	found, err := rootfs.Resolve(t.View, f.Path)
	if err != nil || f.Code != start.CodeNotExecutable {
		return ""
	}
	for _, b := range r.req.Binaries {
		if b.To == found.Path && b.Mode != nil {
			return b.At + ".mode"
		}
	}
	for _, file := range r.req.Files {
		if file.To == found.Path && file.Mode != nil {
			return file.At + ".mode"
		}
	}
	return ""
}

// isNamed reports whether a command is one of the spec's programs, which have been
// checked.
func (r *resolver) isNamed(t *imagetree.Tree, chain *start.Chain) (bool, error) {
	if len(chain.Steps) == 0 {
		return false, nil
	}
	for _, p := range r.roots {
		if p.tree == treeImage || p.extra {
			continue
		}
		known, err := rootfs.Resolve(t.View, p.to)
		if err != nil {
			if rootfs.IsAbsent(err) {
				continue
			}
			return false, err
		}
		if known.Path == chain.Steps[0].Real {
			return true, nil
		}
	}
	return false, nil
}

// warnOfCommand says what may surprise in a command that is not one of the spec's
// programs: one that came under files or with the base.
func (r *resolver) warnOfCommand(c Command, chain *start.Chain) {
	for _, w := range chain.Warnings {
		r.reportStart(w.Diagnostic(), c.At)
	}
	for _, step := range chain.Steps {
		for _, d := range step.Facts.Check(string(spec.LinkageAny)).Warnings() {
			r.reportStart(d, c.At)
		}
	}
}

func (r *resolver) commandFixes(t *imagetree.Tree, f *start.Problem, c Command) []string {
	name := c.Name
	if words := strings.Fields(name); len(words) > 1 && isFile(t, words[0]) {
		return []string{"each item of the list is one word: write [" + `"` + strings.Join(words, `", "`) + `"]`}
	}
	if to := r.movedTo(t, name); to != "" {
		return []string{"write " + to + ", where it is in the image"}
	}
	if up := t.Entries[path.Dir(name)]; up != nil && up.Kind == plan.KindFile && up.From != nil && path.Base(up.From.Path) == path.Base(name) {
		return []string{imagetree.SlashFix(up)}
	}
	fixes := []string{}
	if fix, ok := spec.WithoutShell(append([]string{name}, c.Args...)); ok {
		fixes = append(fixes, fix)
	}
	if near := r.nearCommand(name); near != "" {
		fixes = append(fixes, "did you mean "+near+"?")
	}
	return append(fixes, r.shipFixes(t, f)...)
}

// movedTo is where a file is in the image that the spec takes from a path and puts
// elsewhere; "" if it is not there either.
func (r *resolver) movedTo(t *imagetree.Tree, name string) string {
	for _, b := range r.req.Binaries {
		if b.From.Path == name && b.To != name {
			return b.To
		}
	}
	for _, f := range r.req.Files {
		if to := putAt(f, name); to != "" && isFile(t, to) {
			return to
		}
	}
	return ""
}

// putAt is where an item of the spec puts what it takes from a path; "" if it takes
// nothing from there, or leaves it where it was.
func putAt(f spec.File, name string) string {
	rest, below := strings.CutPrefix(name, f.From.Path)
	switch {
	case f.Content != nil || f.To == f.From.Path || !below:
		return ""
	case rest == "" && f.ToDir:
		return path.Join(f.To, path.Base(name))
	case rest == "" || strings.HasPrefix(rest, "/") || f.From.Path == "/":
		return path.Join(f.To, rest)
	}
	return ""
}

func pathOf(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join("/usr/bin", name)
}

// nearCommand is a shipped program with the same or nearly the same name.
func (r *resolver) nearCommand(name string) string {
	var programs []string
	for _, p := range r.roots {
		if path.Base(p.to) == path.Base(name) {
			return p.to
		}
		programs = append(programs, p.to)
	}
	return diag.Nearest(name, programs)
}

// denialFixes are the ways out for a user who may not start something. The spec
// cannot change the mode of a file of the base.
func (r *resolver) denialFixes(t *imagetree.Tree, f *start.Problem) []string {
	if f.Code == start.CodeNotSearchable {
		return f.Fixes
	}
	found, err := rootfs.Resolve(t.View, f.Path)
	if err == nil && t.Entries[found.Path] == nil {
		return []string{
			fmt.Sprintf("run the image as a user who may, with user: (%s is who may not)", r.user()),
			"take a base in which everybody may",
		}
	}
	return f.Fixes
}
