package runtimes

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
)

// perl ships the modules that come with an interpreter, and those of the packages that
// the app's modules reach.
type perl struct{}

// Name implements Language.
func (perl) Name() string { return "perl" }

// Runs implements Language.
func (perl) Runs(file, soname string) bool {
	v, ok := strings.CutPrefix(path.Base(file), "perl")
	v, _, _ = strings.Cut(v, "-") // perl5.36-x86_64-linux-gnu
	return ok && strings.Trim(v, "0123456789.") == "" || strings.HasPrefix(soname, "libperl.so")
}

// Reads implements Language.
func (perl) Reads(name string) bool {
	return slices.Contains([]string{".pl", ".pm", ".psgi", ".cgi"}, path.Ext(name))
}

// perlRuntime is one interpreter in its tree.
type perlRuntime struct {
	Request
	*reader
	out   Result
	core  []string // the directories of the modules that come with it
	sites *installed
	asked map[string]string // files, by modules
	// modules are the files of modules that packages have, by the packages that were asked about.
	modules map[string][]string
}

// Needs implements Language.
func (perl) Needs(r Request) (Result, error) {
	p := &perlRuntime{Request: r, reader: newReader(r.Tree), asked: map[string]string{}, modules: map[string][]string{}}
	prefix := "/usr"
	if strings.HasPrefix(r.Path, "/usr/local/") || strings.HasPrefix(r.Path, "/opt/") {
		prefix = path.Dir(path.Dir(r.Path))
	}
	for _, dir := range glob(p.reader, prefix, "lib/*/perl-base", "lib/*/perl/5.*", "share/perl/5.*", "lib/perl5/core_perl", "share/perl5/core_perl", "lib/perl5/5.*") {
		found, ok := p.find(dir)
		if ok && !slices.Contains(p.core, found.Path) {
			p.core = append(p.core, found.Path)
		}
		p.need(dir, "the modules that come with Perl") // by the name that Perl looks in
	}
	if p.isFile(path.Join(prefix, "lib64/perl5/strict.pm")) || p.isFile(path.Join(prefix, "share/perl5/strict.pm")) {
		for _, dir := range []string{"lib64/perl5", "share/perl5"} { // Fedora has its packages below
			p.core = append(p.core, path.Join(prefix, dir))
			p.need(path.Join(prefix, dir), "the modules that come with Perl")
		}
	}
	dirs := strings.Split(p.Env["PERL5LIB"], ":")
	dirs = append(dirs, "/etc/perl")
	dirs = append(dirs, glob(p.reader, prefix, "local/lib/*/perl/5.*", "local/share/perl/5.*", "lib/*/perl5/5.*", "share/perl5", "local/lib/site_perl",
		"lib/perl5/site_perl/5.*/*-linux*", "lib/perl5/site_perl/5.*", "lib/perl5/vendor_perl/5.*/*-linux*", "lib/perl5/vendor_perl/5.*", "lib/perl5/vendor_perl", "share/perl5/vendor_perl",
		"lib64/perl5/vendor_perl")...)
	dirs = slices.DeleteFunc(dirs, func(dir string) bool { return !strings.HasPrefix(dir, "/") || dir == "/" })
	p.sites = newInstalled(p.reader, &p.Request, dirs)
	p.sites.leave = func(name string) bool { return perlDocumentation(name) }
	p.followApp()
	p.out.Needs = append(p.out.Needs, p.sites.needs...)
	// Template::Provider takes a template without a modification time for one that is not there.
	p.out.Dated = slices.ContainsFunc(p.out.Needs, func(n Need) bool { return path.Base(n.Path) == "Template.pm" })
	return p.out, p.err
}

func (p *perlRuntime) need(name, what string) {
	p.out.Needs = append(p.out.Needs, Need{
		Path: name, Evidence: plan.Evidence{Kind: plan.EvidenceRule, In: p.Path, Name: what},
		Leave: func(name string, info fs.FileInfo) bool {
			return perlDocumentation(name) || info.IsDir() && slices.Contains([]string{"CORE", "vendor_perl", "site_perl", "perldoc"}, path.Base(name))
		},
	})
}

// perlDocumentation tells what is for people, and for compilers.
func perlDocumentation(name string) bool {
	return slices.Contains([]string{".pod", ".h", ".a"}, path.Ext(name)) && path.Base(name) != "perldiag.pod" || path.Base(name) == ".packlist"
}

