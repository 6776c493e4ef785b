package convert

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/parts"
)

// compilers are packages of what makes programs, and is not needed to run them.
var compilers = []string{"gcc", "g++", "make", "cmake", "autoconf", "automake", "libtool", "build-essential", "build-base", "pkg-config", "pkgconf"}

// withoutPrograms are the names of packages of libraries, fonts and data, as distributions give them.
var withoutPrograms = regexp.MustCompile(`^(lib|fonts?-|ttf-)|-(dev|libs|data|drivers)$|^(fts|gcompat|musl|zlib1?g?)$`)

// byName are the beginnings of the names of packages whose libraries are known for being opened
// by their names, by ctypes of Python or FFI of Ruby: no file of the program tells.
var byName = []string{
	"gdal-bin", "icu-libs", "libcairo", "libespeak", "libgdal", "libgdiplus", "libgdk-pixbuf", "libgeos", "libgl1-mesa", "libicu", "libmagic", "libpango",
	"libportaudio", "libsndfile", "libsodium", "libusb-1", "libvips", "libvulkan", "libzbar", "mesa-", "pango", "vips",
}

// tellPackages notes the packages whose programs nothing of the spec names: in a Dockerfile
// they are in the image because they are installed, in a spec because something needs them.
func (c *conversion) tellPackages() {
	tree, err := c.tree()
	if err != nil {
		tree = nil
	}
	var names, opened []string
	example, composedOne := "", false // that of a name with a dash is seldom that of a program
	for _, p := range distinct(c.packages) {
		name, _, _ := strings.Cut(p, "=")
		if slices.ContainsFunc(byName, func(b string) bool { return strings.HasPrefix(name, b) && !strings.HasSuffix(name, "-dev") }) {
			opened = append(opened, name)
		}
		if !c.unnamed(name) {
			continue
		}
		at := c.usualPlace(name)
		if tree != nil {
			if at = lookUp(tree, []string{path.Join("/usr/bin", name), path.Join("/usr/sbin", name), path.Join("/bin", name)}); at == "" {
				continue
			}
		}
		names = append(names, name)
		if composed := strings.Contains(name, "-"); example == "" || !composed && composedOne {
			example, composedOne = ref(c.imageSource, at), composed
		}
	}
	if len(names) > 0 {
		c.remarks = append(c.remarks, fmt.Sprintf("of %s ships what something that ships is known to start: name other programs under binaries, such as - %s",
			strings.Join(names, ", "), example))
	}
	if len(opened) > 0 {
		c.remarks = append(c.remarks, fmt.Sprintf("of %s ship libraries that something links: if a script opens one by its name, name it under files",
			strings.Join(opened, ", ")))
	}
}

// unnamed reports whether a package may have programs that nothing of the spec names.
func (c *conversion) unnamed(name string) bool {
	_, part := parts.Lookup(name)
	return !part && !withoutPrograms.MatchString(name) && !slices.Contains(compilers, name) && !c.names(name)
}

// names reports whether the spec names a program of a package, by its name.
func (c *conversion) names(pkg string) bool {
	return slices.ContainsFunc(c.programs, func(p program) bool {
		name := path.Base(p.path)
		return strings.HasPrefix(pkg, name) || strings.HasPrefix(name, pkg)
	})
}
