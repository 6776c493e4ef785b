package needs

import (
	"path"
	"slices"
	"strings"
)

// Silent reports whether the strings of a library say nothing about a program that loads
// it: what they name is for some of the library's users only. For these a Rule decides.
func Silent(soname string) bool {
	stem, _, _ := strings.Cut(soname, ".so")
	for _, language := range []string{"libpython", "libperl", "libruby"} {
		if strings.HasPrefix(stem, language) {
			return true // programs that hold one can do without it
		}
	}
	return slices.Contains(silent, stem) || strings.HasPrefix(soname, "ld-")
}

// silent are the names of libraries without ".so" and version.
var silent = []string{
	"libc", "libpthread", "libdl", "libresolv", "libnss_files", "libnss_dns", "libgfortran", "libicudata", "libsystemd", "libudev",
	"libX11", "libpam", "libgbm", "libGL", "libEGL", "libGLX", "libGLdispatch", "libdrm", "libmfx", "libgcc_s", "libstdc++", "libm", "libselinux",
}

// Shared reports whether many packages have files in a directory, or a kernel or
// container runtime provides it. That a program names such a directory says nothing about
// what it opens there.
func Shared(name string) bool {
	if slices.Contains(shared, name) || strings.Count(name, "/") < 2 {
		return true
	}
	for _, dir := range sharedBelow {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	dir, base := path.Split(name)
	if base == "gconv" && strings.HasPrefix(dir, "/usr/lib") {
		return true // of glibc, which stands in static programs whole
	}
	return dir == "/usr/lib/" && strings.Contains(base, "-linux-") // /usr/lib/x86_64-linux-gnu
}

var shared = []string{
	"/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/share", "/usr/games",
	"/usr/lib/pkgconfig", "/usr/lib/systemd", "/usr/lib/tmpfiles.d", "/usr/lib/sysusers.d", "/usr/lib/udev", "/usr/lib/locale",
	"/etc/default", "/etc/init.d", "/etc/alternatives", "/etc/cron.d", "/etc/cron.daily", "/etc/logrotate.d", "/etc/pam.d",
	"/etc/profile.d", "/etc/ld.so.conf.d", "/etc/bash_completion.d", "/etc/xdg", "/etc/skel", "/etc/opt", "/etc/apt",
	"/var/lib", "/var/log", "/var/cache", "/var/spool", "/var/mail", "/var/run", "/var/tmp", "/var/lock", "/var/local", "/var/opt", "/var/www",
	"/usr/share/applications", "/usr/share/icons", "/usr/share/pixmaps", "/usr/share/bash-completion", "/usr/share/zsh",
	"/usr/share/fonts", "/usr/share/dbus-1", "/usr/share/perl5", "/usr/share/php", "/usr/share/java", "/usr/share/nodejs", "/usr/share/misc",
	"/usr/lib/python3", "/usr/lib/python3/dist-packages", "/usr/lib/ruby", "/usr/lib/php", "/usr/lib/jvm", "/usr/lib/mime",
}

var sharedBelow = []string{
	"/dev", "/proc", "/sys", "/tmp", "/run", "/var/run", "/var/lib/dpkg", "/var/lib/apt", "/var/cache/apt", "/var/lib/rpm", "/lib/apk",
	"/usr/local", "/usr/share/doc", "/usr/share/man", "/usr/share/info", "/usr/share/locale", "/usr/share/lintian/overrides", "/usr/share/doc-base",
	"/usr/include", "/usr/src", "/boot", "/root", "/home",
}

// NeverShip reports whether a file needs more than evidence to ship: shells and
// interpreters, what manages the packages of a system, and what is for people and
// compilers.
func NeverShip(name string) bool {
	for _, dir := range othersDirectories {
		if isIn(name, dir) {
			return true
		}
	}
	if below(name, sharedBelow[slices.Index(sharedBelow, "/usr/local"):]) || strings.Contains(name, buildsExtensions) {
		return true
	}
	if name == "/usr/share/lintian" {
		return true // for all packages that have overrides in it; what is lintian's own brings it
	}
	base := path.Base(name)
	switch path.Ext(base) {
	case ".h", ".hpp": // in /usr/share they are what programs put into others' sources: CMakeCompilerABI.h
		return !strings.HasPrefix(name, "/usr/share/")
	case ".pc", ".md":
		return true
	case ".a": // no library is in /usr/share, but the words of link-grammar's units.a are
		return !strings.HasPrefix(name, "/usr/share/")
	case ".pod":
		return base != "perldiag.pod" // which diagnostics.pm has its texts from
	}
	if !slices.Contains([]string{"/usr/bin", "/bin", "/usr/sbin", "/sbin"}, path.Dir(name)) {
		return false
	}
	if strings.HasSuffix(base, "-shell") || Manages(name) {
		return true
	}
	return slices.ContainsFunc(interpreters, func(prefix string) bool {
		rest, ok := strings.CutPrefix(base, prefix)
		return ok && strings.Trim(rest, "0123456789.-") == ""
	})
}

// buildsExtensions stands in the paths of what builds extensions of PostgreSQL: the PGXS of its
// documentation, 38.18, "Extension Building Infrastructure".
const buildsExtensions = "/pgxs/"

// Interprets tells programs that run scripts of a language by the directory and the name that they
// have.
func Interprets(name string) bool {
	return Program(name) && NeverShip(name) && !IsShell(name) && slices.ContainsFunc(interpreters, func(prefix string) bool {
		rest, ok := strings.CutPrefix(path.Base(name), prefix)
		return ok && strings.Trim(rest, "0123456789.-") == ""
	})
}

// IsShell reports whether an interpreter is a shell that is small enough to ship with a
// script for it.
func IsShell(program string) bool {
	return slices.Contains([]string{"sh", "dash", "bash"}, path.Base(program))
}

var interpreters = []string{
	"sh", "bash", "rbash", "dash", "ksh", "mksh", "zsh", "csh", "tcsh", "fish", "busybox", "perl", "python", "ruby", "lua", "php", "node", "nodejs",
	"tclsh", "wish", "awk", "gawk", "mawk", "guile", "env", "su", "sudo",
}

// administration are programs that manage the packages of a system, and those that ask
// which of its programs a person prefers.
var administration = []string{
	"apt", "apt-cache", "apt-config", "apt-get", "apt-mark", "aptitude", "dpkg", "update-alternatives", "start-stop-daemon", "apk", "rpm", "dnf", "microdnf", "yum",
	"zypper", "pacman", "select-editor", "sensible-browser", "sensible-editor", "sensible-pager",
}

// Manages reports whether a program is one of those that manage the packages of a system, by the
// name that it has.
func Manages(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, "dpkg-") || slices.Contains(administration, base)
}

