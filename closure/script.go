package closure

import (
	"fmt"
	"path"
	"strings"

	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/rootfs"
)

// The codes of problems with scripts. They never change.
const (
	CodeScriptInterp   = "script-interpreter-not-found"
	CodeScriptNoExec   = "script-not-executable"
	CodeScriptTooDeep  = "script-interpreter-loop"
	CodeCommandMissing = "command-not-found"
)

// maxScripts is how many scripts may be run by scripts (Linux fs/exec.c,
// exec_binprm).
const maxScripts = 5

// defaultPath is the PATH that container runtimes set when an image sets none.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// script adds what a script is run by, and what env looks up for it.
func (f *finder) script(p *Program, at string, line *linkage.Shebang, depth int) error {
	res, err := rootfs.Resolve(f.tree, at)
	if err != nil {
		return err
	}
	if at == p.Path {
		p.RealPath = res.Path
	}
	if res.Info.Mode()&0o111 == 0 {
		p.fail(CodeScriptNoExec, at, nil, fmt.Sprintf("%s is not executable (mode %v)", at, res.Info.Mode()),
			fmt.Sprintf("exec %s: permission denied", at), "make it executable where it is built (chmod 0755)")
	}
	if depth == maxScripts {
		p.fail(CodeScriptTooDeep, at, nil, "scripts are run by scripts, more than five deep, up to "+at,
			fmt.Sprintf("exec %s: too many levels of symbolic links", p.Path), "name a program as their interpreter")
		return nil
	}
	if err := f.runBy(p, at, line.Interp, "#! line", depth); err != nil || line.Program == "" {
		return err
	}
	return f.command(p, line, depth)
}

// runBy adds the program at a path and all that it needs.
func (f *finder) runBy(p *Program, by, name, via string, depth int) error {
	abs := path.Join("/", name)
	res, err := rootfs.Resolve(f.tree, abs)
	if err != nil {
		p.fail(CodeScriptInterp, name, []string{by},
			fmt.Sprintf("%s is a script for %s, which is not in the tree", by, name),
			fmt.Sprintf("exec %s: no such file or directory", p.Path), "ship "+name+" with the script")
		return nil
	}
	p.add(Object{
		Name: name, Path: abs, RealPath: res.Path, Links: list(res.Links), NeededBy: []string{by}, Via: via,
	})
	return f.start(p, abs, depth+1)
}

// command adds what env finds in PATH.
func (f *finder) command(p *Program, line *linkage.Shebang, depth int) error {
	if strings.Contains(line.Program, "/") {
		return f.runBy(p, line.Interp, line.Program, "path", depth)
	}
	dirs, ok := f.opt.Env["PATH"]
	if !ok {
		dirs = defaultPath
	}
	for dir := range strings.SplitSeq(dirs, ":") {
		at := path.Join("/", dir, line.Program)
		res, err := rootfs.Resolve(f.tree, at)
		if err == nil && res.Info.Mode().IsRegular() && res.Info.Mode()&0o111 != 0 {
			return f.runBy(p, line.Interp, at, "PATH", depth)
		}
	}
	p.fail(CodeCommandMissing, line.Program, []string{line.Interp},
		fmt.Sprintf("%s looks up %s, which is in none of %s", line.Interp, line.Program, dirs),
		fmt.Sprintf("%s: '%s': No such file or directory", line.Interp, line.Program),
		"ship "+line.Program+", or set PATH to the directory that has it")
	return nil
}

// fail records an error.
func (p *Program) fail(code, name string, neededBy []string, message, runtime, fix string) {
	p.problems = append(p.problems, Problem{
		Code: code, Severity: severityError, Name: name, NeededBy: list(neededBy),
		Message: message, Runtime: runtime, Fix: []string{fix},
	})
}
