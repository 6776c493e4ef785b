package runtimes

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// table is a language whose runtime has its library in a fixed place, and needs nothing
// else: a row of fixed.
type table struct{ row int }

// fixed is a runtime by the beginning of its name and of its library's, and what it opens:
// in paths {v} is the version that its name has, and * any part of a name.
var fixed = []struct {
	name            string
	program, soname string
	paths           []string
	// without are the endings of what is for compilers and for people.
	without []string
	// starts are the programs by which it does its work, and scripts are those of its scripts that are archives
	// of compiled modules, by their names.
	starts  []string
	scripts map[string][]string
	what    string
	// modules is the directory of what its programs are made of, and source the ending of its source: which
	// of the plugins that a program has elsewhere it loads its configuration says.
	modules, source string
	// loads is how its scripts load modules.
	loads *moduleSearch
}{
	{name: "tcl", program: "tclsh", soname: "libtcl", paths: []string{"/usr/share/tcltk/tcl{v}", "/usr/lib/tcl{v}", "/usr/share/tcltk/tcl8"}, what: "the standard library of Tcl", loads: &tclPackages},
	{name: "tcl", program: "tclsh", paths: []string{"/usr/share/tcltk", "/usr/lib/tcltk", "/usr/lib/*/tcltk"}, what: "the packages of Tcl"},
	{name: "tk", program: "wish", soname: "libtk", paths: []string{"/usr/share/tcltk/tk{v}", "/usr/lib/tk{v}"}, what: "the standard library of Tk"},
	{name: "lua", program: "lua", paths: []string{"/usr/share/lua/{v}", "/usr/lib/*/lua/{v}", "/usr/lib/lua/{v}", "/usr/local/share/lua/{v}", "/usr/local/lib/lua/{v}"}, what: "the modules of Lua", modules: "/share/lua/", source: ".lua", loads: &luaModules},
	{name: "lua", program: "luajit", paths: []string{"/usr/share/luajit-2*", "/usr/share/lua/5.1", "/usr/lib/*/lua/5.1", "/usr/lib/lua/5.1", "/usr/local/share/lua/5.1", "/usr/local/lib/lua/5.1"}, what: "the modules of Lua", modules: "/share/lua/", source: ".lua", loads: &luaModules},
	{name: "guile", program: "guile", soname: "libguile-", paths: []string{"/usr/share/guile/{v}", "/usr/lib/*/guile/{v}", "/usr/lib/guile/{v}", "/usr/local/share/guile/{v}", "/usr/local/lib/guile/{v}",
		"/usr/lib/*/gconv/gconv-modules*", "/usr/lib/*/gconv/ISO8859-1.so"}, what: "the standard library of Guile"},
	{name: "sbcl", program: "sbcl", paths: []string{"/usr/lib/sbcl", "/usr/local/lib/sbcl", "/usr/share/sbcl-source/contrib", "/usr/share/common-lisp/source", "/usr/share/common-lisp/systems"}, what: "the core of SBCL, and the systems that are installed for it"},
	{name: "ocaml", program: "ocaml", paths: []string{"/usr/lib/ocaml", "/usr/local/lib/ocaml"}, without: []string{".a", ".o", ".cmx", ".cmxa", ".cmxs", ".cmt", ".cmti", ".ml", ".mli", ".h"}, what: "the standard library of OCaml"},
	{name: "ocaml", program: "ocamlrun", paths: []string{"/usr/lib/ocaml/stublibs"}, what: "the libraries of OCaml"},
	{name: "ocaml", program: "ocamlfind", paths: []string{"/usr/lib/ocaml", "/usr/local/lib/ocaml", "/etc/ocamlfind.conf", "/etc/ocamlfind.conf.d"}, what: "the libraries that OCaml's compilers find"},
	{name: "mono", program: "mono", paths: []string{"/usr/lib/mono", "/etc/mono", "/usr/lib/libmono-native.so*", "/usr/lib/libMonoPosixHelper.so", "/usr/lib/libmono-btls-shared.so"}, what: "the class libraries of Mono"},
	{name: "mono", program: "mono-sgen", paths: []string{"/usr/lib/mono", "/etc/mono", "/usr/lib/libmono-native.so*", "/usr/lib/libMonoPosixHelper.so", "/usr/lib/libmono-btls-shared.so"}, what: "the class libraries of Mono"},
	{name: "dotnet", program: "dotnet", paths: []string{"/usr/share/dotnet", "/usr/lib/dotnet", "/usr/lib64/dotnet", "/etc/dotnet"}, what: "the runtimes of .NET"},
	// What its libraries open by their names. Apps that bring the runtime along have these libraries themselves.
	{name: "dotnet", program: "dotnet", soname: "libSystem.Globalization.Native", paths: icu, what: "ICU, by which .NET knows languages"},
	{name: "dotnet", program: "dotnet", soname: "libSystem.Security.Cryptography.Native.OpenSsl", paths: []string{
		"/usr/lib/*/libssl.so.*", "/usr/lib/libssl.so.*", "/usr/lib64/libssl.so.*", "/lib/libssl.so.*", "/usr/lib/ssl", "/etc/ssl/openssl.cnf", "/etc/ssl/cert.pem", "/etc/ssl/certs", "/etc/pki/tls",
	}, what: "OpenSSL, which .NET encrypts with, and its certificates"},
	{name: "dotnet", program: "dotnet", soname: "libSystem.Native", paths: []string{"/usr/share/zoneinfo"}, what: "the time zones that .NET looks for"},
	{name: "erlang", program: "escript", paths: []string{"/usr/lib/erlang", "/usr/lib/*-linux-*/*/ebin", "/usr/lib/*-linux-*/*/priv"}, starts: []string{"erl"},
		scripts: map[string][]string{"rebar3": {"sh", "cp", "mkdir", "mv", "rm"}}, what: "the Erlang system"},
	{name: "erlang", program: "erlc", paths: []string{"/usr/lib/erlang", "/usr/lib/*-linux-*/*/ebin", "/usr/lib/*-linux-*/*/priv"}, starts: []string{"erl"}, what: "the Erlang system"},
	{name: "erlang", program: "memsup", starts: []string{"sh", "df"}}, // of its application os_mon, which asks for the space on disks, too
	{name: "rust", program: "rustc", starts: []string{"cc"}},          // by which it links
	{name: "rust", program: "cargo", starts: []string{"rustc", "cc"}},
	{name: "octave", program: "octave-cli", soname: "liboctinterp", paths: []string{"/usr/share/octave/[0-9]*", "/usr/lib/*/octave/[0-9]*", "/usr/lib/*/octave/packages", "/usr/share/octave/packages", "/usr/share/octave/octave_packages"}, without: []string{".h", ".pdf"}, what: "the functions of Octave"},
}

