package rules

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

func noPackageManager() *rule.Rule {
	return &rule.Rule{
		ID:        "no-package-manager",
		Title:     "There is no package manager",
		Rationale: "An image is built anew when something in it changes. A package manager in it lets whoever breaks in bring what he needs, and lets containers drift away from what was checked.",
		Fixes: []string{
			"Install packages in a source (`packages:`): nothing of the package manager ships.",
			"Use a base without a package manager.",
		},
		Severity:  diag.SeverityError,
		Since:     "1.0",
		Params:    []rule.Param{list("allow", rule.Fewer, "Paths of package managers that are allowed, as patterns.")},
		Standards: []rule.Standard{{Name: rule.CISDocker, ID: "4.3"}, {Name: rule.NIST800190, ID: "4.1.2"}},
		NeedsBase: true,
		Check:     func(c *rule.Check) { checkPrograms(c, "a package manager", packageManagers) },
	}
}

var packageManagers = []string{
	"apt", "apt-get", "apt-cache", "aptitude", "dpkg", "apk", "rpm", "dnf", "microdnf", "yum", "zypper", "pacman", "opkg", "tdnf", "pip", "npm", "yarn", "pnpm", "gem", "cpan", "cargo", "composer", "conda", "brew", "snap", "flatpak", "emerge", "nix", "nix-env", "guix", "xbps-install", "swupd",
	"pipx", "uv", "poetry", "easy_install", "npx", "corepack", "luarocks", "mamba", "micromamba", "opam",
}
