package runtimes

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A moduleSearch is how scripts of a language load modules by their names, whatever happens: the line begins
// with that. It is for languages whose modules ship whole, so that one that is not there is what to tell.
type moduleSearch struct {
	asks *regexp.Regexp
	// builtIn are modules that the interpreter has itself.
	builtIn []string
	// changes stand in scripts that look elsewhere, too, and env are variables that have it look there.
	changes, env []string
	runtime      string
	has          func(tree *reader, dirs []string, name string) bool
}

var luaModules = moduleSearch{
	asks:    regexp.MustCompile(`(?m)^(?:local\s+[\w, ]+=\s*)?require\s*\(?\s*["']([A-Za-z0-9_.-]+)["']`),
	builtIn: []string{"bit", "bit32", "coroutine", "debug", "ffi", "io", "jit", "math", "os", "package", "string", "string.buffer", "table", "table.clear", "table.new", "utf8"},
	changes: []string{"package.", "LUA_PATH"}, env: []string{"LUA_PATH", "LUA_CPATH", "LUA_INIT"},
	runtime: "module '%s' not found", has: hasLuaModule,
}

var tclPackages = moduleSearch{
	asks:    regexp.MustCompile(`(?m)^package\s+require\s+(?:-exact\s+)?([\w:]+)`),
	builtIn: []string{"Tcl", "TclOO", "tcl::tommath", "zlib"},
	changes: []string{"auto_path", "tm::", "package ifneeded"}, env: []string{"TCLLIBPATH", "TCL8_6_TM_PATH"},
	runtime: "can't find package %s", has: hasTclPackage,
}

// missing are the modules that a script of the user's loads and that are neither in the directories of the
// language nor the app's own.
func (s moduleSearch) missing(tree *reader, r Request, dirs []string, f AppFile, text []byte) []Missing {
	sets := func(name string) bool {
		for v := range r.Env {
			if strings.HasPrefix(v, name) {
				return true
			}
		}
		return false
	}
	changes := func(word string) bool { return bytes.Contains(text, []byte(word)) }
	if !f.Own || slices.ContainsFunc(s.env, sets) || slices.ContainsFunc(s.changes, changes) {
		return nil
	}
	var out []Missing
	seen := map[string]bool{}
	for _, m := range s.asks.FindAllSubmatchIndex(text, -1) {
		name := string(text[m[2]:m[3]])
		own := func(a AppFile) bool { return strings.Contains(a.To, "/"+strings.ReplaceAll(name, ".", "/")) }
		if seen[name] || slices.Contains(s.builtIn, name) || s.has(tree, dirs, name) || slices.ContainsFunc(r.App, own) {
			continue
		}
		seen[name] = true
		out = append(out, Missing{
			Name: "module " + name, In: f.To, Line: lineAt(text, m[2]), At: f.At, Runtime: fmt.Sprintf(s.runtime, name),
			Fixes: []string{"install the module in the source that the interpreter is from", "ship the module with the app's files"},
		})
	}
	return out
}

// hasLuaModule looks as package.path and package.cpath have it: a module of C can be in the one
// that all of a package's are in.
func hasLuaModule(tree *reader, dirs []string, name string) bool {
	below := strings.ReplaceAll(name, ".", "/")
	root, _, _ := strings.Cut(below, "/")
	for _, file := range []string{below + ".lua", below + "/init.lua", below + ".so", root + ".so"} {
		if slices.ContainsFunc(dirs, func(dir string) bool { return tree.isFile(path.Join(dir, file)) }) {
			return true
		}
	}
	return false
}

// hasTclPackage looks for a package in the indexes of packages, which are scripts, and for a file that is
// a module: http-2.9.5.tm.
func hasTclPackage(tree *reader, _ []string, name string) bool {
	module := "/" + strings.ReplaceAll(name, "::", "/") + "-"
	for _, dir := range glob(tree, "/usr", "share/tcltk", "lib/tcltk", "lib/*/tcltk") {
		found := false
		tree.walk(dir, 0, func(at string) bool {
			found = path.Base(at) == "pkgIndex.tcl" && bytes.Contains(tree.text(at), []byte(name)) || path.Ext(at) == ".tm" && strings.Contains(at, module)
			return !found
		})
		if found {
			return true
		}
	}
	return false
}
