package runtimes

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// node is Node.js. Its own modules are in the program, or named in the strings of its
// library where a distribution keeps them apart. What an app requires is in its
// node_modules, which the spec ships, or in packages of the distribution.
type node struct{}

// Name implements Language.
func (node) Name() string { return "node" }

// Runs implements Language.
func (node) Runs(file, _ string) bool {
	rest, ok := strings.CutPrefix(path.Base(file), "node")
	return ok && strings.Trim(strings.TrimPrefix(rest, "js"), "0123456789.") == ""
}

// Reads implements Language.
func (node) Reads(name string) bool { return isJavaScript(name) }

// isJavaScript reports by its name whether Node runs a file. Newer versions take
// TypeScript, too.
func isJavaScript(name string) bool {
	return slices.Contains([]string{".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"}, path.Ext(name))
}

// Needs implements Language.
func (node) Needs(r Request) (Result, error) {
	t := newNodeTrace(r)
	entries, known, err := t.entries()
	if err != nil {
		return Result{}, err
	}
	t.warns = known
	if err := t.scripts(); err != nil {
		return Result{}, err
	}
	for _, f := range t.App {
		if err := t.installed(f); err != nil {
			return Result{}, err
		}
	}
	for _, e := range entries {
		t.reach(e)
		if err := t.siblings(e); err != nil {
			return Result{}, err
		}
		if err := t.declared(e); err != nil {
			return Result{}, err
		}
	}
	return t.out, t.run()
}

// installed ships the package of a script that npm has installed, for all users for one:
// what /usr/local/bin/tool leads to is a file of /usr/local/lib/node_modules/tool.
func (t *nodeTrace) installed(f AppFile) error {
	dir := t.packageDirectory(f.Path)
	if !f.Script || !f.SameTree || !(node{}).Runs(f.Interpreter, "") || f.Interpreter == "" || ownModule(f.Path) || dir == "" || t.shipped[dir] {
		return nil
	}
	t.shipped[dir] = true
	t.out.Needs = append(t.out.Needs, Need{Path: dir, Evidence: plan.Evidence{Kind: plan.EvidenceRule, In: f.Path, Name: "the package that it is of"}})
	return t.dependencies(t.Tree, dir)
}

// declared ships the packages of the distribution that package.json of the app says it depends on:
// it may load them by names that it puts together, as Express does what renders its views.
func (t *nodeTrace) declared(entry nodeFile) error {
	if !t.own(entry) {
		return nil
	}
	dir, pkg, err := t.scope(entry)
	if err != nil || pkg == nil {
		return err
	}
	return t.dependencies(t.Image, dir)
}

// siblings ships the packages of Node that a program's package of the distribution has
// besides its own: it loads them by names that it puts together, as webpack does its
// command line.
func (t *nodeTrace) siblings(entry nodeFile) error {
	home := t.packageDirectory(entry.path)
	if home == "" || !exists(t.Tree, entry.path) {
		return nil
	}
	of, err := t.Owners([]string{entry.path})
	if err != nil || of[entry.path] == "" {
		return err
	}
	names, err := t.Contents(of[entry.path])
	if err != nil {
		return err
	}
	for _, name := range names {
		if dir := path.Dir(name); path.Base(name) != "package.json" || t.packageDirectory(name) != dir {
			continue
		} else if dir == home {
			if err := t.dependencies(t.Tree, dir); err != nil {
				return err
			}
		} else if err := t.found(entry, jsName{use: jsRequire, name: path.Base(dir)}, nodeFile{t.Tree, name}); err != nil {
			return err
		}
	}
	return nil
}

// nodeTrace follows what the modules of an app name.
type nodeTrace struct {
	Request
	nodeResolver
	// distribution are the directories where the runtime's own distribution has modules.
	distribution []string
	// warns reports whether what is not found is missed by somebody.
	warns bool
	todo  []nodeFile
	seen  map[nodeFile]bool
	// shipped are the directories of packages that are needs.
	shipped map[string]bool
	out     Result
}

