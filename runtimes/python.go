package runtimes

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// python ships the standard library of an interpreter, its virtual environments, and
// the distributions that the app's imports reach.
type python struct{}

// Name implements Language.
func (python) Name() string { return "python" }

// Runs implements Language.
func (python) Runs(file, soname string) bool {
	v, ok := pythonVersion(file, soname)
	return ok && !strings.HasPrefix(v, "2")
}

// pythonVersion is the version in the name of an interpreter, or of the library that
// holds it: "3.11", "3.13t", or "3" where the name says no more.
func pythonVersion(file, soname string) (string, bool) {
	v, ok := strings.CutPrefix(path.Base(file), "python")
	if lib, isLib := strings.CutPrefix(soname, "libpython"); isLib {
		v, _, ok = strings.Cut(lib, ".so")
	}
	number := strings.TrimSuffix(v, "t") // the build without a global lock
	return v, ok && number != "" && strings.Trim(number, "0123456789.") == ""
}

// Reads implements Language.
func (python) Reads(name string) bool {
	return isPython(name) || path.Base(name) == "pyvenv.cfg"
}

// isPython tells a file of source by its name. A server of WSGI is given what it loads by a path, which
// the manuals of mod_wsgi and uWSGI have end in ".wsgi".
func isPython(name string) bool {
	return slices.Contains([]string{".py", ".wsgi"}, path.Ext(name))
}

// Needs implements Language.
func (l python) Needs(r Request) (Result, error) {
	p := &pythonRuntime{Request: r, reader: newReader(r.Tree), asked: map[string]bool{}, taken: map[*pythonDist]bool{}, pyc: map[string]bool{}, data: map[string]bool{}, named: map[string]bool{}}
	if !p.locate() {
		return Result{}, p.err
	}
	p.needStandardLibrary()
	p.findEnvironments()
	p.followApp()
	p.trim()
	p.keepTimes()
	return p.out, p.err
}

// pythonRuntime is one interpreter in its tree.
type pythonRuntime struct {
	Request
	*reader
	out Result

	version string // "3.11"
	tag     string // "cpython-311"
	prefix  string // "/usr"
	stdlib  string // "/usr/lib/python3.11"
	sites   *pythonSites
	// venvs are the virtual environments that it is started from.
	venvs []string

	asked map[string]bool // modules that were looked for
	// brought are the modules of the app's own files that every script finds.
	brought map[string]bool
	taken   map[*pythonDist]bool
	queue   []*pythonDist // taken, and to be read
	// pyc remembers which bytecode is valid.
	pyc map[string]bool
	// libraries are the parts of the standard library that are left out unless they
	// are imported, and are.
	libraries []string
	data      map[string]bool // of pythonData, what ships
	named     map[string]bool // paths that modules name
	// reached are the modules of the standard library that imports reach; nil for all.
	reached map[string]bool
}

// locate finds the standard library as the interpreter does (CPython, Modules/getpath.py):
// from its own directory up.
func (p *pythonRuntime) locate() bool {
	v, _ := pythonVersion(p.Path, path.Base(p.Path))
	for dir := path.Dir(p.Path); ; dir = path.Dir(dir) {
		for _, lib := range []string{"lib", "lib64"} {
			for _, base := range p.list(path.Join(dir, lib)) {
				is := base == "python"+v || !strings.Contains(v, ".") && strings.HasPrefix(base, "python"+v+".")
				if !is || !p.isFile(path.Join(dir, lib, base, "os.py")) && !p.isFile(path.Join(dir, lib, base, "os.pyc")) {
					continue
				}
				found, _ := p.find(path.Join(dir, lib, base))
				p.prefix, p.stdlib = dir, found.Path
				p.version = strings.TrimPrefix(base, "python")
				p.tag = "cpython-" + strings.ReplaceAll(p.version, ".", "")
				return p.err == nil
			}
		}
		if dir == "/" {
			return false
		}
	}
}

