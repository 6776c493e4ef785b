package spec

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/render"
)

func TestRange(t *testing.T) {
	const source = `# syntax=sinterbuild/sinter:1
name:   orders   # a comment
base: "a \"b\" c"
binaries:
  - from: build:/out/app
    to: '/usr/it''s'
  - bin/hello
sources:
  inline:
    dockerfile: |
      FROM debian

      RUN true

  my.lib: {image: debian, packages: [a,
      "b"   , # two
      ] }
env: &vars {größe: ß, B: }
labels: *vars
exclude: []
volumes:
- &v /data
-
user: 0
user: 1
`
	doc, _ := Parse("app.yaml", []byte(source))
	for at, want := range map[string]string{
		"name":                       "2:9-2:15",
		"name#":                      "2:1-2:5",
		"base":                       "3:7-3:18",
		"binaries":                   "5:3-7:14",
		"binaries[0]":                "5:5-6:21",
		"binaries[0].from":           "5:11-5:25",
		"binaries[0].to":             "6:9-6:21",
		"binaries[0].linkage":        "5:5-6:21",
		"binaries[1].from":           "7:5-7:14",
		"binaries[9]":                "5:3-7:14",
		"sources.inline.dockerfile":  "10:17-13:15",
		"sources.my.lib":             "15:11-17:10",
		"sources.my.lib.packages":    "15:37-17:8",
		"sources.my.lib.packages[1]": "16:7-16:10",
		"sources.my":                 "9:3-17:10",
		"env":                        "18:12-18:27",
		"env.größe":                  "18:20-18:21",
		"env.B":                      "18:23-18:24",
		"labels":                     "19:9-19:14",
		"labels.größe":               "18:20-18:21",
		"exclude":                    "20:10-20:12",
		"volumes[0]":                 "22:6-22:11",
		"volumes[1]":                 "23:2-23:2",
		"user":                       "24:7-24:8",
		"user#2":                     "25:1-25:5",
		"nowhere.at[3].all":          "2:1-25:8",
		"@7:3":                       "7:3-7:4",
	} {
		r, ok := doc.Range(at)
		got := fmt.Sprintf("%d:%d-%d:%d", r.StartLine, r.StartColumn, r.EndLine, r.EndColumn)
		if !ok || got != want {
			t.Errorf("Range(%q) = %s, %v; want %s", at, got, ok, want)
		}
	}
}

func TestOutline(t *testing.T) {
	doc, _ := Parse("app.yaml", []byte(`
args:
  RELEASE: {default: "${X}-$$1", description: the release}
  TOKEN:
  TAG: latest
targets:
  debug: {description: with a shell}
  empty:
`))
	text := func(s string) *string { return &s }
	wantArgs := []DeclaredArg{
		{Name: "RELEASE", Description: "the release", Default: text("${X}-$1"), At: "args.RELEASE"},
		{Name: "TOKEN", At: "args.TOKEN"},
		{Name: "TAG", Default: text("latest"), At: "args.TAG"},
	}
	if got := doc.Args(); !reflect.DeepEqual(got, wantArgs) {
		t.Errorf("Args() = %+v", got)
	}
	wantTargets := []DeclaredTarget{
		{Name: "debug", Description: "with a shell", At: "targets.debug"},
		{Name: "empty", At: "targets.empty"},
	}
	if got := doc.Targets(); !reflect.DeepEqual(got, wantTargets) {
		t.Errorf("Targets() = %+v", got)
	}
}

func TestPlatforms(t *testing.T) {
	for _, c := range []struct {
		source string
		vars   Vars
		want   []string
		told   string
	}{
		{source: "binaries: [a]\n"},
		{source: "platforms: [linux/arm64/v8, linux/arm/v7]\n", want: []string{"linux/arm64", "linux/arm/v7"}},
		{
			source: "args: {P: linux/s390x, Q: }\nplatforms: [\"${P}\", \"linux/${BUILDARCH}\"]\nname: ${Q}\n",
			vars:   Vars{Builtin: map[string]string{"BUILDARCH": "amd64"}},
			want:   []string{"linux/s390x", "linux/amd64"},
		},
		{
			source: "args: {P: \"linux/${TARGETARCH}\"}\nplatforms: [\"${P}\"]\n",
			told:   "${P} depends on the target platform, which the list of platforms decides",
		},
		{source: "args: {P: }\nplatforms: [\"${P}\"]\n", told: "the build argument P needs a value"},
	} {
		doc, _ := Parse("app.yaml", []byte(c.source))
		got, list := doc.Platforms(c.vars)
		if !reflect.DeepEqual(got, c.want) || !strings.HasPrefix(list.Error(), c.told) || (c.told == "") != (list == nil) {
			t.Errorf("%s: %v, %v", c.source, got, list)
		}
	}
}

