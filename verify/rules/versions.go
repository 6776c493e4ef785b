package rules

import (
	"cmp"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// CompareVersions orders versions of packages as their package manager does. Where that is
// not known it is dpkg.
func CompareVersions(manager plan.Manager, a, b string) int {
	switch manager {
	case plan.APK:
		return compareAPK(a, b)
	case plan.RPM:
		return compareRPM(a, b)
	}
	return compareDpkg(a, b)
}

// compareDpkg orders versions as deb-version(7) says: by epoch, then by the upstream
// version, then by the revision.
func compareDpkg(a, b string) int {
	epochA, a := epoch(a)
	epochB, b := epoch(b)
	upstreamA, revisionA := revision(a)
	upstreamB, revisionB := revision(b)
	return cmp.Or(comparePart(epochA, epochB), comparePart(upstreamA, upstreamB), comparePart(revisionA, revisionB))
}

func epoch(version string) (string, string) {
	if before, after, ok := strings.Cut(version, ":"); ok {
		return before, after
	}
	return "0", version
}

func revision(version string) (string, string) {
	if at := strings.LastIndexByte(version, '-'); at >= 0 {
		return version[:at], version[at+1:]
	}
	return version, ""
}

// comparePart compares stretches that are no digits by their characters, and those of
// digits by their numbers, in turn.
func comparePart(a, b string) int {
	for a != "" || b != "" {
		for a != "" && !digit(a[0]) || b != "" && !digit(b[0]) {
			if d := cmp.Compare(weight(a), weight(b)); d != 0 {
				return d
			}
			a, b = a[min(1, len(a)):], b[min(1, len(b)):]
		}
		var x, y string
		x, a = number10(a)
		y, b = number10(b)
		if d := compareNumbers(x, y); d != 0 {
			return d
		}
	}
	return 0
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// weight is that of the first character: a tilde comes before the end, letters after it
// and all else last.
func weight(s string) int {
	switch {
	case s == "" || digit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case letter(s[0]):
		return int(s[0])
	}
	return int(s[0]) + 256
}

// compareNumbers orders numbers of any length that have no leading zeros.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// number10 takes the digits that a text begins with, without leading zeros.
func number10(s string) (number, rest string) {
	end := 0
	for end < len(s) && digit(s[end]) {
		end++
	}
	return strings.TrimLeft(s[:end], "0"), s[end:]
}
