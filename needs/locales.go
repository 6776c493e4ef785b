package needs

import (
	"path"
	"slices"
	"strings"
)

// LocaleOptions are names of settings for the locale that a program keeps its data in, as a database
// does: who starts it gives one when it runs.
var LocaleOptions = []string{"lc-collate", "lc_monetary"}

// Locales are the locales that an environment names, sorted, without C and POSIX, which are
// in the C library.
func Locales(env map[string]string) []string {
	var out []string
	for key, value := range env {
		if key != "LANG" && !strings.HasPrefix(key, "LC_") {
			continue
		}
		if value != "" && value != "C" && value != "POSIX" && !strings.Contains(value, "/") {
			out = append(out, value)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// LocaleDirectory is what glibc calls the directory of a locale: the codeset is written in
// lower case and without punctuation, "de_DE.utf8" for "de_DE.UTF-8".
func LocaleDirectory(name string) string {
	lang, codeset, ok := strings.Cut(name, ".")
	if !ok {
		return path.Base(name)
	}
	codeset, modifier, hasModifier := strings.Cut(codeset, "@")
	codeset = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(codeset))
	if hasModifier {
		codeset += "@" + modifier
	}
	return lang + "." + codeset
}
