package start

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/rootfs"
)

// tree makes a tree of lines "PATH MODE TEXT", and "PATH/ MODE" for directories,
// owned by root.
func tree(t *testing.T, files map[string]string) rootfs.FS {
	t.Helper()
	v := rootfs.NewView()
	for at, text := range files {
		var err error
		switch target, link := strings.CutPrefix(text, "-> "); {
		case link:
			err = v.AddLink(at, target)
		case strings.HasSuffix(at, "/"):
			err = v.AddDir(at, 0o700, 0, 0)
		default:
			err = v.AddData(at, []byte(text), 0o755, 0, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// elf is a static program for amd64 that has one segment and no code.
var elf = string(slices.Concat(
	[]byte("\x7fELF\x02\x01\x01"), make([]byte, 9),
	[]byte{2, 0, 62, 0, 1, 0, 0, 0}, make([]byte, 8), []byte{64, 0, 0, 0, 0, 0, 0, 0}, make([]byte, 12), []byte{64, 0, 56, 0, 1, 0, 64, 0, 0, 0, 0, 0},
	[]byte{1, 0, 0, 0, 5, 0, 0, 0}, make([]byte, 40), []byte{0, 16, 0, 0, 0, 0, 0, 0},
))

// TestBusyBox: its env has no -S and words of its own. It may be a link, a hard
// link or a copy.
func TestBusyBox(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line, env, want string
	}{
		{"#!/usr/bin/env -S tool -x", "-> /bin/busybox", "/usr/bin/env: invalid option -- 'S'"},
		{"#!/usr/bin/env -S tool -x", elf + "BusyBox v1.36.1", "/usr/bin/env: invalid option -- 'S'"},
		{"#!/usr/bin/env none", elf + "BusyBox v1.36.1", "env: can't execute 'none': No such file or directory"},
		{"#!/usr/bin/env -S none -x", elf, "/usr/bin/env: 'none': No such file or directory"},
		{"#!/usr/bin/env -S tool -x", elf, ""},
		{"#!/usr/bin/env tool", "-> /bin/busybox", ""},
	} {
		fsys := tree(t, map[string]string{"/run": test.line + "\n", "/usr/bin/env": test.env, "/bin/busybox": elf, "/bin/tool": elf})
		got, err := New(fsys, Process{Platform: "linux/amd64"}).Exec("/run")
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		if got.Failure != nil {
			text = got.Failure.Runtime
		}
		if text != test.want {
			t.Errorf("%s with %q: got %q, want %q", test.line, test.env, text, test.want)
		}
	}
}

// TestMessageFor says what was to be started, and for what.
func TestMessageFor(t *testing.T) {
	t.Parallel()
	fsys := tree(t, map[string]string{
		"/sh": "#!/bin/sh\n", "/nested": "#!/sh\n", "/opt/": "", "/opt/app": elf, "/dir/x": "", "/env": "#!/usr/bin/env tool\n", "/usr/bin/env": elf,
	})
	for name, want := range map[string]string{
		"/none":    "the entrypoint is /none, which is not in the image",
		"none":     "the entrypoint is none, which is in none of the directories of PATH (" + DefaultPath + ")",
		"/dir":     "the entrypoint is /dir, which is a directory",
		"/opt/app": "the entrypoint is /opt/app, which is behind /opt, a directory that user 7:7 may not search (mode 0700, owner 0:0)",
		"/sh":      "the entrypoint is /sh, a script for /bin/sh, which is not in the image",
		"/nested":  "the entrypoint is /nested, a script for /sh, a script for /bin/sh, which is not in the image",
		"/env": "the entrypoint is /env, a script for /usr/bin/env, which looks up tool, " +
			"which is in none of the directories of PATH (" + DefaultPath + ")",
	} {
		got, err := New(fsys, Process{User: User{7, 7}, Platform: "linux/amd64"}).Command(name)
		if err != nil {
			t.Fatal(err)
		}
		if got.Failure == nil || got.Failure.MessageFor("entrypoint") != want {
			t.Errorf("%s: got %+v, want %s", name, got.Failure, want)
		}
	}
}

// TestCut: a line that is too long starts, with less than it says.
func TestCut(t *testing.T) {
	t.Parallel()
	fsys := tree(t, map[string]string{"/run": "#!/bin/tool " + strings.Repeat("x", 300) + "\n", "/bin/tool": elf})
	got, err := New(fsys, Process{Platform: "linux/amd64"}).Exec("/run")
	if err != nil {
		t.Fatal(err)
	}
	if p := got.Problems(); len(p) != 1 || p[0].Code != CodeLineCut ||
		p[0].Message() != "/run has a #! line of more than 255 bytes, of which its interpreter does not get the end" {
		t.Errorf("got %+v", p)
	}
}

// TestHostile: trees that would keep a naive walk busy.
func TestHostile(t *testing.T) {
	t.Parallel()
	files := map[string]string{"/usr/bin/env": elf}
	var dirs []string
	for dir := range strings.SplitSeq("abcdefghijklmnop", "") {
		dirs = append(dirs, "/"+dir)
		for i, next := range strings.Split("abcdefghijklmnop", "") {
			files["/"+dir+"/"+next] = "#!/usr/bin/env " + string(rune('b'+i)) + "\n"
		}
	}
	env := map[string]string{"PATH": strings.Join(dirs, ":")}
	got, err := New(tree(t, files), Process{Env: env, Platform: "linux/amd64"}).Exec("/a/a")
	if err != nil {
		t.Fatal(err)
	}
	if got.Failure == nil || got.Failure.Code != CodeLoop {
		t.Errorf("got %+v", got.Failure)
	}
}

// FuzzView: what a View remembers does not change what it finds.
func FuzzView(f *testing.F) {
	f.Add("/usr/lib/x", "../lib", "/opt/../usr", uint16(0o755), uint16(0o711))
	f.Add("/l/m/x", "/opt/l", "usr/../opt/x", uint16(0o700), uint16(0o755))
	f.Fuzz(func(t *testing.T, name, one, two string, usr, opt uint16) {
		v := rootfs.NewView()
		for _, err := range []error{
			v.AddDir("/usr", fs.FileMode(usr)&0o777, 0, 0),
			v.AddDir("/opt", fs.FileMode(opt)&0o777, 7, 0),
			v.AddData("/usr/lib/x", nil, 0o644, 0, 0),
			v.AddData("/opt/x", nil, 0o644, 0, 0),
			v.AddLink("/l", one),
			v.AddLink("/opt/l", two),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		view := NewView(v, User{7, 7})
		for range 2 {
			got, err := view.Resolve(name)
			want, wrong := view.ResolveFrom("/", name)
			if got.Path != want.Path || len(got.Links) != len(want.Links) || (err == nil) != (wrong == nil) {
				t.Errorf("got %+v, %v; want %+v, %v", got, err, want, wrong)
			}
		}
	})
}
