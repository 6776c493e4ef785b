package frontend

import (
	"fmt"
	"slices"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/spec"
)

// choosePlatforms settles what to build for: the platforms of the build, else
// those of the spec, else the builder's own.
func (s *session) choosePlatforms() {
	s.platforms = s.ui.TargetPlatforms
	if len(s.platforms) == 0 {
		s.platforms = s.specPlatforms()
	}
	if len(s.platforms) == 0 {
		s.platforms = s.ui.BuildPlatforms[:1]
	}
	// dockerui makes a result for each platform in its own list.
	s.ui.TargetPlatforms = s.platforms
	if len(s.platforms) > 1 {
		s.ui.MultiPlatformRequested = true
	}
	for _, p := range s.platforms {
		if p.OS == "linux" {
			continue
		}
		s.refused = append(s.refused, diag.Diagnostic{
			Code:    "platform-not-linux",
			At:      atBuild,
			Message: fmt.Sprintf("platform %s: only Linux images can be built", platforms.FormatAll(p)),
			Fixes:   []string{"ask for Linux platforms, such as --platform linux/" + p.Architecture},
		})
	}
}

// specPlatforms are the platforms that the spec lists.
func (s *session) specPlatforms() []ocispecs.Platform {
	names, problems := s.doc.Platforms(s.vars(s.ui.BuildPlatforms[0]))
	s.refused = append(s.refused, problems...)
	var out []ocispecs.Platform
	for _, name := range names {
		p, err := platforms.Parse(name)
		if err != nil {
			s.refused = append(s.refused, diag.Diagnostic{Code: "invalid-platform", At: "platforms", Message: err.Error()})
			continue
		}
		if !slices.ContainsFunc(out, platforms.OnlyStrict(p).Match) {
			out = append(out, platforms.Normalize(p))
		}
	}
	return out
}

// vars are the values that a spec can refer to when built for a platform.
func (s *session) vars(target ocispecs.Platform) spec.Vars {
	native := platforms.Normalize(s.ui.BuildPlatforms[0])
	target = platforms.Normalize(target)
	return spec.Vars{
		BuildArgs: s.args,
		Builtin: map[string]string{
			"TARGETPLATFORM":  platforms.Format(target),
			"TARGETOS":        target.OS,
			"TARGETARCH":      target.Architecture,
			"TARGETVARIANT":   target.Variant,
			"TARGETMULTIARCH": linkage.Multiarch(platforms.Format(target)),
			"BUILDPLATFORM":   platforms.Format(native),
			"BUILDOS":         native.OS,
			"BUILDARCH":       native.Architecture,
			"BUILDVARIANT":    native.Variant,
		},
	}
}
