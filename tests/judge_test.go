package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

func TestJudgeText(t *testing.T) {
	t.Parallel()
	text := Output{Text: "PONG\n", Size: 5}
	for _, c := range []struct {
		name string
		got  Output
		want spec.Text
		says string
	}{
		{"the text itself", text, spec.Text{Equals: new("PONG\n")}, ""},
		{"another text", text, spec.Text{Equals: new("PING\n")}, `it is "PONG\n", not "PING\n"`},
		{"no text", Output{}, spec.Text{Equals: new("")}, ""},
		{"pieces of it", text, spec.Text{Contains: []string{"PO", "NG"}}, ""},
		{"a piece that is missing", text, spec.Text{Contains: []string{"PO", "I"}}, `it does not contain "I": it is "PONG\n"`},
		{"a pattern", text, spec.Text{Matches: "^P.*G$|x"}, `it does not match "^P.*G$|x": it is "PONG\n"`},
		{"a pattern over lines", text, spec.Text{Matches: "(?m)^P.*G$"}, ""},
		{"more than is kept", Output{Text: "PONG", Size: 1 << 30}, spec.Text{Equals: new("PONG")}, `it is "PONG", of 1073741824 bytes, not "PONG"`},
		{"long text", Output{Text: strings.Repeat("a", 300), Size: 300}, spec.Text{Equals: new("b")}, `it is "` + strings.Repeat("a", 200) + `"…, not "b"`},
		{"what drives a terminal", Output{Text: "\x1b[2J", Size: 4}, spec.Text{Equals: new("b")}, `it is "\x1b[2J", not "b"`},
	} {
		if got := strings.Join(c.got.Judge("it", &c.want), "; "); got != c.says {
			t.Errorf("%s: %s, want %s", c.name, got, c.says)
		}
	}
}

func TestJudgeFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "bin"), 0o755),
		os.WriteFile(filepath.Join(dir, "bin/busybox"), []byte("text"), 0o750),
		os.Symlink("busybox", filepath.Join(dir, "bin/sh")),
		os.Symlink("bin", filepath.Join(dir, "usr")),
		os.Symlink("/nowhere", filepath.Join(dir, "dangling")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name  string
		path  string
		check spec.FileCheck
		says  string
	}{
		{"anything", "/bin", spec.FileCheck{}, ""},
		{"nothing", "/lib", spec.FileCheck{Is: spec.PresenceAbsent}, ""},
		{"nothing, where there is something", "/bin", spec.FileCheck{Is: spec.PresenceAbsent}, "/bin is there: a directory"},
		{"something, where there is nothing", "/lib", spec.FileCheck{}, "/lib is not there"},
		{"below a file", "/bin/busybox/x", spec.FileCheck{Is: spec.PresenceAbsent}, ""},
		{"a file through a link", "/usr/busybox", spec.FileCheck{Is: spec.PresenceFile}, ""},
		{"a link", "/bin/sh", spec.FileCheck{Is: spec.PresenceLink, Link: "busybox"}, ""},
		{"another link", "/bin/sh", spec.FileCheck{Link: "dash"}, "/bin/sh is a link to busybox, not to dash"},
		{"a dangling link", "/dangling", spec.FileCheck{Link: "/nowhere"}, ""},
		{"the mode behind a dangling link", "/dangling", spec.FileCheck{Mode: new(uint32)}, "/dangling leads nowhere"},
		{"the mode of what a link leads to", "/bin/sh", spec.FileCheck{Mode: new(uint32(0o750))}, ""},
		{"another mode", "/bin/sh", spec.FileCheck{Mode: new(uint32(0o4755))}, "/bin/sh has the mode 0750, not 4755"},
		{"the root", "/", spec.FileCheck{Is: spec.PresenceDirectory}, ""},
		{"a shell by what it leads to", "/bin/sh", spec.FileCheck{Shell: new(false)}, "/bin/sh is a shell: /bin/busybox"},
		{"no shell", "/bin", spec.FileCheck{Shell: new(true)}, "/bin is no shell"},
		{"text", "/bin/sh", spec.FileCheck{Text: spec.Text{Contains: []string{"ex"}}}, ""},
		{"other text", "/bin/sh", spec.FileCheck{Text: spec.Text{Equals: new("tex")}}, `/bin/sh is "text", not "tex"`},
	} {
		if got := strings.Join(JudgeFiles(rootfs.Dir(dir), []File{{c.path, c.check}}), "; "); got != c.says {
			t.Errorf("%s: %s, want %s", c.name, got, c.says)
		}
	}
}
