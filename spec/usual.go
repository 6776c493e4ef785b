package spec

import "slices"

// usualDirectories are those that programs expect to be directories (File System
// Hierarchy 3.0).
var usualDirectories = []string{
	"/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/proc", "/root", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var",
	"/etc/ssl", "/etc/ssl/certs",
	"/usr/bin", "/usr/include", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/sbin", "/usr/share", "/usr/src",
	"/usr/local", "/usr/local/bin", "/usr/local/etc", "/usr/local/lib", "/usr/local/sbin", "/usr/local/share",
	"/var/cache", "/var/lib", "/var/log", "/var/run", "/var/spool", "/var/tmp", "/var/www",
}

// IsUsualDirectory reports whether a clean path is that of a directory on every system,
// so that a file there is hardly meant.
func IsUsualDirectory(name string) bool { return slices.Contains(usualDirectories, name) }
