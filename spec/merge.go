package spec

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// merge puts a target on top of the main image: lists are appended, mappings
// are merged, single values are replaced. A target with an entrypoint of its
// own and no cmd has no cmd: the main image's was written for another program.
func (s *Spec) merge(target string) {
	s.moved = map[string]string{}
	s.entrypointDefault()
	if t, ok := s.Targets[target]; ok && target != "" {
		s.mergeImage(&t.Image, t.At)
		s.TargetPolicy = t.Policy
	}
	s.expandPorts()
	s.placePrograms()
}

func (s *Spec) mergeImage(t *Image, at string) {
	s.moveItems("libraries.from", len(s.Libraries.From), len(t.Libraries.From), at)
	s.moveItems("volumes", len(s.Volumes), len(t.Volumes), at)
	s.moveItems("ports", len(s.Ports), len(t.Ports), at)

	s.Binaries = concat(s.Binaries, t.Binaries)
	s.Libraries.From = concat(s.Libraries.From, t.Libraries.From)
	s.Libraries.Add = concat(s.Libraries.Add, t.Libraries.Add)
	s.Libraries.Provided = concat(s.Libraries.Provided, t.Libraries.Provided)
	if t.Libraries.CheckSymbols {
		s.Libraries.CheckSymbols = true
		s.move("libraries.checkSymbols", at)
	}
	s.Include = concat(s.Include, t.Include)
	s.Files = concat(s.Files, t.Files)
	s.Directories = concat(s.Directories, t.Directories)
	s.Links = concat(s.Links, t.Links)
	s.Ports = concat(s.Ports, t.Ports)
	s.Volumes = concat(s.Volumes, t.Volumes)
	s.Tests = concat(s.Tests, t.Tests)

	s.Env = mergeMap(s, "env", s.Env, extended(s.Env, t.Env), at)
	s.Labels = mergeMap(s, "labels", s.Labels, t.Labels, at)
	s.Annotations = mergeMap(s, "annotations", s.Annotations, t.Annotations, at)

	if t.Entrypoint != nil {
		s.Entrypoint, s.Cmd = t.Entrypoint, nil
		s.move("entrypoint", at)
	}
	if t.Cmd != nil {
		s.Cmd = t.Cmd
		s.move("cmd", at)
	}
	if t.User != nil {
		s.User = t.User
		s.move("user", at)
	}
	if t.Workdir != "" {
		s.Workdir = t.Workdir
		s.move("workdir", at)
	}
	if t.StopSignal != "" {
		s.StopSignal = t.StopSignal
		s.move("stopSignal", at)
	}
	if t.Healthcheck != nil {
		s.Healthcheck = t.Healthcheck
		s.move("healthcheck", at)
	}
}

// At is the document path of a top-level value as it now is: "entrypoint", or
// "targets.debug.entrypoint" when the target set it. It also takes items of the
// plain lists and mappings: "volumes[1]", "env.PATH". Other items carry their
// own At.
func (s *Spec) At(field string) string {
	if at, ok := s.moved[field]; ok {
		return at
	}
	return field
}

func (s *Spec) move(field, at string) { s.moved[field] = join(at, field) }

func (s *Spec) moveItems(field string, before, added int, at string) {
	for i := range added {
		s.moved[index(field, before+i)] = index(join(at, field), i)
	}
}

// extended is the environment of a target in which ${NAME} in the value of NAME itself
// is what the main image has.
func extended(main, added map[string]Template) map[string]Template {
	out := maps.Clone(added)
	for name, value := range added {
		if before, ok := main[name]; ok {
			out[name] = value.extend(name, before)
		}
	}
	return out
}

func mergeMap[V any](s *Spec, field string, main, added map[string]V, at string) map[string]V {
	if len(added) == 0 {
		return main
	}
	out := maps.Clone(main)
	if out == nil {
		out = map[string]V{}
	}
	for name, value := range added {
		out[name] = value
		s.move(join(field, name), at)
	}
	return out
}

// entrypointDefault is the main image's only program; a target that adds
// another does not change it.
func (s *Spec) entrypointDefault() {
	if s.Entrypoint != nil || len(s.Binaries) != 1 {
		return
	}
	if to := s.Binaries[0].To; to != "" {
		s.Entrypoint = []string{to}
		s.moved["entrypoint"] = s.Binaries[0].At
	}
}

// placePrograms gives commands that name one of the spec's programs by its name alone the
// path that it has in the image, so that they do not depend on the PATH with which the
// container is started. Other names are looked up in PATH, as runtimes do.
func (s *Spec) placePrograms() {
	s.Entrypoint = s.placed(s.Entrypoint)
	if s.Entrypoint == nil && s.Base == BaseScratch {
		s.Cmd = s.placed(s.Cmd)
	}
	if s.Healthcheck != nil {
		check := *s.Healthcheck
		check.Test = s.placed(check.Test)
		s.Healthcheck = &check
	}
	s.Tests = slices.Clone(s.Tests)
	for i := range s.Tests {
		t := &s.Tests[i]
		t.Run, t.Service.Command = s.placed(t.Run), s.placed(t.Service.Command)
	}
}

// placed is a command with the path of its program, if just one of the spec's has its name.
func (s *Spec) placed(command []string) []string {
	if len(command) == 0 || strings.Contains(command[0], "/") {
		return command
	}
	var at string
	for _, b := range s.Binaries {
		if path.Base(b.To) != command[0] || b.To == at {
			continue
		}
		if at != "" {
			return command
		}
		at = b.To
	}
	if at == "" {
		return command
	}
	return append([]string{at}, command[1:]...)
}

// expandPorts lists each port of a range, and each port once.
func (s *Spec) expandPorts() {
	var ports []string
	seen := map[string]bool{}
	at := map[string]string{}
	if countPorts(s.Ports) > maxPorts {
		return // an error to checkPorts
	}
	for i, written := range s.Ports {
		from := s.At(index("ports", i))
		for _, port := range expandPort(written) {
			if !seen[port] {
				seen[port] = true
				at["ports["+strconv.Itoa(len(ports))+"]"] = from
				ports = append(ports, port)
			}
		}
	}
	s.Ports = ports
	maps.Copy(s.moved, at)
}

func concat[T any](a, b []T) []T {
	if len(b) == 0 {
		return a
	}
	return append(slices.Clip(a), b...)
}
