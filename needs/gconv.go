package needs

import (
	"maps"
	"slices"
	"strings"
)

// GconvModules are the modules by which glibc converts some charsets, sorted, without
// ".so". lists is the text of its gconv-modules files: lines like "alias LATIN1//
// ISO-8859-1//" and "module ISO-8859-1// INTERNAL ISO8859-1 1".
func GconvModules(lists string, charsets []string) []string {
	alias, module := map[string]string{}, map[string]string{}
	for line := range strings.Lines(lists) {
		f := strings.Fields(line)
		switch {
		case len(f) >= 3 && f[0] == "alias":
			alias[charset(f[1])] = charset(f[2])
		case len(f) >= 4 && f[0] == "module":
			if charset(f[2]) == "INTERNAL" {
				module[charset(f[1])] = f[3]
			}
		}
	}
	out := map[string]bool{}
	for _, name := range charsets {
		name = charset(name)
		if to, ok := alias[name]; ok {
			name = to
		}
		if m := module[name]; m != "" && !strings.Contains(m, "/") {
			out[m] = true
		}
	}
	return slices.Sorted(maps.Keys(out))
}

// charset is a name as glibc compares it.
func charset(name string) string {
	return strings.ToUpper(strings.TrimSuffix(name, "//"))
}
