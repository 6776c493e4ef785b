package packages

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// The directories of package metadata in an image. Nothing that a source says can
// put metadata elsewhere: a licence that is a link to /etc/ld.so.preload, or a
// database that lies there, would be run by every program of the image.
const (
	docDir         = "/usr/share/doc"
	commonLicenses = "/usr/share/common-licenses"
	statusDir      = dpkgDir + "/status.d"
	manifestDir    = "/var/lib/rpmmanifest"
)

// IsMetadataPath reports whether a physical path of an image is one that package
// metadata has: a distribution's marker, an apk database, or a file in the
// directories of dpkg's and rpm's metadata and of licences.
func IsMetadataPath(p string) bool {
	if path.Clean(p) != p || strings.HasPrefix(path.Base(p), ".") {
		return false // ".wh.x" would remove x from the base
	}
	switch path.Dir(p) {
	case commonLicenses, statusDir, manifestDir:
		return true
	}
	return isMarker(p) || slices.Contains(apkDatabases, p) ||
		path.Base(p) == copyrightName && path.Dir(path.Dir(p)) == docDir
}

// isMarker reports whether a path is one at which distributions say who they are.
// Some of them have the file in /usr/lib and a link to it in /etc.
func isMarker(p string) bool {
	switch path.Dir(p) {
	case "/etc", "/usr/lib":
	default:
		return false
	}
	etc := path.Join("/etc", path.Base(p))
	return slices.Contains(osReleases, p) || slices.Contains(markers, etc)
}

// isCommonLicense reports whether a path is one of Debian's common licences.
func isCommonLicense(p string) bool {
	return path.Dir(p) == commonLicenses && !strings.HasPrefix(path.Base(p), ".")
}

// WithoutTexts is the metadata without the texts of licences, which no scanner needs to
// know what is installed; ok is false when nothing is left.
func (m MetadataFile) WithoutTexts() (out MetadataFile, ok bool) {
	if isLicenseText(m.Path) {
		return m, false
	}
	if m.kind == dpkgSums {
		var kept []byte
		for line := range bytes.Lines(m.Data) {
			if !isLicenseText("/" + sumName(strings.TrimSuffix(string(line), "\n"))) {
				kept = append(kept, line...)
			}
		}
		m.Data = kept
	}
	return m, true
}

// isLicenseText reports whether package metadata at a path is the text of a licence.
func isLicenseText(p string) bool {
	return isCommonLicense(p) || path.Base(p) == copyrightName && path.Dir(path.Dir(p)) == docDir
}

// isLicense reports whether a licence can be read from a physical path: packages
// share documentation, and some have a common licence and no more.
func isLicense(p string) bool {
	return strings.HasPrefix(p, docDir+"/") || isCommonLicense(p)
}