// icu are the libraries of ICU, of any version.
var icu = []string{
	"/usr/lib/*/libicuuc.so.*", "/usr/lib/*/libicui18n.so.*", "/usr/lib/libicuuc.so.*", "/usr/lib/libicui18n.so.*", "/usr/lib64/libicuuc.so.*", "/usr/lib64/libicui18n.so.*",
	"/usr/share/icu",
}

// Name implements Language.
func (t table) Name() string { return fixed[t.row].name }

// Runs implements Language.
func (t table) Runs(file, soname string) bool {
	_, ok := version(t.row, file, soname)
	return ok
}

// Reads implements Language.
func (t table) Reads(name string) bool {
	row := fixed[t.row]
	return row.source != "" && path.Ext(name) == row.source && strings.Contains(name, row.modules)
}

// Needs implements Language.
func (t table) Needs(r Request) (Result, error) {
	var out Result
	tree, row := newReader(r.Tree), fixed[t.row]
	v, _ := version(t.row, r.Path, path.Base(r.Path))
	var leave func(string, fs.FileInfo) bool
	if row.without != nil {
		leave = func(name string, _ fs.FileInfo) bool { return slices.Contains(row.without, path.Ext(name)) }
	}
	var dirs []string
	if invariant := r.Env["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"]; row.name == "dotnet" && (invariant == "1" || strings.EqualFold(invariant, "true")) {
		row.paths = slices.DeleteFunc(slices.Clone(row.paths), func(p string) bool { return slices.Contains(icu, p) })
	}
	for _, pattern := range row.paths {
		for _, at := range glob(tree, "/", strings.TrimPrefix(strings.ReplaceAll(pattern, "{v}", v), "/")) {
			dirs = append(dirs, at)
			out.Needs = append(out.Needs, Need{Path: at, Evidence: plan.Evidence{Kind: plan.EvidenceRule, In: r.Path, Name: row.what}, Leave: leave})
			if row.without != nil {
				out.Decides = append(out.Decides, at)
			}
		}
	}
	for _, f := range r.App {
		if !t.Runs(f.Interpreter, "") {
			continue
		}
		text, err := f.Read(maxText)
		if err != nil {
			return out, err
		}
		out.Needs = append(out.Needs, zonesIn(tree, text, f.To)...)
		for _, name := range row.scripts[path.Base(f.To)] {
			out.Programs = append(out.Programs, Program{Name: name, For: f, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: f.To, Name: name}})
		}
		if row.loads != nil {
			out.Missing = append(out.Missing, row.loads.missing(tree, r, dirs, f, text)...)
		}
	}
	if row.name == "guile" {
		out.Needs = append(out.Needs, guileLibraries(tree, v)...)
	}
	if row.name == "mono" {
		out.Needs = append(out.Needs, monoNeeds(tree, r)...)
	}
	for _, name := range row.starts {
		out.Programs = append(out.Programs, Program{
			Name: name, For: AppFile{To: r.To, At: r.At}, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: r.Path, Name: name},
		})
	}
	return out, tree.err
}