// followApp ships what the app's files use, and what that uses in turn.
func (p *perlRuntime) followApp() {
	code := false
	for _, f := range p.App {
		if !(perl{}).Reads(f.Path) && !(perl{}).Runs(f.Interpreter, "") {
			continue
		}
		code = true
		text, err := f.Read(maxText)
		if p.failed(err) {
			return
		}
		p.followFile(f, text)
		p.takeDepends(f)
	}
	for _, argv := range p.Commands {
		if !(perl{}).Runs(argv[0], "") {
			continue
		}
		for i, word := range argv[1:] {
			switch {
			case strings.HasPrefix(word, "-M"), strings.HasPrefix(word, "-m"):
				name, _, _ := strings.Cut(strings.TrimLeft(word[2:], "-"), "=")
				p.uses(name, argv[0])
				code = true
			case i > 0 && (argv[i] == "-e" || argv[i] == "-E" || argv[i] == "-ne"):
				for _, u := range scanPerl([]byte(word), true) {
					p.uses(u.name, argv[0])
				}
				code = true
			}
		}
	}
	if !code && p.Named {
		p.sites.all(plan.Evidence{Kind: plan.EvidenceRule, In: p.Path, Name: "all that is installed for it"})
	}
	if code {
		p.takeAsked()
	}
	for name := p.sites.next(); name != ""; name = p.sites.next() {
		if ext := path.Ext(name); ext != ".pm" && ext != ".pl" {
			continue
		}
		text := p.text(name)
		for _, u := range scanPerl(text, false) {
			p.uses(u.name, name)
		}
		p.takeData(name, text)
		for _, opens := range perlOpens {
			if strings.HasSuffix(name, "/"+opens.module) {
				p.out.Needs = append(p.out.Needs, Need{Path: opens.path, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: name, Name: opens.path}})
			}
		}
	}
}

// takeData ships what a module names of its own package's data: the rules of SpamAssassin.
func (p *perlRuntime) takeData(module string, text []byte) {
	for _, name := range ReadStarted(module, "", text).Paths {
		if !strings.HasPrefix(name, "/usr/share/") && !strings.HasPrefix(name, "/etc/") || p.sites.within(name) != "" || needs.Shared(path.Clean(name)) {
			continue
		}
		p.sites.lookUp([]string{module})
		pkg := p.sites.owner[module]
		if pkg == "" {
			return
		}
		files, err := p.Contents(pkg)
		if p.failed(err) {
			return
		}
		if slices.Contains(files, path.Clean(name)) {
			p.out.Needs = append(p.out.Needs, Need{Path: path.Clean(name), Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: module, Name: name}})
		}
	}
}

// perlOpens are what modules open of other packages, and cannot do without.
var perlOpens = []struct{ module, path string }{
	{"DateTime/TimeZone/Local/Unix.pm", "/etc/localtime"}, // "Cannot determine local time zone" ends programs that ask for it
	{"Dpkg/Vendor.pm", "/etc/dpkg/origins"},               // deb-origin(5)
}

// followFile ships what one file of the app uses, and tells what no tree has.
func (p *perlRuntime) followFile(f AppFile, text []byte) {
	moves := bytes.Contains(text, []byte("lib ")) || bytes.Contains(text, []byte("@INC")) || bytes.Contains(text, []byte("<<"))
	for _, u := range scanPerl(text, true) {
		if p.uses(u.name, f.To) != "" || p.besides(f, u.name) || !u.plain || moves || !f.Own || p.Env["PERL5LIB"] != "" || p.ownModule(u.name) {
			continue
		}
		file := strings.ReplaceAll(u.name, "::", "/") + ".pm"
		p.out.Missing = append(p.out.Missing, Missing{
			Name: "module " + u.name, In: f.To, Line: u.line, At: f.At,
			Runtime: fmt.Sprintf("Can't locate %s in @INC (you may need to install the %s module)", file, u.name),
			Fixes: []string{
				"install it in the source that Perl is from",
				"ship it with the app's files, in a directory that PERL5LIB names",
			},
		})
	}
}

// takeDepends ships the modules of the packages that the package of a program depends on: it may
// load them by names that it finds out.
func (p *perlRuntime) takeDepends(f AppFile) {
	if f.Own || !f.SameTree || !f.Script {
		return
	}
	p.sites.lookUp([]string{f.Path})
	pkg := p.sites.owner[f.Path]
	if pkg == "" {
		return
	}
	depends, err := p.Depends(pkg)
	if p.failed(err) {
		return
	}
	for _, dep := range depends {
		files, err := p.Contents(dep)
		if p.failed(err) {
			return
		}
		for _, name := range files {
			if path.Ext(name) == ".pm" && p.sites.within(name) != "" {
				name, _, _ := strings.Cut(path.Base(strings.SplitN(dep, "@", 2)[0]), "?")
				p.sites.take(files[slices.IndexFunc(files, func(n string) bool { return path.Ext(n) == ".pm" && p.sites.within(n) != "" })], plan.Evidence{Kind: plan.EvidenceImport, In: f.To, Name: name}, func() []string { return nil })
				break
			}
		}
	}
}

// takeAsked ships the modules of packages that the spec asks for by name: others load them by names in
// strings, as Text::CSV does Text::CSV_XS.
func (p *perlRuntime) takeAsked() {
	for _, pkg := range p.Asked {
		for _, file := range p.modulesOf(pkg) {
			if p.sites.within(file) != "" {
				p.sites.take(file, plan.Evidence{Kind: plan.EvidenceRule, In: p.Path, Name: "what the spec asks for by name"}, func() []string { return nil })
				break
			}
		}
	}
}

