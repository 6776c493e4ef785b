package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/rootfs"
)

// why answers from the plan alone, and says where to ask about the rest.
func TestWhy(t *testing.T) {
	t.Parallel()
	const plan = `{"version": 1, "images": [{"name": "app", "platform": "linux/amd64",
"layers": [{"name": "programs", "title": "programs", "files": 1, "size": 3}],
"entries": [{"path": "/usr/bin/app", "kind": "file", "mode": "0755", "size": 3, "layer": "programs", "reason": {"cause": "binary", "text": "a program that the spec names"}}]}]}`
	for _, test := range []struct{ args, want string }{
		{"/usr/bin/app", "/usr/bin/app is in the image app for linux/amd64\n\n/usr/bin/app\n  what   file, 3 B (3 bytes), mode 0755, owner 0:0\n  from   made for the image\n  layer  programs\n  why    a program that the spec names\n"},
		{"app", "app is in the image app for linux/amd64\n\n/usr/bin/app\n  what   file, 3 B (3 bytes), mode 0755, owner 0:0\n  from   made for the image\n  layer  programs\n  why    a program that the spec names\n"},
		{"/bin/none", "/bin/none is not among what the spec ships; `sinter explain /bin/none` says whether the base or a source has it\n"},
	} {
		var out bytes.Buffer
		if err := answerWhy([]byte(plan), []string{test.args}, streams{out: &out}); err != nil {
			t.Fatal(err)
		}
		if out.String() != test.want {
			t.Errorf("%s: %s\nwant %s", test.args, &out, test.want)
		}
	}
	if !isWhy([]string{"/.sinter/bin/why"}) || isWhy([]string{"/usr/bin/sinter-buildkit", "{}"}) {
		t.Error("why is not known by its name")
	}
}

// A busybox is used if it needs nothing else of its tree, wherever it is.
func TestStaticBusybox(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	find := func() string {
		t.Helper()
		found, err := staticBusybox(rootfs.Dir(root))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if got := find(); got != "" {
		t.Errorf("found %s", got)
	}
	compile(t, filepath.Join(root, "bin", "busybox"), "-pie")
	if got := find(); got != "" {
		t.Errorf("found %s, which is not static", got)
	}
	compile(t, filepath.Join(root, "opt", "busybox"), "-static")
	if err := os.MkdirAll(filepath.Join(root, "usr", "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../opt/busybox", filepath.Join(root, "usr", "bin", "busybox")); err != nil {
		t.Fatal(err)
	}
	if got := find(); got != "/opt/busybox" {
		t.Errorf("found %q", got)
	}
}

func TestToolsOfFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	static, dynamic := filepath.Join(dir, "static"), filepath.Join(dir, "dynamic")
	compile(t, static, "-static")
	compile(t, dynamic, "-pie")
	tools, err := newTools(static, ocispecs.Platform{})
	if err != nil {
		t.Fatal(err)
	}
	defer tools.close()
	if tools.image != "" || !exists(filepath.Join(tools.dir, "busybox")) {
		t.Errorf("%+v", tools)
	}
	want := "--tools: " + dynamic + ": it is not static, so that it would not run in a tree without its libraries"
	if _, err := newTools(dynamic, ocispecs.Platform{}); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if _, err := newTools("Not/An Image", ocispecs.Platform{}); err == nil {
		t.Error("no error")
	}
}

// compile makes a program that does nothing.
func compile(t *testing.T, file string, flags ...string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("gcc", append(flags, "-nostdlib", "-x", "c", "-", "-o", file)...)
	cmd.Stdin = bytes.NewBufferString("void _start(void) {}")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
}
