package plan

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// check looks at the tree as it will ship: it decides whether the programs
// start, since the trees they were put together from do not count any more.
func (m *maker) check(t *tree, shipped []loads) error {
	for _, l := range shipped {
		m.reportProblems(l.program, chains(l.program, l.result), l.result.Problems)
	}
	if m.diags.Err() != nil {
		return nil
	}
	for _, p := range m.programs {
		if p.facts.Kind == linkage.Script {
			m.checkScript(t, p)
		}
	}
	for _, c := range m.req.Commands {
		if err := m.checkCommand(t, c); err != nil {
			return err
		}
	}
	return nil
}

// checkScript sees that a script's interpreter ships.
func (m *maker) checkScript(t *tree, p program) {
	for i, name := range p.facts.Shebang.Needs() {
		if _, ok := m.lookPath(t, name); ok {
			continue
		}
		runtime := fmt.Sprintf("exec %s: no such file or directory", p.to)
		if i > 0 {
			runtime = fmt.Sprintf("%s: '%s': No such file or directory", p.facts.Shebang.Interp, name)
		}
		m.report(diag.Diagnostic{
			Code:    "script-interpreter-missing",
			At:      p.at + ".from",
			Message: fmt.Sprintf("%s is a script for %s, which is not in the image", p.to, name),
			Runtime: runtime,
			Fixes: []string{
				fmt.Sprintf("ship it too, under binaries: - SOURCE:%s", pathOf(name)),
				"name the program that the script starts, rather than the script",
			},
		})
		return
	}
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
		if !path.IsAbs(c) {
			c = path.Join("/", m.req.Workdir, c)
		}
		if found, err := rootfs.Resolve(t.image, c); err == nil {
			return found, true
		}
	}
	return rootfs.Resolved{}, false
}

// checkCommand sees that what the config starts is there, and that its user may
// execute it.
func (m *maker) checkCommand(t *tree, c Command) error {
	name := c.Name
	found, ok := m.lookPath(t, name)
	if !ok {
		m.report(diag.Diagnostic{
			Code:    "command-not-found",
			At:      c.At,
			Message: fmt.Sprintf("the %s is %s, which is not in the image", c.Use, name),
			Runtime: fmt.Sprintf("exec: %q: stat %s: no such file or directory", name, name),
			Fixes:   m.commandFixes(t, name),
		})
		return nil
	}
	if !found.Info.Mode().IsRegular() {
		m.report(diag.Diagnostic{
			Code:    "command-not-a-file",
			At:      c.At,
			Message: fmt.Sprintf("the %s is %s, which is a directory or a special file", c.Use, name),
			Runtime: fmt.Sprintf("exec: %q: is a directory", name),
			Fixes:   []string{"name the program's file"},
		})
		return nil
	}
	if m.mayExecute(found.Info) {
		return m.checkStarts(t, c, found)
	}
	mode, uid, gid := attributes(found.Info)
	m.report(diag.Diagnostic{
		Code: "command-not-executable",
		At:   c.At,
		Message: fmt.Sprintf("the %s is %s, which user %d:%d may not execute (mode %04o, owner %d:%d)",
			c.Use, name, m.req.User.UID, m.req.User.GID, mode, uid, gid),
		Runtime: fmt.Sprintf("exec: %q: permission denied", name),
		Fixes: []string{
			`set its mode: {from: …, mode: "0755"}`,
			"chmod +x the file before the build",
		},
	})
	return nil
}

// checkStarts judges a command that is none of the spec's binaries, one that
// came under files or with the base, as a binary would be.
func (m *maker) checkStarts(t *tree, c Command, found rootfs.Resolved) error {
	for _, p := range m.programs {
		if known, err := rootfs.Resolve(t.image, p.to); err == nil && known.Path == found.Path {
			return nil
		}
	}
	facts, err := classify(t.image, found, found.Path, m.req.Platform)
	if err != nil {
		return err
	}
	judged := facts.Check(string(spec.LinkageAny))
	for _, d := range judged {
		d.At = c.At
		m.report(d)
	}
	if facts.Kind == linkage.Script && judged.Err() == nil {
		m.checkScript(t, program{to: found.Path, at: c.At, facts: facts})
	}
	return nil
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
