package programs

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sys/unix"

	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

//go:embed prelude.sh
var prelude string

// A workJob is to build a program's image, without BuildKit unless it is built
// already, and to have it work. It runs in mount and PID namespaces of its own.
type workJob struct {
	Program string
	// Spec is the text of the spec, and Closure that of the same image with what the
	// loader needs alone.
	Spec, Closure string
	// Arch is the architecture of the image.
	Arch string
	// Dir is an empty directory of the job's own.
	Dir string
	// Sources has the layers of each source's tree, the uppermost first; Client
	// those of the scripts' client.
	Sources map[string][]string
	Client  []string
	// Runc is the path of runc, and Cgroup the control group for what it starts.
	Runc, Cgroup string
	// Built is an image that BuildKit has built.
	Built *Built
	// Whole takes the whole tree of the source instead of what a plan says: what a
	// program cannot do there, it need not do in an image.
	Whole bool
	// PlanOnly has the image planned and judged, and no work done.
	PlanOnly bool
	// Trace has every path followed that the program looks for in vain.
	Trace bool
	// Time is how long the work may take.
	Time time.Duration
}

// Built is an unpacked image.
type Built struct {
	Root   string
	Config ocispec.ImageConfig
}

// Work is what became of a program's image.
type Work struct {
	// Failure says why it did not do its work, with the end of what it said; empty
	// if it did it.
	Failure string
	// Warned is what the build warns of.
	Warned string
	// Told is what the build says of what does not ship: a line each.
	Told []string
	// Judged is what the pack that holds by default warns of.
	Judged []RuleFinding
	// Size is that of the image, Packages that of the packages with all that they
	// depend on, in bytes.
	Size, Packages int64
	Usage
	// Vain is what was looked for in vain, if the job asks for it.
	Vain Vain
	// Planned and Worked are the times that planning and working took.
	Planned, Worked time.Duration
}

// do does the job. What is wrong with the program is no error.
func (j workJob) do() (*Work, error) {
	p, err := find(j.Program)
	if err != nil {
		return nil, err
	}
	b := &box{Dir: j.Dir, Runc: j.Runc, Cgroup: j.Cgroup, Work: filepath.Join(j.Dir, "work"), Root: filepath.Join(j.Dir, "root")}
	if err := unix.Mount("programs", j.Dir, "tmpfs", unix.MS_STRICTATIME, "mode=0755"); err != nil {
		return nil, fmt.Errorf("mount tmpfs: %w", err)
	}
	trees, err := j.mountSources(b)
	if err != nil {
		return nil, err
	}
	w := &Work{}
	context := filepath.Join(j.Dir, "context")
	if err := p.WriteContext(context, j.Spec); err != nil {
		return nil, err
	}
	if p.Prepare != "" {
		b.Work = context
		if out, err := b.script(p.Prepare, 3*time.Minute, false); err != nil {
			return nil, fmt.Errorf("prepare: %w\n%s", err, tail(out, 3000))
		}
		b.Work = filepath.Join(j.Dir, "work")
	}
	trees[plan.TreeContext] = context
	planned, err := j.image(b, trees, w)
	if err != nil || w.Failure != "" || j.PlanOnly {
		return w, err
	}
	if err := j.work(p, b, w); err != nil {
		return nil, err
	}
	if planned == nil {
		return w, nil
	}
	closure, _, err := makePlan(j.Closure, j.Arch, trees)
	if err != nil {
		closure = &plan.Plan{} // it is refused
	}
	if w.Usage, err = usage(planned, closure, b.Root); err != nil {
		return nil, err
	}
	if j.Trace {
		w.Vain, err = lookedForInVain(filepath.Join(j.Dir, "trace"), trees, b)
	}
	return w, err
}

