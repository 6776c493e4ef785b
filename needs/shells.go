package needs

import "strings"

// RunsProgram stands in programs that have a shell run another program by its path: it is
// the beginning of the command's pattern, as in `"%s" -V`.
const RunsProgram = "\"%s\" -"

// Shell is the program by which libc's system and popen run commands.
const Shell = "/bin/sh"

// HasFunctions tells whether a text defines functions as the shell does: "name()", and "{" on the
// same line or the next.
func HasFunctions(text []byte) bool {
	before := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, " \t\r\n")
		if before && line == "{" {
			return true
		}
		name, rest, ok := strings.Cut(line, "()")
		before = ok && name != "" && !strings.ContainsAny(name, " \t\"'$=(.")
		if before && strings.TrimSpace(rest) == "{" {
			return true
		}
	}
	return false
}

// Commands are programs of packages that every system has. Other programs call them in
// commands for a shell: "sort -u -o %s".
var Commands = []string{
	"awk", "basename", "bzip2", "cat", "chgrp", "chmod", "chown", "cksum", "cmp", "cp", "cut", "date", "dd", "df", "diff", "dirname", "du", "echo", "env", "expr", "find",
	"grep", "egrep", "fgrep", "groups", "gunzip", "gzip", "head", "hostname", "id", "kill", "ln", "ls", "md5sum", "mkdir", "mkfifo", "mktemp", "more", "mv", "nice", "od", "ps", "pwd",
	"readlink", "realpath", "rm", "rmdir", "sed", "sha256sum", "sleep", "sort", "split", "stat", "stty", "tac", "tail", "tar", "tee", "test", "touch", "tr", "true", "tty",
	"uname", "uniq", "wc", "which", "who", "xargs", "xz", "zcat",
}