func TestAt(t *testing.T) {
	doc, _ := Parse("app.yaml", []byte(`
binaries: [bin/app]
cmd: [a]
ports: [80-82]
env: {A: a, B: b}
targets:
  debug: {user: 0, entrypoint: [/sh], ports: [81, 90], env: {B: c}}
`))
	s, list := doc.Evaluate(Vars{}, "debug")
	if s == nil {
		t.Fatal(list)
	}
	for field, want := range map[string]string{
		"user": "targets.debug.user", "entrypoint": "targets.debug.entrypoint",
		"env.A": "env.A", "env.B": "targets.debug.env.B", "workdir": "workdir",
		"ports[0]": "ports[0]", "ports[2]": "ports[0]", "ports[3]": "targets.debug.ports[1]",
	} {
		if got := s.At(field); got != want {
			t.Errorf("At(%q) = %q, want %q", field, got, want)
		}
	}
	if s.Cmd != nil {
		t.Errorf("the target's entrypoint got the main image's cmd %q", s.Cmd)
	}
}

func TestReadsTextOfAnyMake(t *testing.T) {
	want := "ok: /bin/app"
	for name, source := range map[string]string{
		"byte order mark":  "\xef\xbb\xbfbinaries: [bin/app]\n",
		"CRLF":             "# syntax=x\r\nbinaries:\r\n  - bin/app\r\n",
		"no final newline": "binaries: [bin/app]",
		"document markers": "---\nbinaries: [bin/app]\n...\n",
		"modeline":         "# syntax=x\n# yaml-language-server: $schema=y\n---\nbinaries: [bin/app]\n",
		"JSON":             `{"binaries": ["bin/app"]}`,
		"alias":            "name: &b bin/app\nbinaries: [*b]\n",

		"UTF-16":      "\xff\xfeb\x00",
		"NUL":         "binaries: [bin/app]\n\x00",
		"Latin-1":     "name: gr\xf6\xdfe\n",
		"a program":   "\x7fELF\x02\x01\x01",
		"too large":   strings.Repeat("#", maxBytes+1),
		"too deep":    "name: " + strings.Repeat("[", 100) + strings.Repeat("]", 100),
		"much deeper": "name: " + strings.Repeat("[", 20000),
		"comments":    "# nothing\n",
	} {
		doc, _ := Parse("app.yaml", []byte(source))
		s, list := doc.Evaluate(Vars{}, "")
		got, _, _ := strings.Cut(list.Error(), "\n")
		if s != nil {
			got = "ok: " + s.Binaries[0].To
		}
		expected := map[string]string{
			"UTF-16":      "the file is UTF-16",
			"NUL":         "a NUL byte; is this file really a spec?",
			"Latin-1":     "byte 0xf6 is not valid UTF-8",
			"a program":   "this file is a program, not a spec",
			"too large":   "the file is 1048577 bytes; a spec has at most 1048576",
			"too deep":    "values are nested more than 64 deep",
			"much deeper": "values are nested more than 64 deep",
			"comments":    "the spec is empty",
		}[name]
		if expected == "" {
			expected = want
		}
		if got != expected {
			t.Errorf("%s: %s, want %s", name, got, expected)
		}
	}
}

// FuzzParse holds whatever comes in to three promises: no panic, the same
// findings every time, and a rendering that names the file.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range archive.Files {
			if part.Name == "app.yaml" {
				f.Add(part.Data)
			}
		}
	}
	f.Add([]byte("a: &a [*a]\nb: !!x {? [c]: d}\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		vars := Vars{BuildArgs: map[string]string{"A": "b"}}
		say := func() string {
			doc, _ := Parse("app.yaml", source)
			s, list := doc.Evaluate(vars, "debug")
			if (s == nil) != (list.Err() != nil) {
				t.Fatalf("spec %v with %v", s != nil, list)
			}
			doc.Args()
			doc.Targets()
			if _, more := doc.Platforms(vars); more != nil {
				list = append(list, more...)
			}
			return render.Text(append(list, diag.Diagnostic{At: "binaries[0].from", Message: "x"}), doc)
		}
		first := say()
		if second := say(); first != second {
			t.Fatalf("two answers:\n%s\n%s", first, second)
		}
		if !strings.HasPrefix(first, "app.yaml") {
			t.Fatalf("no file name in:\n%s", first)
		}
	})
}
