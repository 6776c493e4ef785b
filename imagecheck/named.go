package imagecheck

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/start"
)

// settings are the ends of the names of files that programs read, and that nobody expects them
// to make.
var settings = []string{".conf", ".cfg", ".cnf", ".ini", ".json", ".properties", ".toml", ".xml", ".yaml", ".yml"}

// checkNamed warns of settings that the image's command names by their paths, and that are not
// in the image: most programs end where they cannot read them. What a volume holds comes when
// the image runs, and so may what is in /run or /var.
func (img *Image) checkNamed() error {
	for _, c := range img.Commands {
		scripts := runtimes.FilesRun([][]string{append([]string{c.Name}, c.Args...)}, img.Process.Workdir)
		for i, word := range c.Args {
			name := pathIn(word)
			if _, told := scripts[name]; name == "" || told || img.mayCome(name) {
				continue
			}
			if _, err := rootfs.Resolve(img.Tree.View, name); err == nil || !rootfs.IsAbsent(err) {
				if err != nil {
					return err
				}
				continue
			}
			img.report(diag.Diagnostic{
				Code: start.CodeNotFound, Severity: diag.SeverityWarning, At: c.placeOf(i),
				Message: fmt.Sprintf("the %s names %s, which is not in the image", c.Use, name),
				Runtime: fmt.Sprintf("%s: No such file or directory", name),
				Fixes:   img.wherever(name),
			})
		}
	}
	return nil
}

// pathIn is the path of settings that a word of a command is, or that it gives an option: "" for
// another word.
func pathIn(word string) string {
	if strings.HasPrefix(word, "-") {
		option, value, _ := strings.Cut(word, "=")
		if writes.MatchString(option) {
			return ""
		}
		word = value
	}
	if !strings.HasPrefix(word, "/") || path.Clean(word) != word || !slices.Contains(settings, path.Ext(word)) || strings.ContainsAny(word, ":,;%${}*") {
		return ""
	}
	return word
}

// writes is the name of an option that says where a program is to write: --junitxml, --output.
var writes = regexp.MustCompile(`out|report|junit|export|save|write|dump|log`)

// mayCome reports whether a file can be made when the image runs, or comes with a volume: of a directory
// that the image does not have, too.
func (img *Image) mayCome(name string) bool {
	for _, dir := range []string{"/dev/", "/proc/", "/run/", "/sys/", "/tmp/", "/var/"} {
		if strings.HasPrefix(name, dir) {
			return true
		}
	}
	top, _, _ := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	if _, err := rootfs.Resolve(img.Tree.View, "/"+top); rootfs.IsAbsent(err) && strings.Count(name, "/") > 1 {
		return true
	}
	return slices.ContainsFunc(img.Volumes, func(v Volume) bool { return strings.HasPrefix(name, strings.TrimSuffix(v.Path, "/")+"/") })
}

// nearFile is the file in the same directory whose name is nearly the same; "" for none.
func (img *Image) nearFile(name string) string {
	var names []string
	for _, at := range img.Tree.Paths() {
		if path.Dir(at) == path.Dir(name) && img.Tree.Entries[at].Kind == plan.KindFile {
			names = append(names, path.Base(at))
		}
	}
	if near := diag.Nearest(path.Base(name), names); near != "" {
		return path.Join(path.Dir(name), near)
	}
	return ""
}

// misspeltWorkdir warns of a working directory that nothing else makes, and that is empty for it,
// where the image has one of nearly its name.
func (img *Image) misspeltWorkdir(dir string) {
	if slices.ContainsFunc(img.Tree.Paths(), func(at string) bool { return strings.HasPrefix(at, dir+"/") }) {
		return
	}
	near := img.nearDirectory(dir)
	if near == "" || img.mayCome(dir+"/") {
		return
	}
	img.report(diag.Diagnostic{
		Code: start.CodeNotFound, Severity: diag.SeverityWarning, At: "workdir",
		Message: fmt.Sprintf("the working directory %s is an empty one, made because workdir names it; did you mean %s?", dir, near),
		Fixes:   []string{"write workdir: " + near, "if it is to be empty, make it, under directories: - " + dir},
	})
}