// IsAwk tells the interpreters that shell scripts count on as they do on sed.
func IsAwk(program string) bool {
	return slices.Contains([]string{"awk", "gawk", "mawk", "original-awk"}, path.Base(program))
}

// Ordinary reports whether the name of a program is a word for much else, too: few
// programs that have "file" in their strings start file(1).
func Ordinary(name string) bool { return slices.Contains(ordinary, name) }

var ordinary = []string{
	"GET", "HEAD", "POST", "at", "batch", "cal", "clear", "column", "comm", "cut", "date", "dir", "expand", "file", "find", "fold", "free", "group", "groups",
	"head", "host", "id", "info", "install", "join", "kill", "last", "link", "locale", "login", "look", "more",
	"nice", "paste", "rename", "reset", "script", "size", "sort", "split", "strings", "strip",
	"sync", "tail", "test", "time", "timeout", "top", "touch", "true", "unlink", "users", "wait", "wall", "watch", "write", "yes",
}

// Writable reports whether a directory holds what changes while programs run.
func Writable(dir string) bool {
	return strings.HasPrefix(dir, "/var/") || strings.HasPrefix(dir, "/run/")
}

// Stem is the part of a program's name that variants of the program share: "emacs" of
// emacs-nox, "vim" of vim.basic. It is empty for other programs.
func Stem(program string) string {
	if i := strings.IndexAny(program, "-."); i >= 3 {
		return program[:i]
	}
	return ""
}

