package plan

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/rootfs"
)

// check looks at the tree as it will ship: it decides whether the programs
// start, since the trees they were put together from do not count any more.
func (m *maker) check(t *tree) error {
	if err := m.checkLoading(t); err != nil {
		return err
	}
	if m.diags.Err() != nil {
		return nil
	}
	for _, p := range m.programs {
		if p.facts.Kind == linkage.Script {
			if err := m.checkScript(t, p); err != nil {
				return err
			}
		}
	}
	if len(m.req.Entrypoint) > 0 {
		m.checkCommand(t, "entrypoint", m.req.Entrypoint[0])
	}
	if len(m.req.Healthcheck) > 0 {
		m.checkCommand(t, "healthcheck.test", m.req.Healthcheck[0])
	}
	return nil
}

// checkLoading has the loader's rules applied to every program once more, in
// the finished tree alone.
func (m *maker) checkLoading(t *tree) error {
	trees := []loader.Tree{{Name: "the image", FS: t.image}}
	for _, p := range m.programs {
		if p.facts.Kind == linkage.Script || p.facts.Kind.Static() {
			continue
		}
		res, err := loader.Load(trees, loader.Program{Path: p.to}, m.loaderOptions())
		if err != nil {
			return err
		}
		m.reportProblems(p.bin.At, res.Problems)
	}
	return nil
}

// checkScript sees that a script's interpreter ships.
func (m *maker) checkScript(t *tree, p program) error {
	need := []string{p.facts.Interpreter}
	if path.Base(p.facts.Interpreter) == "env" && p.facts.InterpreterArg != "" {
		need = append(need, p.facts.InterpreterArg)
	}
	for i, name := range need {
		if _, ok := m.lookPath(t, name); ok {
			continue
		}
		runtime := fmt.Sprintf("exec %s: no such file or directory", p.to)
		if i > 0 {
			runtime = fmt.Sprintf("%s: '%s': No such file or directory", need[0], name)
		}
		m.report(diag.Diagnostic{
			Code:    "script-interpreter-missing",
			At:      p.bin.At + ".from",
			Message: fmt.Sprintf("%s is a script for %s, which is not in the image", p.to, name),
			Runtime: runtime,
			Fixes: []string{
				fmt.Sprintf("ship it too, under binaries: - SOURCE:%s", pathOf(name)),
				"name the program that the script starts, rather than the script",
			},
		})
		return nil
	}
	return nil
}

func pathOf(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join("/usr/bin", name)
}

// lookPath finds a command as execvp would: by path, or in the image's PATH.
func (m *maker) lookPath(t *tree, name string) (rootfs.Resolved, bool) {
	candidates := []string{name}
	if !strings.Contains(name, "/") {
		candidates = nil
		for dir := range strings.SplitSeq(m.req.Env["PATH"], ":") {
			candidates = append(candidates, path.Join("/", dir, name))
		}
	}
	for _, c := range candidates {
		found, err := rootfs.Resolve(t.image, path.Join("/", m.req.Workdir, c))
		if path.IsAbs(c) {
			found, err = rootfs.Resolve(t.image, c)
		}
		if err == nil {
			return found, true
		}
	}
	return rootfs.Resolved{}, false
}

// checkCommand sees that what the config starts is there, and that its user may
// execute it.
func (m *maker) checkCommand(t *tree, at, name string) {
	found, ok := m.lookPath(t, name)
	if !ok {
		m.report(diag.Diagnostic{
			Code:    "command-not-found",
			At:      at,
			Message: fmt.Sprintf("%s starts %s, which is not in the image", at, name),
			Runtime: fmt.Sprintf("exec: %q: stat %s: no such file or directory", name, name),
			Fixes:   m.commandFixes(t, name),
		})
		return
	}
	if !found.Info.Mode().IsRegular() {
		m.report(diag.Diagnostic{
			Code:    "command-not-a-file",
			At:      at,
			Message: fmt.Sprintf("%s starts %s, which is a directory or a special file", at, name),
			Runtime: fmt.Sprintf("exec: %q: is a directory", name),
			Fixes:   []string{"name the program's file"},
		})
		return
	}
	if m.mayExecute(found.Info) {
		return
	}
	mode, uid, gid := attributes(found.Info)
	m.report(diag.Diagnostic{
		Code: "command-not-executable",
		At:   at,
		Message: fmt.Sprintf("%s starts %s, which user %d:%d may not execute (mode %04o, owner %d:%d)",
			at, name, m.req.User.UID, m.req.User.GID, mode, uid, gid),
		Runtime: fmt.Sprintf("exec: %q: permission denied", name),
		Fixes: []string{
			`set its mode: {from: …, mode: "0755"}`,
			"chmod +x the file before the build",
		},
	})
}

func (m *maker) commandFixes(t *tree, name string) []string {
	fixes := []string{}
	if near := m.nearCommand(t, name); near != "" {
		fixes = append(fixes, "did you mean "+near+"?")
	}
	return append(fixes, fmt.Sprintf("ship it, under binaries: - SOURCE:%s", pathOf(name)))
}

// nearCommand is a shipped program with the same or nearly the same name.
func (m *maker) nearCommand(t *tree, name string) string {
	var programs []string
	for _, p := range m.programs {
		if path.Base(p.to) == path.Base(name) {
			return p.to
		}
		programs = append(programs, p.to)
	}
	return diag.Nearest(name, programs)
}

// mayExecute applies the permission bits as the kernel does for the image's
// user. Root needs one execute bit of any kind.
func (m *maker) mayExecute(info fs.FileInfo) bool {
	mode, uid, gid := attributes(info)
	u := m.req.User
	switch {
	case u.UID == 0:
		return mode&0o111 != 0
	case u.UID == uid:
		return mode&0o100 != 0
	case u.GID == gid:
		return mode&0o010 != 0
	}
	return mode&0o001 != 0
}