func newNodeTrace(r Request) *nodeTrace {
	t := &nodeTrace{Request: r, seen: map[nodeFile]bool{}, shipped: map[string]bool{}}
	t.trees = []rootfs.FS{r.Image, r.Tree}
	t.packages = map[nodeFile]*nodePackage{}
	for _, dir := range nodeDirectories(r.Platform) {
		if exists(r.Tree, dir) {
			t.distribution = append(t.distribution, dir)
		}
	}
	for dir := range strings.SplitSeq(r.Env["NODE_PATH"], ":") {
		if path.IsAbs(dir) {
			t.global = append(t.global, path.Clean(dir))
		}
	}
	t.global = append(t.global, t.distribution...)
	return t
}

// nodeDirectories are those in which Debian's node looks for modules behind all others.
func nodeDirectories(platform string) []string {
	var out []string
	if name := linkage.Multiarch(platform); name != "" {
		out = append(out, "/usr/lib/"+name+"/nodejs")
	}
	return append(out, "/usr/share/nodejs")
}

// entries are the modules that Node is started with, as far as the config says; else, and
// known is false, all of the app.
func (t *nodeTrace) entries() (out []nodeFile, known bool, err error) {
	for _, f := range t.App {
		if (node{}).Runs(f.Interpreter, "") && f.Interpreter != "" {
			at, ok, err := t.exactly(t.Image, f.To)
			if err != nil {
				return nil, false, err
			}
			if ok {
				out = append(out, at)
			}
		}
	}
	for _, c := range t.Commands {
		i := slices.IndexFunc(c, func(word string) bool { return (node{}).Runs(word, "") })
		if i < 0 {
			continue
		}
		started, err := t.started(c[i+1:])
		if err != nil {
			return nil, false, err
		}
		out = append(out, started...)
	}
	if len(out) > 0 {
		return out, true, nil
	}
	for _, f := range t.App {
		if at, ok, err := t.exactly(t.Image, f.To); err != nil {
			return nil, false, err
		} else if ok && isJavaScript(f.To) && ownModule(f.To) {
			out = append(out, at)
		}
	}
	return out, false, nil
}

// ownModule reports whether a file is of the app, and not of a package that it uses.
func ownModule(name string) bool { return !strings.Contains(name, nodeModules) }

// nodePreloads are the options whose value is a module.
var nodePreloads = []string{"-r", "--require", "--import", "--loader", "--experimental-loader"}

// started are the modules that arguments of Node name: those to load first, and the
// program.
func (t *nodeTrace) started(args []string) ([]nodeFile, error) {
	var out []nodeFile
	here := nodeFile{t.Image, path.Join("/", t.Workdir, "package.json")}
	for i := 0; i < len(args); i++ {
		option, value, joined := strings.Cut(args[i], "=")
		switch {
		case slices.Contains(nodePreloads, option):
			if !joined && i+1 < len(args) {
				i++
				value = args[i]
			}
			f, ok, err := t.resolve(here, jsName{use: jsRequire, name: value})
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, f)
			}
		case args[i] == "-C":
			i++
		case strings.HasPrefix(args[i], "-"):
		default:
			name := args[i]
			if !path.IsAbs(name) {
				name = path.Join("/", t.Workdir, name)
			}
			f, ok, err := t.fileOrDirectory(t.Image, name, false)
			if ok {
				out = append(out, f)
			}
			return out, err
		}
	}
	return out, nil
}

// maxNodeModules bounds how many modules are followed.
const maxNodeModules = 100_000

// reach puts a module on the list of those to read.
func (t *nodeTrace) reach(f nodeFile) {
	if !t.seen[f] && len(t.seen) < maxNodeModules {
		t.seen[f] = true
		t.todo = append(t.todo, f)
	}
}

