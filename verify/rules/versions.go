package rules

import (
	"cmp"
	"strings"
)

// CompareVersions orders versions of packages as dpkg does (deb-version(7)): by epoch,
// then by the upstream version, then by the revision.
func CompareVersions(a, b string) int {
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
		if d := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); d != 0 {
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
	case s[0] >= 'A' && s[0] <= 'Z' || s[0] >= 'a' && s[0] <= 'z':
		return int(s[0])
	}
	return int(s[0]) + 256
}

// number10 takes the digits that a text begins with, without leading zeros.
func number10(s string) (number, rest string) {
	end := 0
	for end < len(s) && digit(s[end]) {
		end++
	}
	return strings.TrimLeft(s[:end], "0"), s[end:]
}
