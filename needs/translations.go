package needs

import (
	"path"
	"strings"
)

// minTranslations is how many directories with the names of languages beside each other
// are taken for translations.
const minTranslations = 6

// Translations are the directories among the given files that hold messages in other
// languages than English and those that an environment asks for: they stand beside many
// others, and English is one of these.
func Translations(files []string, env map[string]string) map[string]bool {
	found := map[string]map[string]bool{} // languages, by parent
	for _, name := range files {
		for dir := path.Dir(name); dir != "/" && dir != "."; dir = path.Dir(dir) {
			if _, ok := language(path.Base(dir)); ok {
				parent := path.Dir(dir)
				if found[parent] == nil {
					found[parent] = map[string]bool{}
				}
				found[parent][path.Base(dir)] = true
			}
		}
	}
	wanted := map[string]bool{"en": true}
	for _, name := range Locales(env) {
		if code, ok := language(name); ok {
			wanted[code] = true
		}
	}
	out := map[string]bool{}
	for parent, names := range found {
		english := false
		for name := range names {
			code, _ := language(name)
			english = english || code == "en"
		}
		for name := range names {
			if code, _ := language(name); english && len(names) >= minTranslations && !wanted[code] {
				out[path.Join(parent, name)] = true
			}
		}
	}
	return out
}

// language is the code (ISO 639-1) of the language that a name stands for: "german", "de",
// "de_AT.UTF-8", "pt-br".
func language(name string) (string, bool) {
	if code, ok := languages[name]; ok {
		return code, true
	}
	code, _, _ := strings.Cut(strings.ReplaceAll(name, "-", "_"), "_")
	code, _, _ = strings.Cut(code, ".")
	for _, known := range languages {
		if code == known {
			return code, true
		}
	}
	return "", false
}

var languages = map[string]string{
	"english": "en", "afrikaans": "af", "arabic": "ar", "azerbaijani": "az", "bulgarian": "bg", "catalan": "ca", "chinese": "zh", "croatian": "hr", "czech": "cs",
	"danish": "da", "dutch": "nl", "estonian": "et", "finnish": "fi", "french": "fr", "georgian": "ka", "german": "de", "greek": "el", "hebrew": "he",
	"hindi": "hi", "hungarian": "hu", "indonesian": "id", "irish": "ga", "italian": "it", "japanese": "ja", "korean": "ko", "latvian": "lv", "lithuanian": "lt",
	"malay": "ms", "norwegian": "no", "norwegian-ny": "nn", "persian": "fa", "polish": "pl", "portuguese": "pt", "romanian": "ro", "russian": "ru",
	"serbian": "sr", "slovak": "sk", "slovenian": "sl", "spanish": "es", "swedish": "sv", "thai": "th", "turkish": "tr", "ukrainian": "uk", "uzbek": "uz",
	"vietnamese": "vi", "armenian": "hy",
}
