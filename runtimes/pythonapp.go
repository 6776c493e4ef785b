package runtimes

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// followApp ships what the files of the app and the image's commands import. An
// interpreter that the spec names, and nothing for it, gets all that is installed.
func (p *pythonRuntime) followApp() {
	files := p.pythonFiles()
	for _, f := range files {
		p.followFile(f)
	}
	code := p.followCommands()
	if len(files) == 0 && !code && p.Named {
		for _, name := range slices.Sorted(maps.Keys(p.sites.metadata)) {
			if !installer(name) {
				p.take(p.sites.named(name), plan.Evidence{Kind: plan.EvidenceRule, In: p.Path, Name: "all that is installed for it"})
			}
		}
	}
	if len(files) > 0 || code {
		p.takeAsked()
	}
	p.drain()
}

// takeAsked ships the distributions that the spec asks for by name: an app loads what its settings and
// strings name.
func (p *pythonRuntime) takeAsked() {
	for _, pkg := range p.Asked {
		if d := p.sites.ofPackage(pkg); d != nil && !installer(d.name) {
			p.take(d, plan.Evidence{Kind: plan.EvidenceRule, In: p.Path, Name: "what the spec asks for by name"})
		}
	}
}

// pythonFiles are the app's files that are Python.
func (p *pythonRuntime) pythonFiles() []AppFile {
	var out []AppFile
	for _, f := range p.App {
		if isPython(f.Path) || strings.HasPrefix(path.Base(f.Interpreter), "python") {
			out = append(out, f)
		}
	}
	return out
}

// followFile ships what one file of the app imports, and tells what no tree has.
func (p *pythonRuntime) followFile(f AppFile) {
	if _, name, ok := strings.Cut(f.To, "/site-packages/"); ok && (!f.SameTree || installer(strings.Split(name, "/")[0])) {
		return // a directory of distributions, whole, or what is for installing them
	}
	text, err := f.Read(maxText)
	if p.failed(err) {
		return
	}
	p.noteData(text)
	p.opens(text, f.To)
	file := scanPython(text)
	for _, i := range file.Imports {
		if p.imports(i.Name, f.To) || !i.Plain || i.Guess || !f.Own || file.MovesPath || p.besides(f, i.Name) || p.isStandard(i.Name) {
			continue
		}
		p.reportModule(f, i)
	}
	for _, name := range file.Strings {
		if pkg := pythonRequirement(name); pkg != "" {
			p.take(p.sites.named(pkg), plan.Evidence{Kind: plan.EvidenceImport, In: f.To, Name: pkg})
		} else if top, _, _ := strings.Cut(name, "."); p.sites.module(name) != "" && !p.besides(f, top) {
			p.imports(name, f.To)
		}
	}
}

// besides reports whether a module is among the app's own files: in the directory of the
// file that imports it, or in one above. A script that is alone brings it.
func (p *pythonRuntime) besides(f AppFile, name string) bool {
	top, _, _ := strings.Cut(name, ".")
	for dir := path.Dir(f.To); ; dir = path.Dir(dir) {
		at := path.Join(dir, top)
		i, _ := slices.BinarySearchFunc(p.App, at, func(f AppFile, at string) int { return strings.Compare(f.To, at) })
		for ; i < len(p.App) && strings.HasPrefix(p.App[i].To, at); i++ {
			if rest := p.App[i].To[len(at):]; strings.HasPrefix(rest, "/") || strings.HasPrefix(rest, ".") {
				return true
			}
		}
		if dir == "/" {
			break
		}
	}
	if p.shipped()[top] {
		return true
	}
	if !f.SameTree || !f.Script {
		return false
	}
	dir := path.Dir(f.Path)
	at := path.Join(dir, top)
	if !p.isDir(at) || !p.sites.regular(at) {
		at = p.sites.moduleFile(dir, top)
	}
	if at == "" {
		return false
	}
	p.need(at, plan.Evidence{Kind: plan.EvidenceImport, In: f.To, Name: top})
	return true
}

// shipped are the modules that the app's own files have where every script finds them: in a
// virtual environment and in PYTHONPATH, from whatever tree they are.
func (p *pythonRuntime) shipped() map[string]bool {
	if p.brought != nil {
		return p.brought
	}
	p.brought = map[string]bool{}
	var dirs []string
	for dir := range strings.SplitSeq(p.Env["PYTHONPATH"], ":") {
		if strings.HasPrefix(dir, "/") {
			dirs = append(dirs, path.Clean(dir))
		}
	}
	for _, f := range p.App {
		if path.Base(f.To) == "pyvenv.cfg" {
			dirs = append(dirs, path.Join(path.Dir(f.To), "lib", "python"+p.version, "site-packages"))
		}
	}
	for _, f := range p.App {
		for _, dir := range dirs {
			if rest, ok := strings.CutPrefix(f.To, strings.TrimSuffix(dir, "/")+"/"); ok {
				name, _, _ := strings.Cut(rest, "/")
				name, _, _ = strings.Cut(name, ".")
				p.brought[name] = true
			}
		}
	}
	return p.brought
}