// besides tells whether the package of a program keeps a module in a directory of its own,
// which the program adds to @INC. Then it ships with what else is in there.
func (p *perlRuntime) besides(f AppFile, name string) bool {
	if f.Own || !f.SameTree {
		return false
	}
	p.sites.lookUp([]string{f.Path})
	pkg := p.sites.owner[f.Path]
	if pkg == "" {
		return false
	}
	for _, file := range p.modulesOf(pkg) {
		dir, ok := strings.CutSuffix(file, "/"+strings.ReplaceAll(name, "::", "/")+".pm")
		if ok && !slices.Contains(p.sites.dirs, dir) {
			p.sites.dirs = append(p.sites.dirs, dir)
			delete(p.asked, name)
			return p.uses(name, f.To) != ""
		}
	}
	return false
}

// modulesOf are the files of modules that a package has. Each of its files may ask for many.
func (p *perlRuntime) modulesOf(pkg string) []string {
	if modules, ok := p.modules[pkg]; ok {
		return modules
	}
	files, err := p.Contents(pkg)
	if p.failed(err) {
		return nil
	}
	files = slices.DeleteFunc(slices.Clone(files), func(name string) bool { return path.Ext(name) != ".pm" })
	p.modules[pkg] = files
	return files
}

// ownModule tells whether a module is among the app's files.
func (p *perlRuntime) ownModule(name string) bool {
	file := "/" + strings.ReplaceAll(name, "::", "/") + ".pm"
	return slices.ContainsFunc(p.App, func(f AppFile) bool { return strings.HasSuffix(f.To, file) })
}

// uses ships the package of a module, and returns the module's file; "" for none.
func (p *perlRuntime) uses(name, by string) string {
	if file, ok := p.asked[name]; ok {
		return file
	}
	rel := strings.ReplaceAll(name, "::", "/")
	file := p.sites.file(rel + ".pm")
	if file != "" {
		p.sites.take(file, plan.Evidence{Kind: plan.EvidenceImport, In: by, Name: name}, func() []string { return p.alone(rel) })
	} else {
		for _, dir := range p.core {
			if file == "" && p.isFile(path.Join(dir, rel+".pm")) {
				file = path.Join(dir, rel+".pm")
			}
		}
	}
	p.asked[name] = file
	return file
}

// alone lists what belongs to a module that no package owns: the modules below its name,
// and its shared object.
func (p *perlRuntime) alone(rel string) []string {
	var out []string
	for _, dir := range p.sites.dirs {
		for _, at := range []string{rel, path.Join("auto", rel)} {
			p.walk(path.Join(dir, at), 0, func(name string) bool {
				out = append(out, name)
				return len(out) < maxSources
			})
		}
	}
	return out
}

// perlUse is a module that Perl source names.
type perlUse struct {
	name string
	line int
	// plain tells that it is used by a statement at the beginning of a line.
	plain bool
}

// scanPerl finds the modules that source uses: those after "use" and "require", what is
// quoted in such a statement (base classes, plugins), and the drivers of databases. Of the
// app's own files every name with "::" counts, for classes are loaded by names in strings.
// Documentation and what follows __END__ is passed over.
func scanPerl(text []byte, own bool) []perlUse {
	var out []perlUse
	add := func(name string, line int, plain bool) {
		if name = strings.Trim(name, ":'"); perlName(name) {
			out = append(out, perlUse{name, line, plain})
		}
	}
	pod, n := false, 0
	used := "" // the module of a statement that goes on
	for raw := range bytes.Lines(text) {
		n++
		line := strings.TrimRight(string(raw), "\r\n")
		if strings.HasPrefix(line, "=") && len(line) > 1 && line[1] >= 'a' && line[1] <= 'z' {
			pod = !strings.HasPrefix(line, "=cut")
			continue
		}
		if pod {
			continue
		}
		if line == "__END__" || line == "__DATA__" {
			break
		}
		if strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") {
			continue
		}
		words := strings.FieldsFunc(line, func(r rune) bool { return r > 127 || !wordByte(byte(r)) && r != ':' })
		statement := false
		for i, word := range words {
			before := ""
			if i > 0 {
				before = words[i-1]
			}
			switch {
			case before == "use" || before == "require":
				statement, used = true, word
				add(word, n, strings.HasPrefix(line, "use "+word) && strings.HasSuffix(line, ";"))
			case own && used != "" && word != "qw":
				add(used+"::Plugin::"+word, n, false)
				if statement || strings.Contains(word, "::") {
					add(word, n, false)
				}
			case statement || own && strings.Contains(word, "::"):
				add(word, n, false)
			}
			if own && len(word) > 4 && strings.EqualFold(word[:4], "dbi:") {
				driver, _, _ := strings.Cut(word[4:], ":")
				add("DBD::"+driver, n, false)
			}
		}
		if strings.Contains(line, ";") {
			used = ""
		}
	}
	return out
}

// perlName tells the name of a module from a version and from a pragma's words.
func perlName(name string) bool {
	if name == "" || len(name) > 200 || name[0] >= '0' && name[0] <= '9' || strings.Contains(strings.ReplaceAll(name, "::", ""), ":") {
		return false
	}
	return !(name[0] == 'v' && strings.Trim(name[1:], "0123456789.") == "")
}
