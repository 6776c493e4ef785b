package needs

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// A Rule says of a library what its users open though no string of theirs names it, and
// what of the paths in its strings they do not open.
type Rule struct {
	// Library is its SONAME up to ".so".
	Library string
	// Paths are what it opens: files, and directories with all that is below. The first
	// of several in one string that are separated by | and that the tree has counts. {dir} is
	// the library's own directory.
	Paths []string
	// Without are parts of the paths below these that stay out: what is for people.
	Without []string
	// What says so to a person.
	What string
	// Leave are parts of paths that its strings name and that a program does not open
	// unless its own configuration says so.
	Leave []string
	// Asked is a directory of which it opens what packages have there that the spec asks for by name:
	// dictionaries, and descriptions of drivers (see DriversIn).
	Asked string
	// Direct libraries are many programs' by way of others that hardly use them: what they
	// open ships where the program itself is linked with them.
	Direct bool
	// Charsets tells that it has glibc convert from the charsets that documents say they are in,
	// unless it is linked with ICU, which does.
	Charsets bool
}

// ConvertsDocuments reports whether a library with these NEEDED entries has glibc convert documents.
func (r Rule) ConvertsDocuments(needed []string) bool {
	return r.Charsets && !slices.ContainsFunc(needed, func(name string) bool { return strings.HasPrefix(name, "libicu") })
}

// rules are sorted by library.
var rules = []Rule{
	{Library: "libEGL", Asked: "/usr/share/glvnd/egl_vendor.d"},
	{Library: "libOpenCL", Asked: "/etc/OpenCL/vendors"},
	{Library: "libcrypto", Leave: []string{"/ossl-modules", "/engines-", "/ssl/misc", "/ssl/private", "/tls/misc", "/tls/private"}},
	{Library: "libgccjit", Leave: []string{"/lib/gcc"}},
	{Library: "libgdk_pixbuf-2.0", Direct: true, Paths: []string{"/usr/share/mime/mime.cache"}, What: "by what pictures of each kind are known"},
	{Library: "libgirepository-1.0", Paths: []string{"{dir}/girepository-1.0"}, What: "descriptions of libraries for other languages"},
	{Library: "libgirepository-2.0", Paths: []string{"{dir}/girepository-1.0"}, What: "descriptions of libraries for other languages"},
	{Library: "libgssapi_krb5", Leave: []string{"/gss"}},
	{Library: "libhunspell-1.7", Asked: "/usr/share/hunspell"},
	{Library: "libkpathsea", Paths: []string{"/usr/share/texmf", "/usr/share/texlive/texmf-dist", "/usr/share/texmf-dist", "/var/lib/texmf", "/etc/texmf", "/usr/share/texlive/tlpkg/TeXLive"},
		What: "the trees in which TeX's programs look for files", Without: []string{"/texmf-dist/doc/", "/texmf-dist/source/", "/texmf/doc/"}},
	{Library: "libkrb5", Leave: []string{"/krb5/plugins"}},
	{Library: "libncursesw", Paths: terminals, What: "descriptions of common terminals", Leave: []string{"/terminfo"}},
	{Library: "libodbc", Paths: []string{"/etc/odbcinst.ini", "/etc/odbc.ini", "{dir}/odbc"}, What: "the drivers of unixODBC and the list of them"},
	// It puts their directories together of ${prefix}, ${libdir} and others.
	{Library: "libopen-pal", Paths: []string{"{dir}/openmpi/lib/openmpi3", "/usr/share/openmpi"}, What: "components of Open MPI, without which it does not start"},
	// Catalogs are read whole whatever a document refers to, and one that they list and is not there is an error.
	{Library: "libosp", Paths: []string{"/etc/sgml", "/usr/share/sgml", "/usr/share/xml"}, What: "the catalogs of SGML and what they list"},
	{Library: "libpaper", Paths: []string{"/etc/papersize"}, What: "the usual size of paper"},
	{Library: "librpmbuild", Paths: []string{"/var/tmp", "/bin/chmod", "/bin/mkdir", "/bin/rm"}, What: "what its macros begin each script with, and where they have it"},
	{Library: "libsamba-util", Leave: sambaModules},
	{Library: "libsasl2", Direct: true, Leave: []string{"/libsasldb"}},
	{Library: "libsmbclient", Paths: []string{"{dir}/samba/gensec"}, What: "ways to authenticate to a server", Leave: sambaModules},
	{Library: "libtinfo", Paths: terminals, What: "descriptions of common terminals", Leave: []string{"/terminfo"}},
	{Library: "libvulkan", Asked: "/usr/share/vulkan/icd.d"},
	{Library: "libxml2", Charsets: true},
	{Library: "mca_ess_singleton", Paths: []string{"/usr/bin/orted"}, What: "the daemon that a program starts which mpirun has not started"},
	{Library: "mca_plm_rsh", Paths: []string{"/usr/bin/ssh|/usr/bin/rsh"}, What: "what Open MPI starts programs on other machines with, and ends without"},
	{Library: "nbdkit-cache-filter", Paths: []string{"/var/tmp"}, What: largeFiles},
	{Library: "nbdkit-cdi-plugin", Paths: []string{"/var/tmp"}, What: largeFiles},
	{Library: "nbdkit-cow-filter", Paths: []string{"/var/tmp"}, What: largeFiles},
	{Library: "nbdkit-gzip-filter", Paths: []string{"/var/tmp"}, What: largeFiles},
	{Library: "nbdkit-iso-plugin", Paths: []string{"/var/tmp"}, What: largeFiles},
	{Library: "nbdkit-linuxdisk-plugin", Paths: []string{"/var/tmp"}, What: largeFiles},
	{Library: "nbdkit-tmpdisk-plugin", Paths: []string{"/var/tmp"}, What: largeFiles},
	{Library: "nbdkit-torrent-plugin", Paths: []string{"/var/tmp"}, What: largeFiles},
}

