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

// Targets are the directories in which a compiler of GCC has the headers and libraries of the machine
// that it is for, by its own place: /usr/lib/avr and /usr/avr of /usr/lib/gcc/avr/5.4.0/cc1, which
// has them as /usr/lib/gcc/avr/5.4.0/../../../avr.
func Targets(compiler string) []string {
	parts := strings.Split(compiler, "/") // "", "usr", "lib", "gcc", MACHINE, VERSION, NAME
	if len(parts) != 7 || !strings.HasPrefix(compiler, "/usr/lib/gcc") || !strings.HasPrefix(parts[6], "cc1") {
		return nil
	}
	return []string{"/usr/lib/" + parts[4], "/usr/" + parts[4]}
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

// Configured reports whether a file is a header that a library has beside its others because it differs
// from machine to machine: /usr/lib/x86_64-linux-gnu/glib-2.0/include/glibconfig.h.
func Configured(name string) bool {
	return strings.HasPrefix(name, "/usr/lib/") && strings.Contains(name, "/include/") && path.Ext(name) == ".h"
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

// DescribesLibrary tells the files from which pkg-config knows how a library is compiled and linked with
// (pkgconf(1), "--variable=pc_path").
func DescribesLibrary(name string) bool {
	return path.Ext(name) == ".pc" && path.Base(path.Dir(name)) == "pkgconfig"
}

// Descriptions is the name of the directories in which a program looks for what describes libraries: that of
// pkg-config, which can have the machine that it is for before its own name, and of CMake
// (cmake-packages(7), "Config-file Packages").
func Descriptions(program string) string {
	base := path.Base(program)
	for _, name := range []string{"pkgconf", "pkg-config"} {
		if base == name || strings.HasSuffix(base, "-"+name) {
			return "pkgconfig"
		}
	}
	if base == "cmake" {
		return base
	}
	return ""
}

// FollowsRules tells the programs that build what files of their users say, by commands that these name.
func FollowsRules(program string) bool {
	return slices.Contains(rulesFollowers, path.Base(program))
}

var rulesFollowers = []string{"cmake", "gmake", "make", "meson", "ninja", "scons"}
