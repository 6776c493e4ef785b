package needs

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// A path ends where no character of paths goes on, and is a directory where what
// follows is made at run time.
func TestScan(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"\x00/usr/lib/app\x00/etc/app.conf\x00", "/etc/app.conf /usr/lib/app"},
		{"\x00/etc/app/%s.conf\x00", "/etc/app/"},
		{"\x00/usr/lib/app%d/x\x00", "/usr/lib/app…"},
		{"\x00/usr/lib/a:/usr/local/lib/a\x00", "/usr/lib/a /usr/local/lib/a"},
		{"cannot open /etc/app.conf.\x00", "/etc/app.conf"},
		{"\x00/etc/app/\x00", "/etc/app"},
		{"\x00%s/etc/app\x00", ""},
		{"\x00share/app/x\x00", "/usr/share/app/x"},
		{"\x00%s/share/app\x00", ""},
		{"\x00%x:%x/../lib/csv%v/%m\x00", "/usr/lib/csv…"},
		{"\x00../share/app\x00/../libexec/app\x00%s/../../share/b\x00", "/usr/libexec/app /usr/share/app /usr/share/b"},
		{"\x00src/../share/app\x00a../share/b\x00", ""},
		{"\x00/share/app\x00", "/usr/share/app"},
		{"\x00my share/app/x\x00", ""},
		{"\x00https://host/usr/lib/x\x00", ""},
		{"\x00/home/me/src\x00/build/x\x00", ""},
		{"\x00/usr/lib/../../etc/x\x00", ""},
		{"\x00/usr\x00/\x00/usr/lib/a//b/\x00", "/usr/lib/a/b"},
		{"\x00-I/usr/include/x\x00", ""},
		{"\x00/usr/share/\xff\x00", "/usr/share"},
		{"\x00'TAR=/bin/tar' /bin/sed\x00", "/bin/sed =/bin/tar"},
	} {
		found := map[Named]bool{}
		pathScan{found: found}.scan([]byte(test.text))
		var got []string
		for p := range maps.Keys(found) {
			text := p.Path
			if p.Dir {
				text += "/"
			}
			if p.Value {
				text = "=" + text
			}
			if p.Begun != "" {
				text += p.Begun + "…"
			}
			got = append(got, text)
		}
		slices.Sort(got)
		if text := strings.Join(got, " "); text != test.want {
			t.Errorf("%q: got %q, want %q", test.text, text, test.want)
		}
	}
}

// Go puts strings after one another without a separator.
func TestScanLoose(t *testing.T) {
	t.Parallel()
	found := map[Named]bool{}
	pathScan{loose: true, found: found}.scan([]byte("invalid/etc/ssl/certs/usr/share/zoneinfo/bad"))
	want := map[Named]bool{
		{Path: "/etc/ssl/certs/usr/share/zoneinfo/bad", Loose: true}: true,
		{Path: "/usr/share/zoneinfo/bad", Loose: true}:               true,
	}
	if !maps.Equal(found, want) {
		t.Errorf("%v", found)
	}
}

