package parts

import (
	"path"
	"slices"
	"testing"
)

// Every row is fit for what reads the table.
func TestTable(t *testing.T) {
	t.Parallel()
	var words []string
	for i, p := range table {
		if i > 0 && p.Default && !table[i-1].Default {
			t.Errorf("%s: default parts come first", p.Name)
		}
		if p.Default && p.Source != nil {
			t.Errorf("%s: a part that is there by default cannot need a source", p.Name)
		}
		if slices.Contains(p.Settings, SettingFrom) {
			t.Errorf("%s: the setting from follows from Source", p.Name)
		}
		if len(p.Paths) == 0 {
			t.Errorf("%s: brings nothing", p.Name)
		}
		paths := slices.Clone(p.Paths)
		if s := p.Source; s != nil {
			paths = append(append(paths, s.Candidates...), s.InBase)
			if len(s.Candidates) == 0 || s.Content == "" || s.Package == "" {
				t.Errorf("%s: incomplete source %+v", p.Name, s)
			}
			if got, ok := OfPath(s.InBase); !ok || got.Name != p.Name {
				t.Errorf("%s: a base is known to have it by %s, which it does not bring", p.Name, s.InBase)
			}
		}
		for _, name := range paths {
			if !path.IsAbs(name) || path.Clean(name) != name {
				t.Errorf("%s: %q is no clean absolute path", p.Name, name)
			}
		}
		for _, word := range append([]string{p.Name}, p.Synonyms...) {
			if slices.Contains(words, word) {
				t.Errorf("%s: the word %q is taken", p.Name, word)
			}
			words = append(words, word)
		}
	}
}

func TestOfPath(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		CABundle:                            CACertificates,
		"/etc/ssl/certs":                    CACertificates,
		"/etc/ssl/openssl.cnf":              "",
		"/usr/share/zoneinfo/Europe/London": Tzdata,
		"/usr/share/zoneinfo-icu":           "",
		"/usr/lib/os-release":               OSRelease,
		"/tmp":                              Tmp,
		"zoneinfo":                          "",
	} {
		if got, _ := OfPath(name); got.Name != want {
			t.Errorf("%s is of %q, want %q", name, got.Name, want)
		}
	}
}
