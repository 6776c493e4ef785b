package needs

import (
	"path"
	"slices"
	"strings"
)

// SearchesHeaders reports whether a program is a compiler of a language whose headers are
// in /usr/include: among the paths in it are the directories in which such compilers
// look.
func SearchesHeaders(paths []Named) bool {
	names := func(dir string) bool {
		return slices.ContainsFunc(paths, func(n Named) bool { return n.Path == dir && !n.Dir })
	}
	return names("/usr/include") && names("/usr/local/include")
}

// Target is the directory that a compiler of GCC has the headers and libraries of another machine in,
// by its own place and by a path that stands in it: /usr/lib/avr of /usr/lib/gcc/avr/5.4.0/cc1 and
// /usr/lib/avr/include. It is empty for other paths.
func Target(compiler, name string) string {
	machine := path.Base(path.Dir(path.Dir(compiler)))
	home := path.Base(path.Dir(path.Dir(path.Dir(compiler))))
	if dir, base := path.Split(name); base == "include" && path.Base(dir) == machine && strings.HasPrefix(home, "gcc") {
		return path.Clean(dir)
	}
	return ""
}

// Included tells files among the headers that are not for compilers of C and its kin.
func Included(name string) bool {
	ext := path.Ext(name)
	return len(ext) > 3 && !slices.Contains([]string{".hpp", ".hxx", ".h++", ".inc", ".inl", ".ipp", ".tcc", ".txx", ".def", ".cuh", ".impl", ".modulemap"}, ext)
}

// ForCompilers reports whether a file in a compiler's own directory is read by compilers
// alone: a header or an archive.
func ForCompilers(name string) bool {
	return strings.HasPrefix(name, "/usr/lib/") && slices.Contains([]string{".h", ".hpp", ".a"}, path.Ext(name))
}

// ForLinking reports whether a file in GCC's directory is read by linkers and compilers
// alone.
func ForLinking(name string) bool {
	return slices.Contains([]string{".h", ".a", ".o", ".so"}, path.Ext(name))
}

// Links reports whether a file in a directory of libraries is read by linkers alone:
// start-up code, archives, and the names of libraries without a version, which are links
// and scripts.
func Links(name string) bool {
	if dir := path.Dir(name); dir != "/usr/lib" && path.Dir(dir) != "/usr/lib" && dir != "/lib" && path.Dir(dir) != "/lib" {
		return false
	}
	return slices.Contains([]string{".a", ".o", ".so"}, path.Ext(name))
}