// largeFiles says what nbdkit's plugins and filters have LARGE_TMPDIR for, and end without.
const largeFiles = "where it makes files as large as disks"

// sambaModules is where Samba has its modules. Most are those of its servers, which name the
// directory themselves.
var sambaModules = []string{"-linux-gnu/samba", "/usr/lib/samba", "/usr/lib64/samba"}

var terminals = []string{
	terminal("ansi"), terminal("dumb"), terminal("linux"), terminal("screen"), terminal("screen-256color"),
	terminal("tmux"), terminal("tmux-256color"), terminal("vt100"), terminal("xterm"), terminal("xterm-256color"),
}

func terminal(name string) string {
	at := "/terminfo/" + name[:1] + "/" + name
	return "/etc" + at + "|/lib" + at + "|/usr/share" + at
}

// LoadsProviders are the functions of libcrypto that load a provider by its name, and
// Providers the names of those that OpenSSL keeps in modules.
var (
	LoadsProviders = []string{"OSSL_PROVIDER_load", "OSSL_PROVIDER_try_load"}
	Providers      = []string{"legacy", "fips"}
)

// ProviderWords are the words by which an object loads a provider.
func ProviderWords() map[string]bool {
	words := map[string]bool{Rust: true}
	for _, word := range slices.Concat(LoadsProviders, Providers) {
		words[word], words["*"+word] = true, true
	}
	return words
}

// LinksCrypto reports whether an object with these NEEDED entries is linked with
// libcrypto.
func LinksCrypto(needed []string) bool {
	return slices.ContainsFunc(needed, func(name string) bool { return strings.HasPrefix(name, "libcrypto.so") })
}

// RuleFor is the rule for a library, by its SONAME.
func RuleFor(soname string) (Rule, bool) {
	stem, _, _ := strings.Cut(soname, ".so")
	for _, r := range rules {
		if r.Library == stem {
			return r, true
		}
	}
	return Rule{}, false
}

// driver is the file of a library as descriptions of drivers have it: alone, as OpenCL's loader takes
// it, or as a string of JSON with or without a directory, as the loaders of Vulkan and EGL do.
var driver = regexp.MustCompile(`[A-Za-z0-9_+-]*\.so[.0-9]*`)

// DriversIn are the libraries that the description of a driver names, without their directories.
func DriversIn(description []byte) []string {
	var out []string
	for _, name := range driver.FindAll(description, -1) {
		out = append(out, string(name))
	}
	return out
}

// Left reports whether a path that stands in a library is one that its users do not open:
// see Rule.Leave.
func Left(soname, name string) bool {
	r, _ := RuleFor(soname)
	for _, part := range r.Leave {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// IsFontconfig reports whether a library is the one by which programs find fonts.
func IsFontconfig(soname string) bool { return strings.HasPrefix(soname, "libfontconfig.so") }

// FontDirectories are the directories of fonts with which text in most languages can be
// shown, as distributions have them, the best first. Prefix is what the names of the
// fonts' files begin with: a directory can hold others.
var FontDirectories = []struct{ Dir, Prefix string }{
	{"/usr/share/fonts/truetype/dejavu", "DejaVuSans"},
	{"/usr/share/fonts/dejavu-sans-fonts", "DejaVuSans"},
	{"/usr/share/fonts/dejavu", "DejaVuSans"},
	{"/usr/share/fonts/truetype/liberation", "LiberationSans-"},
	{"/usr/share/fonts/truetype/liberation2", "LiberationSans-"},
	{"/usr/share/fonts/truetype/noto", "NotoSans-"},
	{"/usr/share/fonts/opentype/urw-base35", "NimbusSans-"},
	{"/usr/share/fonts/truetype/freefont", "FreeSans"},
}

// IsFont reports by its name whether a file holds a font.
func IsFont(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".ttf", ".otf", ".ttc", ".pfb", ".t1", ".otc":
		return true
	}
	return false
}

// Unicode are charsets that are small, and that a program which converts to others converts from or
// by way of, by names that it may put together.
var Unicode = []string{"UTF-16", "UTF-32", "UNICODE"}

// Charsets are names by which programs ask iconv for the charsets that glibc keeps in
// modules. UTF-8, UTF-16, UCS-4 and ASCII are built in.
var Charsets = []string{
	"ISO-8859-1", "ISO-8859-2", "ISO-8859-5", "ISO-8859-7", "ISO-8859-9", "ISO-8859-15", "ISO8859-1", "ISO8859-2", "ISO8859-15", "ISO_8859-1", "ISO_8859-2", "ISO_8859-15", "LATIN1", "LATIN-1", "latin1",
	"iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1251", "koi8-r",
	"CP437", "CP850", "CP1250", "CP1251", "CP1252", "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252", "windows-1252", "MACINTOSH", "KOI8-R", "KOI8-U",
	"UTF-7", "UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE",
}

// CodePage is how a program makes the name of a charset of the number of a code page, as for the names of
// files on FAT. CodePages are those of DOS and Windows that it has by default.
const CodePage = "CP%d"

var CodePages = []string{"CP437", "CP850", "CP1252"}
