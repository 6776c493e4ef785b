package runtimes

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinter-build/sinter/rootfs"
)

// Bytecode ships if the interpreter takes it for its source, which then keeps the time
// that stands in it.
func TestBytecode(t *testing.T) {
	t.Parallel()
	const source = "/usr/lib/python3.11/os.py"
	const size, when = 7, 1700000000
	header := func(flags, mtime, size uint32) string {
		b := []byte{0xa7, 0x0d, 0x0d, 0x0a}
		b = binary.LittleEndian.AppendUint32(b, flags)
		b = binary.LittleEndian.AppendUint32(b, mtime)
		return string(binary.LittleEndian.AppendUint32(b, size))
	}
	for _, test := range []struct{ name, file, head, env, want string }{
		{"none", "x", "", "", ""},
		{"valid", "os.cpython-311.pyc", header(0, when, size), "", "ships, source keeps its time"},
		{"stale by time", "os.cpython-311.pyc", header(0, when-1, size), "", "stays out"},
		{"stale by size", "os.cpython-311.pyc", header(0, when, size+1), "", "stays out"},
		{"by hash", "os.cpython-311.pyc", header(1, 1, 2), "", "ships"},
		{"cut off", "os.cpython-311.pyc", "\xa7", "", "stays out"},
		{"of another version", "os.cpython-310.pyc", header(0, when, size), "", "stays out"},
		{"of another level", "os.cpython-311.opt-1.pyc", header(0, when, size), "", "stays out"},
		{"of the level", "os.cpython-311.opt-1.pyc", header(0, when, size), "1", "ships, source keeps its time"},
		{"of no source", "io.cpython-311.pyc", header(0, when, size), "", "stays out"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			pyc := "/usr/lib/python3.11/__pycache__/" + test.file
			for name, text := range map[string]string{"/usr/bin/python3.11": "", source: strings.Repeat("x", size), pyc: test.head} {
				at := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				if err := os.Chtimes(at, time.Unix(when, 0), time.Unix(when, 0)); err != nil {
					t.Fatal(err)
				}
			}
			r := Request{Tree: rootfs.Cached(rootfs.Dir(dir)), Path: "/usr/bin/python3.11", Env: map[string]string{"PYTHONOPTIMIZE": test.env}}
			casePackages(&r, nil)
			result, err := python{}.Needs(r)
			if err != nil || len(result.Needs) != 1 {
				t.Fatal(result, err)
			}
			need, info := result.Needs[0], fileInfo(t, r.Tree, pyc)
			var got []string
			switch {
			case need.Leave(pyc, info) && test.head != "":
				got = append(got, "stays out")
			case test.head != "":
				got = append(got, "ships")
			}
			if need.KeepTime(source) {
				got = append(got, "source keeps its time")
			}
			if text := strings.Join(got, ", "); text != test.want {
				t.Errorf("got %q, want %q", text, test.want)
			}
			if slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "source") }) && need.KeepTime(pyc) {
				t.Error("the bytecode keeps its own time")
			}
		})
	}
}