// isStandard reports whether the standard library has a module.
func (p *pythonRuntime) isStandard(name string) bool {
	top, _, _ := strings.Cut(name, ".")
	return slices.Contains(builtinModules, top) || p.isDir(path.Join(p.stdlib, top)) ||
		p.sites.moduleFile(p.stdlib, top) != "" || p.sites.moduleFile(path.Join(p.stdlib, "lib-dynload"), top) != ""
}

// reportModule tells of a module that the app imports and that is nowhere.
func (p *pythonRuntime) reportModule(f AppFile, i pythonImport) {
	top, _, _ := strings.Cut(i.Name, ".")
	fixes := []string{
		"install it in the source that Python is from",
		"ship it with the app's files, where the interpreter looks for modules",
	}
	if beside := path.Join(path.Dir(f.Path), top+".py"); pathExists(f.Tree, beside) {
		fixes = []string{"ship " + beside + ", which is beside it in the source, too, under files"}
	}
	p.out.Missing = append(p.out.Missing, Missing{
		Name: "module " + top, In: f.To, Line: i.Line, At: f.At,
		Runtime: fmt.Sprintf("ModuleNotFoundError: No module named '%s'", top), Fixes: fixes,
	})
}

func pathExists(tree rootfs.FS, name string) bool {
	_, err := rootfs.Resolve(tree, name)
	return err == nil
}

// followCommands ships what the image's commands name: a module after -m, what code
// after -c imports, and, as servers are told what to serve, any module by its
// name. It tells whether a command is Python.
func (p *pythonRuntime) followCommands() bool {
	code := false
	for _, argv := range p.Commands {
		python := strings.HasPrefix(path.Base(argv[0]), "python")
		for i, word := range argv[1:] {
			option := argv[i]
			switch {
			case python && option == "-m":
				code = true
				p.imports(word, argv[0])
			case python && option == "-c":
				code = true
				for _, im := range scanPython([]byte(word)).Imports {
					p.imports(im.Name, argv[0])
				}
			default:
				name, _, _ := strings.Cut(word, ":")
				if pythonName(name) && p.sites.module(name) != "" {
					p.imports(name, argv[0])
				}
			}
		}
	}
	return code
}

// imports ships the distribution of a module, if the tree has it.
func (p *pythonRuntime) imports(name, by string) bool {
	top, _, _ := strings.Cut(name, ".")
	if found, ok := p.asked[name]; ok {
		return found
	}
	if top == "zoneinfo" {
		if !p.imports("tzdata", by) {
			p.needData("/usr/share/zoneinfo")
		}
	}
	if isUnimported(top) {
		p.libraries = append(p.libraries, top, "tkinter") // which most of them need
	}
	at := p.sites.module(name)
	p.asked[name] = at != ""
	if at != "" {
		p.take(p.sites.of(at), plan.Evidence{Kind: plan.EvidenceImport, In: by, Name: name})
	}
	return at != ""
}

// take ships a distribution. What it imports and requires follows.
func (p *pythonRuntime) take(d *pythonDist, e plan.Evidence) {
	if d == nil || p.taken[d] || p.err != nil {
		return
	}
	p.taken[d] = true
	p.queue = append(p.queue, d)
	for _, name := range p.sites.wholes(d) {
		p.need(name, e)
	}
}

// drain follows the distributions that were taken, until there are no more.
func (p *pythonRuntime) drain() {
	for len(p.queue) > 0 && p.err == nil {
		d := p.queue[0]
		p.queue = p.queue[1:]
		p.followDist(d)
		if len(p.queue) == 0 {
			p.takePlugins()
		}
	}
}

// pythonData are files of the system that modules open, by what stands in the modules
// that do. In paths * is any part of a name.
var pythonData = []struct{ mark, path, what string }{
	{"/usr/share/zoneinfo", "/usr/share/zoneinfo", "the time zones"},
	{"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-certificates.crt", "the certificates of authorities"},
	{"append_command(cmd, 'sleep 0')", "/usr/bin/sleep", "a command that Ansible has a shell run"},
	{"cmd = 'rm -f '", "/usr/bin/rm", "a command that Ansible has a shell run"},
	{"OSSL_PROVIDER_load(", "/usr/lib/*/ossl-modules/legacy.so", "a provider of OpenSSL that cryptography loads by its name"},
	{"OSSL_PROVIDER_load(", "/usr/lib*/ossl-modules/legacy.so", "a provider of OpenSSL that cryptography loads by its name"},
}

// noteData ships files of the system that a module names.
func (p *pythonRuntime) noteData(text []byte) {
	for _, data := range pythonData {
		if !p.data[data.path] && bytes.Contains(text, []byte(data.mark)) {
			p.needData(data.path)
		}
	}
}

