package runtimes

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// ruby ships the standard library of an interpreter, and the gems and packages that what
// the app requires reaches.
type ruby struct{}

// Name implements Language.
func (ruby) Name() string { return "ruby" }

// Runs implements Language.
func (ruby) Runs(file, soname string) bool {
	v, ok := strings.CutPrefix(path.Base(file), "ruby")
	return ok && strings.Trim(v, "0123456789.") == "" || strings.HasPrefix(soname, "libruby") && strings.Contains(soname, ".so")
}

// Reads implements Language.
func (ruby) Reads(name string) bool {
	base := path.Base(name)
	return slices.Contains([]string{".rb", ".ru", ".gemspec"}, path.Ext(base)) || base == "Gemfile" || base == "Gemfile.lock" || base == "Rakefile"
}

// rubyRuntime is one interpreter in its tree.
type rubyRuntime struct {
	Request
	*reader
	out   Result
	core  []string   // the directories of the standard library
	sites *installed // where packages of the system have their modules
	gems  []*rubyGem
	asked map[string]bool
	taken map[*rubyGem]bool
	queue []string // files of gems that have not been read
	// unseen is a directory of gems in which Ruby does not look without being told.
	unseen string
}

// bundleDir is where the official image has gems: it sets GEM_HOME to it.
const bundleDir = "/usr/local/bundle"

// A rubyGem is an installed gem.
type rubyGem struct {
	name, full string // "rack", "rack-2.2.4"
	spec       string // its gemspec
	dir        string // where its files are; empty for a package of the system
	more       []string
	paths      []string // in dir, where what it provides is looked for
	requires   []string
}

// Needs implements Language.
func (ruby) Needs(r Request) (Result, error) {
	p := &rubyRuntime{Request: r, reader: newReader(r.Tree), asked: map[string]bool{}, taken: map[*rubyGem]bool{}}
	prefix := "/usr"
	if rootfs.Within(r.Path, "/usr/local") || rootfs.Within(r.Path, "/opt") {
		prefix = path.Dir(path.Dir(r.Path))
	}
	// Debian has extensions in a directory of the machine's.
	p.core = glob(p.reader, prefix, "lib/ruby/[0-9].*", "lib/*/ruby/[0-9].*", "lib64/ruby/[0-9].*", "share/ruby")
	for _, dir := range slices.Clone(p.core) {
		p.need(dir, "the standard library of Ruby", nil)
		p.core = append(p.core, glob(p.reader, dir, "*-linux*")...)
	}
	p.unseen = bundleDir
	for name := range p.Env {
		if strings.HasPrefix(name, "GEM_") || strings.HasPrefix(name, "BUNDLE_") {
			p.unseen = ""
		}
	}
	var whole []string
	for _, dir := range append(strings.Split(p.Env["GEM_PATH"], ":"), p.Env["GEM_HOME"], p.Env["BUNDLE_PATH"], bundleDir) {
		if strings.HasPrefix(dir, "/") && dir != "/" && p.isDir(dir) && !slices.Contains(whole, dir) {
			whole = append(whole, dir)
		}
	}
	whole = append(whole, glob(p.reader, "/var/lib/gems", "[0-9].*")...)
	for _, dir := range whole {
		p.need(dir, "the gems that are installed in "+dir, func(name string, info fs.FileInfo) bool {
			return info.IsDir() && path.Dir(name) == dir && slices.Contains([]string{"cache", "doc", "build_info"}, path.Base(name))
		})
	}
	vendor := glob(p.reader, prefix, "lib/ruby/vendor_ruby", "lib/ruby/vendor_ruby/[0-9].*", "lib/*/ruby/vendor_ruby/[0-9].*", "local/lib/site_ruby", "lib/ruby/site_ruby/[0-9].*", "share/ruby/vendor_ruby")
	for _, dir := range vendor {
		// RubyGems loads it before the app, and it says where a distribution has gems.
		if at := path.Join(dir, "rubygems/defaults"); p.isDir(at) {
			p.need(at, "the distribution's settings of RubyGems", nil)
		}
	}
	p.sites = newInstalled(p.reader, &p.Request, vendor)
	p.sites.wants = func(name string) bool { return strings.Contains(name, "/rubygems-integration/") }
	for _, dir := range append(whole, glob(p.reader, prefix, "lib/ruby/gems/[0-9].*", "share/rubygems-integration/*", "lib/*/rubygems-integration/[0-9].*", "share/gems", "lib64/gems/ruby")...) {
		p.findGems(dir)
	}
	p.followApp()
	p.out.Needs = append(p.out.Needs, p.sites.needs...)
	return p.out, p.err
}