func (t *nodeTrace) run() error {
	for len(t.todo) > 0 {
		f := t.todo[0]
		t.todo = t.todo[1:]
		if err := t.follow(f); err != nil {
			return err
		}
	}
	return nil
}

// maxJavaScript bounds a module that is read, in bytes.
const maxJavaScript = 32 << 20

// follow looks for what one module names.
func (t *nodeTrace) follow(f nodeFile) error {
	if ext := path.Ext(f.path); ext == ".json" || ext == ".node" {
		return nil
	}
	info, err := f.tree.Lstat(rootfs.Name(f.path))
	if err != nil || info.Size() > maxJavaScript {
		return err
	}
	text, err := rootfs.ReadFile(f.tree, f.path, maxJavaScript)
	if err != nil {
		return err
	}
	names := jsImports(text).names
	if t.own(f) {
		names = append(names, guardedNames(viewEngine, text)...)
		names = append(names, guardedNames(scopedName, text)...)
	}
	for _, n := range names {
		if isNodeBuiltin(n.name) || strings.Contains(n.name, ":") && !strings.HasPrefix(n.name, "file:") {
			continue
		}
		to, ok, err := t.resolve(f, n)
		if err == nil && !ok && f.tree == t.Image && t.packageDirectory(f.path) != "" {
			// Of a package of the distribution, a program may be all that ships as yet.
			to, ok, err = t.resolve(nodeFile{t.Tree, f.path}, n)
		}
		switch {
		case err != nil:
			return err
		case ok:
			if err := t.found(f, n, to); err != nil {
				return err
			}
		case t.warns && !n.guarded && n.use != jsBeside && t.own(f):
			t.miss(f, n)
		}
	}
	return nil
}

// viewEngine is how an app of Express says what renders its views, by the name of the module.
var viewEngine = regexp.MustCompile("[\"'`]view engine[\"'`]\\s*,\\s*[\"'`]([a-z0-9@/_-]+)[\"'`]")

// scopedName is a word that can hardly be anything else than the name of a package, which a module
// gives to another one that loads it: presets: ["@babel/preset-env"].
var scopedName = regexp.MustCompile("[\"'`](@[a-z0-9~][a-z0-9._~-]*/[a-z0-9._~-]+)[\"'`]")

// guardedNames are the modules that a pattern finds in an app, as arguments. A word that it finds
// need not be a module, so that none is missed.
func guardedNames(pattern *regexp.Regexp, text []byte) []jsName {
	var out []jsName
	seen := map[string]bool{}
	for _, m := range pattern.FindAllSubmatch(text, -1) {
		if name := string(m[1]); !seen[name] && len(seen) < maxGuarded {
			seen[name] = true
			out = append(out, jsName{use: jsRequire, name: name, guarded: true})
		}
	}
	return out
}

// maxGuarded bounds the names that are words of one module.
const maxGuarded = 1000

// own reports whether a module is the app's.
func (t *nodeTrace) own(f nodeFile) bool {
	return f.tree == t.Image && ownModule(f.path) && t.packageDirectory(f.path) == ""
}

// found ships the package that a module leads to, if it is the distribution's. Packages in
// node_modules are not followed: npm has put beside them what they require.
func (t *nodeTrace) found(from nodeFile, n jsName, to nodeFile) error {
	if to.tree == t.Image && !ownModule(to.path) {
		return nil
	}
	t.reach(to)
	dir := t.packageDirectory(to.path)
	if dir == "" {
		dir = t.linkedPackage(n.name)
	}
	if err := t.linkBetween(from, n, dir); err != nil || dir == "" || t.shipped[dir] {
		return err
	}
	t.shipped[dir] = true
	if to.tree == t.Image {
		return t.dependencies(to.tree, dir) // it ships already, as what a program has around itself
	}
	t.out.Needs = append(t.out.Needs, Need{Path: dir, Evidence: plan.Evidence{
		Kind: plan.EvidenceImport, In: from.path, Name: n.name,
	}})
	return t.dependencies(to.tree, dir)
}

