package runtimes

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// started are modules of the standard library that every Python program uses, and those
// that only extensions import, so that no source shows it.
var started = strings.Fields(`_bootlocale _collections_abc _compat_pickle _sitebuiltins _strptime abc codecs collections copyreg
encodings enum functools genericpath importlib io keyword linecache locale numbers operator os pathlib posixpath re runpy
signal site sitecustomize sre_compile stat struct sysconfig threading traceback types usercustomize warnings weakref zipimport`)

// onRequest are modules that others import when somebody asks for help, tests or debugs.
var onRequest = []string{"argparse", "cProfile", "code", "curses", "dis", "doctest", "getopt", "optparse", "pdb", "pickletools", "pprint", "profile", "pstats", "pydoc", "readline", "rlcompleter", "test", "timeit", "tkinter", "trace", "turtle", "unittest", "webbrowser"}

// trim finds the modules of the standard library that imports reach: those of the app
// and its distributions, and of these modules in turn. The others stay out.
func (p *pythonRuntime) trim() {
	if p.Settings.Python.Trim == "" || p.Settings.Python.Trim == "none" || p.err != nil {
		return
	}
	reached := map[string]bool{}
	queue := slices.Concat(started, slices.Sorted(maps.Keys(p.asked)))
	for ; len(queue) > 0 && p.err == nil; queue = queue[1:] {
		top, _, _ := strings.Cut(queue[0], ".")
		if reached[top] {
			continue
		}
		reached[top] = true
		read := func(name string) bool {
			if strings.HasSuffix(name, ".py") {
				for _, i := range scanPython(p.text(name)).Imports {
					if top, _, _ := strings.Cut(i.Name, "."); !i.Guess && !(slices.Contains(onRequest, top) && !i.Plain) {
						queue = append(queue, i.Name)
					}
				}
			}
			return p.err == nil
		}
		read(path.Join(p.stdlib, top+".py"))
		p.walk(path.Join(p.stdlib, top), 0, func(name string) bool {
			return strings.Contains(name, "/test/") || strings.Contains(name, "/tests/") || read(name)
		})
		if strings.HasPrefix(top, "_sysconfigdata") || top == "sysconfig" {
			for _, base := range p.list(p.stdlib) {
				if strings.HasPrefix(base, "_sysconfigdata") {
					queue = append(queue, strings.TrimSuffix(base, ".py"))
				}
			}
		}
	}
	p.reached = reached
}

// trimmed reports whether a file or directory, by its path in the standard library, is of a
// module that nothing reaches.
func (p *pythonRuntime) trimmed(rest string, dir bool) bool {
	if p.reached == nil {
		return false
	}
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "lib-dynload/"), "__pycache__/")
	if strings.Contains(rest, "/") || dir && (rest == "__pycache__" || rest == "lib-dynload") {
		return false
	}
	module, _, isFile := strings.Cut(rest, ".")
	return (dir || isFile) && !p.reached[module]
}