// nearDirectory is a directory that the spec names or fills, beside another and of nearly its
// name.
func (img *Image) nearDirectory(dir string) string {
	var names []string
	add := func(name string) {
		if rest, ok := strings.CutPrefix(name, strings.TrimSuffix(path.Dir(dir), "/")+"/"); ok {
			first, _, _ := strings.Cut(rest, "/")
			names = append(names, first)
		}
	}
	for _, f := range img.Files {
		add(f.To + "/")
	}
	for _, d := range img.Directories {
		add(d.Path + "/")
	}
	near := path.Join(path.Dir(dir), diag.Nearest(path.Base(dir), names))
	if found, err := rootfs.Resolve(img.Tree.View, near); err != nil || !found.Info.IsDir() || near == path.Dir(dir) || spec.IsUsualDirectory(near) {
		return ""
	}
	return near
}

// pythonName is what Python's interpreter is called.
var pythonName = regexp.MustCompile(`^python[0-9.]*$`)

// checkModules warns of a module that a command has Python run and that is nowhere in the image.
// What a base has besides is not looked through, so that its own Python is left alone.
func (img *Image) checkModules() error {
	for _, c := range img.Commands {
		module := runModule(c)
		found, err := rootfs.Resolve(img.Tree.View, c.Name)
		if module == "" || err != nil || img.Tree.Entries[found.Path] == nil {
			continue
		}
		top, _, _ := strings.Cut(module, ".")
		there, err := img.hasModule(top)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		d := diag.Diagnostic{
			Code: start.CodeNotFound, Severity: diag.SeverityWarning, At: c.placeOf(slices.Index(c.Args, module)),
			Message: fmt.Sprintf("the %s has Python run the module %s, which is not in the image", c.Use, module),
			Runtime: fmt.Sprintf("%s: No module named %s", c.Name, top),
			Fixes:   []string{"install it in the source that the interpreter is from, or ship it, under files"},
		}
		if near := img.nearModule(top); near != "" {
			d.Message += "; did you mean " + near + "?"
			d.Fixes = append([]string{"write " + near + strings.TrimPrefix(module, top)}, d.Fixes...)
		}
		img.report(d)
	}
	return nil
}

// runModule is what a command tells Python to run by -m; "" for another command.
func runModule(c Command) string {
	if !pythonName.MatchString(path.Base(c.Name)) {
		return ""
	}
	for i, word := range c.Args {
		switch {
		case word == "-m" && i+1 < len(c.Args):
			return c.Args[i+1]
		case !strings.HasPrefix(word, "-") || word == "-c":
			return ""
		}
	}
	return ""
}

// hasModule reports whether anything of the image can be a module of a name, wherever it is.
func (img *Image) hasModule(name string) (bool, error) {
	for _, at := range img.Tree.Paths() {
		base := path.Base(at)
		switch {
		case base == name, base == name+".py", base == name+".pyc", strings.Contains(at, "/"+name+"/"), strings.HasPrefix(base, name+".") && strings.HasSuffix(base, ".so"):
			return true, nil
		case path.Ext(base) == ".zip", path.Ext(base) == ".pth" && base != "distutils-precedence.pth": // which lead to others
			return true, nil
		}
	}
	dirs := append(strings.Split(img.Process.Env["PYTHONPATH"], ":"), path.Clean("/"+img.Process.Workdir))
	for _, dir := range dirs {
		for _, file := range []string{name, name + ".py"} {
			if _, err := rootfs.Resolve(img.Tree.View, path.Join("/", dir, file)); !rootfs.IsAbsent(err) {
				return err == nil, err
			}
		}
	}
	return false, nil
}

// nearModule is a module in the working directory whose name is nearly the same; "" for none.
func (img *Image) nearModule(name string) string {
	var names []string
	for _, at := range img.Tree.Paths() {
		if module, ok := strings.CutSuffix(path.Base(at), ".py"); ok && path.Dir(at) == path.Clean("/"+img.Process.Workdir) {
			names = append(names, module)
		}
	}
	return diag.Nearest(name, names)
}