// linkBetween ships the link through which a package of the distribution finds another one, if it is
// outside the package: /usr/share/nodejs/@npmcli/node_modules for all that are below @npmcli.
func (t *nodeTrace) linkBetween(from nodeFile, n jsName, dir string) error {
	pkg, _, ok := nodePackageName(n.name)
	if !ok || dir == "" || from.tree != t.Tree {
		return nil
	}
	for up := path.Dir(t.packageDirectory(from.path)); slices.ContainsFunc(t.distribution, func(d string) bool { return rootfs.Within(up, d) }); up = path.Dir(up) {
		link := path.Join(up, path.Base(nodeModules))
		info, err := t.Tree.Lstat(rootfs.Name(link))
		if err := rootfs.UnlessAbsent(err); err != nil {
			return err
		}
		at := path.Join(link, pkg)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 || t.shipped[at] {
			continue
		}
		if found, err := rootfs.Resolve(t.Tree, at); err != nil || !rootfs.Within(found.Path, dir) {
			if err := rootfs.UnlessAbsent(err); err != nil {
				return err
			}
			continue
		}
		t.shipped[at] = true
		t.out.Needs = append(t.out.Needs, Need{Path: at, Evidence: plan.Evidence{Kind: plan.EvidenceImport, In: from.path, Name: n.name}})
		return nil
	}
	return nil
}

// linkedPackage is the directory of the distribution's package of a name, whose modules may be
// links out of it, to what pages load, too: /usr/share/javascript/regenerate/regenerate.js.
func (t *nodeTrace) linkedPackage(name string) string {
	pkg, _, ok := nodePackageName(name)
	if !ok {
		return ""
	}
	for _, up := range t.distribution {
		if dir := path.Join(up, pkg); exists(t.Tree, path.Join(dir, "package.json")) {
			return dir
		}
	}
	return ""
}

// dependencies ships the packages that a package of the distribution says it depends on:
// it may load them in a way that cannot be read.
func (t *nodeTrace) dependencies(tree rootfs.FS, dir string) error {
	pkg, err := t.packageOf(tree, dir)
	if err != nil || pkg == nil {
		return err
	}
	from := nodeFile{tree, path.Join(dir, "package.json")}
	names := pkg.Dependencies
	if strings.Contains(dir, nodeModules) && tree == t.Tree {
		names = slices.Concat(names, pkg.Optional)
	}
	for _, name := range names {
		n := jsName{use: jsRequire, name: name}
		to, ok, err := t.resolve(from, n)
		if err != nil {
			return err
		}
		if !ok { // a package of programs alone, such as the build for one platform
			to, ok = t.beside(from, name)
		}
		if ok && to.tree != t.Image {
			if err := t.found(from, n, to); err != nil {
				return err
			}
		}
	}
	return nil
}

// beside is the description of a package that npm has put where another one looks for it.
func (t *nodeTrace) beside(from nodeFile, name string) (nodeFile, bool) {
	for dir := path.Dir(from.path); strings.Contains(dir, nodeModules) || path.Base(dir) == path.Base(nodeModules); dir = path.Dir(dir) {
		at := path.Join(dir, nodeModules, name, "package.json")
		if path.Base(dir) == path.Base(nodeModules) {
			at = path.Join(dir, name, "package.json")
		}
		if exists(from.tree, at) {
			return nodeFile{from.tree, at}, true
		}
	}
	return nodeFile{}, false
}

// packageDirectory is the directory of the package that a file is of, where the
// distribution has it, /usr/share/nodejs/express, or npm. A module without a directory is one
// by itself.
func (t *nodeTrace) packageDirectory(file string) string {
	for _, up := range t.distribution {
		below, ok := strings.CutPrefix(file, up+"/")
		if !ok {
			continue
		}
		if name, _, ok := nodePackageName(below); ok {
			return path.Join(up, name)
		}
	}
	if i := strings.LastIndex(file, nodeModules); i >= 0 {
		if name, _, ok := nodePackageName(file[i+len(nodeModules):]); ok {
			return path.Join(file[:i], nodeModules, name)
		}
	}
	return ""
}

