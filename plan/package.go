package plan

import "strings"

// Manager is a package manager, by its database.
type Manager string

// The package managers whose databases are read.
const (
	Dpkg Manager = "dpkg"
	APK  Manager = "apk"
	RPM  Manager = "rpm"
)

// Package is an installed distribution package, as its database has it.
type Package struct {
	// PURL is the package URL as syft writes it, and the package's identity:
	// pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12.5&upstream=glibc
	PURL    string  `json:"purl"`
	Manager Manager `json:"manager"`
	// Name is the package's name, "libc6".
	Name string `json:"name"`
	// Version is the whole version: with epoch and revision or release.
	Version string `json:"version"`
	// Arch is the architecture in the package manager's words, "amd64", "x86_64".
	Arch string `json:"arch,omitempty"`
	// Source is the source package, when its name or its version differs.
	Source string `json:"source,omitempty"`
	// SourceVersion is the version of Source, when it differs from Version.
	SourceVersion string `json:"sourceVersion,omitempty"`
	// Licenses are SPDX identifiers or expressions where what is declared maps
	// to one, else what is declared. Sorted.
	Licenses []string `json:"licenses,omitempty"`
	// Supplier is who maintains the package, often "Name <address>".
	Supplier string `json:"supplier,omitempty"`
	// Homepage is the URL of what the package is made from.
	Homepage string `json:"homepage,omitempty"`
	// Size is the installed size of the whole package in bytes, as declared.
	Size int64 `json:"size,omitempty"`
}

// IsAskedFor reports whether p is what a package manager is asked to install by a name: the
// name alone, or with a version as in "curl=7.88.1-10", "curl~8" or "curl-7.88", a repository
// as in "curl@edge", or an architecture as in "curl:arm64".
func (p *Package) IsAskedFor(by string) bool {
	rest, ok := strings.CutPrefix(by, p.Name)
	if !ok || rest == "" {
		return ok
	}
	if rest[0] == '-' {
		return len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9'
	}
	return strings.IndexByte("=<>~@:", rest[0]) >= 0
}
