package runtimes

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// nodeTrim finds the files of packages that no import reaches.
type nodeTrim struct {
	*nodeTrace
	directories []string // node_modules
	reached     map[string]bool
	// whole are the directories of packages that ship whole, for they open what no
	// constant names, or hold machine code, which other code looks for.
	whole map[string]bool
	todo  []string
}

// nodeUnreached lists the files of packages that no import reaches. The app's own modules
// all ship.
func nodeUnreached(r LeaveRequest) ([]Left, error) {
	r.Tree = r.Image
	t := &nodeTrim{nodeTrace: newNodeTrace(r.Request), reached: map[string]bool{}, whole: map[string]bool{}}
	for _, dir := range r.Directories {
		if path.Base(dir) == "node_modules" {
			t.directories = append(t.directories, dir)
		}
	}
	entries, _, err := t.entries()
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		t.reach(e.path)
	}
	for len(t.todo) > 0 {
		next := t.todo[0]
		t.todo = t.todo[1:]
		if err := t.follow(next); err != nil {
			return nil, err
		}
	}
	return t.unreached()
}

// reach puts a file on the list of those to read.
func (t *nodeTrim) reach(name string) {
	if !t.reached[name] && len(t.reached) < maxNodeModules {
		t.reached[name] = true
		t.todo = append(t.todo, name)
	}
}

// packageOfFile is the directory of the package in node_modules that a file is of, or "".
func packageOfFile(name string) string {
	i := strings.LastIndex(name, "/node_modules/")
	if i < 0 {
		return ""
	}
	up := name[:i+len("/node_modules")]
	if pkg, _, ok := nodePackageName(name[len(up)+1:]); ok {
		return path.Join(up, pkg)
	}
	return ""
}

// follow reads a module, and reaches what it names: by the conditions of all versions of
// Node, for it is not known which one it is.
func (t *nodeTrim) follow(name string) error {
	dir := packageOfFile(name)
	if !isJavaScript(name) && path.Ext(name) != "" {
		if path.Ext(name) == ".node" && dir != "" {
			return t.keepWhole(dir)
		}
		return nil
	}
	info, err := t.Image.Lstat(rootfs.Name(name))
	if err != nil {
		return err
	}
	if info.Size() > maxJavaScript {
		return t.keepWhole(dir)
	}
	text, err := rootfs.ReadFile(t.Image, name, maxJavaScript)
	if err != nil {
		return err
	}
	module := jsImports(text)
	from := nodeFile{t.Image, name}
	for _, n := range module.names {
		if isNodeBuiltin(n.name) {
			continue
		}
		for _, on := range [][]string{nil, {"module-sync"}} {
			t.on = on
			to, ok, err := t.resolve(from, n)
			if err != nil {
				return err
			}
			if ok {
				t.reach(to.path)
			}
		}
	}
	if err := t.keepNamed(from, module); err != nil {
		return err
	}
	if module.open {
		return t.keepWhole(dir)
	}
	return t.keepNative(dir)
}

