package convert

import (
	"cmp"
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

// mainProgram are the programs for which packages are installed that are called otherwise.
var mainProgram = map[string]string{
	"apache2-utils": "ab", "bind-tools": "dig", "bind9-dnsutils": "dig", "default-mysql-client": "mysql", "dnsutils": "dig", "dcron": "crond", "gettext-base": "envsubst",
	"ghostscript": "gs", "gnupg": "gpg", "gnupg2": "gpg", "graphicsmagick": "gm", "imagemagick": "convert", "iproute2": "ip", "iputils-ping": "ping", "krb5": "kinit",
	"libreoffice": "soffice", "locales": "localedef", "mariadb-client": "mariadb", "net-tools": "ifconfig", "netcat-openbsd": "nc", "nginx-extras": "nginx",
	"nginx-full": "nginx", "nginx-light": "nginx", "nodejs": "node", "openssh": "ssh", "openssh-client": "ssh", "poppler-utils": "pdftotext",
	"postgresql-client": "psql", "procps": "ps", "python3-pip": "pip3", "redis": "redis-server", "redis-tools": "redis-cli", "shadow": "usermod", "sqlite": "sqlite3",
	"supervisor": "supervisord", "tesseract-ocr": "tesseract", "util-linux": "mount", "xz-utils": "xz",
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
		main := cmp.Or(mainProgram[name], name)
		at := c.usualPlace(main)
		if tree != nil {
			if at = lookUp(tree, []string{path.Join("/usr/bin", main), path.Join("/usr/sbin", main), path.Join("/bin", main)}); at == "" {
				continue
			}
		}
		names = append(names, name)
		if composed := strings.Contains(main, "-"); example == "" || !composed && composedOne {
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
