package layout

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/platforms"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/inspect"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// maxInspected is how large a file may be whose content is looked at, in bytes.
const maxInspected = 256 << 20

// factsOf are the facts of a file's content.
func factsOf(data []byte) plan.Entry {
	e := plan.Entry{Kind: plan.KindFile, Size: int64(len(data))}
	f, err := elffile.Read(bytes.NewReader(data), int64(len(data)))
	switch {
	case err == nil:
		e.ELF = inspect.ELF(f)
		if f.HasInterp && f.Executable() {
			e.Interpreter = f.Interp
		}
		return e
	case bytes.HasPrefix(data, []byte("#!")):
		if shebang, err := linkage.ParseShebang(data); err == nil {
			e.Interpreter, e.InterpreterArgument = shebang.Interp, shebang.Arg
		}
	}
	if len(data) <= inspect.MaxText {
		inspect.Text(&e, data)
	}
	return e
}

// plan is the image as a plan.
func (t *tree) plan(img report.Image, manifest ocispecs.Manifest, config dockerspec.DockerOCIImage) *plan.Plan {
	p := &plan.Plan{
		Version: plan.Version, Platform: platforms.Format(config.Platform), Annotations: manifest.Annotations,
		Config: configOf(config.Config),
	}
	p.Config.User = t.user(config.Config.User)
	for _, l := range img.Layers {
		p.Layers = append(p.Layers, plan.Layer{Name: l.Name, Title: l.Title})
	}
	for _, pkg := range t.packages {
		p.Packages = append(p.Packages, *pkg)
	}
	for _, e := range img.Entries {
		facts := t.facts[e.Path]
		mode, _ := strconv.ParseUint(e.Mode, 8, 32) // ours; links have none
		out := plan.Entry{
			Path: e.Path, Kind: e.Kind, Mode: uint32(mode), UID: e.UID, GID: e.GID, Size: e.Size, Target: e.Target, Capabilities: e.Capabilities,
			Layer: e.Layer, Package: e.Package, ELF: facts.ELF, Interpreter: facts.Interpreter, InterpreterArgument: facts.InterpreterArgument,
		}
		if out.Package == "" { // as in an analysis: keys of packages are everyone's
			out.Secrets, out.Certificates = facts.Secrets, facts.Certificates
		}
		p.Entries = append(p.Entries, out)
	}
	return p
}

// user is who an image runs as, by its own accounts where the config has names.
func (t *tree) user(text string) plan.User {
	var out plan.User
	name, group, hasGroup := strings.Cut(text, ":")
	uid, err := strconv.ParseUint(name, 10, 32)
	out.UID = uint32(uid)
	if err != nil {
		out.UID = 0
		if out.Name = name; name != "" {
			out.UID, out.GID = account(t.metadata["/etc/passwd"], name)
		}
	}
	if gid, err := strconv.ParseUint(group, 10, 32); err == nil {
		out.GID = uint32(gid)
	} else if hasGroup {
		out.GID, _ = account(t.metadata["/etc/group"], group)
	}
	return out
}

// account are the two numbers in the line of a name, in the form of passwd(5) and group(5).
func account(file []byte, name string) (uint32, uint32) {
	for line := range strings.SplitSeq(string(file), "\n") {
		f := strings.Split(line, ":")
		if f[0] != name || len(f) < 4 {
			continue
		}
		first, err := strconv.ParseUint(f[2], 10, 32)
		second, _ := strconv.ParseUint(f[3], 10, 32) // a group has its members there
		if err == nil {
			return uint32(first), uint32(second)
		}
	}
	return 0, 0
}

// configOf is how an image runs, but for its user.
func configOf(c dockerspec.DockerOCIImageConfig) plan.Config {
	out := plan.Config{Env: c.Env, Workdir: c.WorkingDir, Entrypoint: c.Entrypoint, Cmd: c.Cmd, Labels: c.Labels, StopSignal: c.StopSignal}
	if h := c.Healthcheck; h != nil && len(h.Test) > 1 {
		out.Healthcheck = &plan.Healthcheck{Test: h.Test[1:], Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, StartInterval: h.StartInterval, Retries: h.Retries}
		if h.Test[0] == "CMD-SHELL" {
			out.Healthcheck.Test = append([]string{"/bin/sh", "-c"}, h.Test[1:]...)
		}
	}
	for port := range c.ExposedPorts {
		out.Ports = append(out.Ports, port)
	}
	slices.Sort(out.Ports)
	for volume := range c.Volumes {
		out.Volumes = append(out.Volumes, volume)
	}
	slices.Sort(out.Volumes)
	return out
}