// Names of symbols are no names of programs, where the loader looks for what a library needs
// is no path that it opens, and Rust puts strings after one another.
func TestScanStrings(t *testing.T) {
	t.Parallel()
	words := map[string]bool{"execv": true, "agent": true, "*legacy": true, "*gpg": true, GoStarts: true, Rust: true, RunsProgram: true}
	for _, test := range []struct {
		text                      string
		library                   bool
		symbols, end              int64
		want, wantThem, wantPaths string
	}{
		{"\x00agent\x00execv\x00agent\x00", false, 1, 12, "agent", "agent execv", ""},
		{"\x00agent\x00execv\x00", false, 0, 1 << 40, "", "agent execv", ""},
		{"\x00agent\x00execv\x00", false, -5, -2, "agent execv", "", ""},
		{"src/rustc/lib.rsNO_LEGACYlegacydefault", false, 0, 0, "*legacy *rustc", "", ""},
		{"gitgnupggpg1os/exec.(*Cmd).StdinPipeos/exec.(*Cmd).Start", false, 0, 0, "*gpg *os/exec.(*Cmd).Start", "", ""},
		{"\x00\"%s\" -V\x00\"%s\" is gone\x00", false, 0, 0, RunsProgram, "", ""},
		{"/etc/a\x00/usr/lib/a\x00/etc/b\x00", true, 7, 18, "", "", "/etc/a /etc/b"},
		{"/etc/a\x00/usr/lib/a\x00/etc/b\x00", false, 7, 18, "", "", "/etc/a /etc/b /usr/lib/a"},
	} {
		got := Strings{Words: map[string]bool{}, Symbols: map[string]bool{}}
		paths := pathScan{library: test.library, found: map[Named]bool{}}
		got.scan([]byte(test.text), paths, newWordSet(words), test.symbols, test.end)
		var named []string
		for _, p := range sorted(paths.found) {
			named = append(named, p.Path)
		}
		if text := strings.Join(named, " "); text != test.wantPaths {
			t.Errorf("%q: got the paths %q, want %q", test.text, text, test.wantPaths)
		}
		for set, want := range map[*map[string]bool]string{&got.Words: test.want, &got.Symbols: test.wantThem} {
			if text := strings.Join(slices.Sorted(maps.Keys(*set)), " "); text != want {
				t.Errorf("%q: got %q, want %q", test.text, text, want)
			}
		}
	}
}

// A word stands by itself, or is the end of a text, whose end linkers let it share.
func TestScanWords(t *testing.T) {
	t.Parallel()
	words := map[string]bool{"execv": true, "system": true, "agent": true, " agent": true, "/agent": true, "x": true}
	for _, test := range []struct{ text, want string }{
		{"\x00execv\x00", "execv"},
		{"\x00agent\x00execv\x00", "agent execv"},
		{"no running agent\x00", " agent"},
		{"/lib/agent\x00", "/agent"},
		{"/agent\x00", "/agent"},
		{"an operating system\x00", ""},
		{"\x00\x08V\xff\xffexecv\x00", "execv"}, // a table of numbers is before it
		{"agent is not running\x00subagent\x00x\x00", ""},
	} {
		found := map[string]bool{}
		newWordSet(words).scan([]byte(test.text), found)
		if got := strings.Join(slices.Sorted(maps.Keys(found)), " "); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

// Of a path that has no end the longest beginning counts that is there; a directory does if what
// follows is not below it.
func TestBeginning(t *testing.T) {
	t.Parallel()
	is := func(name string) (there, dir bool) {
		return name == "/etc/a" || name == "/etc/a/policy.json", name == "/etc/a"
	}
	for _, test := range []struct{ name, want string }{
		{"/etc/a/policy.json/run/storage", "/etc/a/policy.json"},
		{"/etc/a/policy.jsonx", "/etc/a/policy.json"},
		{"/etc/a/other", ""},
		{"/etc/a/etc/b", "/etc/a"},
		{"/etc/amore", "/etc/a"},
		{"/etc/b", ""},
	} {
		if got, _ := (Named{Path: test.name, Loose: true}).Beginning(is); got.Path != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got.Path, test.want)
		}
	}
}

// In a text, a path may stand behind a flag.
func TestTextFlags(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"-I/usr/lib/ldc/include"`:        "/usr/lib/ldc/include",
		"-Fu/usr/lib/fpc":                 "/usr/lib/fpc",
		"-I/usr/lib/a -L/usr/lib/b":       "/usr/lib/a /usr/lib/b",
		"-Wl,-rpath/usr/lib/a":            "",
		"some-I/usr/lib/a":                "",
		"a/usr/lib/a http://h/usr/lib/b ": "",
	} {
		var got []string
		for _, n := range Text([]byte(text)) {
			got = append(got, n.Path)
		}
		if names := strings.Join(got, " "); names != want {
			t.Errorf("%s: got %q, want %q", text, names, want)
		}
	}
}

func TestQuoted(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`(search-executable '("gs" "gs-x11"))`: "gs gs-x11",
		`(display "two words") (f "a/b.c")`:    "a/b.c",
		`"x" "é" ""`:                           "",
		`an end that "is not closed`:           "",
	} {
		if got := strings.Join(Quoted([]byte(text)), " "); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
