package needs

import (
	"path"
	"slices"
	"strings"
)

// RunDirectory is the directory under /run that a path names or is in, if it is one
// of a program's own: "/run/mysqld" of "/run/mysqld/mysqld.sock". It is /run itself for
// files that programs make there, "/run/nginx.pid", and empty for other paths.
func RunDirectory(n Named) string {
	name := n.Path
	if rest, ok := strings.CutPrefix(name, "/var/run/"); ok {
		name = "/run/" + rest
	}
	dir := path.Dir(name)
	if n.Dir {
		dir = name
	}
	if dir == "/run" && !n.Dir {
		switch path.Ext(name) {
		case ".pid", ".sock", ".socket", ".lock":
			return dir
		}
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(dir, "/run/"), "/")
	if !strings.HasPrefix(dir, "/run/") || !own(first) {
		return ""
	}
	return dir
}

// StateDirectory is the directory under /var that a path is in, if a program must have it
// to keep something below: "/var/spool/smtpd" of "/var/spool/smtpd/queue". It is empty for
// other paths, and for a name alone, which may be that of a file.
func StateDirectory(n Named) string {
	parts := strings.Split(n.Path, "/") // "", "var", "spool", NAME, …
	if len(parts) < 4 || parts[1] != "var" || len(parts) == 4 && !n.Dir {
		return ""
	}
	switch parts[2] {
	case "lib", "spool", "cache", "log", "db":
	default:
		return ""
	}
	if dir := strings.Join(parts[:4], "/"); !Shared(dir) {
		return dir
	}
	return ""
}

// own tells directories of /run that belong to one program, and not to the system.
func own(dir string) bool {
	switch dir {
	case "", "systemd", "udev", "user", "lock", "log", "shm", "dbus", "nscd", "mount", "initctl", "initramfs", "host", "resolvconf", "netns":
		return false
	}
	return true
}

// Tmpfile reads a line of tmpfiles.d(5) that makes a directory for programs under /run
// or /var: "d /run/mysqld 0755 mysql root -".
func Tmpfile(line string) (dir string, ok bool) {
	f := strings.Fields(line)
	if len(f) < 2 {
		return "", false
	}
	switch strings.TrimRight(f[0], "+!-=~^$") {
	case "d", "D", "v", "q", "Q":
	default:
		return "", false
	}
	dir = path.Clean(f[1])
	if strings.Contains(dir, "%") || strings.Contains(dir, "\x00") || !strings.HasPrefix(dir, "/run/") && !strings.HasPrefix(dir, "/var/") {
		return "", false
	}
	if Shared(dir) && !strings.HasPrefix(dir, "/run/") && !strings.HasPrefix(dir, "/var/run/") {
		return "", false
	}
	return dir, true
}

// Plugin is the name by which a program knows the plugin in a file: "python3" for
// python3_plugin.so, "ssl" for mod_ssl.so.
func Plugin(name string) (string, bool) {
	stem, ok := strings.CutSuffix(path.Base(name), ".so")
	stem = strings.TrimSuffix(stem, "_plugin")
	for _, prefix := range []string{"mod_", "lib"} {
		stem = strings.TrimPrefix(stem, prefix)
	}
	return stem, ok && stem != ""
}

// CommonAccount tells accounts that every system has and that programs become.
func CommonAccount(name string) bool {
	switch name {
	case "nobody", "nogroup", "www-data":
		return true
	}
	return false
}

// IsConfig tells by its path whether a file is a configuration.
func IsConfig(name string) bool {
	if strings.HasPrefix(path.Base(name), "README") {
		return false
	}
	switch path.Ext(name) {
	case ".conf", ".cnf", ".cfg", ".ini", ".config":
		return true
	}
	return strings.HasPrefix(name, "/etc/")
}

// IsCode tells by its path whether a file is a part of a program in the language that the
// program is extended in.
func IsCode(name string) bool {
	switch path.Ext(name) {
	case ".lua", ".tcl", ".vcl":
		return true
	}
	return false
}

// IsDisabled tells configurations that count only where a link enables them, as Debian
// keeps those of Apache's modules in mods-available, and those that are copied when a
// package is installed.
func IsDisabled(name string) bool {
	return slices.ContainsFunc([]string{"-available/", "/templates/", "/examples/", "/samples/"}, func(part string) bool { return strings.Contains(name, part) })
}

// Enables tells links that enable such a configuration.
func Enables(name string) bool { return strings.Contains(name, "-enabled/") }