// guileLibraries are the libraries that installed modules of Guile call by their paths, to which Guile adds the
// ending: (dynamic-link "/usr/lib/x86_64-linux-gnu/libsqlite3").
func guileLibraries(tree *reader, version string) []Need {
	var out []Need
	for _, site := range glob(tree, "/", "usr/share/guile/site/"+version) {
		left := maxGuileModules
		tree.walk(site, 0, func(name string) bool {
			if path.Ext(name) == ".scm" {
				for _, m := range guileLibrary.FindAllSubmatch(tree.text(name), -1) {
					if at := string(m[1]) + ".so"; tree.isFile(at) {
						out = append(out, Need{Path: at, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: name, Name: string(m[1])}})
					}
				}
				left--
			}
			return left > 0
		})
	}
	return out
}

// maxGuileModules is how many installed modules are read.
const maxGuileModules = 4096

var guileLibrary = regexp.MustCompile(`"(/usr/lib/[\w./+-]+/lib[\w+-]+)"`)

// monoFiles are what classes of Mono open, by what a program that uses them has among its names: the assembly,
// or the function.
var monoFiles = []struct{ name, path, what string }{
	{"\x00System.Drawing\x00", "usr/lib/libgdiplus.so*", "the library that System.Drawing draws with"},
	{"\x00FindSystemTimeZoneById\x00", "usr/share/zoneinfo", "the time zones that TimeZoneInfo looks for"},
}

// monoNeeds are the files that the programs need which commands name.
func monoNeeds(tree *reader, r Request) []Need {
	var out []Need
	image := newReader(r.Image)
	for _, word := range slices.Concat(r.Commands...) {
		if path.Ext(word) != ".exe" {
			continue
		}
		if !path.IsAbs(word) {
			word = path.Join("/", r.Workdir, word)
		}
		text := image.text(word)
		for _, f := range monoFiles {
			if !bytes.Contains(text, []byte(f.name)) {
				continue
			}
			for _, at := range glob(tree, "/", f.path) {
				out = append(out, Need{Path: at, Evidence: plan.Evidence{Kind: plan.EvidenceRule, In: word, Name: f.what}})
			}
		}
	}
	return out
}

// version is what stands in the name of a runtime for its version: "8.6" of
// tclsh8.6 and libtcl8.6.so.
func version(row int, file, soname string) (string, bool) {
	if v, ok := strings.CutPrefix(path.Base(file), fixed[row].program); ok && strings.Trim(v, "0123456789.-") == "" {
		return strings.TrimPrefix(v, "-"), true
	}
	if fixed[row].soname == "" {
		return "", false
	}
	v, ok := strings.CutPrefix(soname, fixed[row].soname)
	v, _, _ = strings.Cut(v, ".so")
	return v, ok && strings.Trim(v, "0123456789.") == ""
}