// siteDirs are the directories that distributions are in, below the prefix or in a
// virtual environment.
func (p *pythonRuntime) siteDirs() []string {
	var out []string
	add := func(name string) {
		if found, ok := p.find(name); ok && found.Info.IsDir() && !slices.Contains(out, found.Path) {
			out = append(out, found.Path)
		}
	}
	for _, venv := range p.venvs {
		add(path.Join(venv, "lib", "python"+p.version, "site-packages"))
		add(path.Join(venv, "lib64", "python"+p.version, "site-packages"))
	}
	for dir := range strings.SplitSeq(p.Env["PYTHONPATH"], ":") {
		if strings.HasPrefix(dir, "/") && dir != "/" {
			add(dir)
		}
	}
	prefixed := []string{
		"local/lib/python" + p.version + "/dist-packages", "lib/python3/dist-packages", "lib/python" + p.version + "/dist-packages", // Debian's
		"lib/python" + p.version + "/site-packages", "lib64/python" + p.version + "/site-packages",
	}
	if p.isolated() {
		prefixed = nil
	}
	for _, dir := range prefixed {
		add(path.Join(p.prefix, dir))
	}
	for _, dir := range slices.Clone(out) {
		for _, base := range p.list(dir) {
			if strings.HasSuffix(base, ".pth") {
				p.pthDirs(path.Join(dir, base), add)
			}
		}
	}
	for _, f := range p.pythonFiles() {
		if !f.SameTree || !f.Script {
			continue
		}
		if dir := path.Base(path.Dir(f.Path)); !slices.Contains([]string{"bin", "sbin", "games", "scripts"}, dir) {
			add(path.Dir(f.Path)) // where a script is, Python looks first
		}
		for _, dir := range p.addedByScript(f) {
			add(dir)
		}
	}
	return out
}

// addedByScript are the directories with modules that a script adds to where these are looked for: it has
// them in texts, and sys.path.
func (p *pythonRuntime) addedByScript(f AppFile) []string {
	text, err := f.Read(maxText)
	if p.failed(err) || !bytes.Contains(text, []byte("sys.path")) {
		return nil
	}
	module := func(dir, base string) bool {
		return path.Ext(base) == ".py" || p.isFile(path.Join(dir, base, "__init__.py"))
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		for _, word := range quoted(line) {
			if strings.HasPrefix(word, "/usr/") && slices.ContainsFunc(p.list(word), func(base string) bool { return module(word, base) }) {
				out = append(out, path.Clean(word))
			}
		}
	}
	return out
}

// pthDirs reads the directories that a .pth adds to where modules are looked for.
func (p *pythonRuntime) pthDirs(pth string, add func(string)) {
	for line := range strings.Lines(string(p.text(pth))) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "import\t") {
			continue
		}
		dir := path.Join(path.Dir(pth), line)
		if strings.HasPrefix(line, "/") {
			dir = path.Clean(line)
		}
		if dir != "/" && p.isDir(dir) {
			add(dir)
			p.need(pth, plan.Evidence{Kind: plan.EvidenceRule, In: p.Path, Name: "adds " + dir + " to where modules are looked for"})
		}
	}
}

// need ships a file or directory, with the bytecode in it that is valid.
func (p *pythonRuntime) need(name string, e plan.Evidence) {
	p.out.Needs = append(p.out.Needs, Need{Path: name, Evidence: e, Leave: p.leaves, KeepTime: p.keepsTime})
}

// needStandardLibrary ships the standard library, but for what programs do not import.
func (p *pythonRuntime) needStandardLibrary() {
	p.need(p.stdlib, plan.Evidence{Kind: plan.EvidenceRule, In: p.Path, Name: "the standard library of Python " + p.version})
	p.out.Decides = append(p.out.Decides, p.stdlib, "/usr/lib/python3")
	zip := path.Join(path.Dir(p.stdlib), "python"+strings.ReplaceAll(p.version, ".", "")+".zip")
	if p.isFile(zip) {
		p.need(zip, plan.Evidence{Kind: plan.EvidenceRule, In: p.Path, Name: "the standard library of Python " + p.version})
	}
}

// unimported are parts of the standard library that programs rarely import, with the
// files that belong to them: they ship when something does.
var unimported = []struct{ module, file string }{
	{"test", ""}, {"idlelib", ""}, {"ensurepip", ""}, {"lib2to3", ""}, {"turtledemo", ""},
	{"tkinter", "_tkinter."}, {"turtle", ""},
}

// isUnimported tells a part of the standard library that ships when it is imported.
func isUnimported(module string) bool {
	for _, u := range unimported {
		if u.module == module {
			return true
		}
	}
	return false
}

