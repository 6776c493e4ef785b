package start

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/rootfs"
)

// teller says how a failed execve shows.
type teller interface {
	text(file string, e Errno) string
}

// runtime is a container runtime, or whatever else calls execve.
type runtime struct{}

func (runtime) text(file string, e Errno) string { return fmt.Sprintf("exec %s: %s", file, e) }

// env is an env that starts a program.
type env struct {
	name    string // by which it was started
	program string
	busybox bool
}

func (e env) text(_ string, no Errno) string {
	if e.busybox {
		return fmt.Sprintf("env: can't execute '%s': %s", e.program, no.libc())
	}
	return fmt.Sprintf("%s: '%s': %s", e.name, e.program, no.libc())
}

// Needs lists what must be there for a script to start: its interpreter's path, and
// what env looks up for it with these variables.
func Needs(line *linkage.Shebang, vars map[string]string) []string {
	out := []string{line.Interp}
	if !linkage.IsEnv(line.Interp) || line.Arg == "" {
		return out
	}
	if call, err := linkage.ParseEnv([]string{line.Arg}, vars, false); err == nil && call.Program != "" {
		out = append(out, call.Program)
	}
	return out
}

func isEnv(s Step) bool {
	return linkage.IsEnv(s.Name) || linkage.IsEnv(s.Real)
}

// startedByEnv follows what env starts. Args are its arguments.
func (r *run) startedByEnv(step Step, args []string) (*fault, error) {
	busybox, err := r.isBusybox(step)
	if err != nil {
		return nil, err
	}
	parsed, err := linkage.ParseEnv(args, r.env, busybox)
	if refused, ok := errors.AsType[*linkage.EnvError](err); ok {
		return r.envRefuses(step, busybox, refused), nil
	}
	if err != nil || parsed.Program == "" {
		return nil, err
	}
	r.env = parsed.Environ(r.env)
	if parsed.Dir != "" {
		if f, err := r.changeDir(step, busybox, parsed.Dir); f != nil || err != nil {
			return f, err
		}
	}
	who := env{name: step.Name, program: parsed.Program, busybox: busybox}
	c := call{name: parsed.Program, path: parsed.Program, by: step.Path, via: ViaPath}
	if strings.Contains(parsed.Program, "/") {
		return r.execvp(c, who, step)
	}
	return r.search(c, who, step)
}

// changeDir is what env -C does first.
func (r *run) changeDir(step Step, busybox bool, dir string) (*fault, error) {
	res, err := r.view.ResolveFrom(r.workdir(), dir)
	var e Errno
	var closed *Unsearchable
	switch {
	case errors.As(err, &closed):
		e = EACCES
	case rootfs.IsAbsent(err):
		e = errnoOf(err)
	case err != nil:
		return nil, err
	case !res.Info.IsDir():
		e = ENOTDIR
	case !r.process.User.May(res.Info, Execute):
		e = EACCES
	}
	if e != "" {
		text := fmt.Sprintf("cannot change directory to '%s': %s", dir, e.libc())
		return r.envRefuses(step, busybox, &linkage.EnvError{Text: text}), nil
	}
	r.dir = r.at(dir)
	return nil, nil
}

// search is execvp of a name without a slash: the first file that execve accepts.
// It goes on past files that are not there, or that are denied (glibc
// posix/execvpe.c; musl src/process/execvp.c).
func (r *run) search(c call, who env, by Step) (*fault, error) {
	c.via = ViaLookup
	dirs, ok := r.env["PATH"]
	if !ok {
		dirs = "/bin:/usr/bin"
		if ofMusl(by) {
			dirs = "/usr/local/bin:/bin:/usr/bin"
		}
	}
	var best *fault // the one that says most: of a file that is there
	errno := ENOENT
	for dir := range strings.SplitSeq(dirs, ":") {
		c.path = dir + "/" + c.name
		if dir == "" {
			c.path = c.name
		}
		attempt := r.attempt()
		f, err := attempt.execvp(c, who, by)
		switch {
		case err != nil:
			return nil, err
		case f == nil || !f.goesOn():
			*r = *attempt
			return f, nil
		case f.errno == EACCES:
			errno = EACCES
		}
		if best == nil && (!f.absent() || len(attempt.steps) > len(r.steps)) {
			best = f
			best.steps = attempt.steps
		}
	}
	if best == nil {
		best = r.notInPath(c, dirs)
	}
	best.tell(who, c.name)
	best.runtime = who.text(c.name, errno)
	return best, nil
}

// execvp executes one file. What the kernel does not know as a program, glibc's
// execvp gives to the shell.
func (r *run) execvp(c call, who env, by Step) (*fault, error) {
	f, err := r.exec(c, who)
	if f == nil || f.errno != ENOEXEC || ofMusl(by) {
		return f, err
	}
	attempt := r.attempt()
	if f.text != nil {
		attempt.steps = append(attempt.steps, *f.text)
	}
	shell, err := attempt.exec(call{name: shellPath, path: shellPath, via: ViaShell}, who)
	switch {
	case err != nil:
		return nil, err
	case shell != nil:
		f.errno = shell.errno
		f.runtime = who.text(c.name, f.errno)
	case f.text != nil:
		*r = *attempt
		return nil, nil
	}
	return f, nil
}

const shellPath = "/bin/sh"

// ofMusl reports whether a program runs with musl, by its loader.
func ofMusl(s Step) bool {
	return s.Facts.File != nil && strings.HasPrefix(path.Base(s.Facts.File.Interp), "ld-musl")
}

// maxBusybox bounds what is looked at for being BusyBox, which has about 1 MB.
const maxBusybox = 4 << 20

// isBusybox reports whether a program is BusyBox: by the name that it really has, or
// by its content, since it may be a hard link.
func (r *run) isBusybox(s Step) (bool, error) {
	if strings.HasPrefix(path.Base(s.Real), "busybox") {
		return true, nil
	}
	f, err := rootfs.OpenAt(r.tree, s.Real)
	if err != nil {
		return false, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.NewSectionReader(f, 0, min(s.Info.Size(), maxBusybox)))
	return bytes.Contains(data, []byte("BusyBox v")), err
}
