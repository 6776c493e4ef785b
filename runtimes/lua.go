package runtimes

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// lua is the library of Lua in a program that is extended in it, such as nginx: of the modules of
// the distribution those ship that files of the app ask for. An interpreter has all of them.
type lua struct{}

// Name implements Language.
func (lua) Name() string { return "lua-library" }

// Runs implements Language.
func (lua) Runs(_, soname string) bool {
	return strings.HasPrefix(soname, "libluajit-5.1.so") || strings.HasPrefix(soname, "liblua5.")
}

// Reads implements Language.
func (lua) Reads(name string) bool { return path.Ext(name) == ".lua" }

// luaRequires are calls that load a module by a constant.
var luaRequires = regexp.MustCompile(`\brequire\s*\(?\s*["']([A-Za-z0-9_.-]+)["']`)

// Needs implements Language.
func (l lua) Needs(r Request) (Result, error) {
	t := &luaTrace{Request: r, tree: newReader(r.Tree), seen: map[string]bool{}}
	version := "5.1"
	if v, ok := strings.CutPrefix(path.Base(r.Path), "liblua5."); ok {
		version = "5." + v[:min(1, len(v))]
	}
	t.modules = glob(t.tree, "/", "usr/local/share/lua/"+version, "usr/share/lua/"+version, "usr/local/lib/lua/"+version, "usr/lib/*/lua/"+version, "usr/lib/lua/"+version)
	for _, f := range r.App {
		if !l.Reads(f.To) {
			continue
		}
		text, err := f.Read(maxText)
		if err != nil {
			return t.out, err
		}
		t.follow(text, f.To)
	}
	return t.out, t.tree.err
}

type luaTrace struct {
	Request
	tree    *reader
	modules []string // directories
	seen    map[string]bool
	out     Result
}

// follow ships what a file asks for, and what that does.
func (t *luaTrace) follow(text []byte, in string) {
	for _, m := range luaRequires.FindAllSubmatch(text, -1) {
		name := string(m[1])
		if t.seen[name] {
			continue
		}
		t.seen[name] = true
		at := t.file(name)
		if at == "" || slices.ContainsFunc(t.out.Needs, func(n Need) bool { return n.Path == at }) {
			continue
		}
		t.out.Needs = append(t.out.Needs, Need{Path: at, Evidence: plan.Evidence{Kind: plan.EvidenceImport, In: in, Name: name}})
		if (lua{}).Reads(at) {
			t.follow(t.tree.text(at), at)
		}
	}
}

// file is that of a module: package.path and package.cpath, where a module of C can be the one
// that all of a package's are in.
func (t *luaTrace) file(name string) string {
	below := strings.ReplaceAll(name, ".", "/")
	root, _, _ := strings.Cut(below, "/")
	for _, file := range []string{below + ".lua", below + "/init.lua", below + ".so", root + ".so"} {
		for _, dir := range t.modules {
			if at := path.Join(dir, file); t.tree.isFile(at) {
				return at
			}
		}
	}
	return ""
}