// Kin is by what name a compiler knows another program that is called as it is itself, with
// the machine before and the version behind: "gnatbind" for x86_64-linux-gnu-gnatbind-12 beside
// x86_64-linux-gnu-gnatmake-12. It is empty for all others.
func Kin(program, other string) string {
	dir, base := path.Split(program)
	machine, name, ok := strings.Cut(base, "-linux-gnu-")
	i := strings.LastIndexByte(name, '-')
	if !ok || i <= 0 || strings.Trim(name[i+1:], "0123456789.") != "" {
		return ""
	}
	word, ok := strings.CutPrefix(other, dir+machine+"-linux-gnu-")
	word, has := strings.CutSuffix(word, name[i:])
	if !ok || !has || strings.Contains(word, "/") {
		return ""
	}
	return word
}

// LinksAda tells whether a program is linked with the library of Ada, whose strings have no ends.
func LinksAda(needed []string) bool {
	return slices.ContainsFunc(needed, func(name string) bool { return strings.HasPrefix(name, "libgnat") })
}

// Builds reports whether a script is one of those that Autoconf and Automake put beside
// the sources of a program, and that only its build calls.
func Builds(name string) bool { return slices.Contains(builds, path.Base(name)) }

var builds = []string{
	"ar-lib", "compile", "config.guess", "config.rpath", "config.sub", "depcomp", "install-sh", "ltmain.sh", "mdate-sh", "missing", "mkinstalldirs", "py-compile", "tap-driver.sh", "test-driver", "ylwrap",
}

// Proposed reports whether a path that a program without a package names is proposed to
// the user: a file of the program's own, or data of a package, and not what every system
// has or what the loader and the parts of a spec look after.
func Proposed(name string, dir bool) bool {
	if below(name, others) {
		return false
	}
	if own, ok := strings.CutPrefix(name, "/usr/local"); ok {
		return own != "" && (!dir || !slices.Contains(Prefixes, own)) && !below(own, []string{"/include", "/src", "/share/doc", "/share/man", "/share/info"})
	}
	if below(name, []string{"/opt", "/srv"}) {
		return name != "/opt" && name != "/srv"
	}
	return !Shared(name) && !NeverShip(name) && !Program(name) && strings.Count(name, "/") > 1 && (!dir || strings.Count(name, "/") > 2)
}

func below(name string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool { return name == dir || isIn(name, dir) })
}

// isIn tells whether a path is in a directory. It is asked for every file of many packages, so
// that no string is made for it.
func isIn(name, dir string) bool {
	return len(name) > len(dir) && name[len(dir)] == '/' && strings.HasPrefix(name, dir)
}

// Prefixes are the directories below an installation prefix that many programs share.
var Prefixes = []string{"/bin", "/etc", "/games", "/lib", "/lib64", "/libexec", "/sbin", "/share", "/var"}

// others are paths that every system has, and those that have keys of their own in a
// spec.
var others = []string{
	"/bin", "/dev", "/home", "/lib", "/lib64", "/proc", "/root", "/run", "/sbin", "/sys", "/tmp", "/var/cache", "/var/lock", "/var/log", "/var/run", "/var/tmp", "/usr/lib/locale", "/usr/share/locale", "/usr/share/zoneinfo",
	"/usr/lib/debug", "/usr/lib/ssl", "/etc/pki", "/etc/ssl",
	"/etc/fstab", "/etc/gai.conf", "/etc/group", "/etc/host.conf", "/etc/hostname", "/etc/hosts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/localtime", "/etc/machine-id", "/etc/mtab", "/etc/nsswitch.conf",
	"/etc/os-release", "/etc/passwd", "/etc/protocols", "/etc/resolv.conf", "/etc/services", "/etc/shadow", "/etc/shells", "/etc/timezone", "/usr/lib/os-release",
}

