package needs

// RunsShell are the functions of libc that have /bin/sh run a command.
var RunsShell = []string{"system", "popen"}

// RunsProgram is the beginning of a command for the shell that is made of a path at run time, as
// in programs that ask another one for its version: "%s" -V.
const RunsProgram = "\"%s\" -"

// Shell is the program that they start.
const Shell = "/bin/sh"

// Commands are programs of the packages that every system has which others call by a
// command for a shell: "sort -u -o %s".
var Commands = []string{
	"awk", "basename", "bzip2", "cat", "chgrp", "chmod", "chown", "cksum", "cmp", "cp", "cut", "date", "dd", "df", "diff", "dirname", "du", "echo", "env", "expr", "find",
	"grep", "egrep", "fgrep", "groups", "gunzip", "gzip", "head", "hostname", "id", "kill", "ln", "ls", "md5sum", "mkdir", "mkfifo", "mktemp", "more", "mv", "nice", "od", "ps", "pwd",
	"readlink", "realpath", "rm", "rmdir", "sed", "sha256sum", "sleep", "sort", "split", "stat", "stty", "tac", "tail", "tar", "tee", "test", "touch", "tr", "true", "tty",
	"uname", "uniq", "wc", "which", "who", "xargs", "xz", "zcat",
}
