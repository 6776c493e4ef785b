package needs

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// A command is followed by something that prose is not followed by.
func TestCommand(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"exec gcc -g -O2 -o %o %s", "gcc"},
		{"rm -rf vmod_cache", "rm"},
		{"  as %(asm_options) %m.s", "as"},
		{"/usr/bin/dot -Tpng", "/usr/bin/dot"},
		{`"%s%sxkbcomp" -w %d "%s"`, "xkbcomp"},
		{`"%s/tool" | x`, "tool"},
		{`"%s" -V`, ""},
		{`"%s%d" -V`, ""},
		{"as root", ""},
		{"gcc", ""},
		{"gcc ", ""},
		{"a -b", ""},
		{"x=1 -y", ""},
		{"", ""},
	} {
		if got := Command([]byte(test.text)); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

func TestDirectives(t *testing.T) {
	t.Parallel()
	got := Directives([]byte("res 240\npostpro grotty\n[(\"C compiler command\", \"gcc\")\nnot a directive\n"))
	if want := []string{"240", "gcc", "grotty"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A compiler has the list of directories of headers, and a build system one of them.
func TestSearchesHeaders(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want bool
	}{
		{"\x00/usr/include\x00/usr/local/include\x00", true},
		{"\x00/usr/include\x00", false},
		{"\x00/usr/include/x\x00/usr/local/include/x\x00", false},
	} {
		if got := SearchesHeaders(Text([]byte(test.text))); got != test.want {
			t.Errorf("%q: got %v", test.text, got)
		}
	}
}

// A compiler for another machine has its headers in that machine's own directory.
func TestTargets(t *testing.T) {
	t.Parallel()
	for compiler, want := range map[string]string{
		"/usr/lib/gcc/avr/5.4.0/cc1":                      "/usr/lib/avr /usr/avr",
		"/usr/lib/gcc-cross/aarch64-linux-gnu/12/cc1plus": "/usr/lib/aarch64-linux-gnu /usr/aarch64-linux-gnu",
		"/usr/lib/gcc/avr/5.4.0/lto-wrapper":              "",
		"/usr/lib/other/avr/5.4.0/cc1":                    "",
		"/cc1":                                            "",
	} {
		if got := strings.Join(Targets(compiler), " "); got != want {
			t.Errorf("%s: got %q", compiler, got)
		}
	}
}

func TestPlugin(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"/usr/lib/uwsgi/plugins/python3_plugin.so": "python3", "/usr/lib/apache2/modules/mod_ssl.so": "ssl", "/x/libfoo.so": "foo", "/x/data": "",
	} {
		if got, ok := Plugin(name); ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// Translations stand beside each other, English among them; data that is kept by language
// alone is none, and neither are a few directories.
func TestTranslations(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ files, lang, want string }{
		{"/s/english/m /s/german/m /s/french/m /s/dutch/m /s/czech/m /s/polish/m /s/charsets/x", "", "/s/czech /s/dutch /s/french /s/german /s/polish"},
		{"/s/en/m /s/de/m /s/fr/m /s/nl/m /s/cs/m /s/pt-br/m", "de_AT.UTF-8", "/s/cs /s/fr /s/nl /s/pt-br"},
		{"/s/en/m /s/de/m /s/fr/m", "", ""},
		{"/s/fi/m /s/de/m /s/fr/m /s/nl/m /s/cs/m /s/pl/m", "", ""},
	} {
		env := map[string]string{}
		if test.lang != "" {
			env["LANG"] = test.lang
		}
		got := strings.Join(slices.Sorted(maps.Keys(Translations(strings.Fields(test.files), env))), " ")
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.files, got, test.want)
		}
	}
}
