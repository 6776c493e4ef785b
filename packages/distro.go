package packages

import (
	"regexp"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// Distro is what os-release says about a tree; zero if it has none.
type Distro struct {
	ID        string   `json:"id,omitempty"`
	VersionID string   `json:"versionID,omitempty"`
	BuildID   string   `json:"buildID,omitempty"`
	Name      string   `json:"name,omitempty"` // PRETTY_NAME, or NAME
	IDLike    []string `json:"idLike,omitempty"`
	// Point is Debian's point release, 12.5, which os-release does not have.
	Point string `json:"point,omitempty"`
}

// osReleases are the places of os-release, in the order of os-release(5).
var osReleases = []string{"/etc/os-release", "/usr/lib/os-release"}

// markers are files by which scanners know a distribution that they do not know
// by os-release: trivy pkg/fanal/analyzer/os has one reader for each.
var markers = []string{
	"/etc/debian_version",
	"/etc/lsb-release",
	"/etc/alpine-release",
	"/etc/redhat-release",
	"/etc/centos-release",
	"/etc/rocky-release",
	"/etc/almalinux-release",
	"/etc/fedora-release",
	"/etc/oracle-release",
	"/etc/system-release", // Amazon Linux
	"/etc/azurelinux-release",
	"/etc/mariner-release",
	"/etc/photon-release",
	"/etc/SuSE-release",
}

const maxRelease = 64 << 10

func readDistro(tree rootfs.FS) (Distro, error) {
	for _, name := range osReleases {
		data, _, err := readFile(tree, name, maxRelease)
		if rootfs.IsAbsent(err) {
			continue
		}
		if err != nil {
			return Distro{}, err
		}
		d := parseDistro(string(data))
		d.Point = pointRelease(tree, d)
		return d, nil
	}
	return Distro{}, nil
}

var pointVersion = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// pointRelease reads /etc/debian_version, as syft does for its purls:
// syft/linux/supplement_release.go. In testing it is no number.
func pointRelease(tree rootfs.FS, d Distro) string {
	if !strings.EqualFold(d.ID, "debian") {
		return ""
	}
	data, _, err := readFile(tree, "/etc/debian_version", maxRelease)
	if version := strings.TrimSpace(string(data)); err == nil && pointVersion.MatchString(version) {
		return version
	}
	return ""
}

func parseDistro(text string) Distro {
	vars := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok {
			vars[key] = unquote(value)
		}
	}
	d := Distro{
		ID: vars["ID"], VersionID: vars["VERSION_ID"], BuildID: vars["BUILD_ID"],
		Name: vars["PRETTY_NAME"], IDLike: strings.Fields(vars["ID_LIKE"]),
	}
	if d.Name == "" {
		d.Name = vars["NAME"]
	}
	return d
}

// unquote takes off the quotes of a shell-like assignment. Of the escapes only
// those that os-release(5) names are undone.
func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		s = s[1 : len(s)-1]
	}
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\"`, `"`, `\$`, `$`, `\\`, `\`, "\\`", "`", `\'`, `'`).Replace(s)
}
