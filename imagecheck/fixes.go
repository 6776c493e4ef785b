package imagecheck

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/start"
)

func (img *Image) commandFixes(f *start.Problem, c Command) []string {
	name := c.Name
	if words := strings.Fields(name); len(words) > 1 && img.has(words[0]) {
		return []string{"each item of the list is one word: write [" + `"` + strings.Join(words, `", "`) + `"]`}
	}
	if to := img.movedTo(name); to != "" {
		return []string{"write " + to + ", where it is in the image"}
	}
	if up := img.Tree.Entries[path.Dir(name)]; up != nil && up.Kind == plan.KindFile && up.From != nil && path.Base(up.From.Path) == path.Base(name) {
		return []string{imagetree.SlashFix(up)}
	}
	fixes := []string{}
	if fix, ok := spec.WithoutShell(append([]string{name}, c.Args...)); ok {
		fixes = append(fixes, fix)
	}
	near := img.nearCommand(name)
	if near != "" {
		fixes = append(fixes, "did you mean "+near+"?")
	}
	ship := img.shipFixes(f)
	if ref, ok := strings.CutPrefix(ship[0], shipAsWell); ok && near != "" && img.comesFrom(near, ref) {
		return fixes
	}
	return append(fixes, ship...)
}

// shipAsWell begins the fix for a program that a source has.
const shipAsWell = "ship it as well, under binaries: - "

// comesFrom reports whether a program of the spec is what a reference names.
func (img *Image) comesFrom(to, ref string) bool {
	return slices.ContainsFunc(img.Binaries, func(b spec.Binary) bool { return b.To == to && b.From.String() == ref })
}

// nearCommand is a shipped program with the same or nearly the same name.
func (img *Image) nearCommand(name string) string {
	var programs []string
	for _, p := range img.Programs {
		if path.Base(p.To) == path.Base(name) {
			return p.To
		}
		programs = append(programs, p.To)
	}
	if strings.Contains(name, "/") {
		return diag.Nearest(name, programs)
	}
	var names []string
	for _, p := range programs {
		names = append(names, path.Base(p))
	}
	if i := slices.Index(names, diag.Nearest(name, names)); i >= 0 {
		return programs[i]
	}
	return ""
}

// denialFixes are the ways out for a user who may not start something. The spec
// cannot change the mode of a file of the base.
func (img *Image) denialFixes(f *start.Problem) []string {
	if f.Code == start.CodeNotSearchable {
		return f.Fixes
	}
	found, err := rootfs.Resolve(img.Tree.View, f.Path)
	if err == nil && img.Tree.Entries[found.Path] == nil {
		return []string{
			fmt.Sprintf("run the image as a user who may, with user: (%s is who may not)", img.Process.User),
			"take a base in which everybody may",
		}
	}
	return f.Fixes
}

// startDiagnostic is a finding about a program that does not start. Where one is
// missing, its ways out name the source that has it.
func (img *Image) startDiagnostic(f *start.Problem) diag.Diagnostic {
	d := f.Diagnostic()
	if f.Code != start.CodeInterpNotFound || strings.Contains(f.Name, " ") {
		return d
	}
	d.Fixes = append(img.shipFixes(f), "name the program that the script starts, rather than the script")
	return d
}

// shipFixes are the ways to have a program in the image that something starts.
func (img *Image) shipFixes(f *start.Problem) []string {
	name, link := f.Name, false
	if target, ok := img.linkTarget(f.Path); ok {
		name, link = target, true
	}
	ref, found := img.refTo(name)
	switch {
	case found && link:
		return []string{"ship what the link leads to as well, under binaries: - " + ref}
	case found:
		return []string{shipAsWell + ref}
	case link && img.has(path.Join(path.Dir(f.Path), "../pyvenv.cfg")):
		return []string{fmt.Sprintf("a virtual environment works with the Python that it was made with, %s, which no source here has: make both in one source, in a stage FROM python for instance, and ship that, under binaries: - SOURCE:%s", name, name)}
	}
	if fixes := img.versioned(name, f.By != ""); fixes != nil {
		return fixes
	}
	if len(img.Unused) > 0 {
		return []string{fmt.Sprintf("take it from source %s, which is declared and of which nothing is used: under binaries: - %s:%s, with %s in its packages if it lacks it",
			img.Unused[0], img.Unused[0], pathOf(name), packageOf(name))}
	}
	if dir := path.Base(path.Dir(pathOf(name))); dir != "bin" && dir != "sbin" {
		what := "path"
		if f.By != "" {
			what = "#! line"
		}
		return []string{fmt.Sprintf("no source of this image has %s: correct the %s, or declare a source that has it, and ship it, under binaries", name, what)}
	}
	for _, tree := range img.From {
		if with := img.withPackage(tree, name); with != "" {
			return []string{fmt.Sprintf("no source of this image has %s: add its package, %s, and ship it, under binaries: - %s:%s", pathOf(name), with, tree, pathOf(name))}
		}
	}
	if !packageName.MatchString(packageOf(name)) {
		return []string{fmt.Sprintf("no source of this image has %s: write the program as it is called in the image, or declare a source that has it, and ship it, under binaries", pathOf(name))}
	}
	return []string{fmt.Sprintf("no source of this image has %s: declare one that does, as sources: {debian: {image: debian:bookworm-slim, packages: [%s]}}, and ship it, under binaries: - debian:%s",
		pathOf(name), packageOf(name), pathOf(name))}
}

// withPackage is a source of Debian's or Ubuntu's with the package that a program is probably
// from; "" for another source.
func (img *Image) withPackage(tree, program string) string {
	if img.WithPackage == nil || !packageName.MatchString(packageOf(program)) {
		return ""
	}
	if _, err := rootfs.Resolve(img.Sources[tree], "/var/lib/dpkg"); err != nil {
		return ""
	}
	return img.WithPackage(tree, packageOf(program))
}

// packageName is what Debian's packages are called.
var packageName = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`)

// versioned are the ways out where sources have a program only with its version in its
// name: python3 where a script is for python.
func (img *Image) versioned(name string, inScript bool) []string {
	at := pathOf(name)
	for _, tree := range img.From {
		entries, err := img.Sources[tree].ReadDir(rootfs.Name(path.Dir(at)))
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
			if !img.has(real) {
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

func pathOf(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join("/usr/bin", name)
}

// linkTarget is where a link of the image leads, as an absolute path.
func (img *Image) linkTarget(name string) (string, bool) {
	if name == "" {
		return "", false
	}
	target, err := img.Tree.View.ReadLink(rootfs.Name(name))
	if err != nil {
		return "", false
	}
	if !path.IsAbs(target) {
		target = path.Join(path.Dir(name), target)
	}
	return target, true
}

func (img *Image) has(name string) bool {
	_, err := rootfs.Resolve(img.Tree.View, name)
	return err == nil
}

// refTo is how the spec names a program that a source has, by its path or by its name.
func (img *Image) refTo(name string) (string, bool) {
	candidates := []string{name}
	if !path.IsAbs(name) {
		candidates = []string{path.Join("/usr/bin", name), path.Join("/bin", name), path.Join("/usr/local/bin", name)}
	}
	for _, tree := range img.From {
		for _, at := range candidates {
			found, err := rootfs.Resolve(img.Sources[tree], at)
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
