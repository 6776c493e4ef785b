package needs

import (
	"path"
	"slices"
	"strings"
)

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

// tables of accounts tell who there is, and with their shells no program where to find something.
var tables = []string{"/etc/passwd", "/etc/passwd-", "/etc/group", "/etc/group-", "/etc/shadow", "/etc/gshadow", "/etc/shells", "/etc/subuid", "/etc/subgid"}

// IsConfig reports by its path whether a file is a configuration.
func IsConfig(name string) bool {
	if strings.HasPrefix(path.Base(name), "README") || slices.Contains(tables, name) {
		return false
	}
	switch path.Ext(name) {
	case ".conf", ".cnf", ".cfg", ".ini", ".config":
		return true
	}
	return strings.HasPrefix(name, "/etc/") || IsProcfile(name)
}

// IsProcfile tells the file that has the commands of an app's processes for foreman and its kin: lines
// "web: bundle exec puma".
func IsProcfile(name string) bool { return path.Base(name) == "Procfile" }

// IsCode reports by its path whether a file is code in a language that programs are
// extended in: Lua, Scheme, Tcl, and Varnish's own.
func IsCode(name string) bool {
	switch path.Ext(name) {
	case ".lua", ".scm", ".tcl", ".vcl":
		return true
	}
	return false
}

// IsDisabled reports whether a configuration has no effect where it lies: in Debian's
// mods-available, where a link in mods-enabled enables it, and among templates and
// examples, which are copied when a package is installed.
func IsDisabled(name string) bool {
	return slices.ContainsFunc([]string{"-available/", "/templates/", "/examples/", "/samples/"}, func(part string) bool { return strings.Contains(name, part) })
}

// Enables reports whether a link enables a configuration by the directory that it is in:
// mods-enabled.
func Enables(name string) bool { return strings.Contains(name, "-enabled/") }
