package needs

import (
	"maps"
	"path"
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
	// Files are the parts of words that can be the names of other configurations and of
	// directories with them, or patterns of these, sorted: "mods-enabled" and "*.load".
	Files []string `json:"files,omitempty"`
}

// Names tells whether a configuration of a directory is mentioned, by its own name, that of
// the directory or a pattern.
func (m Mentions) Names(config string) bool {
	return slices.ContainsFunc(m.Files, func(file string) bool {
		if file == path.Base(config) || file == path.Base(path.Dir(config)) {
			return true
		}
		ok, err := path.Match(file, path.Base(config))
		return ok && err == nil
	})
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
	return Mentions{Paths: Text(text), Accounts: slices.Sorted(maps.Keys(names)), Files: filesOf(text)}
}

// filesOf are the names of configurations in a text.
func filesOf(text []byte) []string {
	files := map[string]bool{}
	for word := range Words(text) {
		last := path.Base(word)
		if len(word) > maxPath || !strings.Contains(last, "*") && !strings.Contains(word, "_params") && !IsConfig("/"+last) && !slices.Contains([]string{".load", ".types", ".list", ".d"}, path.Ext(last)) {
			continue
		}
		files[last] = true
		if dir := path.Base(path.Dir(word)); strings.Contains(last, "*") && dir != "." && dir != "/" {
			files[dir] = true
		}
	}
	return slices.Sorted(maps.Keys(files))
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
