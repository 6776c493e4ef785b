package start

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/rootfs"
)

// The codes of problems. They never change.
const (
	CodeNotFound       = "program-not-found"
	CodeNotAFile       = "program-not-a-file"
	CodeNotExecutable  = "program-not-executable"
	CodeNotSearchable  = "directory-not-searchable"
	CodeInterpNotFound = "script-interpreter-not-found"
	CodeNotReadable    = "script-not-readable"
	CodeLoop           = "script-interpreter-loop"
	CodeLineCut        = "script-line-cut"
	CodeEnvOption      = "script-env-refuses"
)

// Errno is an error number of Linux in the words of Go programs, as which
// container runtimes show it.
type Errno string

// Those that execve returns for what is in a tree.
const (
	ENOENT       Errno = "no such file or directory"
	EACCES       Errno = "permission denied"
	ENOEXEC      Errno = "exec format error"
	ENOTDIR      Errno = "not a directory"
	ELOOP        Errno = "too many levels of symbolic links"
	ENAMETOOLONG Errno = "file name too long"
)

// libc is how programs in C show it.
func (e Errno) libc() string { return strings.ToUpper(string(e[:1])) + string(e[1:]) }

// errnoOf is the error number of a path that leads to no file.
func errnoOf(err error) Errno {
	for number, e := range map[syscall.Errno]Errno{
		syscall.ENOTDIR: ENOTDIR, syscall.ELOOP: ELOOP, syscall.ENAMETOOLONG: ENAMETOOLONG,
	} {
		if errors.Is(err, number) {
			return e
		}
	}
	return ENOENT
}

// Problem is why a program does not start, or what may surprise in it.
type Problem struct {
	Code     string
	Severity diag.Severity
	// Errno is what execve returns; empty when it succeeds and something fails
	// later.
	Errno Errno
	// Name is what was asked for, and By the path of the step that asks for it,
	// empty for what the caller asks for.
	Name, By string
	// Path is the file or directory that is at fault, its links not followed;
	// empty when there is none.
	Path string
	// Runtime is what a user would meet.
	Runtime string
	Fixes   []string

	subject string   // what was to be started
	hops    []string // by what else: "a script for /bin/sh"
	says    clause
}

// clause says what is wrong, as a predicate of its subject and as a clause that
// follows one.
type clause struct{ plain, relative string }

func (c clause) after() string {
	if c.relative != "" {
		return c.relative
	}
	return "which " + c.plain
}

// Denied reports whether another user, or other permissions, would do.
func (p *Problem) Denied() bool {
	return p.Code == CodeNotExecutable || p.Code == CodeNotSearchable || p.Code == CodeNotReadable
}

// Message says what is wrong: "/run.sh is a script for /bin/sh, which is not in the
// image".
func (p *Problem) Message() string {
	if len(p.hops) == 0 {
		return p.subject + " " + p.says.plain
	}
	return p.subject + " is " + strings.Join(p.hops, ", ") + ", " + p.says.after()
}

// MessageFor is Message for something that is started for a purpose: "the
// entrypoint is /run.sh, a script for /bin/sh, which is not in the image".
func (p *Problem) MessageFor(use string) string {
	return "the " + use + " is " + strings.Join(append([]string{p.subject}, p.hops...), ", ") + ", " + p.says.after()
}

// Diagnostic returns the problem in the form in which users see it.
func (p *Problem) Diagnostic() diag.Diagnostic {
	return diag.Diagnostic{Code: p.Code, Severity: p.Severity, Message: p.Message(), Runtime: p.Runtime, Fixes: p.Fixes}
}

// fault is a failed execve, on the way to becoming a Problem.
type fault struct {
	code  string
	errno Errno
	call  call
	path  string // Problem.Path
	says  clause
	fixes []string
	// runtime is set where it is not the teller that says it.
	runtime string
	// facts are those of a file that cannot be a program, and text is it if it is
	// text without a #! line.
	facts *linkage.Report
	text  *Step
	// steps are those that were reached, if the run is not at the last of them.
	steps []Step
	// trail are the steps that it is about; nil means all steps and the call.
	trail []Step
}

// absent reports whether there is no file to say anything about.
func (f *fault) absent() bool {
	return (f.code == CodeNotFound || f.code == CodeInterpNotFound) && f.path == ""
}

// goesOn reports whether execvp goes on to the next directory.
func (f *fault) goesOn() bool {
	return f.errno == ENOENT || f.errno == ENOTDIR || f.errno == EACCES
}

// tell puts in words what the user meets, unless that is known.
func (f *fault) tell(who teller, file string) {
	_, kernel := who.(runtime)
	switch {
	case f.runtime != "":
	case f.facts != nil && (kernel || f.errno == ""):
		f.runtime = f.facts.Runtime
	case f.errno != "":
		f.runtime = who.text(file, f.errno)
	}
}

