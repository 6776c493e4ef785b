package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/watch"
)

// trees are an image and two sources. A line of links has "PATH -> TARGET".
const trees = `
-- image/usr/bin/app --
-- image/usr/lib/real.so --
-- image/etc/app/conf --
-- image/data/sub/file --
-- app/usr/bin/app --
-- app/usr/lib/app/one.so --
-- app/usr/lib/app/two.so --
-- app/usr/share/both --
from app
-- debian/usr/bin/tool --
-- debian/usr/share/both --
-- debian/usr/share/locale/de/app.mo --
-- debian/etc/localtime --
-- debian/usr/share/dir/a --
-- debian/usr/share/dir/b --
-- debian/usr/share/dir/c --
-- debian/usr/share/dir/d --
-- debian/usr/share/dir/e --
-- debian/usr/share/common/a --
-- debian/usr/share/common/b --
-- debian/usr/share/common/c --
-- debian/usr/share/common/d --
-- debian/usr/share/common/other --
-- debian/usr/lib/real.so --
-- debian/etc/ld.so.cache --
-- debian/etc/app/other --
-- debian/var/lib/dpkg/status --
Package: dir
Status: install ok installed
Architecture: all
Version: 1.0

Package: other
Status: install ok installed
Architecture: all
Version: 2.0
-- debian/var/lib/dpkg/info/dir.list --
/usr/share/dir/a
/usr/share/dir/b
/usr/share/dir/c
/usr/share/dir/d
/usr/share/dir/e
/usr/share/common/a
/usr/share/common/b
/usr/share/common/c
/usr/share/common/d
-- debian/var/lib/dpkg/info/other.list --
/usr/share/common/other
-- links --
debian/usr/lib/link.so -> real.so
debian/lib -> usr/lib
debian/usr/share/dangling -> /nowhere
image/etc/data -> ../data
image/etc/app/enabled -> /usr/share/dir/a
debian/etc/app/enabled -> /usr/share/dir/a
`

