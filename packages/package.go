// Package packages tells which distribution package owns a file of a tree.
package packages

// Manager is the kind of a package database.
type Manager string

// The package managers whose databases are read.
const (
	Dpkg Manager = "dpkg"
	Apk  Manager = "apk"
	RPM  Manager = "rpm"
)

// Package is an installed package, as its database has it.
type Package struct {
	// PURL names the package wherever it is spoken of:
	// pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12.
	PURL    string  `json:"purl"`
	Manager Manager `json:"manager"`
	Name    string  `json:"name"`
	Version string  `json:"version"`
	Arch    string  `json:"arch,omitempty"`
	// Source is the source package where its name is another.
	Source        string   `json:"source,omitempty"`
	SourceVersion string   `json:"sourceVersion,omitempty"`
	Licenses      []string `json:"licenses,omitempty"`
	Supplier      string   `json:"supplier,omitempty"`
	Homepage      string   `json:"homepage,omitempty"`
	// Size is that of the whole package when it is installed, in bytes.
	Size int64 `json:"size,omitempty"`
	// Dependents is how many other installed packages of the tree need it.
	Dependents int `json:"dependents,omitempty"`
}
