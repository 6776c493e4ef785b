// Package imageconfig decides how an image runs: what the spec says, over what
// its base says. It comes before the plan, for what the image starts, and as
// whom, decides what it needs.
package imageconfig

import (
	"cmp"
	"maps"
	"slices"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// DefaultUser is who the program runs as unless the spec says otherwise, the
// number that distroless images use for nonroot.
const DefaultUser = 65532

// Resolve returns the config of a spec's image. Base is the base's config, or nil
// for an image from scratch. Labels given with the build win over the spec's. With an
// error among the findings the config is of no use.
//
// A base's entrypoint and command stay only where the spec starts nothing
// itself. Its user does not: an image that runs as root only because of its base
// is what nobody asked for.
func Resolve(s *spec.Spec, base *dockerspec.DockerOCIImage, labels map[string]string) (plan.Config, diag.List) {
	if base == nil {
		base = &dockerspec.DockerOCIImage{}
	}
	env, found := env(s, base.Config.Env)
	c := plan.Config{
		User:        user(s),
		Env:         env,
		Workdir:     cmp.Or(s.Workdir, base.Config.WorkingDir, "/"),
		Ports:       union(base.Config.ExposedPorts, s.Ports),
		Volumes:     union(base.Config.Volumes, s.Volumes),
		Labels:      merged(base.Config.Labels, s.Labels, labels),
		StopSignal:  cmp.Or(s.StopSignal, base.Config.StopSignal),
		Healthcheck: healthcheck(s.Healthcheck),
	}
	c.Entrypoint, c.Cmd = command(s, base)
	return c, found
}

// user is the spec's user, or the default one.
func user(s *spec.Spec) plan.User {
	if s.User != nil {
		return plan.User{UID: s.User.UID, GID: s.User.GID}
	}
	return plan.User{UID: DefaultUser, GID: DefaultUser}
}

// command is the spec's entrypoint and command, or the base's. A command of the
// spec alone is given to the base's entrypoint.
func command(s *spec.Spec, base *dockerspec.DockerOCIImage) (entrypoint, cmd []string) {
	switch {
	case s.Entrypoint != nil:
		return s.Entrypoint, s.Cmd
	case s.Cmd != nil:
		return base.Config.Entrypoint, s.Cmd
	}
	return base.Config.Entrypoint, base.Config.Cmd
}

func healthcheck(h *spec.Healthcheck) *plan.Healthcheck {
	if h == nil {
		return nil
	}
	return &plan.Healthcheck{
		Test:          h.Test,
		Interval:      h.Interval,
		Timeout:       h.Timeout,
		StartPeriod:   h.StartPeriod,
		StartInterval: h.StartInterval,
		Retries:       h.Retries,
	}
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

// union is the keys of a set and a list, sorted.
func union(set map[string]struct{}, list []string) []string {
	out := slices.AppendSeq(slices.Clone(list), maps.Keys(set))
	slices.Sort(out)
	return slices.Compact(out)
}
