package spec

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/parts"
)

// ownPrefix begins the names of build arguments that the frontend reads itself.
const ownPrefix = "SINTER_"

// unusedArgs warns of arguments of the spec that no value names. What a Dockerfile of a
// source declares under the same name is another argument.
func (s *Spec) unusedArgs(used map[string]bool) diag.List {
	var list diag.List
	for _, name := range slices.Sorted(maps.Keys(s.Args)) {
		if used[name] || strings.HasPrefix(name, ownPrefix) {
			continue
		}
		problem := invalid("unused-arg", fmt.Sprintf("nothing in the spec uses the build argument %s", name),
			fmt.Sprintf("write ${%s} where its value belongs, or remove it", name))
		for _, source := range slices.Sorted(maps.Keys(s.Sources)) {
			src := s.Sources[source]
			if _, given := src.Args[name]; given || !slices.Contains(DockerfileArgs(src.Dockerfile), name) {
				continue
			}
			problem.Message += fmt.Sprintf(", and the ARG of that name in the Dockerfile of source %s does not get its value", source)
			problem.Fixes = []string{fmt.Sprintf("hand it on: sources: {%s: {args: {%s: \"${%s}\"}}}", source, name, name)}
			break
		}
		problem.Severity = diag.SeverityWarning
		list = append(list, located(keyOf(join("args", name)), problem))
	}
	return list
}

// unusedSources warns of images with packages and of stages of which nothing is taken, in
// no target: people who know other tools expect that what is installed ships.
func (s *Spec) unusedSources() diag.List {
	used, all := s.usedSources()
	if all || s.namesUser() {
		return nil
	}
	var list diag.List
	for _, name := range slices.Sorted(maps.Keys(s.Sources)) {
		src := s.Sources[name]
		if used[name] || len(src.Packages) == 0 && src.Dockerfile == "" {
			continue
		}
		example := "/usr/bin/app"
		if len(src.Packages) > 0 {
			example = path.Join("/usr/bin", src.Packages[0])
		}
		problem := invalid("unused-source", fmt.Sprintf("nothing is taken from source %s, and nothing of it ships by itself", name),
			fmt.Sprintf("name what is to ship of it, under binaries or files: - %s:%s", name, example),
			fmt.Sprintf("if programs need libraries of it, write libraries: {from: [%s]}", name))
		problem.Severity = diag.SeverityWarning
		list = append(list, located(keyOf(join("sources", name)), problem))
	}
	return list
}

// namesUser reports whether the image or a target has a user by a name, whose account any source may have.
func (s *Spec) namesUser() bool {
	named := func(i Image) bool { return i.User != nil && i.User.Named() }
	for _, t := range s.Targets {
		if named(t.Image) {
			return true
		}
	}
	return named(s.Image)
}

// AccountSources are the sources of which nothing is taken, in no target, where the image's user has a name: one of
// them may be there for the account.
func (s *Spec) AccountSources() []string {
	if s.User == nil || !s.User.Named() {
		return nil
	}
	used, _ := s.usedSources()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.Sources)), func(name string) bool { return used[name] })
}

// usedSources are the sources that something in the spec or in a target names; all tells
// that a part is looked for in all of them.
func (s *Spec) usedSources() (used map[string]bool, all bool) {
	used = map[string]bool{}
	images := []Image{s.Image}
	for _, t := range s.Targets {
		images = append(images, t.Image)
	}
	for _, i := range images {
		for _, b := range i.Binaries {
			used[b.From.Source] = true
		}
		for _, f := range i.Files {
			used[f.From.Source] = true
		}
		for _, name := range i.Libraries.From {
			used[name] = true
		}
		for _, t := range i.Tests {
			program, _ := t.Program()
			used[program.Source] = true
		}
		for _, p := range i.Include {
			row, _ := parts.Lookup(p.Name)
			all = all || p.From == "" && row.Source != nil
			used[p.From] = true
			for _, r := range p.Add {
				used[r.Source] = true
			}
		}
	}
	for _, src := range s.Sources {
		for _, r := range src.Repositories {
			if r.Key != nil {
				used[r.Key.Source] = true
			}
		}
	}
	for _, p := range s.packs() {
		if ref, ok := p.Ref(); ok {
			used[ref.Source] = true
		}
	}
	return used, all
}

// packs are the packs of rules that the spec and its targets name.
func (s *Spec) packs() []Pack {
	var out []Pack
	if s.Policy != nil {
		out = append(out, s.Policy.Packs...)
	}
	for _, t := range s.Targets {
		if t.Policy != nil {
			out = append(out, t.Policy.Packs...)
		}
	}
	return out
}