// problem describes the fault after the steps that led to it.
func (f *fault) problem(steps []Step) Problem {
	p := Problem{
		Code: f.code, Errno: f.errno, Name: f.call.name, By: f.call.by, Path: f.path,
		Runtime: f.runtime, Fixes: f.fixes, says: f.says,
	}
	trail := f.trail
	if trail == nil {
		next := Step{Name: f.call.name, Path: f.call.name, Via: f.call.via}
		if next.Via == ViaLookup && !f.absent() {
			next.Path = f.call.path
		}
		trail = append(slices.Clip(steps), next)
	}
	names := []string{trail[0].Path}
	for _, s := range trail[1:] {
		names = append(names, hop(s))
	}
	p.subject, p.hops = names[0], names[1:]
	return p
}

// hop says how a step follows another.
func hop(s Step) string {
	switch s.Via {
	case ViaShebang:
		return "a script for " + s.Name
	case ViaLookup:
		if s.Path != s.Name {
			return fmt.Sprintf("which looks up %s and finds %s", s.Name, s.Path)
		}
		return "which looks up " + s.Name
	case ViaShell:
		return "which needs " + s.Name
	}
	return "which starts " + s.Name
}

// notFound is the fault of a path that leads to no file.
func (r *run) notFound(c call, res rootfs.Resolved, e Errno) *fault {
	f := &fault{code: CodeNotFound, errno: e, call: c}
	f.says.plain = "is not in " + r.process.Tree
	switch {
	case e != ENOENT:
		f.path = r.at(c.path)
		f.says.plain = fmt.Sprintf("cannot be reached in %s: %s", r.process.Tree, e)
	case len(res.Links) > 0 && r.dangles(res.Links[len(res.Links)-1]):
		link := res.Links[len(res.Links)-1]
		f.path = link.Path
		f.says.plain = fmt.Sprintf("is behind the link %s to %s, which is not in %s", link.Path, link.Target, r.process.Tree)
	}
	f.fixes = []string{"check the path, and that the build step that makes it ran for this platform"}
	if c.by != "" {
		f.interp()
	}
	return f
}

// dangles reports whether a link leads nowhere. Otherwise the directory that it leads
// to lacks the file.
func (r *run) dangles(link rootfs.Link) bool {
	_, err := rootfs.Resolve(r.tree, link.Path)
	return err != nil
}

// notInPath is the fault of a name that no directory of PATH has.
func (r *run) notInPath(c call, dirs string) *fault {
	f := &fault{code: CodeNotFound, errno: ENOENT, call: c}
	f.says.plain = fmt.Sprintf("is in none of the directories of PATH (%s)", dirs)
	f.fixes = []string{"ship it, under binaries: - SOURCE:/usr/bin/" + c.name}
	if c.by != "" {
		f.interp()
	}
	f.fixes = append(f.fixes, "or set PATH to the directory that has it")
	return f
}

// interp makes of a missing program one that a script needs.
func (f *fault) interp() {
	f.code = CodeInterpNotFound
	name := f.call.name
	if !path.IsAbs(name) {
		name = path.Join("/usr/bin", name)
	}
	f.fixes = []string{
		"ship it too, under binaries: - SOURCE:" + name,
		"name the program that the script starts, rather than the script",
	}
	if program, _, spaces := strings.Cut(f.call.name, " "); spaces && f.call.via != ViaShebang {
		f.fixes = []string{fmt.Sprintf("write -S before it in the #! line, so that env starts %s with arguments", program)}
	}
}

func (r *run) notAFile(c call, info fs.FileInfo) *fault {
	f := &fault{code: CodeNotAFile, errno: EACCES, call: c, path: r.at(c.path)}
	f.says.plain = "is a directory"
	f.fixes = []string{"name the program's file"}
	if !info.IsDir() {
		f.says.plain = "is a special file (" + info.Mode().Type().String() + ")"
	}
	return f
}

func (r *run) notExecutable(c call, info fs.FileInfo) *fault {
	u, attributes := r.process.User, Attributes(info)
	return &fault{
		code: CodeNotExecutable, errno: EACCES, call: c, path: r.at(c.path),
		says: clause{
			plain:    fmt.Sprintf("may not be executed by user %s (%s)", u, attributes),
			relative: fmt.Sprintf("which user %s may not execute (%s)", u, attributes),
		},
		fixes: []string{`set its mode: {from: …, mode: "0755"}`, "chmod +x the file before the build"},
	}
}

func (r *run) notSearchable(c call, dir *Unsearchable) *fault {
	f := &fault{code: CodeNotSearchable, errno: EACCES, call: c, path: dir.Dir}
	f.says.plain = fmt.Sprintf("is behind %s, a directory that user %s may not search (%s)", dir.Dir, r.process.User, Attributes(dir.Info))
	f.fixes = []string{
		fmt.Sprintf(`let the user through, under directories: - {path: %s, mode: "0755"}`, dir.Dir),
		"or put the program into a directory that every user may search",
	}
	return f
}