func (p *rubyRuntime) need(name, what string, leave func(string, fs.FileInfo) bool) {
	p.out.Needs = append(p.out.Needs, Need{Path: name, Evidence: plan.Evidence{Kind: plan.EvidenceRule, In: p.Path, Name: what}, Leave: leave})
}

// findGems lists the gems in a directory of gems. Those that are the standard library's
// ship.
func (p *rubyRuntime) findGems(dir string) {
	for _, base := range p.list(path.Join(dir, "specifications")) {
		if full, ok := strings.CutSuffix(base, ".gemspec"); ok {
			p.gems = append(p.gems, p.readGem(dir, full, path.Join(dir, "specifications", base)))
		}
	}
	for _, base := range p.list(path.Join(dir, "specifications/default")) {
		full, ok := strings.CutSuffix(base, ".gemspec")
		if !ok {
			continue
		}
		for _, at := range []string{path.Join(dir, "specifications/default", base), path.Join(dir, "gems", full)} {
			if _, ok := p.find(at); ok {
				p.need(at, "the standard library of Ruby", nil)
			}
		}
	}
}

// readGem reads what the specification of a gem says, as RubyGems writes it.
func (p *rubyRuntime) readGem(dir, full, spec string) *rubyGem {
	g := &rubyGem{full: full, spec: spec, name: full, paths: []string{"lib"}}
	if i := strings.LastIndexByte(full, '-'); i > 0 {
		g.name = full[:i]
	}
	for line := range strings.Lines(string(p.text(spec))) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "s.name ="):
			if names := quoted(line); len(names) > 0 {
				g.name = names[0]
			}
		case strings.HasPrefix(line, "s.require_paths ="):
			g.paths = quoted(line)
		case strings.HasPrefix(line, "s.add_runtime_dependency(%q<"), strings.HasPrefix(line, "s.add_dependency(%q<"):
			_, name, _ := strings.Cut(line, "%q<")
			name, _, _ = strings.Cut(name, ">")
			g.requires = append(g.requires, name)
		}
		if strings.HasPrefix(line, "else") && len(g.requires) > 0 {
			break // what follows is for RubyGems that know of no kinds
		}
	}
	if at := path.Join(dir, "gems", full); p.isDir(at) {
		g.dir = at
		g.more = glob(p.reader, path.Join(dir, "extensions"), "*/*/"+full)
	}
	return g
}

// followApp ships what the app requires, and what that requires in turn.
func (p *rubyRuntime) followApp() {
	code := false
	for _, f := range p.App {
		if !(ruby{}).Reads(f.Path) && !(ruby{}).Runs(f.Interpreter, "") {
			continue
		}
		code = true
		text, err := f.Read(maxText)
		if p.failed(err) {
			return
		}
		if path.Base(f.Path) == "Gemfile.lock" {
			p.locked(f.To, text)
			continue
		}
		p.followFile(f, text)
	}
	for _, argv := range p.Commands {
		if (ruby{}).Runs(argv[0], "") {
			for i, word := range argv[1:] {
				if option := argv[i]; option == "-r" || option == "-e" {
					code = true
					p.commandWord(option, word, argv[0])
				} else if strings.HasPrefix(word, "-r") {
					p.requires(word[2:], argv[0])
				}
			}
		}
		for _, word := range argv[1:] {
			p.gem(word, argv[0])
		}
	}
	if !code && p.Named {
		e := plan.Evidence{Kind: plan.EvidenceRule, In: p.Path, Name: "all that is installed for it"}
		p.sites.all(e)
		for _, g := range p.gems {
			p.take(g, e)
		}
	}
	p.drain()
}

func (p *rubyRuntime) commandWord(option, word, by string) {
	if option == "-r" {
		p.requires(word, by)
		return
	}
	for _, u := range scanRuby([]byte(word)) {
		p.requires(u.name, by)
	}
}

// drain follows what ships, until there is no more.
func (p *rubyRuntime) drain() {
	for p.err == nil {
		name := p.sites.next()
		if name == "" && len(p.queue) > 0 {
			name, p.queue = p.queue[0], p.queue[1:]
		}
		if name == "" {
			return
		}
		if !strings.HasSuffix(name, ".rb") {
			if spec, ok := strings.CutSuffix(path.Base(name), ".gemspec"); ok {
				p.takeFull(spec, name)
			}
			continue
		}
		needs, _ := foreignLibraries(p.reader, p.text(name), name)
		p.out.Needs = append(p.out.Needs, needs...)
		for _, u := range scanRuby(p.text(name)) {
			if u.kind == rubyWord {
				p.gem(u.name, name)
			} else {
				p.requires(u.name, name)
			}
		}
	}
}

