package spec

import (
	"fmt"
	"strings"
	"testing"
)

// What is added stands where a person would put it, and nothing else changes.
func TestAmend(t *testing.T) {
	t.Parallel()
	file := Addition{Key: "files", Item: "debian:/usr/share/app/", Note: "8 kB of app 1"}
	volume := Addition{Key: "volumes", Item: "/var/lib/app"}
	mode := func(item string) Addition { return Addition{In: item, Key: "mode", Item: `"0644"`} }
	link := Addition{Key: "links", Item: "{path: /usr/bin/sh, target: dash}"}
	for _, test := range []struct {
		name, before, target string
		add                  []Addition
		after                string
	}{
		{"a list with dashes", "files:\n  - a  # first\n\n# the tests\ntests: [x]\n", "", []Addition{file},
			"files:\n  - a  # first\n  - debian:/usr/share/app/  # 8 kB of app 1\n\n# the tests\ntests: [x]\n"},
		{"dashes that are not indented", "files:\n- from: a\n  to: /b\n# more\nuser: 1", "", []Addition{file},
			"files:\n- from: a\n  to: /b\n- debian:/usr/share/app/  # 8 kB of app 1\n# more\nuser: 1"},
		{"a comment among the items", "files:\n  - a\n  # - b\n", "", []Addition{file},
			"files:\n  - a\n  # - b\n  - debian:/usr/share/app/  # 8 kB of app 1\n"},
		{"the end without a newline", "files:\n  - a", "", []Addition{file, volume},
			"files:\n  - a\n  - debian:/usr/share/app/  # 8 kB of app 1\nvolumes:\n  - /var/lib/app\n"},
		{"brackets", "files: [a, \"b]\", 'it''s'] # mine\n", "", []Addition{file},
			"files: [a, \"b]\", 'it''s', debian:/usr/share/app/] # mine\n"},
		{"nothing in brackets", "files: []\n", "", []Addition{file}, "files: [debian:/usr/share/app/]\n"},
		{"brackets over several lines", "files: [\n  a, # one ]\n  {from: b, to: /b}, # two\n]\nuser: 1\n", "", []Addition{file, volume},
			"files: [\n  a, # one ]\n  {from: b, to: /b}, debian:/usr/share/app/ # two\n]\nuser: 1\nvolumes:\n  - /var/lib/app\n"},
		{"a long line", "files: [" + strings.Repeat("a", 80) + "]\n", "", []Addition{file},
			"files: [" + strings.Repeat("a", 80) + ",\n    debian:/usr/share/app/]\n"},
		{"a key without a value", "files: # none yet\nuser: 1\n", "", []Addition{file},
			"files: # none yet\n  - debian:/usr/share/app/  # 8 kB of app 1\nuser: 1\n"},
		{"no such key", "# syntax=sinterbuild/sinter:1\nsources:\n  debian:\n    dockerfile: |\n      FROM x\n      # no comment\n\nbinaries: [a]\n\n# what it must do\ntests:\n  - a\n", "", []Addition{volume, link, file},
			"# syntax=sinterbuild/sinter:1\nsources:\n  debian:\n    dockerfile: |\n      FROM x\n      # no comment\n\nbinaries: [a]\nfiles:\n  - debian:/usr/share/app/  # 8 kB of app 1\nlinks:\n  - {path: /usr/bin/sh, target: dash}\nvolumes:\n  - /var/lib/app\n\n# what it must do\ntests:\n  - a\n"},
		{"a target", "binaries: [a]\ntargets:\n  debug:\n    files:\n      - a\n    tests: [b]\n  # the other\n  other: {tests: [a]}\n", "debug", []Addition{file, volume},
			"binaries: [a]\ntargets:\n  debug:\n    files:\n      - a\n      - debian:/usr/share/app/  # 8 kB of app 1\n    volumes:\n      - /var/lib/app\n    tests: [b]\n  # the other\n  other: {tests: [a]}\n"},
		{"a target in brackets", "targets:\n  debug: {tests: [a]}\n", "debug", []Addition{file},
			"targets:\n  debug: {tests: [a], files: [debian:/usr/share/app/]}\n"},
		{"what is there", "files: [{from: \"debian:/usr/share/app/\"}]\nvolumes:\n- /var/lib/app\n", "", []Addition{file, volume, volume},
			"files: [{from: \"debian:/usr/share/app/\"}]\nvolumes:\n- /var/lib/app\n"},
		{"line breaks of Windows", "files:\r\n  - a\r\n", "", []Addition{file, file},
			"files:\r\n  - a\r\n  - debian:/usr/share/app/  # 8 kB of app 1\r\n"},
		{"letters of several bytes", "\ufefffiles: [ä, ö]\n", "", []Addition{file}, "\ufefffiles: [ä, ö, debian:/usr/share/app/]\n"},
		{"a setting of a word", "files: # mine\n  - a # this\n  - \"b c\"\n", "", []Addition{mode("files[0]"), mode("files[1]"), file},
			"files: # mine\n  - {from: a, mode: \"0644\"} # this\n  - {from: \"b c\", mode: \"0644\"}\n  - debian:/usr/share/app/  # 8 kB of app 1\n"},
		{"of a word in brackets", "files: [a, 'b']\n", "", []Addition{mode("files[1]")}, "files: [a, {from: 'b', mode: \"0644\"}]\n"},
		{"of an item in brackets", "files:\n  - {from: a, to: /b} # this\n", "", []Addition{mode("files[0]")},
			"files:\n  - {from: a, to: /b, mode: \"0644\"} # this\n"},
		{"of an item on several lines", "files:\n  - from: a\n    to: /b # there\n  - c\ndirectories:\n- /d\n", "", []Addition{mode("files[0]"), mode("directories[0]")},
			"files:\n  - from: a\n    to: /b # there\n    mode: \"0644\"\n  - c\ndirectories:\n- {path: /d, mode: \"0644\"}\n"},
		{"of an item of a target", "targets:\n  debug:\n    files:\n      - from: a\n", "debug", []Addition{mode("targets.debug.files[0]")},
			"targets:\n  debug:\n    files:\n      - from: a\n        mode: \"0644\"\n"},
		{"a note that would be a line", "files:\n  - a\n", "", []Addition{{Key: "files", Item: "b", Note: "x\nentrypoint: [/bin/sh]\u2028y"}},
			"files:\n  - a\n  - b  # x entrypoint: [/bin/sh] y\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := Amend([]byte(test.before), test.target, test.add)
			if err != nil || string(got) != test.after {
				t.Fatalf("%v\n%s\nwant\n%s", err, got, test.after)
			}
			again, err := Amend(got, test.target, test.add)
			if err != nil || string(again) != test.after {
				t.Errorf("added once more: %v\n%s", err, again)
			}
		})
	}
}

