package llbgen

import (
	"fmt"
	"maps"
	"slices"
	"time"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/plan"
)

// Config is the plan's config as an OCI image has it, with a line of history for
// each layer. Base is nil for an image from scratch.
func Config(p *plan.Plan, base *dockerspec.DockerOCIImage, platform ocispecs.Platform, epoch time.Time) *dockerspec.DockerOCIImage {
	img := &dockerspec.DockerOCIImage{}
	if base != nil {
		img.RootFS = base.RootFS
		img.History = slices.Clone(base.History)
		img.Author = base.Author
	}
	c := p.Config
	img.Platform = platform
	img.RootFS.Type = "layers"
	img.Created = &epoch
	img.Config.User = fmt.Sprintf("%d:%d", c.User.UID, c.User.GID)
	img.Config.Env = c.Env
	img.Config.Entrypoint, img.Config.Cmd = c.Entrypoint, c.Cmd
	img.Config.Labels = maps.Clone(c.Labels)
	img.Config.ExposedPorts = set(c.Ports)
	img.Config.Volumes = set(c.Volumes)
	img.Config.WorkingDir = c.Workdir
	img.Config.StopSignal = c.StopSignal
	img.Config.Healthcheck = healthcheck(c.Healthcheck)
	img.History = append(img.History, history(p, epoch)...)
	return img
}

func healthcheck(h *plan.Healthcheck) *dockerspec.HealthcheckConfig {
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

func set(list []string) map[string]struct{} {
	if len(list) == 0 {
		return nil
	}
	out := map[string]struct{}{}
	for _, item := range list {
		out[item] = struct{}{}
	}
	return out
}