// takeFull ships the gem that a package has brought the specification of.
func (p *rubyRuntime) takeFull(full, by string) {
	for _, g := range p.gems {
		if g.full == full {
			p.take(g, plan.Evidence{Kind: plan.EvidenceImport, In: by, Name: g.name})
		}
	}
}

// followFile ships what one file of the app requires, and tells what no tree has.
func (p *rubyRuntime) followFile(f AppFile, text []byte) {
	moves := strings.Contains(string(text), "$LOAD_PATH") || strings.Contains(string(text), "$:") || strings.Contains(string(text), "<<")
	needs, _ := foreignLibraries(p.reader, text, f.To)
	p.out.Needs = append(p.out.Needs, needs...)
	p.out.Missing = append(p.out.Missing, rubyRelative.missing(p.Request, f, text)...)
	if f.Script && p.unseen != "" && rootfs.Within(f.Path, p.unseen) {
		p.reportUnseen(f, path.Base(f.Path), 0)
	}
	for _, u := range scanRuby(text) {
		if u.kind != rubyRequire {
			p.gem(u.name, f.To)
			continue
		}
		if u.plain && !moves && f.Own && p.isUnseen(u.name) {
			p.reportUnseen(f, u.name, u.line)
		}
		if p.requires(u.name, f.To) || !u.plain || moves || !f.Own || p.ownFile(u.name) || slices.Contains(rubyFeatures, strings.TrimSuffix(u.name, ".so")) {
			continue
		}
		p.out.Missing = append(p.out.Missing, Missing{
			Name: "library " + u.name, In: f.To, Line: u.line, At: f.At,
			Runtime: fmt.Sprintf("cannot load such file -- %s (LoadError)", u.name),
			Fixes:   []string{"install the gem in the source that Ruby is from", "ship the library with the app's files"},
		})
	}
}

// isUnseen reports whether nothing but a gem that Ruby does not look for has a library.
func (p *rubyRuntime) isUnseen(name string) bool {
	file, unseen := strings.TrimSuffix(name, ".rb")+".rb", false
	for _, g := range p.gems {
		for _, dir := range g.paths {
			if g.dir == "" || !p.isFile(path.Join(g.dir, dir, file)) {
				continue
			}
			if p.unseen == "" || !rootfs.Within(g.dir, p.unseen) {
				return false
			}
			unseen = true
		}
	}
	return unseen && p.sites.file(file) == "" && !p.ownFile(name) && !slices.ContainsFunc(p.core, func(dir string) bool { return p.isFile(path.Join(dir, file)) })
}

// reportUnseen tells once that Ruby does not look for what the app asks for.
func (p *rubyRuntime) reportUnseen(f AppFile, name string, line int) {
	p.out.Missing = append(p.out.Missing, Missing{
		Name: "gem " + name, In: f.To, Line: line, At: f.At, Is: "is in " + p.unseen + ", where Ruby does not look",
		Runtime: fmt.Sprintf("cannot load such file -- %s (LoadError)", name),
		Fixes:   []string{"name the directory as the official image does: env: {GEM_HOME: " + p.unseen + "}"},
	})
	p.unseen = ""
}

// ownFile reports whether a library is among the app's files.
func (p *rubyRuntime) ownFile(name string) bool {
	file := "/" + strings.TrimSuffix(name, ".rb") + ".rb"
	return slices.ContainsFunc(p.App, func(f AppFile) bool { return strings.HasSuffix(f.To, file) })
}

// locked ships the gems that Bundler insists on.
func (p *rubyRuntime) locked(by string, text []byte) {
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "    "); ok && !strings.HasPrefix(name, " ") {
			name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
			p.gem(name, by)
		}
	}
}

// gem ships a gem by its name, if it is installed.
func (p *rubyRuntime) gem(name, by string) {
	for _, g := range p.gems {
		if g.name == name {
			p.take(g, plan.Evidence{Kind: plan.EvidenceImport, In: by, Name: name})
		}
	}
}