// What would change anything else than one item of a list is refused.
func TestAmendRefuses(t *testing.T) {
	t.Parallel()
	const spec = "binaries: [a]\nfiles:\n  - b\n"
	for _, test := range []struct {
		spec, target, key, item, want string
	}{
		{spec, "", "entrypoint", "/bin/sh", `nothing is ever added to "entrypoint"`},
		{spec, "", "files", "a\nuser: 0", "not one line"},
		{spec, "", "files", "a\u2028user: 0", "not one line"},
		{spec, "", "files", "a, b", "not one item"},
		{spec, "", "files", "a]\nuser: [0", "not one line"},
		{spec, "", "files", "a] # [", "not one item"},
		{spec, "", "files", "a #", "not one item"},
		{spec, "", "files", "- a", "not one item"},
		{spec, "", "files", "", "not one item"},
		{spec, "", "files", "{from: a", "not one item"},
		{spec, "debug", "files", "a", `has no target "debug"`},
		{"files: &x [a]\nvolumes: *x\n", "", "volumes", "/b", "by itself"},
		{"files: a\n", "", "files", "b", "no list"},
		{"files: [a\n", "", "files", "b", "not closed"},
		{"files: [a]\r", "", "files", "b", "line breaks"},
	} {
		if got, err := Amend([]byte(test.spec), test.target, []Addition{{Key: test.key, Item: test.item}}); err == nil || !strings.Contains(fmt.Sprint(err), test.want) {
			t.Errorf("%q with %q: %v\n%s", test.spec, test.item, err, got)
		}
	}
}

// What a person has set stays, and no item becomes another one.
func TestAmendRefusesToSet(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ spec, in, key, want string }{
		{"files: [{from: a, mode: \"0600\"}]\n", "files[0]", "mode", "mode is set already"},
		{"files: [a]\n", "files[0]", "from", `nothing ever sets "from"`},
		{"files: [a]\n", "files[1]", "mode", "no such item"},
		{"files: [a]\n", "user", "mode", "no such item"},
		{"files: [a]\n", "files[-1]", "mode", "no such item"},
		{"files:\n  - a, b\n", "files[0]", "mode", "by itself"},
		{"files:\n  - >\n    a\n", "files[0]", "mode", "written in a way"},
	} {
		if got, err := Amend([]byte(test.spec), "", []Addition{{In: test.in, Key: test.key, Item: `"0644"`}}); err == nil || !strings.Contains(fmt.Sprint(err), test.want) {
			t.Errorf("%q: %v\n%s", test.spec, err, got)
		}
	}
}

// Whatever the text and the item, what comes of it is the old spec and the item, or an
// error.
func FuzzAmend(f *testing.F) {
	f.Add("files: [a] # x\nuser: 1\n", "debian:/b", "note")
	f.Add("files:\n- a\n", "{from: a}", "n\n- b")
	f.Add("a: {b: [\"c\", 'd']}\nfiles: [\n a,\n]", "x", "")
	f.Fuzz(func(t *testing.T, text, item, note string) {
		add := []Addition{{Key: "files", Item: item, Note: note}}
		out, err := Amend([]byte(text), "", add)
		if err != nil {
			return
		}
		if again, err := Amend(out, "", add); err != nil || string(again) != string(out) {
			t.Errorf("once more: %v\n%q\n%q", err, out, again)
		}
	})
}