// leaves tells what stays out of the directories that ship.
func (p *pythonRuntime) leaves(name string, info fs.FileInfo) bool {
	base := path.Base(name)
	if info.Mode().IsRegular() && strings.HasSuffix(base, ".pyc") && path.Base(path.Dir(name)) == "__pycache__" {
		return !p.validBytecode(name)
	}
	rest, ok := strings.CutPrefix(name, p.stdlib+"/")
	if !ok {
		return false
	}
	if info.IsDir() && (base == "site-packages" || base == "dist-packages" || base == "tests" || base == "test" || base == "idle_test" || strings.HasPrefix(base, "config-") && base == rest) {
		return !slices.Contains(p.libraries, rest)
	}
	if p.trimmed(rest, info.IsDir()) {
		return true
	}
	rest = strings.TrimPrefix(rest, "lib-dynload/")
	if strings.HasPrefix(rest, "_test") || strings.HasPrefix(rest, "_ctypes_test") || strings.HasPrefix(rest, "_xxtest") || strings.HasPrefix(rest, "xxlimited") {
		return true // extensions for the tests of the standard library
	}
	for _, u := range unimported {
		if rest == u.module || rest == u.module+".py" || u.file != "" && strings.HasPrefix(rest, u.file) {
			return !slices.Contains(p.libraries, u.module)
		}
	}
	return false
}

// validBytecode tells whether the interpreter takes a .pyc for its source as it is
// (PEP 552): its version's, and with the time and size of the source, or with a hash.
func (p *pythonRuntime) validBytecode(name string) bool {
	if valid, ok := p.pyc[name]; ok {
		return valid
	}
	valid := false
	source := p.sourceOf(name)
	if source != "" {
		if info, err := p.tree.Lstat(rootfs.Name(source)); err == nil {
			head := p.head(name, 16)
			valid = len(head) == 16 && (binary.LittleEndian.Uint32(head[4:]) != 0 ||
				binary.LittleEndian.Uint32(head[8:]) == uint32(info.ModTime().Unix()) && binary.LittleEndian.Uint32(head[12:]) == uint32(info.Size()))
		}
	}
	p.pyc[name] = valid
	return valid
}

// sourceOf is the file that bytecode in a __pycache__ is made from: "" for bytecode of
// another version, or for another level of optimization.
func (p *pythonRuntime) sourceOf(pyc string) string {
	suffix := "." + p.tag + ".pyc"
	if level := p.Env["PYTHONOPTIMIZE"]; level == "1" || level == "2" {
		suffix = "." + p.tag + ".opt-" + level + ".pyc"
	}
	base, ok := strings.CutSuffix(path.Base(pyc), suffix)
	if !ok {
		return ""
	}
	return path.Join(path.Dir(path.Dir(pyc)), base+".py")
}

// keepsTime tells whether a file is source whose bytecode holds its time.
func (p *pythonRuntime) keepsTime(name string) bool {
	base, ok := strings.CutSuffix(path.Base(name), ".py")
	if !ok {
		return false
	}
	pyc := path.Join(path.Dir(name), "__pycache__", base+"."+p.tag+".pyc")
	if level := p.Env["PYTHONOPTIMIZE"]; level == "1" || level == "2" {
		pyc = strings.TrimSuffix(pyc, ".pyc") + ".opt-" + level + ".pyc"
	}
	if !slices.Contains(p.list(path.Dir(pyc)), path.Base(pyc)) {
		return false
	}
	if !p.validBytecode(pyc) {
		return false
	}
	head := p.head(pyc, 8)
	return len(head) == 8 && binary.LittleEndian.Uint32(head[4:]) == 0
}

// keepTimes lets the app's own files keep their times where its bytecode ships with
// them.
func (p *pythonRuntime) keepTimes() {
	for _, f := range p.App {
		if f.SameTree && strings.HasSuffix(f.Path, ".py") && p.keepsTime(f.Path) {
			p.out.KeepTimes = append(p.out.KeepTimes, f.To)
		}
	}
}

