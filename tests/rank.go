package tests

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// weighs gives a clue its score and tells whether it is one.
func (l *lookup) weighs(c *Clue, e Evidence) bool {
	if e.Mended && c.Source != "" && c.score == 0 {
		return false // the test passes without it
	}
	if strings.Contains(c.Path, "/__pycache__") {
		return false // Python compiles what is not there
	}
	if slices.Contains(settings, c.Path) && !e.Mended && !mentions(e.Said, c.Path) {
		return false
	}
	if c.Kind == plan.KindDir && c.Source != "" && !c.InVain {
		return false // what is in it counts
	}
	if c.Kind == plan.KindDir && c.Source != "" && e.Mended {
		c.score -= 6 // nothing in it was opened, or that is a clue by itself
	}
	if mentions(e.Said, c.Path) {
		c.score += 8
	}
	if e.Mended && c.Source == "" {
		c.score -= 4 // the user is not allowed more where the test passes
	}
	switch {
	case c.Run:
		c.score += 3
	case c.InVain:
		c.score += 2
	case c.Write:
		c.score += 3
	case c.Error != "":
		c.score += 2
	}
	if optional(c.Path) {
		c.score -= 6
	}
	return true
}

// mentions reports whether a text names a path, or the file by its name alone.
func mentions(text, name string) bool {
	if name == "/" {
		return false
	}
	if strings.Contains(text, name) {
		return true
	}
	base := path.Base(name)
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n\"'`:;,()[]<>=", r) }) {
		if word == base || word == strings.TrimSuffix(base, path.Ext(base)) && len(word) > 3 {
			return true
		}
	}
	return false
}

// optional reports whether nearly every program looks for a file and goes on without
// it: translations, and what the loader would like to have.
func optional(name string) bool {
	for _, dir := range []string{"/usr/share/locale", "/usr/share/locale-langpack", "/usr/lib/locale", "/usr/share/man", "/usr/share/doc"} {
		if strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return slices.Contains(settings, name) || strings.Contains(name, "/glibc-hwcaps/") || slices.Contains(lookedThrough, name)
}

// settings are files with settings of the machine, which the C library looks for in every
// program and goes on without.
var settings = []string{"/etc/localtime", "/etc/host.conf"}

// lookedThrough are directories in which programs look for others: that they are not
// there is no loss by itself.
var lookedThrough = []string{"/bin", "/sbin", "/lib", "/lib64", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/local/bin", "/usr/local/sbin", "/usr/share/locale", "/usr/share/locale-langpack", "/usr/lib/locale"}

// withoutFollowers drops libraries that were only asked for where others were there:
// they ship with those.
func (l *lookup) withoutFollowers(all []*Clue) []*Clue {
	leads := slices.ContainsFunc(all, func(c *Clue) bool { return c.Source != "" && c.InVain && (c.Run || isLibrary(c.Path)) })
	return slices.DeleteFunc(all, func(c *Clue) bool { return leads && !c.InVain && c.Source != "" && isLibrary(c.Path) })
}

// withoutParents drops directories of which something else that is missing is in them.
func withoutParents(all []*Clue) []*Clue {
	above := map[string]bool{}
	for _, c := range all {
		for dir := path.Dir(c.Path); c.Source != "" && dir != "/"; dir = path.Dir(dir) {
			above[dir] = true
		}
	}
	return slices.DeleteFunc(all, func(c *Clue) bool { return c.Source != "" && c.Kind == plan.KindDir && above[c.Path] })
}

func isLibrary(name string) bool {
	base := path.Base(name)
	return strings.HasSuffix(base, ".so") || strings.Contains(base, ".so.")
}

// likely drops what is hardly to blame, where there is something else.
func likely(all []*Clue) []*Clue {
	if len(all) == 0 || all[0].score <= 0 {
		return all
	}
	return slices.DeleteFunc(all, func(c *Clue) bool { return c.score <= 0 })
}

// oncePerPart keeps one clue for each ready-made part, the most likely: the part brings
// all of it. Some programs ask for every time zone.
func oncePerPart(all []*Clue) []*Clue {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(c *Clue) bool {
		known := c.Part != "" && seen[c.Part]
		seen[c.Part] = true
		return known
	})
}

// spread keeps no more than maxClues, of many directories rather than of one.
func spread(all []*Clue) []*Clue {
	if len(all) <= maxClues {
		return all
	}
	of := map[string]int{}
	all = slices.DeleteFunc(all, func(c *Clue) bool {
		dir := path.Dir(c.Path)
		of[dir]++
		return of[dir] > maxOfDirectory
	})
	return all[:min(len(all), maxClues)]
}

func rank(all []*Clue) {
	slices.SortStableFunc(all, func(a, b *Clue) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.last, a.last), cmp.Compare(a.Path, b.Path))
	})
}
