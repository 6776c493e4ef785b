package rules

import (
	"cmp"
	"strings"
)

// compareRPM orders versions as rpm does (rpm-version(7), rpmvercmp): by epoch, version and
// release. A release counts only where both have one.
func compareRPM(a, b string) int {
	epochA, a := epoch(a)
	epochB, b := epoch(b)
	versionA, releaseA := revision(a)
	versionB, releaseB := revision(b)
	order := cmp.Or(compareSegments(epochA, epochB), compareSegments(versionA, versionB))
	if order == 0 && releaseA != "" && releaseB != "" {
		return compareSegments(releaseA, releaseB)
	}
	return order
}

// compareSegments compares stretches of digits by their numbers and stretches of letters by
// their characters, in turn. Anything else parts them, but for two signs: a tilde is
// before the end of a version, and a caret after it and before all else.
func compareSegments(a, b string) int {
	for {
		a, b = strings.TrimLeftFunc(a, parts), strings.TrimLeftFunc(b, parts)
		if order := cmp.Compare(signOf(a), signOf(b)); order != 0 {
			return order
		}
		if a == "" { // and so is b
			return 0
		}
		if signOf(a) != plain {
			a, b = a[1:], b[1:]
			continue
		}
		numbers := digit(a[0])
		if numbers != digit(b[0]) { // a number is newer than letters
			if numbers {
				return 1
			}
			return -1
		}
		var x, y string
		order := 0
		if numbers {
			x, a = number10(a)
			y, b = number10(b)
			order = compareNumbers(x, y)
		} else {
			x, a = letters(a)
			y, b = letters(b)
			order = cmp.Compare(x, y)
		}
		if order != 0 {
			return order
		}
	}
}

// parts reports whether a character separates stretches of a version and has no meaning
// of its own.
func parts(r rune) bool {
	return r != '~' && r != '^' && (r > 'z' || !digit(byte(r)) && !letter(byte(r)))
}

// How what is left of a version begins, in the order in which that sorts.
const (
	tilde = iota
	end
	caret
	plain
)

func signOf(s string) int {
	switch {
	case s == "":
		return end
	case s[0] == '~':
		return tilde
	case s[0] == '^':
		return caret
	}
	return plain
}

func letter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

// letters takes the letters that a text begins with.
func letters(s string) (word, rest string) {
	end := 0
	for end < len(s) && letter(s[end]) {
		end++
	}
	return s[:end], s[end:]
}