// Attributes says what permission to a file depends on: "mode 0640, owner 0:42".
func Attributes(info fs.FileInfo) string {
	mode, st := info.Mode(), rootfs.StatOf(info)
	bits := uint32(mode.Perm())
	for i, special := range []fs.FileMode{fs.ModeSticky, fs.ModeSetgid, fs.ModeSetuid} {
		if mode&special != 0 {
			bits |= 0o1000 << i
		}
	}
	return fmt.Sprintf("mode %04o, owner %d:%d", bits, st.UID, st.GID)
}

// notRunnable is the fault of a file that is no program for the platform.
func (r *run) notRunnable(c call, facts *linkage.Report) *fault {
	f := &fault{
		code: linkage.CodeNotRunnable, errno: ENOEXEC, call: c, path: r.at(c.path), facts: facts,
		says: clause{plain: "is " + facts.Text}, fixes: facts.Fixes,
	}
	switch {
	case facts.Kind == linkage.BeyondLimits:
		f.code, f.errno = linkage.CodeLimits, ""
	case facts.Crashes(): // the kernel starts it
		f.errno = ""
	case facts.Kind == linkage.Script: // one that ends its lines as Windows does
		f.errno = ENOENT
	}
	return f
}

// notReadable is the fault of a script that its interpreter cannot open.
func (r *run) notReadable(script int) *fault {
	s, by := r.steps[script], r.steps[len(r.steps)-1]
	u, attributes := r.process.User, Attributes(s.Info)
	f := &fault{
		code: CodeNotReadable, call: call{name: s.Path}, path: s.Path, trail: r.steps[:script+1],
		runtime: cannotOpen(by, s),
		fixes:   []string{`set its mode: {from: …, mode: "0755"}`, "chmod a+r the file before the build"},
	}
	f.says.plain = fmt.Sprintf("is a script that user %s may execute but not read, as %s has to (%s)", u, by.Name, attributes)
	return f
}

// cannotOpen is what an interpreter says of a script that it may not read.
func cannotOpen(interp, script Step) string {
	format := "%[1]s: %[2]s: Permission denied" // bash
	switch name := path.Base(interp.Real); {
	case name == "dash", name == "sh":
		format = "%[1]s: 0: cannot open %[2]s: Permission denied"
	case strings.HasPrefix(name, "busybox"):
		format = "%[1]s: can't open '%[2]s': Permission denied"
	case strings.HasPrefix(name, "python"):
		format = "%[1]s: can't open file '%[2]s': [Errno 13] Permission denied"
	case strings.HasPrefix(name, "perl"):
		format = "Can't open perl script \"%[2]s\": Permission denied"
	case strings.HasPrefix(name, "node"):
		format = "Error: EACCES: permission denied, open '%[2]s'"
	}
	return fmt.Sprintf(format, interp.Name, script.Path)
}

func (r *run) tooDeep(c call) *fault {
	f := &fault{code: CodeLoop, errno: ELOOP, call: c, path: r.at(c.path), trail: r.steps[:1]}
	f.says.plain = "is run by scripts that are run by scripts, more than five deep, up to " + c.by
	f.fixes = []string{"name a program as their interpreter"}
	return f
}

func (r *run) endless(c call) *fault {
	f := &fault{code: CodeLoop, call: c, path: r.at(c.path)}
	f.says = clause{plain: "starts itself without an end", relative: "and so on without an end"}
	f.fixes = []string{"name another program after env; with variables or options before it, write #!/usr/bin/env -S"}
	return f
}

// envRefuses is the fault of arguments that env does not know.
func (r *run) envRefuses(step Step, busybox bool, e *linkage.EnvError) *fault {
	text := e.Text
	if e.Option != 0 && ofMusl(step) {
		text = "unrecognized option: " + string(rune(e.Option))
	}
	f := &fault{
		code: CodeEnvOption, call: call{name: step.Path, by: step.By}, path: step.Path, trail: r.steps,
		says: clause{plain: "refuses its arguments: " + text}, runtime: step.Name + ": " + text,
		fixes: []string{"name the program alone after env, or write -S before it and its arguments"},
	}
	if busybox {
		f.says.plain = "is BusyBox and refuses its arguments: " + text
		f.fixes = []string{
			"name the interpreter by its path instead of env, such as #!/usr/bin/python3",
			"or ship the env of coreutils, which has -S",
		}
	}
	return f
}

// relative is a command that is found by a relative element of PATH, which Go
// programs refuse (exec.ErrDot).
func (r *run) relative(c call) *fault {
	f := &fault{code: CodeNotFound, call: c, path: r.at(c.path)}
	f.says.plain = fmt.Sprintf("is only found as %s, by a relative element of PATH, which runtimes refuse", c.path)
	f.runtime = lookPathText(c.name, "cannot run executable found relative to current directory")
	f.fixes = []string{"write the program's whole path, or absolute paths in PATH"}
	return f
}

func notInPathText(name string) string {
	return lookPathText(name, "executable file not found in $PATH")
}

// lookPathText is how exec.LookPath says what is wrong.
func lookPathText(name, cause string) string { return fmt.Sprintf("exec: %q: %s", name, cause) }
