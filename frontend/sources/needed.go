package sources

import (
	"maps"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/spec"
)

// Needed lists the trees that an image can take something from, sorted. A source
// that nothing names is only looked at for parts that can come from any, and for the account of the
// image's user.
func Needed(s *spec.Spec) []string {
	used := map[string]bool{}
	for _, bin := range s.Binaries {
		used[request.TreeOf(bin.From)] = true
	}
	for _, f := range s.Files {
		if f.Content == nil {
			used[request.TreeOf(f.From)] = true
		}
	}
	for _, name := range s.Libraries.From {
		used[name] = true
	}
	for _, part := range s.Include {
		for _, ref := range part.Add {
			used[request.TreeOf(ref)] = true
		}
		row, _ := parts.Lookup(part.Name)
		switch {
		case part.From != "":
			used[part.From] = true
		case row.Source != nil:
			for name := range s.Sources {
				used[name] = true
			}
		}
	}
	for _, name := range s.AccountSources() {
		used[name] = true
	}
	return slices.Sorted(maps.Keys(used))
}

// ofData lists the images and stages in which no libraries are looked for, images first.
func ofData(s *spec.Spec) []string {
	return declared(s, func(name string) bool {
		return !slices.Contains(s.Libraries.From, name) &&
			!slices.ContainsFunc(s.Binaries, func(b spec.Binary) bool { return b.From.Source == name })
	})
}

// Unused lists the images and stages that are declared and of which nothing is taken,
// images first.
func Unused(s *spec.Spec) []string {
	needed := Needed(s)
	return declared(s, func(name string) bool { return !slices.Contains(needed, name) })
}

// declared are the images and then the stages for which a condition holds, both sorted.
func declared(s *spec.Spec, holds func(name string) bool) []string {
	var images, stages []string
	for _, name := range slices.Sorted(maps.Keys(s.Sources)) {
		switch src := s.Sources[name]; {
		case !holds(name):
		case src.Image != "":
			images = append(images, name)
		case src.Dockerfile != "":
			stages = append(stages, name)
		}
	}
	return append(images, stages...)
}

// ContextPaths lists what an image takes from the main build context. It is empty
// when that can be anything: the libraries of a program are looked for next to it.
func ContextPaths(s *spec.Spec) []string {
	var paths []string
	add := func(ref spec.Ref) {
		if ref.Source == "" {
			paths = append(paths, strings.TrimPrefix(ref.Path, "/"))
		}
	}
	for _, bin := range s.Binaries {
		if bin.From.Source == "" && bin.Linkage != spec.LinkageStatic {
			return nil
		}
		add(bin.From)
	}
	for _, f := range s.Files {
		if f.Content == nil {
			add(f.From)
		}
	}
	for _, part := range s.Include {
		for _, ref := range part.Add {
			add(ref)
		}
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	if slices.ContainsFunc(paths, func(p string) bool { return strings.ContainsAny(p, patternCharacters) }) {
		return nil
	}
	if slices.Contains(s.Libraries.From, plan.TreeContext) || slices.Contains(paths, "") {
		return nil
	}
	return paths
}
