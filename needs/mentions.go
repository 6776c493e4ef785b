package needs

import (
	"maps"
	"slices"
	"strings"
)

// Mentions are all that matters of what a configuration says: two with the same ones
// need the same of an image, whatever else differs between them.
type Mentions struct {
	// Paths are absolute, and sorted.
	Paths []Named `json:"paths,omitempty"`
	// Accounts are words that can be the names of accounts, sorted. Most are none.
	Accounts []string `json:"accounts,omitempty"`
}

// MentionsOf reads a configuration. Comments do not count.
func MentionsOf(text []byte) Mentions {
	text = Uncommented(text)
	names := map[string]bool{}
	for word := range Words(text) {
		// It can follow a slash, as it does in programs.
		if name := strings.TrimPrefix(word, "/"); isAccountName(name) {
			names[name] = true
		}
	}
	return Mentions{Paths: Text(text), Accounts: slices.Sorted(maps.Keys(names))}
}

// maxAccountName is how long the name of an account can be, as useradd(8) has it.
const maxAccountName = 32

// isAccountName tells names of accounts, as useradd(8) takes them by default, from
// numbers, sizes, domains and the like. Debian has some with capitals.
func isAccountName(word string) bool {
	if len(word) == 0 || len(word) > maxAccountName {
		return false
	}
	for i := range len(word) {
		c := word[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		case i > 0 && (c >= '0' && c <= '9' || c == '-'):
		default:
			return false
		}
	}
	return true
}
