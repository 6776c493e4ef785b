package runtimes

import (
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// nodeFile is a file that Node loads, by its physical path in a tree.
type nodeFile struct {
	tree rootfs.FS
	path string
}

// nodeResolver finds what modules name, as Node does (Modules: CommonJS modules and
// ECMAScript modules, "All together" and "Resolution Algorithm").
type nodeResolver struct {
	// trees are those in which global directories are looked for.
	trees []rootfs.FS
	// global are the directories behind every node_modules: NODE_PATH and those that
	// are built in.
	global []string
	// packages are what package.json of directories says.
	packages map[nodeFile]*nodePackage
	// on are the conditions that hold besides those of how a module is named.
	on []string
}

// resolve is the file that a module names. The error is for trees that cannot be read.
func (r *nodeResolver) resolve(from nodeFile, n jsName) (nodeFile, bool, error) {
	name, _, _ := strings.Cut(n.name, "?")
	if n.use != jsRequire {
		name, _, _ = strings.Cut(name, "#"+strings.TrimPrefix(name, "#"))
		name = strings.TrimPrefix(name, "file://")
	}
	dir := path.Dir(from.path)
	switch {
	case n.use == jsBeside:
		// It may be what require is given, which adds the ending: require(__dirname + "/../lib/cli").
		return r.fileOrDirectory(from.tree, path.Join(dir, name), strings.HasSuffix(name, "/"))
	case name == ".", name == "..", strings.HasPrefix(name, "./"), strings.HasPrefix(name, "../"), strings.HasPrefix(name, "/"):
		at := name
		if !path.IsAbs(name) {
			at = path.Join(dir, name)
		}
		if n.use == jsImport {
			return r.exactly(from.tree, at)
		}
		return r.fileOrDirectory(from.tree, at, strings.HasSuffix(name, "/"))
	case strings.HasPrefix(name, "#"):
		return r.internal(from, name, n)
	}
	return r.bare(from, name, n)
}

// exactly is a file by its whole name.
func (r *nodeResolver) exactly(tree rootfs.FS, name string) (nodeFile, bool, error) {
	found, err := rootfs.Resolve(tree, name)
	if err != nil || !found.Info.Mode().IsRegular() {
		return nodeFile{}, false, rootfs.UnlessAbsent(err)
	}
	return nodeFile{tree, found.Path}, true, nil
}

// nodeExtensions are what require adds to a name.
var nodeExtensions = []string{".js", ".json", ".node"}

// file is LOAD_AS_FILE.
func (r *nodeResolver) file(tree rootfs.FS, name string) (nodeFile, bool, error) {
	for _, ext := range append([]string{""}, nodeExtensions...) {
		if f, ok, err := r.exactly(tree, name+ext); ok || err != nil {
			return f, ok, err
		}
	}
	return nodeFile{}, false, nil
}

func (r *nodeResolver) fileOrDirectory(tree rootfs.FS, name string, isDir bool) (nodeFile, bool, error) {
	if !isDir {
		if f, ok, err := r.file(tree, name); ok || err != nil {
			return f, ok, err
		}
	}
	return r.directory(tree, name)
}

// directory is LOAD_AS_DIRECTORY.
func (r *nodeResolver) directory(tree rootfs.FS, dir string) (nodeFile, bool, error) {
	pkg, err := r.packageOf(tree, dir)
	if err != nil {
		return nodeFile{}, false, err
	}
	if pkg != nil && pkg.Main != "" {
		main := path.Join(dir, pkg.Main)
		if f, ok, err := r.file(tree, main); ok || err != nil {
			return f, ok, err
		}
		if f, ok, err := r.index(tree, main); ok || err != nil {
			return f, ok, err
		}
	}
	return r.index(tree, dir)
}

func (r *nodeResolver) index(tree rootfs.FS, dir string) (nodeFile, bool, error) {
	for _, ext := range nodeExtensions {
		if f, ok, err := r.exactly(tree, path.Join(dir, "index"+ext)); ok || err != nil {
			return f, ok, err
		}
	}
	return nodeFile{}, false, nil
}

// packageOf is what the package.json of a directory says.
func (r *nodeResolver) packageOf(tree rootfs.FS, dir string) (*nodePackage, error) {
	key := nodeFile{tree, dir}
	if p, ok := r.packages[key]; ok {
		return p, nil
	}
	p, err := readNodePackage(tree, dir)
	if err == nil {
		r.packages[key] = p
	}
	return p, err
}

// scope is the package that a file is in: the directory above with a package.json.
func (r *nodeResolver) scope(f nodeFile) (string, *nodePackage, error) {
	for dir := path.Dir(f.path); path.Base(dir) != "node_modules"; dir = path.Dir(dir) {
		p, err := r.packageOf(f.tree, dir)
		if err != nil || p != nil {
			return dir, p, err
		}
		if dir == "/" {
			break
		}
	}
	return "", nil, nil
}

// bare is a package, or a file of one: LOAD_PACKAGE_SELF, then node_modules upward,
// then the global directories.
func (r *nodeResolver) bare(from nodeFile, name string, n jsName) (nodeFile, bool, error) {
	pkgName, subpath, ok := nodePackageName(name)
	if !ok {
		return nodeFile{}, false, nil
	}
	dir, self, err := r.scope(from)
	if err != nil {
		return nodeFile{}, false, err
	}
	if self != nil && self.Name == pkgName && self.Exports.kind != 0 {
		return r.exported(from.tree, dir, self, subpath, n)
	}
	for up := path.Dir(from.path); ; up = path.Dir(up) {
		if path.Base(up) != "node_modules" {
			f, ok, err := r.inDirectory(from.tree, path.Join(up, "node_modules"), pkgName, subpath, n)
			if ok || err != nil {
				return f, ok, err
			}
		}
		if up == "/" {
			break
		}
	}
	if n.use == jsImport {
		return nodeFile{}, false, nil // NODE_PATH is for require alone
	}
	for _, up := range r.global {
		for _, tree := range r.trees {
			if f, ok, err := r.inDirectory(tree, up, pkgName, subpath, n); ok || err != nil {
				return f, ok, err
			}
		}
	}
	return nodeFile{}, false, nil
}

// inDirectory is a package in a directory of packages.
func (r *nodeResolver) inDirectory(tree rootfs.FS, up, pkgName, subpath string, n jsName) (nodeFile, bool, error) {
	if !exists(tree, up) {
		return nodeFile{}, false, nil
	}
	dir := path.Join(up, pkgName)
	pkg, err := r.packageOf(tree, dir)
	if err != nil {
		return nodeFile{}, false, err
	}
	if pkg != nil && pkg.Exports.kind != 0 {
		return r.exported(tree, dir, pkg, subpath, n)
	}
	at := path.Join(dir, subpath)
	if n.use == jsImport && subpath != "." {
		return r.exactly(tree, at)
	}
	return r.fileOrDirectory(tree, at, false)
}

// exported is PACKAGE_EXPORTS_RESOLVE.
func (r *nodeResolver) exported(tree rootfs.FS, dir string, pkg *nodePackage, subpath string, n jsName) (nodeFile, bool, error) {
	exports := pkg.Exports
	if exports.kind == '{' && len(exports.keys) > 0 && strings.HasPrefix(exports.keys[0], ".") {
		return r.matched(tree, dir, exports, subpath, n)
	}
	if subpath != "." {
		return nodeFile{}, false, nil
	}
	return r.target(tree, dir, exports, "", n, 0)
}

// internal is PACKAGE_IMPORTS_RESOLVE, for names with a #.
func (r *nodeResolver) internal(from nodeFile, name string, n jsName) (nodeFile, bool, error) {
	dir, pkg, err := r.scope(from)
	if err != nil || pkg == nil || pkg.Imports.kind != '{' {
		return nodeFile{}, false, err
	}
	return r.matched(from.tree, dir, pkg.Imports, name, n)
}

// matched is PACKAGE_IMPORTS_EXPORTS_RESOLVE.
func (r *nodeResolver) matched(tree rootfs.FS, dir string, table jsonValue, name string, n jsName) (nodeFile, bool, error) {
	if !strings.Contains(name, "*") && slices.Contains(table.keys, name) {
		return r.target(tree, dir, table.get(name), "", n, 0)
	}
	best, star := "", ""
	for _, key := range table.keys {
		before, after, ok := strings.Cut(key, "*")
		if strings.HasSuffix(key, "/") { // as older versions had it
			before, after, ok = key, "", true
		}
		if !ok || len(name) < len(before)+len(after) || !strings.HasPrefix(name, before) || !strings.HasSuffix(name, after) {
			continue
		}
		old, _, _ := strings.Cut(best, "*")
		if best == "" || len(before) > len(old) || len(before) == len(old) && len(key) > len(best) {
			best, star = key, name[len(before):len(name)-len(after)]
		}
	}
	if best == "" {
		return nodeFile{}, false, nil
	}
	return r.target(tree, dir, table.get(best), star, n, 0)
}

// target is PACKAGE_TARGET_RESOLVE. star is what * stands for.
func (r *nodeResolver) target(tree rootfs.FS, dir string, v jsonValue, star string, n jsName, depth int) (nodeFile, bool, error) {
	if depth > maxJSONDepth {
		return nodeFile{}, false, nil
	}
	switch v.kind {
	case '"':
		text := strings.ReplaceAll(v.text, "*", star)
		if strings.HasSuffix(text, "/") {
			text += star
		}
		if strings.HasPrefix(text, "./") {
			return r.exactly(tree, path.Join(dir, text))
		}
		if _, _, ok := nodePackageName(text); ok {
			return r.bare(nodeFile{tree, path.Join(dir, "package.json")}, text, n)
		}
	case '{':
		for i, condition := range v.keys {
			if condition == "default" || r.holds(condition, n) {
				if f, ok, err := r.target(tree, dir, v.list[i], star, n, depth+1); ok || err != nil {
					return f, ok, err
				}
			}
		}
	case '[':
		for _, item := range v.list {
			if f, ok, err := r.target(tree, dir, item, star, n, depth+1); ok || err != nil {
				return f, ok, err
			}
		}
	}
	return nodeFile{}, false, nil
}

// holds reports whether a condition of exports is one of Node's.
func (r *nodeResolver) holds(condition string, n jsName) bool {
	switch condition {
	case "node", "node-addons":
		return true
	case "require":
		return n.use == jsRequire
	case "import":
		return n.use == jsImport
	}
	return slices.Contains(r.on, condition)
}