// take ships a gem with those that it requires.
func (p *rubyRuntime) take(g *rubyGem, e plan.Evidence) {
	for queue := []*rubyGem{g}; len(queue) > 0 && p.err == nil; queue = queue[1:] {
		g := queue[0]
		if p.taken[g] {
			continue
		}
		p.taken[g] = true
		if g.name == "tzinfo" && !slices.ContainsFunc(p.gems, func(g *rubyGem) bool { return g.name == "tzinfo-data" }) && p.isDir("/usr/share/zoneinfo") {
			p.need("/usr/share/zoneinfo", "the time zones", nil)
		}
		if g.dir == "" {
			p.sites.take(g.spec, e, func() []string { return nil })
		} else {
			for _, at := range append([]string{g.spec, g.dir}, g.more...) {
				p.out.Needs = append(p.out.Needs, Need{Path: at, Evidence: e})
			}
			p.walk(g.dir, 0, func(name string) bool {
				if strings.HasSuffix(name, ".rb") && !strings.Contains(name, "/test/") && !strings.Contains(name, "/spec/") {
					p.queue = append(p.queue, name)
				}
				return len(p.queue) < maxSources
			})
		}
		for _, name := range g.requires {
			for _, other := range p.gems {
				if other.name == name {
					queue = append(queue, other)
				}
			}
		}
	}
}

// requires ships what has a library, and tells whether the tree has it.
func (p *rubyRuntime) requires(name, by string) bool {
	if found, ok := p.asked[name]; ok {
		return found
	}
	found := false
	stem := strings.TrimSuffix(strings.TrimSuffix(name, ".rb"), ".so")
	e := plan.Evidence{Kind: plan.EvidenceImport, In: by, Name: name}
	for _, file := range []string{stem + ".rb", stem + ".so"} {
		if at := p.sites.file(file); at != "" {
			p.sites.take(at, e, func() []string { return p.alone(stem) })
			found = true
		}
		for _, g := range p.gems {
			for _, dir := range g.paths {
				if g.dir != "" && p.isFile(path.Join(g.dir, dir, file)) {
					p.take(g, e)
					found = true
				}
			}
		}
		for _, dir := range p.core {
			found = found || p.isFile(path.Join(dir, file))
		}
	}
	p.asked[name] = found
	return found
}

// alone lists what is below the name of a library that no package owns.
func (p *rubyRuntime) alone(stem string) []string {
	var out []string
	for _, dir := range p.sites.dirs {
		p.walk(path.Join(dir, stem), 0, func(name string) bool {
			out = append(out, name)
			return len(out) < maxSources
		})
	}
	return out
}

// rubyUse is something that Ruby source names.
type rubyUse struct {
	name string
	line int
	kind int
	// plain tells of a statement at the beginning of a line.
	plain bool
}

const (
	rubyRequire = iota // a library
	rubyWord           // what may be the name of a gem: a symbol, or a string
)

// scanRuby finds the libraries that source requires, and the words in it that can be the
// names of gems.
func scanRuby(text []byte) []rubyUse {
	var out []rubyUse
	n, comment := 0, false
	for line := range strings.Lines(string(text)) {
		n++
		if strings.HasPrefix(line, "=begin") || strings.HasPrefix(line, "=end") {
			comment = strings.HasPrefix(line, "=begin")
		}
		if strings.HasPrefix(line, "__END__") {
			break
		}
		trimmed := strings.TrimSpace(line)
		if comment || trimmed == "" || trimmed[0] == '#' {
			continue
		}
		words := quoted(trimmed)
		switch {
		case len(words) == 0:
		case strings.HasPrefix(trimmed, "require ") || strings.HasPrefix(trimmed, "require(") || strings.Contains(trimmed, " require ") || strings.HasPrefix(trimmed, "autoload"):
			for _, word := range words {
				if rubyName(word) {
					out = append(out, rubyUse{word, n, rubyRequire, strings.HasPrefix(line, "require ") && len(words) == 1})
				}
			}
			continue
		}
		for _, word := range words {
			if rubyName(word) {
				out = append(out, rubyUse{word, n, rubyWord, false})
			}
		}
		for word := range strings.FieldsSeq(trimmed) {
			if symbol, ok := strings.CutPrefix(word, ":"); ok && rubyName(symbol) {
				out = append(out, rubyUse{symbol, n, rubyWord, false})
			}
		}
	}
	return out
}

// rubyName reports whether a word can be the name of a library or a gem.
func rubyName(word string) bool {
	return word != "" && len(word) < 100 && !strings.ContainsFunc(word, func(r rune) bool {
		return r > 127 || !wordByte(byte(r)) && r != '-' && r != '/' && r != '.'
	})
}

// rubyFeatures are libraries that are a part of the interpreter itself.
var rubyFeatures = []string{"enumerator", "thread", "fiber", "rational", "complex", "ruby2_keywords", "monitor", "rubygems", "etc", "set"}