// keepNamed keeps the packages that a module of the app names in a constant, if its package says
// that it depends on them: what a framework is told to load, as in set("view engine", "pug"),
// and what a process is started with.
func (t *nodeTrim) keepNamed(f nodeFile, module jsModule) error {
	if !ownModule(f.path) || len(module.texts) == 0 {
		return nil
	}
	dir, pkg, err := t.scope(f)
	if err != nil || pkg == nil {
		return err
	}
	for _, name := range slices.Concat(pkg.Dependencies, pkg.Optional) {
		if module.texts[name] {
			if err := t.keepDependency(dir, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepNative keeps a package with machine code whole, once.
func (t *nodeTrim) keepNative(dir string) error {
	if _, asked := t.whole[dir]; asked || dir == "" {
		return nil
	}
	t.whole[dir] = false
	native := false
	err := t.files(dir, func(name string) {
		base := path.Base(name)
		native = native || strings.HasSuffix(base, ".node") || strings.HasSuffix(base, ".so") || strings.Contains(base, ".so.")
	})
	if err != nil || !native {
		return err
	}
	return t.keepWhole(dir)
}

// keepWhole keeps a package whole, with the packages that it says it depends on; for ""
// all modules of the app.
func (t *nodeTrim) keepWhole(dir string) error {
	if t.whole[dir] {
		return nil
	}
	t.whole[dir] = true
	if dir == "" {
		for _, f := range t.App {
			if isJavaScript(f.To) && ownModule(f.To) {
				if at, ok, err := t.exactly(t.Image, f.To); err != nil {
					return err
				} else if ok {
					t.reach(at.path)
				}
			}
		}
		return nil
	}
	if err := t.files(dir, t.reach); err != nil {
		return err
	}
	pkg, err := t.packageOf(t.Image, dir)
	if err != nil || pkg == nil {
		return err
	}
	for _, name := range slices.Concat(pkg.Dependencies, pkg.Optional) {
		if err := t.keepDependency(dir, name); err != nil {
			return err
		}
	}
	return nil
}

// keepDependency reaches the main module of a package that another one depends on. One
// without a main module is there for something else.
func (t *nodeTrim) keepDependency(dir, name string) error {
	from := nodeFile{t.Image, path.Join(dir, "package.json")}
	found := false
	for _, use := range []jsUse{jsRequire, jsImport} {
		to, ok, err := t.resolve(from, jsName{use: use, name: name})
		if err != nil {
			return err
		}
		if ok {
			found = true
			t.reach(to.path)
		}
	}
	for up := dir; !found && up != "/"; up = path.Dir(up) {
		at := path.Join(up, "node_modules", name)
		if exists(t.Image, at) {
			return t.keepWhole(at)
		}
	}
	return nil
}

// files calls a function for the files of a package, without those of packages in it.
func (t *nodeTrim) files(dir string, do func(name string)) error {
	return rootfs.Walk(t.Image, rootfs.Name(dir), func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return rootfs.UnlessAbsent(err)
		case e.IsDir() && e.Name() == "node_modules":
			return fs.SkipDir
		case e.Type().IsRegular():
			do(rootfs.Abs(name))
		}
		return nil
	})
}

// unreached lists what is left: packages of which nothing is reached, and files of others.
func (t *nodeTrim) unreached() ([]Left, error) {
	const why = "no import reaches it"
	packages := map[string]bool{}
	for name := range t.reached {
		packages[packageOfFile(name)] = true
	}
	var out []Left
	for _, dir := range t.directories {
		list, err := t.packagesIn(dir)
		if err != nil {
			return nil, err
		}
		for _, pkg := range list {
			if !t.holdsReached(pkg, packages) {
				out = append(out, Left{pkg, why})
				continue
			}
			if t.whole[pkg] {
				continue
			}
			err := t.files(pkg, func(name string) {
				if !t.reached[name] && !isForPackage(path.Base(name)) {
					out = append(out, Left{name, why})
				}
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// holdsReached reports whether a package, or one in it, is reached.
func (t *nodeTrim) holdsReached(pkg string, reached map[string]bool) bool {
	if reached[pkg] || t.whole[pkg] {
		return true
	}
	for other := range maps.Keys(reached) {
		if strings.HasPrefix(other, pkg+"/") {
			return true
		}
	}
	return false
}

// packagesIn lists the packages in a node_modules.
func (t *nodeTrim) packagesIn(dir string) ([]string, error) {
	list, err := fs.ReadDir(t.Image, rootfs.Name(dir))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range list {
		at := path.Join(dir, e.Name())
		switch {
		case !e.IsDir() || strings.HasPrefix(e.Name(), "."):
		case strings.HasPrefix(e.Name(), "@") && path.Base(dir) == "node_modules":
			inner, err := t.packagesIn(at)
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
		default:
			out = append(out, at)
		}
	}
	return out, nil
}

// isForPackage reports whether a file ships with any other of its package: what the package
// is, and its licence.
func isForPackage(base string) bool {
	if base == "package.json" {
		return true
	}
	base = strings.ToLower(base)
	return slices.ContainsFunc([]string{"license", "licence", "copying", "notice"}, func(p string) bool { return strings.HasPrefix(base, p) })
}
