package needs

import (
	"path"
	"slices"
	"strings"
)

// SearchesHeaders tells by the paths in a program that it is a compiler of a language whose
// headers lie in /usr/include: it has the list of directories to look in.
func SearchesHeaders(paths []Named) bool {
	names := func(dir string) bool {
		return slices.Contains(paths, Named{Path: dir}) || slices.Contains(paths, Named{Path: dir, Loose: true})
	}
	return names("/usr/include") && names("/usr/local/include")
}

// ForCompilers tells files in the directories of a compiler that only it reads: its own headers
// and archives.
func ForCompilers(name string) bool {
	return strings.HasPrefix(name, "/usr/lib/") && slices.Contains([]string{".h", ".hpp", ".a"}, path.Ext(name))
}

// ForLinking tells files in GCC's directory that linkers and compilers read.
func ForLinking(name string) bool {
	return slices.Contains([]string{".h", ".a", ".o", ".so"}, path.Ext(name))
}

// Links tells files that linkers read in the directories of libraries, and nothing else
// does: start-up code, archives, and links and scripts by the names of libraries.
func Links(name string) bool {
	if dir := path.Dir(name); dir != "/usr/lib" && path.Dir(dir) != "/usr/lib" && dir != "/lib" && path.Dir(dir) != "/lib" {
		return false
	}
	return slices.Contains([]string{".a", ".o", ".so"}, path.Ext(name))
}
