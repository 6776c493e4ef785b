package needs

import (
	"path"
	"strings"
)

// RunDirectory is the directory under /run that a path names or is in, if it is one
// of a program's own: "/run/mysqld" of "/run/mysqld/mysqld.sock". It is /run itself for
// files that programs make there, "/run/nginx.pid", and empty for other paths. Of a path
// that other text may follow, the first directory alone is certain.
func RunDirectory(n Named) string {
	name := n.Path
	if name == "/var/run" {
		return "/run" // with a name that is put behind it
	}
	if rest, ok := strings.CutPrefix(name, "/var/run/"); ok {
		name = "/run/" + rest
	}
	dir := path.Dir(name)
	if n.Dir {
		dir = name
	}
	if dir == "/run" && !n.Dir && madeFile(name) {
		return dir
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(dir, "/run/"), "/")
	if !strings.HasPrefix(dir, "/run/") || !own(first) {
		return ""
	}
	if n.Loose {
		return RunDirectory(Named{Path: "/run/" + first, Dir: !madeFile(first)})
	}
	return dir
}

// madeFile tells by its name that a path in /run is a file that a program makes.
func madeFile(name string) bool {
	switch path.Ext(name) {
	case ".pid", ".sock", ".socket", ".lock":
		return true
	}
	return false
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

// own reports whether a directory in /run belongs to one program, and not to the system.
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

// ServiceDirectories are the directories under /run that systemd makes for a service, if that
// starts the program.
func ServiceDirectories(unit, program string) []string {
	var out []string
	starts := false
	for line := range strings.Lines(unit) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		words := strings.Fields(value)
		if !ok || len(words) == 0 {
			continue
		}
		switch key {
		case "ExecStart":
			starts = starts || path.Base(words[0]) == program
		case "RuntimeDirectory":
			for _, word := range words {
				name := strings.TrimPrefix(path.Clean("/"+word), "/")
				if first, _, _ := strings.Cut(name, "/"); own(first) && !strings.ContainsAny(word, "%:\x00") {
					out = append(out, "/run/"+name)
				}
			}
		}
	}
	if !starts {
		return nil
	}
	return out
}

// ReadBy names the library that alone reads a file or directory, "" for most. PostgreSQL keeps its
// code, and that of its extensions, as LLVM's bitcode for llvmjit.so to take functions from:
// load_module_summary in src/backend/jit/llvm/llvmjit_inline.cpp.
func ReadBy(name string) string {
	dir, _, found := strings.Cut(name+"/", "/bitcode/")
	if ext := path.Ext(name); !found || ext != ".bc" && ext != "" {
		return ""
	}
	return dir + "/llvmjit.so"
}

// KeepsTime reports whether a file has to keep the modification time that it has in its source. cron
// reads its tables if one of them is newer than those that it has, which is time 0 when it starts.
func KeepsTime(name string) bool { return name == "/etc/crontab" }