// mountSources mounts the trees of the sources, which are only read, and that of the
// client. It returns the sources' directories.
func (j workJob) mountSources(b *box) (map[string]string, error) {
	dirs := map[string]string{}
	for name, layers := range j.Sources {
		dirs[name] = filepath.Join(j.Dir, "sources", name)
		if err := mountLayers(dirs[name], layers, ""); err != nil {
			return nil, err
		}
	}
	if j.Client == nil {
		return dirs, nil
	}
	b.Client = filepath.Join(j.Dir, "client")
	if err := mountLayers(b.Client, j.Client, filepath.Join(j.Dir, "changed")); err != nil {
		return nil, err
	}
	// Without it the client has no network when it prepares.
	resolver, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		return nil, err
	}
	return dirs, errors.Join(
		mountSystem(b.Client),
		copyAuthorities(b.Client),
		os.WriteFile(filepath.Join(b.Client, "etc/resolv.conf"), resolver, 0o644),
		os.MkdirAll(filepath.Join(b.Client, "scratch"), 0o755),
		os.WriteFile(filepath.Join(b.Client, "etc/hosts"), []byte(hosts), 0o644),
	)
}

// authorities is where Debian has the certificates that a machine trusts, and
// machineAuthorities where the client has those of this machine: some networks have one
// of their own.
const (
	authorities        = "/etc/ssl/certs/ca-certificates.crt"
	machineAuthorities = "/etc/ssl/machine.crt"
)

func copyAuthorities(client string) error {
	text, err := os.ReadFile(authorities)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	at := filepath.Join(client, machineAuthorities)
	return errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, text, 0o644))
}

