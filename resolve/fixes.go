package resolve

import (
	"fmt"
	"io/fs"
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

// startDiagnostic is a finding about a program that does not start. Where one is
// missing, its ways out name the source that has it.
func (r *resolver) startDiagnostic(t *imagetree.Tree, f *start.Problem) diag.Diagnostic {
	d := f.Diagnostic()
	if f.Code != start.CodeInterpNotFound || strings.Contains(f.Name, " ") {
		return d
	}
	d.Fixes = append(r.shipFixes(t, f), "name the program that the script starts, rather than the script")
	return d
}

// shipFixes are the ways to have a program in the image that something starts.
func (r *resolver) shipFixes(t *imagetree.Tree, f *start.Problem) []string {
	name, link := f.Name, false
	if target, ok := linkTarget(t, f.Path); ok {
		name, link = target, true
	}
	ref, found := r.refTo(name)
	switch {
	case found && link:
		return []string{"ship what the link leads to as well, under binaries: - " + ref}
	case found:
		return []string{"ship it as well, under binaries: - " + ref}
	case link && isFile(t, path.Join(path.Dir(f.Path), "../pyvenv.cfg")):
		return []string{fmt.Sprintf("a virtual environment works with the Python that it was made with, %s, which no source here has: make both in one source, in a stage FROM python for instance, and ship that, under binaries: - SOURCE:%s", name, name)}
	}
	if fixes := r.versioned(t, name, f.By != ""); fixes != nil {
		return fixes
	}
	if len(r.req.Others) > 0 {
		return []string{fmt.Sprintf("take it from source %s, which is declared and of which nothing is used: under binaries: - %s:%s, with %s in its packages if it lacks it",
			r.req.Others[0], r.req.Others[0], pathOf(name), packageOf(name))}
	}
	if dir := path.Base(path.Dir(pathOf(name))); dir != "bin" && dir != "sbin" {
		what := "path"
		if f.By != "" {
			what = "#! line"
		}
		return []string{fmt.Sprintf("no source of this image has %s: correct the %s, or declare a source that has it, and ship it, under binaries", name, what)}
	}
	return []string{fmt.Sprintf("no source of this image has %s: declare one that does, as sources: {debian: {image: debian:bookworm-slim, packages: [%s]}}, and ship it, under binaries: - debian:%s",
		pathOf(name), packageOf(name), pathOf(name))}
}

// versioned are the ways out where sources have a program only with its version in its
// name: python3 where a script is for python.
func (r *resolver) versioned(t *imagetree.Tree, name string, inScript bool) []string {
	at := pathOf(name)
	for _, tree := range r.req.Trees {
		entries, err := r.trees[tree].ReadDir(rootfs.Name(path.Dir(at)))
		if err != nil {
			continue
		}
		for _, e := range entries {
			version, ok := strings.CutPrefix(e.Name(), path.Base(at))
			if !ok || version == "" || strings.Trim(version, "0123456789.") != "" {
				continue
			}
			real := path.Join(path.Dir(at), e.Name())
			link := fmt.Sprintf("make a link to it, under links: - {path: %s, target: %s}", at, real)
			if !isFile(t, real) {
				link += fmt.Sprintf(", and ship it, under binaries: - %s:%s", tree, real)
			}
			if !inScript {
				return []string{fmt.Sprintf("%s has %s: ship that, under binaries: - %s:%s, and name it", plan.TreeName(tree), real, tree, real)}
			}
			return []string{fmt.Sprintf("%s has %s: write that in the #! line", plan.TreeName(tree), real), link}
		}
	}
	return nil
}

// packageOf is the Debian package that a program is probably from.
func packageOf(program string) string {
	switch name := path.Base(program); name {
	case "sh":
		return "dash"
	case "node":
		return "nodejs"
	default:
		if slices.Contains(coreutils, name) {
			return "coreutils"
		}
		return name
	}
}

// coreutils are programs of that package that scripts and specs start.
var coreutils = []string{
	"basename", "cat", "chmod", "chown", "cp", "cut", "date", "dirname", "echo", "env", "false", "head", "id", "install", "ln", "ls",
	"mkdir", "mktemp", "mv", "nohup", "printf", "pwd", "readlink", "realpath", "rm", "seq", "sha256sum", "sleep", "sort", "stat", "tail",
	"tee", "test", "timeout", "touch", "tr", "true", "uname", "uniq", "wc", "whoami",
}

// linkTarget is where a link of the image leads, as an absolute path.
func linkTarget(t *imagetree.Tree, name string) (string, bool) {
	if name == "" {
		return "", false
	}
	target, err := t.View.ReadLink(rootfs.Name(name))
	if err != nil {
		return "", false
	}
	if !path.IsAbs(target) {
		target = path.Join(path.Dir(name), target)
	}
	return target, true
}

func isFile(t *imagetree.Tree, name string) bool {
	_, err := rootfs.Resolve(t.View, name)
	return err == nil
}

// refTo is how the spec names a program that a source has, by its path or by its name.
func (r *resolver) refTo(name string) (string, bool) {
	candidates := []string{name}
	if !path.IsAbs(name) {
		candidates = []string{path.Join("/usr/bin", name), path.Join("/bin", name), path.Join("/usr/local/bin", name)}
	}
	for _, tree := range r.req.Trees {
		for _, at := range candidates {
			found, err := rootfs.Resolve(r.trees[tree], at)
			if err != nil || !found.Info.Mode().IsRegular() {
				continue
			}
			if tree == plan.TreeContext {
				return strings.TrimPrefix(at, "/"), true
			}
			return tree + ":" + at, true
		}
	}
	return "", false
}

// inPlaceOfDirectory is the finding for a file at a path that is a directory on every
// system, or nil.
func inPlaceOfDirectory(f spec.File, to string) *diag.Diagnostic {
	if !spec.IsUsualDirectory(to) || to == f.From.Path {
		return nil
	}
	return &diag.Diagnostic{
		Code:    "path-conflict",
		At:      f.At + ".to",
		Message: fmt.Sprintf("%s is a directory on every system, and %q makes a file of that name of %s", to, "to: "+to, describeRef(f.From)),
		Fixes:   []string{fmt.Sprintf("to put the file into it, end it with a slash: to: %s/", to)},
	}
}

// maxSpecial is how many special files are named.
const maxSpecial = 3

// reportSpecial says of a directory that it holds what no image can.
func (c *copier) reportSpecial() {
	if len(c.special) == 0 {
		return
	}
	shown := strings.Join(c.special[:min(len(c.special), maxSpecial)], ", ")
	if more := len(c.special) - maxSpecial; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	d := diag.Diagnostic{
		Code:    "not-a-file",
		At:      c.file.At + ".from",
		Message: fmt.Sprintf("%s holds what no image should: %s", describeRef(c.file.From), shown),
		Fixes: []string{
			"remove them where the directory is made: RUN find " + c.file.From.Path + " -not -type f -not -type d -not -type l -delete",
			"name the files and directories beside them, each as an item of files",
		},
	}
	if c.tree == plan.TreeContext {
		d.Fixes[0] = "remove them, or leave them out with .dockerignore"
	}
	c.report(d)
}

// specialName is a path with what is there.
func specialName(name string, mode fs.FileMode) string {
	switch {
	case mode&fs.ModeDevice != 0:
		return name + " (a device)"
	case mode&fs.ModeNamedPipe != 0:
		return name + " (a pipe)"
	case mode&fs.ModeSocket != 0:
		return name + " (a socket)"
	}
	return name
}

// warnOfMachine warns of a library for other processors that the spec names by itself.
// In directories there may be builds for several.
func (r *resolver) warnOfMachine(e *imagetree.Entry, facts *linkage.Report) {
	if facts.Kind != linkage.WrongMachine || e.Item == 0 || e.Item > len(r.req.Files) {
		return
	}
	f := r.req.Files[e.Item-1]
	if path.Base(e.From.Path) != path.Base(f.From.Path) || !slices.Contains([]string{e.Path, path.Dir(e.Path)}, path.Clean(f.To)) {
		return
	}
	for _, d := range facts.Check(string(spec.LinkageAny)).Errors() {
		d.Severity, d.At = diag.SeverityWarning, f.At+".from"
		if strings.Contains(path.Base(e.Path), ".so") {
			d.Runtime = "" // no loader gets as far as to say so
		}
		r.report(d)
	}
}

// How far a tree is looked through for a file that is not where it was expected.
const (
	maxDeeper      = 20_000
	maxDeeperDepth = 6
)

// otherThings are directories in which a name means something else than elsewhere.
var otherThings = []string{"/dev", "/etc", "/proc", "/sys", "/usr/share", "/var"}

// deeper is a file whose path ends in the one that was named: archives often hold one
// directory with everything in it, app-1.2/bin/app. It is "" when there is none.
func (r *resolver) deeper(tree rootfs.FS, ref spec.Ref) string {
	seen := 0
	var search func(dir string, depth int) string
	search = func(dir string, depth int) string {
		entries, err := tree.ReadDir(rootfs.Name(dir))
		if err != nil {
			return ""
		}
		for _, e := range entries {
			if seen++; seen > maxDeeper {
				return ""
			}
			name := path.Join(dir, e.Name())
			if strings.HasSuffix(name, ref.Path) || !e.IsDir() && e.Name() == path.Base(ref.Path) {
				return name
			}
		}
		for _, e := range entries {
			if !e.IsDir() || depth == maxDeeperDepth || slices.Contains(otherThings, path.Join(dir, e.Name())) {
				continue
			}
			if found := search(path.Join(dir, e.Name()), depth+1); found != "" {
				return found
			}
		}
		return ""
	}
	return search("/", 0)
}
