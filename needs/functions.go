package needs

import "slices"

// The functions of libc whose use tells what else a program opens.
var (
	// LooksUpAccounts are those that look up an account by its name.
	LooksUpAccounts = []string{"getpwnam", "getpwnam_r", "getgrnam", "getgrnam_r", "initgroups"}
	// Converts are those that convert text between charsets: glibc's, and those of GLib and
	// recode and libunistring, which call it.
	Converts = []string{"iconv_open", "g_convert", "g_convert_with_fallback", "g_iconv_open", "recode_scan_request",
		"u8_conv_from_encoding", "u8_conv_to_encoding", "u8_strconv_from_encoding", "u8_strconv_to_encoding",
		"u32_conv_from_encoding", "u32_conv_to_encoding", "u32_strconv_from_encoding", "u32_strconv_to_encoding"}
	// StartsPrograms are those that start a program, StartsProgramsItself those of them
	// that use no shell for it, and RunsShell the others.
	StartsPrograms       = slices.Concat(StartsProgramsItself, RunsShell)
	StartsProgramsItself = []string{
		"execl", "execlp", "execle", "execv", "execve", "execvp", "execvpe", "fexecve", "posix_spawn", "posix_spawnp",
		"apr_proc_create", "uv_spawn", "g_spawn_async", "g_spawn_async_with_pipes", "g_spawn_command_line_async", "g_spawn_command_line_sync", "g_spawn_sync", "g_subprocess_new", "g_subprocess_newv",
		"pipecmd_new", "pipecmd_new_args", "pipecmd_new_argstr", "pipeline_new_command_args", // libpipeline(3)
	}
	RunsShell = []string{"popen", "system"}
)

// A Database is a file in which functions of libc look names and numbers up (nsswitch.conf(5)).
type Database struct {
	Path      string
	Functions []string
}

// Databases are those that packages bring as they are. Accounts and hosts have keys of their own.
var Databases = []Database{
	{"/etc/protocols", []string{"getprotobyname", "getprotobyname_r", "getprotobynumber", "getprotobynumber_r", "getprotoent", "getprotoent_r"}},
	{"/etc/rpc", []string{"getrpcbyname", "getrpcbyname_r", "getrpcbynumber", "getrpcbynumber_r", "getrpcent", "getrpcent_r"}},
	{"/etc/services", []string{"getservbyname", "getservbyname_r", "getservbyport", "getservbyport_r", "getservent", "getservent_r"}},
}
