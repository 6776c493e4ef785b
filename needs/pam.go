package needs

import (
	"path"
	"slices"
	"strings"
)

// PAMDirectory is where the services of PAM have their configurations.
const PAMDirectory = "/etc/pam.d"

// Shadow is where pam_unix looks for accounts whose password is not in /etc/passwd.
const Shadow = "/etc/shadow"

// ChecksPasswords is the program by which pam_unix looks there for others than root; since Linux-PAM
// 1.6 for root, too.
const ChecksPasswords = "/usr/sbin/unix_chkpwd"

// ReadsShadow are the functions of libpam by which a module looks into /etc/shadow itself.
var ReadsShadow = map[string]bool{"pam_modutil_getspnam": true}

// LinksPAM reports whether a program with these NEEDED entries asks PAM.
func LinksPAM(needed []string) bool {
	return slices.ContainsFunc(needed, func(name string) bool { return strings.HasPrefix(name, "libpam.so") })
}

// PAMStack reads a configuration of PAM: the modules that it names, "pam_unix.so", and other
// configurations that it includes (pam.d(5), and @include as Debian has it).
func PAMStack(text []byte) (modules, includes []string) {
	for line := range strings.Lines(string(Uncommented(text))) {
		f := strings.Fields(line)
		for i, word := range f {
			switch {
			case i == 1 && f[0] == "@include", i == 2 && (f[1] == "include" || f[1] == "substack"):
				includes = append(includes, path.Join(PAMDirectory, path.Base(word)))
			case strings.HasPrefix(path.Base(word), "pam_") && path.Ext(word) == ".so":
				modules = append(modules, path.Base(word))
			}
		}
	}
	return modules, includes
}

// PAMFiles are what modules of PAM read beside their configurations.
var PAMFiles = map[string][]string{
	"pam_access.so": {"/etc/security/access.conf"},
	"pam_env.so":    {"/etc/security/pam_env.conf", "/etc/environment"},
	"pam_group.so":  {"/etc/security/group.conf"},
	"pam_limits.so": {"/etc/security/limits.conf", "/etc/security/limits.d"},
	"pam_time.so":   {"/etc/security/time.conf"},
}
