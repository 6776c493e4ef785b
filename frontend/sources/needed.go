package sources

import (
	"maps"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/spec"
)

// Needed lists the trees that an image can take something from, sorted. A source
// that nothing names is only looked at for parts that can come from any.
func Needed(s *spec.Spec) []string {
	used := map[string]bool{}
	for _, bin := range s.Binaries {
		used[resolve.TreeOf(bin.From)] = true
	}
	for _, f := range s.Files {
		if f.Content == nil {
			used[resolve.TreeOf(f.From)] = true
		}
	}
	for _, name := range s.Libraries.From {
		used[name] = true
	}
	for _, part := range s.Include {
		for _, ref := range part.Add {
			used[resolve.TreeOf(ref)] = true
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
	return slices.Sorted(maps.Keys(used))
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
