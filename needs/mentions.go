package needs

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// Mentions are what a configuration says that matters for what else ships. An image needs
// the same for two configurations with equal mentions, so an analysis can be cached by
// them.
type Mentions struct {
	// Paths are absolute, and sorted.
	Paths []Named `json:"paths,omitempty"`
	// Accounts are words that can be the names of accounts, sorted. Most are none.
	Accounts []string `json:"accounts,omitempty"`
	// Files are the parts of words that can be the names of other configurations and of
	// directories with them, or patterns of these, sorted: "mods-enabled" and "*.load".
	Files []string `json:"files,omitempty"`
}

// Names reports whether the text names a file of a directory of configurations: by its
// own name, by the directory's, or by a pattern.
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

// isAccountName reports whether a word can be the name of an account, as useradd(8) takes
// them by default, and is no number, size or domain. Debian has some with capitals.
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
