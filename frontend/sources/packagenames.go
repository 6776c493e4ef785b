package sources

import (
	"slices"
	"strings"
)

// otherNames are what packages are called in other distributions, with the names that they
// may have instead.
var otherNames = map[string][]string{
	"build-base": {"build-essential"}, "gcc-c++": {"g++"}, "musl-dev": {"libc6-dev"}, "libc-dev": {"libc6-dev"},
	"glibc-devel": {"libc6-dev"}, "python": {"python3"}, "python2": {"python3"}, "pip": {"python3-pip"}, "pip3": {"python3-pip"},
	"python3.11-pip": {"python3-pip"}, "node": {"nodejs"}, "java": {"default-jre-headless"}, "jre": {"default-jre-headless"},
	"jdk": {"default-jdk-headless"}, "openssl-dev": {"libssl-dev"}, "openssl-devel": {"libssl-dev"}, "postgresql-dev": {"libpq-dev"},
	"mysql-client": {"default-mysql-client", "mariadb-client"}, "mysql-server": {"default-mysql-server", "mariadb-server"},
	"docker": {"docker.io"}, "go": {"golang-go", "golang"}, "rust": {"rustc"}, "redis": {"redis-server"}, "httpd": {"apache2"},
	"bind-tools": {"dnsutils"}, "bind-utils": {"dnsutils"}, "libstdc++": {"libstdc++6"}, "libgcc": {"libgcc-s1"}, "zlib": {"zlib1g"},
	"zlib-dev": {"zlib1g-dev"}, "zlib-devel": {"zlib1g-dev"}, "openssh": {"openssh-client"}, "vim-minimal": {"vim-tiny"},
	"shadow": {"passwd"}, "shadow-utils": {"passwd"}, "procps-ng": {"procps"}, "xz": {"xz-utils"}, "ca-certs": {"ca-certificates"},
	"timezone": {"tzdata"}, "libpq": {"libpq5"}, "libssl": {"libssl3"}, "libcurl": {"libcurl4"}, "libxml2-devel": {"libxml2-dev"},
}

// elsewhere is what a package is called here that has another name in other distributions;
// "" when none is known, or when that is not among the names that are known.
func (r reasons) elsewhere(name string) string {
	candidates := slices.Clone(otherNames[name])
	if rest, ok := strings.CutPrefix(name, "py3-"); ok {
		candidates = append(candidates, "python3-"+rest)
	}
	if rest, ok := strings.CutSuffix(name, "-devel"); ok {
		candidates = append(candidates, rest+"-dev", "lib"+rest+"-dev")
	}
	if strings.HasSuffix(name, "-dev") {
		candidates = append(candidates, "lib"+name)
	}
	for _, c := range candidates {
		if slices.Contains(r.names, c) {
			return c
		}
	}
	return ""
}