// findEnvironments ships the virtual environments that the interpreter is started from:
// those beside the links to it.
func (p *pythonRuntime) findEnvironments() {
	names := slices.Clone(p.Names)
	for _, f := range p.App {
		if path.Base(f.Path) == "pyvenv.cfg" && f.SameTree {
			names = append(names, path.Join(path.Dir(f.Path), "bin/python"))
		}
		if strings.HasPrefix(f.Interpreter, "/") {
			names = append(names, f.Interpreter)
		}
	}
	for dir := range strings.SplitSeq(p.Env["PATH"], ":") {
		names = append(names, path.Join(dir, "python3"))
	}
	for _, name := range names {
		for _, dir := range []string{path.Dir(name), path.Dir(path.Dir(name))} {
			cfg := path.Join(dir, "pyvenv.cfg")
			if dir == "/" || slices.Contains(p.venvs, dir) || !p.isFile(cfg) {
				continue
			}
			p.venvs = append(p.venvs, dir)
			p.needEnvironment(dir)
			break
		}
	}
	p.sites = newPythonSites(p.reader, p.tag, p.siteDirs(), &p.Request)
}

// isolated tells whether the interpreter is started from virtual environments alone that do
// not look for modules where its own are (PEP 405).
func (p *pythonRuntime) isolated() bool {
	for _, venv := range p.venvs {
		for line := range strings.Lines(string(p.text(path.Join(venv, "pyvenv.cfg")))) {
			key, value, _ := strings.Cut(line, "=")
			if strings.TrimSpace(key) == "include-system-site-packages" && strings.EqualFold(strings.TrimSpace(value), "true") {
				return false
			}
		}
	}
	started := p.started()
	outside := func(name string) bool {
		return !slices.ContainsFunc(p.venvs, func(venv string) bool { return rootfs.Within(name, venv) })
	}
	return len(started) > 0 && !slices.ContainsFunc(started, outside)
}

// started are the paths by which commands and scripts start an interpreter.
func (p *pythonRuntime) started() []string {
	var out []string
	add := func(name string) {
		if !strings.HasPrefix(path.Base(name), "python") {
			return
		}
		for dir := range strings.SplitSeq(p.Env["PATH"], ":") {
			at := path.Join(dir, name)
			if !strings.Contains(name, "/") && strings.HasPrefix(dir, "/") && (exists(p.Image, at) || exists(p.tree, at)) {
				name = at
			}
		}
		out = append(out, name)
	}
	commands := map[string]bool{}
	for _, argv := range p.Commands {
		commands[argv[0]] = true
		add(argv[0])
	}
	for _, f := range p.App {
		if f.Script || commands[f.To] {
			add(f.Interpreter)
		}
	}
	return out
}

// needEnvironment ships a virtual environment whole, but for the installers that are
// made with it.
func (p *pythonRuntime) needEnvironment(dir string) {
	e := plan.Evidence{Kind: plan.EvidenceRule, In: p.Path, Name: "the virtual environment " + dir}
	p.need(path.Join(dir, "pyvenv.cfg"), e)
	for _, base := range p.list(path.Join(dir, "bin")) {
		if strings.HasPrefix(base, "python") {
			p.need(path.Join(dir, "bin", base), e)
		}
	}
	site := path.Join(dir, "lib", "python"+p.version, "site-packages")
	if !p.isDir(site) {
		p.reportVersion(dir)
		return
	}
	lib64 := slices.Contains(p.list(dir), "lib64") // a link to lib
	for _, base := range p.list(site) {
		if installer(base) {
			continue
		}
		at := path.Join(site, base)
		if lib64 {
			p.need(path.Join(dir, "lib64", "python"+p.version, "site-packages", base), e)
			lib64 = false
		}
		p.need(at, e)
	}
}

// installer tells what venv puts into each environment that it makes.
func installer(base string) bool {
	name, _, _ := strings.Cut(base, "-")
	return slices.Contains([]string{"pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack", "distutils"}, name)
}

// reportVersion tells of a virtual environment that was made for another version.
func (p *pythonRuntime) reportVersion(dir string) {
	for _, base := range p.list(path.Join(dir, "lib")) {
		if !strings.HasPrefix(base, "python") || !p.isDir(path.Join(dir, "lib", base, "site-packages")) {
			continue
		}
		at := p.At
		for _, f := range p.App {
			if f.SameTree && f.Path == path.Join(dir, "pyvenv.cfg") {
				at = f.At
			}
		}
		p.out.Missing = append(p.out.Missing, Missing{
			Name: path.Join(dir, "lib", "python"+p.version, "site-packages"), In: p.Path, At: at, Fails: true,
			Runtime: "ModuleNotFoundError: No module named …",
			Fixes: []string{
				"make the virtual environment with Python " + p.version + ", which ships",
				"ship Python " + strings.TrimPrefix(base, "python") + ", for which it was made",
			},
		})
		return
	}
}