// opens ships the libraries that a file opens by ctypes or cffi. To find one by a part of its
// name Python asks ldconfig, gcc and ld.
func (p *pythonRuntime) opens(text []byte, by string) {
	needs, listed := foreignLibraries(p.reader, text, by)
	p.out.Needs = append(p.out.Needs, needs...)
	if !listed || p.out.Listed {
		return
	}
	p.out.Listed = true
	for _, name := range ldconfig {
		if p.isFile(name) {
			p.out.Needs = append(p.out.Needs, Need{Path: name, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: by, Name: "ldconfig"}})
			return
		}
	}
}

// namesData ships the files that a module of a package names by their paths, where they are
// of packages that this one depends on: dictionaries, data.
func (p *pythonRuntime) namesData(d *pythonDist, text []byte, by string) {
	if d.pkg == "" || !bytes.Contains(text, []byte("/usr/share/")) {
		return
	}
	for line := range bytes.Lines(text) {
		for _, word := range quoted(string(line)) {
			at := path.Clean(word)
			if !strings.HasPrefix(word, "/usr/share/") || strings.Count(at, "/") < 3 || !exists(p.Tree, at) || p.named[at] {
				continue
			}
			p.named[at] = true
			files := []string{at}
			p.walk(at, 0, func(name string) bool {
				files = append(files, name)
				return len(files) < maxSources
			})
			of, err := p.Owners(files)
			if p.failed(err) {
				return
			}
			depends, err := p.Depends(d.pkg)
			if p.failed(err) {
				return
			}
			own := true
			for _, pkg := range of {
				own = own && (pkg == d.pkg || slices.Contains(depends, pkg))
			}
			if own && len(of) > 0 {
				p.need(at, plan.Evidence{Kind: plan.EvidenceNamed, In: by, Name: at})
			}
		}
	}
}

// needData ships a file of pythonData by its path.
func (p *pythonRuntime) needData(pattern string) {
	for _, data := range pythonData {
		if data.path != pattern {
			continue
		}
		p.data[pattern] = true
		for _, at := range glob(p.reader, "/", strings.TrimPrefix(pattern, "/")) {
			p.need(at, plan.Evidence{Kind: plan.EvidenceRule, In: p.Path, Name: data.what})
		}
	}
}

// followDist ships what a distribution imports and requires.
func (p *pythonRuntime) followDist(d *pythonDist) {
	for _, name := range p.sites.requires(d) {
		p.take(p.sites.named(name), plan.Evidence{Kind: plan.EvidenceImport, In: d.label(), Name: name})
	}
	if d.pkg != "" {
		depends, err := p.Depends(d.pkg)
		if p.failed(err) {
			return
		}
		for _, pkg := range depends { // what extensions import stands nowhere else
			if other := p.sites.ofPackage(pkg); other != nil {
				p.take(other, plan.Evidence{Kind: plan.EvidenceImport, In: d.label(), Name: other.label()})
			}
		}
	}
	if installer(d.name) {
		return // what it imports is for installing
	}
	p.sites.sources(d, func(name string) {
		text := p.text(name)
		p.noteData(text)
		p.opens(text, name)
		p.namesData(d, text, name)
		for _, i := range scanPython(text).Imports {
			if top, _, _ := strings.Cut(i.Name, "."); i.Plain || !installer(top) {
				p.imports(i.Name, name)
			}
		}
	})
}

// takePlugins ships the distributions that plug into those that ship.
func (p *pythonRuntime) takePlugins() {
	names := map[string]bool{}
	for d := range p.taken {
		names[d.name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(p.sites.metadata)) {
		if names[name] || installer(name) {
			continue
		}
		for _, host := range p.sites.plugsInto(name) {
			if names[normalized(strings.TrimRight(host, "0123456789"))] { // pytest11
				p.take(p.sites.named(name), plan.Evidence{Kind: plan.EvidenceImport, In: host, Name: name})
			}
		}
	}
}

// builtinModules are the modules of the standard library that can be a part of the
// interpreter itself, so that no file shows them.
var builtinModules = strings.Fields(`__future__ __main__ _abc _ast _asyncio _bisect _blake2 _bz2 _codecs _collections
_contextvars _csv _ctypes _datetime _decimal _elementtree _functools _hashlib _heapq _imp _io _json _locale _lsprof _lzma
_md5 _multiprocessing _opcode _operator _pickle _posixshmem _posixsubprocess _queue _random _sha1 _sha2 _sha256 _sha3
_sha512 _signal _socket _sre _ssl _stat _statistics _string _struct _suggestions _symtable _sysconfig _thread
_tokenize _tracemalloc _typing _uuid _warnings _weakref _zoneinfo array atexit audioop binascii builtins cmath errno
faulthandler fcntl gc grp itertools marshal math mmap nis nt ossaudiodev posix pwd pyexpat readline resource select
spwd sys syslog termios time unicodedata winreg _winapi msvcrt winsound zlib xxsubtype`)
