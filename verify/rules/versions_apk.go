package rules

import (
	"cmp"
	"slices"
	"strings"
)

// compareAPK orders versions as apk does (apk-package(5), apk-tools src/version.c):
// numbers parted by dots, a letter, suffixes such as _rc1, a commit (~1a2b) and a revision
// (-r3), each of which may be missing. What is no version ends there.
func compareAPK(a, b string) int {
	x, y := apkParts(a), apkParts(b)
	for i := 0; ; i++ {
		if order := cmp.Compare(y[i].kind, x[i].kind); order != 0 {
			// A version that goes on is newer, but for one that goes on as what came before.
			switch {
			case x[i].early():
				return -1
			case y[i].early():
				return 1
			}
			return order
		}
		if x[i].kind >= apkEnd {
			return 0
		}
		if order := x[i].compare(y[i]); order != 0 {
			return order
		}
	}
}

// The kinds of parts, in the order in which they follow one another.
const (
	apkFirst = iota
	apkNumber
	apkLetter
	apkSuffix
	apkSuffixNumber
	apkCommit
	apkRevision
	apkEnd
	apkInvalid
)

// apkPart is a part of a version of apk.
type apkPart struct {
	kind int
	text string
}

// apkSuffixes are those that there are, in their order; those before apkRelease come before
// a version without.
var apkSuffixes = []string{"alpha", "beta", "pre", "rc", apkRelease, "cvs", "svn", "git", "hg", "p"}

const apkRelease = ""

// early reports whether the part is a suffix of versions before a release.
func (p apkPart) early() bool {
	return p.kind == apkSuffix && slices.Index(apkSuffixes, p.text) < slices.Index(apkSuffixes, apkRelease)
}

// compare orders parts of one kind.
func (p apkPart) compare(o apkPart) int {
	switch p.kind {
	case apkNumber:
		if p.text[0] == '0' || o.text[0] == '0' { // as decimals are
			return cmp.Compare(p.text, o.text)
		}
	case apkFirst, apkSuffixNumber, apkRevision:
	case apkSuffix:
		return cmp.Compare(slices.Index(apkSuffixes, p.text), slices.Index(apkSuffixes, o.text))
	default:
		return cmp.Compare(p.text, o.text)
	}
	return compareNumbers(strings.TrimLeft(p.text, "0"), strings.TrimLeft(o.text, "0"))
}

// apkParts splits a version. The last part is apkEnd, or apkInvalid where it is none.
func apkParts(version string) []apkPart {
	var out []apkPart
	kind, rest := -1, version
	for kind < apkEnd {
		var part apkPart
		part, rest = nextAPK(kind, rest)
		out = append(out, part)
		kind = part.kind
	}
	return out
}

// nextAPK takes the part that follows one of a kind; -1 is the beginning.
func nextAPK(after int, s string) (part apkPart, rest string) {
	take := func(kind, skip int, of string) (apkPart, string) {
		text := s[skip:]
		rest := strings.TrimLeft(text, of)
		if text = text[:len(text)-len(rest)]; text == "" {
			return apkPart{kind: apkInvalid}, ""
		}
		return apkPart{kind, text}, rest
	}
	const digits = "0123456789"
	switch {
	case after < apkFirst:
		return take(apkFirst, 0, digits)
	case s == "":
		return apkPart{kind: apkEnd}, ""
	case s[0] == '.' && after <= apkNumber:
		return take(apkNumber, 1, digits)
	case digit(s[0]) && after == apkSuffix:
		return take(apkSuffixNumber, 0, digits)
	case s[0] >= 'a' && s[0] <= 'z' && after <= apkNumber:
		return apkPart{apkLetter, s[:1]}, s[1:]
	case s[0] == '_' && after <= apkSuffixNumber:
		if part, rest = take(apkSuffix, 1, "abcdefghijklmnopqrstuvwxyz"); slices.Contains(apkSuffixes, part.text) && part.text != apkRelease {
			return part, rest
		}
	case s[0] == '~' && after < apkCommit:
		return take(apkCommit, 1, digits+"abcdef")
	case strings.HasPrefix(s, "-r") && after < apkRevision:
		return take(apkRevision, 2, digits)
	}
	return apkPart{kind: apkInvalid}, ""
}
