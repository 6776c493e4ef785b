package llbgen

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// defaultPath is PATH where neither the base nor the spec sets it.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Config makes the image config: the spec's settings over the base's. Base is
// nil for an image from scratch. Labels given with the build win over the
// spec's.
//
// A base's entrypoint and command stay only where the spec starts nothing
// itself. Its user does not: an image that runs as root only because of its base
// is what nobody asked for.
func Config(s *spec.Spec, p *plan.Plan, base *dockerspec.DockerOCIImage, platform ocispecs.Platform, epoch time.Time, labels map[string]string) *dockerspec.DockerOCIImage {
	img := &dockerspec.DockerOCIImage{}
	if base != nil {
		img.Config.Env = base.Config.Env
		img.Config.Labels = maps.Clone(base.Config.Labels)
		img.Config.ExposedPorts = maps.Clone(base.Config.ExposedPorts)
		img.Config.Volumes = maps.Clone(base.Config.Volumes)
		img.Config.StopSignal = base.Config.StopSignal
		img.RootFS = base.RootFS
		img.History = slices.Clone(base.History)
		img.Author = base.Author
	}
	img.Platform = platform
	img.RootFS.Type = "layers"
	img.Created = &epoch
	img.Config.User = user(s)
	img.Config.Env = Env(s, p, base)
	img.Config.Entrypoint, img.Config.Cmd = Command(s, base)
	img.Config.Labels = merged(img.Config.Labels, s.Labels, labels)
	img.Config.ExposedPorts = withKeys(img.Config.ExposedPorts, s.Ports)
	img.Config.Volumes = withKeys(img.Config.Volumes, s.Volumes)
	img.Config.WorkingDir = Workdir(s, base)
	img.Config.StopSignal = first(s.StopSignal, img.Config.StopSignal)
	img.Config.Healthcheck = healthcheck(s.Healthcheck)
	img.History = append(img.History, history(p, epoch)...)
	return img
}

// User is who the image runs as: the spec's user, or the default one.
func User(s *spec.Spec) spec.Owner {
	if s.User != nil {
		return *s.User
	}
	return spec.Owner{UID: plan.DefaultUser, GID: plan.DefaultUser}
}

func user(s *spec.Spec) string {
	u := User(s)
	return fmt.Sprintf("%d:%d", u.UID, u.GID)
}

// Env is the image's environment: the base's, then what parts need, then the
// spec's, each by name in place of an earlier one. New names come sorted.
func Env(s *spec.Spec, p *plan.Plan, base *dockerspec.DockerOCIImage) []string {
	var env []string
	if base != nil {
		env = slices.Clone(base.Config.Env)
	}
	set := func(name, value string, replace bool) {
		i := slices.IndexFunc(env, func(kv string) bool { return strings.HasPrefix(kv, name+"=") })
		switch {
		case i < 0:
			env = append(env, name+"="+value)
		case replace:
			env[i] = name + "=" + value
		}
	}
	set("PATH", defaultPath, false)
	for _, name := range slices.Sorted(maps.Keys(p.Env)) {
		set(name, p.Env[name], false)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		set(name, s.Env[name], true)
	}
	return env
}

// Workdir is where the program starts: the spec's directory, the base's, or the
// root.
func Workdir(s *spec.Spec, base *dockerspec.DockerOCIImage) string {
	if base == nil {
		return first(s.Workdir, "/")
	}
	return first(s.Workdir, base.Config.WorkingDir, "/")
}

// Command is what the image starts: the spec's entrypoint and command, or the
// base's. A command of the spec alone is given to the base's entrypoint.
func Command(s *spec.Spec, base *dockerspec.DockerOCIImage) (entrypoint, cmd []string) {
	if s.Entrypoint != nil || base == nil {
		return s.Entrypoint, s.Cmd
	}
	if s.Cmd != nil {
		return base.Config.Entrypoint, s.Cmd
	}
	return base.Config.Entrypoint, base.Config.Cmd
}

func healthcheck(h *spec.Healthcheck) *dockerspec.HealthcheckConfig {
	if h == nil {
		return nil
	}
	return &dockerspec.HealthcheckConfig{
		Test:          append([]string{"CMD"}, h.Test...),
		Interval:      h.Interval,
		Timeout:       h.Timeout,
		StartPeriod:   h.StartPeriod,
		StartInterval: h.StartInterval,
		Retries:       h.Retries,
	}
}

// history has a line for each layer that Assemble makes.
func history(p *plan.Plan, epoch time.Time) []ocispecs.History {
	var out []ocispecs.History
	for _, l := range p.Layers {
		var files int
		var bytes int64
		for _, e := range p.Entries {
			if e.Layer == l.Name && e.Kind == plan.KindFile {
				files++
				bytes += e.Size
			}
		}
		out = append(out, ocispecs.History{
			Created:   &epoch,
			CreatedBy: "sinter: " + l.Name,
			Comment:   fmt.Sprintf("%s: %s, %s", l.Title, count(files, "file"), count(bytes, "byte")),
		})
	}
	return out
}

func count[N int | int64](n N, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func merged(all ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func withKeys(m map[string]struct{}, keys []string) map[string]struct{} {
	if m == nil && len(keys) > 0 {
		m = map[string]struct{}{}
	}
	for _, k := range keys {
		m[k] = struct{}{}
	}
	return m
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