// nodeModules is what npm puts packages into.
const nodeModules = "/node_modules/"

// miss tells of a module that is not there.
func (t *nodeTrace) miss(f nodeFile, n jsName) {
	m := Missing{Name: "module " + n.name, In: f.path, Line: n.line, At: t.at(f.path)}
	isFile := strings.HasPrefix(n.name, ".") || strings.HasPrefix(n.name, "/")
	switch {
	case n.use == jsRequire:
		m.Runtime = "Error: Cannot find module '" + n.name + "'"
	case isFile:
		m.Runtime = "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '" + path.Join(path.Dir(f.path), n.name) + "' imported from " + f.path
	default:
		m.Runtime = "Error [ERR_MODULE_NOT_FOUND]: Cannot find package '" + n.name + "' imported from " + f.path
	}
	if at := t.leftBehind(f, n); at != "" {
		m.Fixes = []string{"ship it too, under files: - " + at}
	} else if isFile {
		m.Fixes = []string{"add the file to files"}
	} else {
		m.Fixes = []string{"run npm ci where node_modules is made, and add that directory to files"}
		if len(t.distribution) > 0 {
			m.Fixes = append(m.Fixes, "or install the distribution's package of it in the source, such as node-express for express")
		}
	}
	t.out.Missing = append(t.out.Missing, m)
}

// leftBehind is what the source of a module has of what the module names: the node_modules that it is
// in, or the file, as a spec calls it. It is empty where the source has it not, or in another place
// than the image would.
func (t *nodeTrace) leftBehind(f nodeFile, n jsName) string {
	i := slices.IndexFunc(t.App, func(a AppFile) bool { return a.To == f.path })
	if i < 0 || t.App[i].Tree == nil || t.App[i].Source == plan.TreeImage || t.App[i].Path != f.path {
		return ""
	}
	to, ok, err := t.resolve(nodeFile{t.App[i].Tree, f.path}, n)
	if err != nil || !ok || to.tree != t.App[i].Tree {
		return ""
	}
	at := to.path
	if dir, _, ok := strings.Cut(at, nodeModules); ok {
		at = path.Join(dir, nodeModules)
	}
	return plan.Origin{Tree: t.App[i].Source, Path: at}.Reference()
}

// at is the spec node that a file of the image is there for.
func (t *nodeTrace) at(name string) string {
	i, ok := slices.BinarySearchFunc(t.App, name, func(f AppFile, name string) int { return strings.Compare(f.To, name) })
	if ok {
		return t.App[i].At
	}
	return ""
}

// isNodeBuiltin reports whether a module is in Node itself. One of npm's that has the same name
// is asked for with a slash behind it: "punycode/".
func isNodeBuiltin(name string) bool {
	if strings.HasPrefix(name, "node:") {
		return true
	}
	_, ok := slices.BinarySearch(nodeBuiltins, name)
	return ok
}

// nodeBuiltins are module.builtinModules of Node 22.
var nodeBuiltins = []string{
	"assert", "assert/strict", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram",
	"diagnostics_channel", "dns", "dns/promises", "domain", "events", "fs", "fs/promises", "http", "http2", "https", "inspector",
	"inspector/promises", "module", "net", "os", "path", "path/posix", "path/win32", "perf_hooks", "process", "punycode", "querystring",
	"readline", "readline/promises", "repl", "stream", "stream/consumers", "stream/promises", "stream/web", "string_decoder", "sys",
	"timers", "timers/promises", "tls", "trace_events", "tty", "url", "util", "util/types", "v8", "vm", "wasi", "worker_threads", "zlib",
}
