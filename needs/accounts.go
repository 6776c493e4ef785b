package needs

// LooksUpAccounts are the functions of libc that look up an account by its name.
var LooksUpAccounts = []string{"getpwnam", "getpwnam_r", "getgrnam", "getgrnam_r", "initgroups"}

// StartsPrograms are the functions of libc that start a program.
var StartsPrograms = []string{"execl", "execlp", "execle", "execv", "execve", "execvp", "execvpe", "fexecve", "posix_spawn", "posix_spawnp", "popen", "system"}

// StartsProgramsItself are those of them that start it without a shell.
var StartsProgramsItself = StartsPrograms[:len(StartsPrograms)-len(RunsShell)]

// Converts are the functions of libc that convert text between charsets.
var Converts = []string{"iconv_open"}
