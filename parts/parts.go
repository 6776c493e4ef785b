// Package parts is the table of ready-made parts: the files that images need
// again and again, and that nobody wants to name one by one. The spec takes its
// part names from it, the frontend learns which parts need sources, imageconfig
// which environment they need, and explain whose path one is.
//
// To add a part, add its row to table, and to package resolve the function that
// ships it.
package parts

import (
	"slices"
	"strings"
)

// The names of the parts.
const (
	Accounts       = "accounts"
	Tmp            = "tmp"
	Nsswitch       = "nsswitch"
	CACertificates = "ca-certificates"
	Tzdata         = "tzdata"
	OSRelease      = "os-release"
)

// Where the parts that come from sources are in every image.
const (
	CABundle = "/etc/ssl/certs/ca-certificates.crt"
	Zoneinfo = "/usr/share/zoneinfo"
	// OSReleaseFile is where programs look first. Distributions make it a link to
	// OSReleaseData.
	OSReleaseFile = "/etc/os-release"
	OSReleaseData = "/usr/lib/os-release"
)

// Part is a ready-made part.
type Part struct {
	Name string
	// Default parts ship unless the spec excludes them.
	Default bool
	// Paths are what the part brings: files, and directories with all that is
	// below them.
	Paths []string
	// Source says how the part is found in a source; nil for one that is made
	// from nothing.
	Source *Source
	// Settings are the keys that the spec can set for the part, besides those
	// that follow from Source.
	Settings []Setting
	// Env are the variables that an image with the part has, unless its base or
	// its spec sets them.
	Env []Variable
	// Synonyms are other words for the part, in lower case, for a better message.
	Synonyms []string
}

// Source says where a part is in the file trees of distributions.
type Source struct {
	// Candidates are the paths by which a tree can have it. The first that a tree
	// has counts.
	Candidates []string
	// Dir tells that it is a directory there, and not a file.
	Dir bool
	// Content is what the part is made from, as messages call it.
	Content string
	// Package is the distributions' package to install where no source has it.
	Package string
	// InBase is a path that a base has exactly if it has the part already.
	InBase string
}

// Setting is a key of a part in the spec.
type Setting string

// The settings.
const (
	// SettingFrom names the source of the part. Every part that comes from a
	// source takes it.
	SettingFrom Setting = "from"
	// SettingAdd lists files that are added to the part's own.
	SettingAdd Setting = "add"
)

// Variable is an environment variable.
type Variable struct{ Name, Value string }

// table has a row for each part, the default ones first.
var table = []Part{{
	Name:     Accounts,
	Default:  true,
	Paths:    []string{"/etc/passwd", "/etc/group"},
	Synonyms: []string{"passwd", "users", "group", "user"},
}, {
	Name:     Tmp,
	Default:  true,
	Paths:    []string{"/tmp"},
	Synonyms: []string{"/tmp"},
}, {
	Name:     Nsswitch,
	Default:  true,
	Paths:    []string{"/etc/nsswitch.conf"},
	Synonyms: []string{"nsswitch.conf"},
}, {
	Name:  CACertificates,
	Paths: []string{"/etc/ssl/certs"},
	Source: &Source{
		Candidates: []string{
			CABundle,                           // Debian, Ubuntu, Alpine, distroless
			"/etc/pki/tls/certs/ca-bundle.crt", // Fedora and its kin
			"/etc/ssl/ca-bundle.pem",           // SUSE
			"/etc/ssl/cert.pem",                // Alpine without ca-certificates
		},
		Content: "a certificate bundle (" + CABundle + ")",
		Package: "ca-certificates",
		InBase:  CABundle,
	},
	Settings: []Setting{SettingAdd},
	Env:      []Variable{{"SSL_CERT_FILE", CABundle}}, // OpenSSL and Go heed it
	Synonyms: []string{"ca-certs", "certs", "certificates", "cacerts", "ssl", "ca-bundle"},
}, {
	Name:  Tzdata,
	Paths: []string{Zoneinfo},
	Source: &Source{
		Candidates: []string{Zoneinfo},
		Dir:        true,
		Content:    "time zones (" + Zoneinfo + ")",
		Package:    "tzdata",
		InBase:     Zoneinfo + "/Europe/London",
	},
	Synonyms: []string{"timezone", "timezones", "zoneinfo", "tz"},
}, {
	Name:  OSRelease,
	Paths: []string{OSReleaseFile, OSReleaseData},
	Source: &Source{
		Candidates: []string{OSReleaseFile, OSReleaseData},
		Content:    OSReleaseFile,
		Package:    "base-files",
		InBase:     OSReleaseFile,
	},
}}

// All lists the parts, the default ones first.
func All() []Part { return slices.Clone(table) }

// Lookup returns a part by its name.
func Lookup(name string) (Part, bool) {
	i := slices.IndexFunc(table, func(p Part) bool { return p.Name == name })
	if i < 0 {
		return Part{}, false
	}
	return table[i], true
}

// Names lists the names of all parts.
func Names() []string { return names(func(Part) bool { return true }) }

// Defaults lists the names of the default parts.
func Defaults() []string { return names(func(p Part) bool { return p.Default }) }

func names(which func(Part) bool) []string {
	var out []string
	for _, p := range table {
		if which(p) {
			out = append(out, p.Name)
		}
	}
	return out
}

// OfPath returns the part that brings a path.
func OfPath(path string) (Part, bool) {
	for _, p := range table {
		if slices.ContainsFunc(p.Paths, func(own string) bool { return path == own || strings.HasPrefix(path, own+"/") }) {
			return p, true
		}
	}
	return Part{}, false
}

// Synonym returns the name of the part that a word or the path of what it is means, or "".
func Synonym(word string) string {
	for _, p := range table {
		if slices.Contains(p.Synonyms, strings.ToLower(word)) || p.isAt(word) {
			return p.Name
		}
	}
	return ""
}

// isAt reports whether a path is one that the part has, in the image or in a source.
func (p Part) isAt(path string) bool {
	path = strings.TrimSuffix(path, "/")
	return slices.Contains(p.Paths, path) || p.Source != nil && slices.Contains(p.Source.Candidates, path)
}

// Takes reports whether the spec can set a key for the part.
func (p Part) Takes(s Setting) bool {
	return s == SettingFrom && p.Source != nil || slices.Contains(p.Settings, s)
}