func unpack(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(trees)).Files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if f.Name != "links" {
			if err := os.WriteFile(name, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		for line := range strings.SplitSeq(strings.TrimSpace(string(f.Data)), "\n") {
			name, target, _ := strings.Cut(line, " -> ")
			if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// asked are accesses, one word each: a path with "?" after it was looked for in vain,
// with "!" refused, with "w!" refused for writing, with "x?" not executed for it is not
// there.
func asked(text string) []watch.Access {
	var out []watch.Access
	for i, word := range strings.Fields(text) {
		a := watch.Access{Use: watch.Open, By: "/usr/bin/app", First: i, Last: i}
		if name, ok := strings.CutSuffix(word, "?"); ok {
			word, a.Error = name, "ENOENT"
		}
		if name, ok := strings.CutSuffix(word, "!"); ok {
			word, a.Error = name, "EACCES"
		}
		if name, ok := strings.CutSuffix(word, "w"); ok && a.Error == "EACCES" {
			word, a.Write = name, true
		}
		if name, ok := strings.CutSuffix(word, "x"); ok && a.Error == "ENOENT" {
			word, a.Use = name, watch.Exec
		}
		a.Path = word
		out = append(out, a)
	}
	return out
}

func TestClues(t *testing.T) {
	t.Parallel()
	dir := unpack(t)
	sources := map[string]rootfs.FS{"app": rootfs.Dir(dir + "/app"), "debian": rootfs.Dir(dir + "/debian")}
	p := &plan.Plan{Config: plan.Config{User: plan.User{UID: 65532, GID: 65532}, Volumes: []string{"/data"}}, Entries: []plan.Entry{
		{Path: "/etc/app/conf", Kind: plan.KindFile, Reason: plan.Reason{At: "files[3]"}},
	}}
	uid := os.Getuid()
	for _, c := range []struct {
		name, image string
		// whole is what was opened with the sources below; the test passed there.
		whole string
		said  string
		want  string
	}{
		{name: "nothing", want: ""},
		{name: "what no source has", image: "/nowhere? /usr/share/dangling?", want: ""},
		{name: "what the image has", image: "/usr/lib/real.so?", want: ""},
		{name: "what the loader looks for, and the runtime has", image: "/etc/ld.so.cache? /proc/1/x? /etc/hosts?", want: ""},
		{name: "the last is the likeliest", image: "/usr/lib/app/one.so? /usr/lib/app/two.so?",
			want: "files: [app:/usr/lib/app/two.so] | files: [app:/usr/lib/app/one.so]"},
		{name: "but for what a program names", image: "/usr/lib/app/one.so? /usr/lib/app/two.so?", said: "no plugin 'one.so'",
			want: "files: [app:/usr/lib/app/one.so] | files: [app:/usr/lib/app/two.so]"},
		{name: "a program", image: "/usr/bin/toolx?", want: "binaries: [debian:/usr/bin/tool]"},
		{name: "the program's own source first", image: "/usr/share/both?", want: "files: [app:/usr/share/both]"},
		{name: "a translation counts little", image: "/usr/lib/app/one.so? /usr/share/locale/de/app.mo?", want: "files: [app:/usr/lib/app/one.so]"},
		{name: "and something when there is nothing else", image: "/usr/share/locale/de/app.mo?", want: "files: [debian:/usr/share/locale/de/app.mo]"},
		{name: "a setting of the machine", image: "/etc/localtime?", want: ""},
		{name: "one that the program names", image: "/etc/localtime?", said: "cannot read /etc/localtime", want: "files: [debian:/etc/localtime]"},
		{name: "a link to what the image has", image: "/usr/lib/link.so?", want: "links: [{path: /usr/lib/link.so, target: real.so}]"},
		{name: "what a link of the image leads to", image: "/etc/app/enabled?", want: "files: [debian:/usr/share/dir/a]"},
		{name: "another name for what it has", image: "/lib/real.so?", want: ""},
		{name: "many files of a directory", image: "/usr/share/dir/a? /usr/share/dir/b? /usr/share/dir/c? /usr/share/dir/d?", want: "files: [debian:/usr/share/dir/]"},
		{name: "of one that packages share", image: "/usr/share/common/a? /usr/share/common/b? /usr/share/common/c? /usr/share/common/d?",
			want: "files: [debian:/usr/share/common/d] | files: [debian:/usr/share/common/c] | files: [debian:/usr/share/common/b] | files: [debian:/usr/share/common/a]"},
		{name: "a directory", image: "/usr/share/dir?", want: "files: [debian:/usr/share/dir/]"},
		{name: "what is not opened where it is there", image: "/usr/lib/app/one.so? /usr/lib/app/two.so?", whole: "/usr/lib/app/one.so", want: "files: [app:/usr/lib/app/one.so]"},
		{name: "what is opened only then", image: "/usr/bin/toolx?", whole: "/usr/bin/tool /usr/share/both",
			want: "binaries: [debian:/usr/bin/tool] | files: [app:/usr/share/both]"},
		{name: "what is in a directory that is looked for in vain comes first", image: "/usr/share/dir?", whole: "/usr/share/both /usr/share/dir/e",
			want: "files: [debian:/usr/share/dir/e] | files: [app:/usr/share/both]"},
		{name: "a directory of which nothing is opened", image: "/usr/share/dir? /usr/lib/app/one.so?", whole: "/usr/share/dir /usr/lib/app/one.so",
			want: "files: [app:/usr/lib/app/one.so]"},
		{name: "a file to write to", image: "/etc/app/confw!", want: `owner: "65532:65532", to files[3]`},
		{name: "a directory to write to", image: "/etc/app/neww!",
			want: `directories: [{path: /etc/app, owner: "65532:65532"}] and volumes: [/etc/app]`},
		{name: "a directory of a volume", image: "/data/sub/neww!", want: `directories: [{path: /data/sub, owner: "65532:65532"}]`},
		{name: "a volume, by a link", image: "/etc/data/neww!", want: `directories: [{path: /data, owner: "65532:65532"}]`},
	} {
		q := Question{Sources: []string{"debian", "app"}, From: map[string]string{"/usr/bin/app": "app"}, User: plan.User{UID: uint32(uid) + 1, GID: 65532}}
		failed := &Outcome{Accesses: asked(c.image), Said: c.said}
		e := NewEvidence(failed)
		if c.whole != "" {
			e.AddWhole(failed, &Outcome{Accesses: asked(c.whole)})
		}
		q.Tests = []Evidence{e}
		clues, err := q.LookUp(rootfs.Dir(dir+"/image"), sources)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, fix := range (Causes{Clues: clues[0]}).Fixes(spec.Test{}, p) {
			line, _, _ := strings.Cut(strings.TrimPrefix(fix, "add "), " (")
			got = append(got, line)
		}
		if text := strings.Join(got, " | "); text != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, text, c.want)
		}
	}
}

// A program that asks for very much does not hide what it needs.
func TestManyClues(t *testing.T) {
	t.Parallel()
	var many []*Clue
	for i := range 2 * maxClues {
		many = append(many, &Clue{Path: fmt.Sprintf("/usr/share/many/%d", i)}, &Clue{Path: fmt.Sprintf("/usr/share/zoneinfo/%d", i), Part: "tzdata"})
	}
	many = append(many, &Clue{Path: "/etc/app/conf"})
	got := spread(oncePerPart(many))
	if want := maxOfDirectory + 2; len(got) != want || got[want-1].Path != "/etc/app/conf" {
		t.Errorf("%d clues, the last %v", len(got), got[len(got)-1])
	}
}

// A program can ask for any path: none of them can break out of a line of the spec.
func TestFixesAreQuoted(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"/usr/lib/a b":         `"debian:/usr/lib/a b"`,
		"/a]\n  fix: add evil": `"debian:/a]\n  fix: add evil"`,
		"/${EVIL}":             `"debian:/$${EVIL}"`,
		"/a, b:/c":             `"debian:/a, b:/c"`,
		"/# x":                 `"debian:/# x"`,
	} {
		c := Clue{Path: name, Source: "debian", Kind: plan.KindFile}
		if got, want := lines([]spec.Addition{c.shipped()}), fmt.Sprintf("files: [%s]", want); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	entries := map[string]*plan.Entry{
		"/lib":        {Path: "/lib", Kind: plan.KindSymlink, Target: "usr/lib"},
		"/usr/lib/a":  {Path: "/usr/lib/a", Kind: plan.KindSymlink, Target: "../lib/b"},
		"/usr/lib/b":  {Path: "/usr/lib/b", Kind: plan.KindFile},
		"/loop":       {Path: "/loop", Kind: plan.KindSymlink, Target: "/loop"},
		"/usr/lib/up": {Path: "/usr/lib/up", Kind: plan.KindSymlink, Target: "/../../lib/b"},
	}
	for name, want := range map[string]string{"/lib/a": "/usr/lib/b", "/usr/lib/up": "/usr/lib/b", "/loop/x": "", "/lib/none/x": "/usr/lib/none/x"} {
		if got := follow(entries, name); got != want {
			t.Errorf("%s leads to %q, want %q", name, got, want)
		}
	}
}
