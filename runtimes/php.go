package runtimes

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// php ships the configuration of the interface that runs (command line, FPM, a web
// server's module), the extensions that it names, and the time zones.
type php struct{}

// Name implements Language.
func (php) Name() string { return "php" }

// Runs implements Language.
func (php) Runs(file, soname string) bool {
	_, _, ok := phpInterface(file)
	return ok || strings.HasPrefix(soname, "libphp") && strings.Contains(soname, ".so")
}

// phpInterface is what the name of a program or module says: its version, "8.2" or
// empty, and the interface as Debian calls it.
func phpInterface(file string) (version, sapi string, ok bool) {
	base := path.Base(file)
	for _, kind := range []struct{ prefix, sapi string }{
		{"php-fpm", "fpm"}, {"php-cgi", "cgi"}, {"phpdbg", "phpdbg"}, {"libphp", "embed"}, {"php", "cli"},
	} {
		v, found := strings.CutPrefix(base, kind.prefix)
		if !found {
			continue
		}
		if kind.sapi == "embed" {
			v, _, found = strings.Cut(v, ".so")
			if strings.Contains(file, "/apache2/") || strings.Contains(file, "/httpd/") {
				kind.sapi = "apache2"
			}
		}
		return v, kind.sapi, found && strings.Trim(v, "0123456789.") == ""
	}
	return "", "", false
}

// Reads implements Language.
func (php) Reads(name string) bool {
	return slices.Contains([]string{".php", ".ini", ".phtml"}, path.Ext(name))
}

// phpRuntime is one interface in its tree.
type phpRuntime struct {
	Request
	*reader
	out        Result
	extensions []string // the directories that extensions are in
	sites      *installed
	asked      map[string]bool
}

// Needs implements Language.
func (l php) Needs(r Request) (Result, error) {
	p := &phpRuntime{Request: r, reader: newReader(r.Tree), asked: map[string]bool{}}
	version, sapi, _ := phpInterface(r.Path)
	prefix := "/usr"
	if rootfs.Within(r.Path, "/usr/local") {
		prefix = "/usr/local"
	}
	p.extensions = append(glob(p.reader, prefix, "lib/php/20*", "lib/php/extensions/no-debug-*", "lib64/php/modules", "lib64/php-zts/modules"),
		glob(p.reader, prefix, "lib/php"+strings.ReplaceAll(version, ".", "")+"/modules")...)
	for _, dir := range phpConfigs(prefix, version, sapi) {
		p.configured(dir)
	}
	for _, f := range r.App {
		if ext := path.Ext(f.Path); ext == ".ini" || ext == ".conf" {
			text, err := f.Read(maxText)
			if p.failed(err) {
				break
			}
			if ext == ".ini" {
				p.directives(f.To, text)
			} else if sapi == "fpm" {
				p.writes(f.To, text)
			}
		}
	}
	for _, argv := range r.Commands {
		if !l.Runs(argv[0], "") {
			continue
		}
		for i, word := range argv[1:] {
			if argv[i] == "-d" || strings.HasPrefix(word, "-d") {
				p.directives(argv[0], []byte(strings.TrimPrefix(word, "-d")))
			}
		}
	}
	if prefix == "/usr" {
		// Distributions have PHP read the system's zones, and it cannot do without.
		p.need("/usr/share/zoneinfo", "the time zones", nil)
	}
	p.followApp(prefix)
	p.followPages()
	return p.out, p.err
}

// phpConfigs are the files and directories of the configuration, as distributions and
// the official image have them.
func phpConfigs(prefix, version, sapi string) []string {
	if prefix != "/usr" {
		out := []string{prefix + "/etc/php/php.ini", prefix + "/etc/php/conf.d", prefix + "/lib/php.ini"}
		if sapi == "fpm" {
			out = append(out, prefix+"/etc/php-fpm.conf", prefix+"/etc/php-fpm.d")
		}
		return out
	}
	short := "/etc/php" + strings.ReplaceAll(version, ".", "")
	out := []string{"/etc/php.ini", "/etc/php.d", short + "/php.ini", short + "/conf.d"}
	if version != "" {
		out = append(out, path.Join("/etc/php", version, sapi))
	}
	if sapi == "fpm" {
		out = append(out, "/etc/php-fpm.conf", "/etc/php-fpm.d", short+"/php-fpm.conf", short+"/php-fpm.d")
	}
	return out
}

func (p *phpRuntime) need(name, what string, leave func(string, fs.FileInfo) bool) {
	if _, ok := p.find(name); ok {
		p.out.Needs = append(p.out.Needs, Need{Path: name, Evidence: plan.Evidence{Kind: plan.EvidenceRule, In: p.Path, Name: what}, Leave: leave})
	}
}

// configured ships a file or directory of configuration, with the extensions that it
// names.
func (p *phpRuntime) configured(name string) {
	p.need(name, "its configuration", nil)
	p.readConfiguration(name, 0)
}

func (p *phpRuntime) readConfiguration(name string, depth int) {
	if depth > 4 {
		return
	}
	for _, base := range p.list(name) {
		p.readConfiguration(path.Join(name, base), depth+1)
	}
	switch path.Ext(name) {
	case ".ini":
		p.directives(name, p.text(name))
	case ".conf":
		p.writes(name, p.text(name))
	}
}

