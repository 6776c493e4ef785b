package needs

import (
	"bytes"
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
	// RunsAs are those of them that what is set says to be accounts, as it has "user" or
	// "group" in its name, sorted.
	RunsAs []string `json:"runsAs,omitempty"`
	// Files are the parts of words that can be the names of other configurations and of
	// directories with them, or patterns of these, sorted: "mods-enabled" and "*.load".
	Files []string `json:"files,omitempty"`
	// Own are the absolute paths that are not among Paths, for they begin with no directory of
	// a system's: "/app/errors/503.http".
	Own []Named `json:"own,omitempty"`
	// Relative are words that can be paths which are not absolute, "modules/mod_dir.so", sorted.
	Relative []string `json:"relative,omitempty"`
	// Includes are the paths that are not absolute of what the configuration includes, which may end
	// with a pattern, sorted: "strongswan.d/*.conf".
	Includes []string `json:"includes,omitempty"`
	// Commands are the values of settings for commands, each the program and its arguments, and
	// Shell the commands of a table of cron(8).
	Commands [][]string `json:"commands,omitempty"`
	Shell    []string   `json:"shell,omitempty"`
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
	m := Mentions{Paths: Text(text), Accounts: slices.Sorted(maps.Keys(names)), RunsAs: runsAs(text), Files: filesOf(text), Includes: includesOf(text), Commands: CommandsOf(text), Shell: CrontabCommands(text)}
	for _, n := range Absolute(text) {
		if !slices.Contains(m.Paths, n) {
			m.Own = append(m.Own, n)
		}
	}
	for word := range Words(text) {
		if i := strings.IndexByte(word, '/'); i > 0 && len(word) <= maxPath && !strings.Contains(word, "//") && !strings.ContainsFunc(word, func(c rune) bool { return c > 127 || !inPath(byte(c)) }) {
			m.Relative = append(m.Relative, word)
		}
	}
	slices.Sort(m.Relative)
	return m
}

// includesOf are the values of directives that include others.
func includesOf(text []byte) []string {
	var out []string
	for line := range bytes.Lines(text) {
		words := wordsOf(string(line))
		if len(words) != 2 || path.IsAbs(words[1]) || strings.Contains(words[1], "..") || len(words[1]) > maxPath {
			continue
		}
		switch strings.ToLower(strings.TrimLeft(words[0], "@.!%$")) {
		case "include", "includedir", "include_dir", "includeoptional":
			out = append(out, words[1])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// runsAs are the values of settings that have "user" or "group" in their names.
func runsAs(text []byte) []string {
	names := map[string]bool{}
	for line := range bytes.FieldsFuncSeq(text, func(c rune) bool { return c == '\n' || c == ';' }) {
		words := wordsOf(string(line))
		for i, word := range words {
			if i > 0 && isAccountName(word) && NamesAccount(words[0]) {
				names[word] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// NamesAccount reports whether a setting or an option of a program has the name of an account as
// its value, as far as its own name tells.
func NamesAccount(setting string) bool {
	setting = strings.ToLower(setting)
	return setting == "-u" || setting == "-g" || strings.Contains(setting, "user") || strings.Contains(setting, "group")
}

// AccountsOf are the words among the arguments of a program that can be the names of accounts,
// and those of them that follow an option for one: "nobody" of "-u nobody" and "--user=nobody".
func AccountsOf(args []string) (words, sure map[string]bool) {
	words, sure = map[string]bool{}, map[string]bool{}
	for i, arg := range args {
		option, value, ok := strings.Cut(arg, "=")
		if !ok {
			option, value = "", arg
			if i > 0 {
				option = args[i-1]
			}
		}
		for name := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ':' || r == '.' || r == ',' }) {
			if isAccountName(name) {
				words[name], sure[name] = true, sure[name] || NamesAccount(option)
			}
		}
	}
	return words, sure
}

// GivesTo are the accounts that a shell script gives files to, by chown and chgrp: those of
// "chown root:lp file".
func GivesTo(script []byte) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(string(Uncommented(script))) {
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r\n\"';&|", r) })
		for i, word := range words {
			if word != "chown" && word != "chgrp" {
				continue
			}
			to := words[i+1:]
			for len(to) > 0 && strings.HasPrefix(to[0], "-") {
				to = to[1:]
			}
			if len(to) == 0 {
				continue
			}
			for name := range strings.FieldsFuncSeq(to[0], func(r rune) bool { return r == ':' || r == '.' }) {
				if isAccountName(name) {
					out[name] = true
				}
			}
		}
	}
	return out
}

// Makes are the accounts that a shell script makes: the words of commands by which Debian policy 9.2.2 has
// packages do that.
func Makes(script []byte) map[string]bool {
	out := map[string]bool{}
	text := strings.ReplaceAll(string(Uncommented(script)), "\\\n", " ")
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		i := slices.IndexFunc(words, func(word string) bool { return slices.Contains(makers, strings.TrimPrefix(word, "/usr/sbin/")) })
		if i < 0 {
			continue
		}
		for _, word := range words[i+1:] {
			if word = strings.Trim(word, `"';`); isAccountName(word) {
				out[word] = true
			}
		}
	}
	return out
}

var makers = []string{"addgroup", "adduser", "groupadd", "useradd"}

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