// ForDevelopment reports whether a package is for compiling and linking. A library that
// compiles on behalf of its users (such as a JIT compiler's) depends on these packages,
// too, and few programs use that.
func ForDevelopment(name string) bool {
	return strings.HasSuffix(name, "-dev") || strings.HasSuffix(name, "-devel")
}

// Compiles reports whether a package has a compiler, or what one needs. What depends on it, such as a
// library that compiles what its users write, does much else.
func Compiles(name string) bool {
	return ForDevelopment(name) || slices.ContainsFunc(compilers, func(c string) bool {
		rest, ok := strings.CutPrefix(name, c)
		return ok && (rest == "" || rest[0] == '-')
	})
}

var compilers = []string{"binutils", "build-essential", "clang", "cmake", "cpp", "g++", "gcc", "gfortran", "llvm", "make", "meson", "ninja-build"}

// Essential reports whether a package is one that others use without depending on it
// (Debian Policy, 3.8).
func Essential(name string) bool { return slices.Contains(essential, name) }

var essential = []string{"bash", "coreutils", "debianutils", "diffutils", "findutils", "grep", "gzip", "hostname", "mawk", "ncurses-bin", "sed", "tar", "util-linux"}

// Installs reports whether a package is one whose programs maintainer scripts call. That
// another package depends on it says nothing about what that one's programs start.
func Installs(name string) bool { return slices.Contains(installs, name) }

var installs = []string{
	"adduser", "ca-certificates", "cron", "debconf", "dpkg", "init-system-helpers", "logrotate", "lsb-base", "netbase", "openssl",
	"passwd", "procps", "psmisc", "ssl-cert", "sysvinit-utils", "ucf",
}

// LoadedByName reports whether a file is a library in a directory that every loader
// searches.
func LoadedByName(name string) bool {
	dir, base := path.Split(name)
	in := dir == "/usr/lib/" || dir == "/lib/" || dir == "/usr/lib64/" || dir == "/lib64/" || path.Dir(path.Clean(dir)) == "/usr/lib" && strings.Contains(dir, "-linux-")
	return in && strings.HasPrefix(base, "lib") && strings.Contains(base, ".so")
}

// Extends tells whether a library has another one's name and more after a hyphen, as what that opens from the
// directory it is in is called: libverto-libev.so.1 for libverto.so.1.
func Extends(library, soname string) bool {
	stem, _, ok := strings.Cut(soname, ".so")
	return ok && LoadedByName(library) && strings.HasPrefix(path.Base(library), stem+"-")
}

// Opened is the string by which a program opens a library in whichever version there is:
// "libicuuc.so.%s" for libicuuc.so.72.
func Opened(library string) string {
	stem, version, ok := strings.Cut(path.Base(library), ".so.")
	if !ok || !LoadedByName(library) || strings.Contains(version, ".") {
		return ""
	}
	return stem + ".so.%s"
}

// Private is the directory that a file is in which its package may have for itself, and that
// is for its programs: "/usr/share/lynis". It is empty for other files.
func Private(name string) string {
	parts := strings.Split(name, "/") // "", "usr", "share", NAME, …
	if len(parts) < 5 || parts[1] != "usr" || parts[2] != "lib" && parts[2] != "libexec" && parts[2] != "share" {
		return ""
	}
	dir := strings.Join(parts[:4], "/")
	if Shared(dir) || NeverShip(dir+"/x") || below(dir, ofSystems) {
		return ""
	}
	return dir
}

