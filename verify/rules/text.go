package rules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// count is "1 file" or "3 files".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// size is a number of bytes for a person: "12.3 MB".
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// quoted is a text between quotes, so that an empty one is seen.
func quoted(s string) string { return strconv.Quote(s) }

// sortedKeys are the keys of a map, sorted.
func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// withArticle is a kind of secret as it stands in a sentence: "an AWS secret key".
func withArticle(kind string) string {
	if strings.ContainsRune("AEIOaeio", rune(kind[0])) {
		return "an " + kind
	}
	return "a " + kind
}