// mountLayers mounts an overlay, with what changes in a directory of its own, or
// nothing to change.
func mountLayers(at string, layers []string, changed string) error {
	options := "lowerdir=" + strings.Join(layers, ":")
	if changed != "" {
		upper, work := filepath.Join(changed, "upper"), filepath.Join(changed, "work")
		if err := errors.Join(os.MkdirAll(upper, 0o755), os.MkdirAll(work, 0o755)); err != nil {
			return err
		}
		options += ",upperdir=" + upper + ",workdir=" + work
	}
	if err := os.MkdirAll(at, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("overlay", at, "overlay", 0, options); err != nil {
		return fmt.Errorf("mount overlay %s: %w", at, err)
	}
	return nil
}

// image makes the image, or takes the one that is there. The plan is nil then.
func (j workJob) image(b *box, trees map[string]string, w *Work) (*plan.Plan, error) {
	if err := os.MkdirAll(b.Root, 0o755); err != nil {
		return nil, err
	}
	if j.Built != nil {
		b.Config = j.Built.Config
		return nil, unix.Mount(j.Built.Root, b.Root, "", unix.MS_BIND, "")
	}
	start := time.Now()
	p, warned, err := makePlan(j.Spec, j.Arch, trees)
	w.Planned = time.Since(start)
	if err != nil {
		w.Failure = err.Error()
		return nil, nil
	}
	w.Warned = warned
	for _, lacks := range p.Wanted {
		if lacks.Told {
			w.Told = append(w.Told, fmt.Sprintf("%s: %s %s", lacks.Path, lacks.By, lacks.Why))
		}
	}
	w.Size = sizeOf(p)
	if w.Judged, err = judge(p); err != nil || j.PlanOnly {
		return nil, err
	}
	b.Config = imageConfig(p)
	if w.Packages, err = j.packages(trees); err != nil {
		return nil, err
	}
	if j.Whole {
		return nil, j.wholeTree(p, trees, b.Root)
	}
	if err := unix.Mount("programs", b.Root, "tmpfs", unix.MS_STRICTATIME, "mode=0755"); err != nil {
		return nil, err
	}
	return p, materialise(p, trees, b.Root)
}

// mainSource is the tree of the source named debian, or of the first if none is.
func mainSource(sources map[string][]string) []string {
	if layers, ok := sources["debian"]; ok || len(sources) == 0 {
		return layers
	}
	return sources[slices.Min(slices.Collect(maps.Keys(sources)))]
}

// wholeTree puts what a plan makes or takes from the build context on the whole tree of
// the source.
func (j workJob) wholeTree(p *plan.Plan, trees map[string]string, root string) error {
	if err := mountLayers(root, mainSource(j.Sources), filepath.Join(j.Dir, "whole")); err != nil {
		return err
	}
	for _, e := range p.Entries {
		if e.From != nil && e.From.Tree != plan.TreeContext || e.Reason.Cause == plan.CauseMetadata || e.Reason.Cause == plan.CauseParent && exists(filepath.Join(root, e.Path)) {
			continue
		}
		if e.Reason.Part == parts.Accounts && e.Kind == plan.KindFile {
			continue // Debian's own has more, and the image's user below
		}
		if err := writeEntry(e, trees, filepath.Join(root, e.Path)); err != nil {
			return err
		}
	}
	for _, file := range []string{"passwd", "group"} {
		f, err := os.OpenFile(filepath.Join(root, "etc", file), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		account := map[string]string{"passwd": "nonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n", "group": "nonroot:x:65532:\n"}[file]
		_, err = f.WriteString(account)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// packages is the size of the packages that the spec names or that its programs are of,
// with dependencies.
func (j workJob) packages(trees map[string]string) (int64, error) {
	s, err := evaluate(j.Spec)
	if err != nil {
		return 0, err
	}
	named, err := sources(s)
	if err != nil {
		return 0, err
	}
	var total int64
	for name, packages := range named {
		var programs []string
		for _, bin := range s.Binaries {
			if bin.From.Source == name {
				programs = append(programs, bin.From.Path)
			}
		}
		n, err := packagesSize(trees[name], packages, programs)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

func evaluate(text string) (*spec.Spec, error) {
	doc, findings := spec.Parse(specFile, []byte(text))
	if err := findings.Err(); err != nil {
		return nil, err
	}
	s, findings := doc.Evaluate(spec.Vars{}, "")
	return s, findings.Err()
}

// work has the program do its work.
func (j workJob) work(p *Program, b *box, w *Work) error {
	if err := os.MkdirAll(b.Work, 0o755); err != nil {
		return err
	}
	if err := os.Chmod(b.Work, 0o777); err != nil {
		return err
	}
	if j.Trace {
		b.Trace = filepath.Join(j.Dir, "trace")
		if err := os.MkdirAll(b.Trace, 0o755); err != nil {
			return err
		}
	}
	start := time.Now()
	out, err := b.script(p.Work, j.Time, true)
	w.Worked = time.Since(start)
	if err != nil {
		w.Failure = err.Error() + "\n" + tail(out, 3000)
	}
	return nil
}

// script runs a script with the functions of the prelude in the box's work directory,
// and in a network of its own if alone is set. It returns what the script and what it
// has started said.
func (b *box) script(text string, limit time.Duration, alone bool) (string, error) {
	log := filepath.Join(b.Dir, "log")
	state := filepath.Join(b.Dir, "box.json")
	data, err := json.Marshal(b)
	if err != nil {
		return "", err
	}
	self, err := Self()
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.WriteFile(state, data, 0o600), os.WriteFile(log, nil, 0o644)); err != nil {
		return "", err
	}
	args := []string{"timeout", "--kill-after=5", strconv.Itoa(int(limit.Seconds())), "sh", "-c", prelude + text}
	if alone {
		args = []string{"unshare", "--net", "sh", "-c", `"$BOX" network && exec "$@"`, "sh"}
		args = append(args, "timeout", "--kill-after=5", strconv.Itoa(int(limit.Seconds())), "sh", "-c", prelude+text)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = b.Work
	cmd.Env = append(os.Environ(), "BOX="+self, stateVariable+"="+state, "LOG="+log)
	said := filepath.Join(b.Dir, "said")
	f, err := os.Create(said)
	if err != nil {
		return "", err
	}
	defer f.Close()
	// A file and no pipe: what the script leaves running would keep that open.
	cmd.Stdout, cmd.Stderr = f, f
	err = cmd.Run()
	var out strings.Builder
	for _, name := range []string{log, said} {
		text, readErr := os.ReadFile(name)
		if readErr != nil {
			return "", readErr
		}
		out.Write(text)
	}
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 124 {
		err = fmt.Errorf("it took more than %s", limit)
	}
	return out.String(), err
}

func find(name string) (*Program, error) {
	all, err := All()
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.Name == name {
			return &p, nil
		}
	}
	return nil, fmt.Errorf("there is no program %s", name)
}