// writes has the directories made that FPM puts its log, its process number and its
// sockets into.
func (p *phpRuntime) writes(file string, text []byte) {
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, "=")
		value = strings.TrimSpace(value)
		if slices.Contains([]string{"pid", "error_log", "listen"}, strings.TrimSpace(key)) && strings.HasPrefix(value, "/") && !rootfs.Within(value, "/dev") && !rootfs.Within(value, "/proc") {
			p.out.Writes = append(p.out.Writes, Need{Path: path.Dir(value), Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: file, Name: value}})
		}
	}
}

// directives ships the extensions that lines of a configuration name.
func (p *phpRuntime) directives(file string, text []byte) {
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		key, value, ok := strings.Cut(line, "=")
		key = strings.TrimSpace(key)
		if !ok || key != "extension" && key != "zend_extension" {
			continue
		}
		value, _, _ = strings.Cut(value, ";")
		if value = strings.Trim(strings.TrimSpace(value), `"'`); value != "" {
			p.extension(value, file, n)
		}
	}
}

// extension ships an extension by its name, file or path.
func (p *phpRuntime) extension(name, by string, line int) {
	if p.asked[name] {
		return
	}
	p.asked[name] = true
	var candidates []string
	if strings.HasPrefix(name, "/") {
		candidates = []string{name}
	} else {
		file := name
		if !strings.HasSuffix(file, ".so") {
			file += ".so"
		}
		for _, dir := range p.extensions {
			candidates = append(candidates, path.Join(dir, file))
		}
	}
	for _, at := range candidates {
		if p.isFile(at) {
			p.out.Needs = append(p.out.Needs, Need{Path: at, Evidence: plan.Evidence{Kind: plan.EvidenceImport, In: by, Name: "extension " + name}})
			return
		}
	}
	m := Missing{
		Name: "extension " + name, In: by, Line: line, At: p.At,
		Runtime: "PHP Warning:  PHP Startup: Unable to load dynamic library '" + name + "'",
		Fixes:   []string{"install the extension in the source that PHP is from", "take the line out of the configuration"},
	}
	for _, f := range p.App {
		if f.To == by {
			m.At = f.At
		}
	}
	p.out.Missing = append(p.out.Missing, m)
}

// followApp ships what the app's files include from the directory of shared PHP code,
// by packages.
func (p *phpRuntime) followApp(prefix string) {
	p.sites = newInstalled(p.reader, &p.Request, []string{path.Join(prefix, "share/php")})
	for _, f := range p.App {
		if strings.HasSuffix(f.Path, ".php") || (php{}).Runs(f.Interpreter, "") {
			text, err := f.Read(maxText)
			if p.failed(err) {
				return
			}
			p.out.Missing = append(p.out.Missing, phpBeside.missing(p.Request, f, text)...)
			p.missingExtensions(f, text)
			if len(p.sites.dirs) > 0 {
				p.includes(text, f.To, true)
			}
		}
	}
	for name := p.sites.next(); name != ""; name = p.sites.next() {
		if strings.HasSuffix(name, ".php") {
			p.includes(p.text(name), name, false)
		}
	}
	p.out.Needs = append(p.out.Needs, p.sites.needs...)
}

// followPages ships the configuration that pages of the distribution's packages name in /etc, if it
// is of their own package: /etc/phpsysinfo/phpsysinfo.ini.
func (p *phpRuntime) followPages() {
	named := map[string]AppFile{}
	var paths []string
	for _, f := range p.App {
		if f.Own || !f.SameTree || !strings.HasSuffix(f.Path, ".php") {
			continue
		}
		text, err := f.Read(maxText)
		if p.failed(err) {
			return
		}
		for line := range strings.Lines(string(text)) {
			for _, word := range quoted(line) {
				if strings.HasPrefix(word, "/etc/") && len(named) < maxPagesConfigs && p.isFile(word) && named[word].Path == "" {
					named[word] = f
					paths = append(paths, word, f.Path)
				}
			}
		}
	}
	if len(named) == 0 {
		return
	}
	of, err := p.Owners(paths)
	if p.failed(err) {
		return
	}
	for _, word := range slices.Sorted(maps.Keys(named)) {
		if f := named[word]; of[word] != "" && of[word] == of[f.Path] {
			p.out.Needs = append(p.out.Needs, Need{Path: word, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: f.To, Name: word}})
		}
	}
}

// maxPagesConfigs bounds how many files in /etc pages can name.
const maxPagesConfigs = 100

// includes ships the packages of the files that PHP source includes. Of the app's own all
// names of such files count: constants hold them.
func (p *phpRuntime) includes(text []byte, by string, own bool) {
	for line := range strings.Lines(string(text)) {
		if !own && !strings.Contains(line, "require") && !strings.Contains(line, "include") {
			continue
		}
		for _, word := range quoted(line) {
			if _, below, ok := strings.Cut(word, "/share/php/"); ok {
				word = below // from where the program is
			}
			file := p.sites.file(word)
			if file == "" && strings.HasPrefix(word, p.sites.dirs[0]+"/") && p.isFile(word) {
				file = word
			}
			if strings.HasSuffix(word, ".php") && file != "" {
				p.sites.take(file, plan.Evidence{Kind: plan.EvidenceImport, In: by, Name: word}, func() []string { return nil })
			}
		}
	}
}

// quoted lists the texts in quotes on a line.
func quoted(line string) []string {
	var out []string
	for {
		i := strings.IndexAny(line, `"'`)
		if i < 0 {
			return out
		}
		end := strings.IndexByte(line[i+1:], line[i])
		if end < 0 {
			return out
		}
		out = append(out, line[i+1:i+1+end])
		line = line[i+end+2:]
	}
}