// ofSystems are directories in which packages leave something for editors, desktops and typesetters.
var ofSystems = []string{
	"/usr/lib/emacsen-common", "/usr/lib/girepository-1.0", "/usr/share/aclocal", "/usr/share/emacs", "/usr/share/gir-1.0", "/usr/share/glib-2.0", "/usr/share/gnome", "/usr/share/images",
	"/usr/share/javascript", "/usr/share/kde4", "/usr/share/lintian", "/usr/share/sgml", "/usr/share/sounds", "/usr/share/tcltk", "/usr/share/texmf", "/usr/share/texlive", "/usr/share/themes", "/usr/share/vim", "/usr/share/xml", "/usr/share/xsessions",
}

// Program reports whether a file is in one of the directories of PATH.
func Program(name string) bool {
	return slices.Contains([]string{"/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/games"}, path.Dir(name))
}

// othersDirectories are where packages leave files for other programs: service managers,
// shells, desktops, editors, bug reports.
var othersDirectories = []string{
	"/etc/apparmor.d", "/etc/apm", "/etc/bash_completion.d", "/etc/cron.d", "/etc/cron.daily", "/etc/cron.hourly", "/etc/cron.monthly", "/etc/cron.weekly",
	"/etc/default", "/etc/dhcp", "/etc/emacs/site-start.d", "/etc/init", "/etc/init.d", "/etc/insserv.conf.d", "/etc/logcheck", "/etc/logrotate.d",
	"/etc/NetworkManager", "/etc/network", "/etc/polkit-1", "/etc/ppp", "/etc/profile.d", "/etc/resolvconf", "/etc/runit", "/etc/rsyslog.d", "/etc/sudoers.d",
	"/etc/sysctl.d", "/etc/systemd", "/etc/udev", "/etc/ufw", "/etc/update-motd.d", "/etc/vim/addons", "/etc/X11/Xsession.d", "/etc/xdg/autostart",
	"/lib/systemd", "/lib/udev", "/usr/lib/insserv", "/usr/lib/mime", "/usr/lib/modprobe.d", "/usr/lib/modules-load.d", "/usr/lib/sysctl.d", "/usr/lib/systemd",
	"/usr/lib/sysusers.d", "/usr/lib/tmpfiles.d", "/usr/lib/udev",
	"/usr/share/appdata", "/usr/share/applications", "/usr/share/apport", "/usr/share/bash-completion", "/usr/share/bug", "/usr/share/debconf", "/usr/share/emacs/site-lisp",
	"/usr/share/fish", "/usr/share/gdb", "/usr/share/gtk-doc", "/usr/share/help", "/usr/share/icons", "/usr/share/menu", "/usr/share/metainfo", "/usr/share/mime",
	"/usr/share/mime-info", "/usr/share/pixmaps", "/usr/share/pkgconfig", "/usr/share/polkit-1", "/usr/share/reportbug", "/usr/share/ucf",
	"/usr/share/vim/addons", "/usr/share/vim/registry", "/usr/share/zsh",
	"/usr/share/javascript/moment-timezone/data", // 200 MB that its scripts for browsers are made of
}

// Home is the directory around a program outside of PATH that the program's package has
// for itself: /usr/lib/postgresql for a postgres below it. It is empty for other
// programs.
func Home(program string) string {
	parts := strings.Split(program, "/") // "", "usr", "lib", NAME, …
	if modules, ok := strings.CutPrefix(program, "/usr/share/nodejs/"); ok && strings.Contains(modules, "/") {
		return strings.Join(parts[:5], "/") // a package of Node's has its programs in it
	}
	if len(parts) < 5 || parts[1] != "usr" || parts[2] != "lib" && parts[2] != "libexec" && parts[2] != "share" || Shared(strings.Join(parts[:4], "/")) {
		return ""
	}
	return strings.Join(parts[:4], "/")
}

// CommonAccount reports whether an account is one of those that every system has and that
// programs change to.
func CommonAccount(name string) bool {
	switch name {
	case "nobody", "nogroup", "www-data":
		return true
	}
	return false
}
