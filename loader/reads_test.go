//go:build linux && amd64

package loader

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/rootfs/rootfstest"
)

// What the closure of a large program may cost. Debian's ffmpeg, with 215
// objects, takes about 600 reads and 10.5 MB, the modules here fewer.
const (
	maxClosureReads = 520
	maxClosureBytes = 8_000_000
)

// modules says how many libraries have a dynamic string table of about so many
// bytes: the spread among those that ffmpeg loads in Debian 12, 2.4 MB in all.
var modules = []struct{ count, strings int }{
	{21, 750}, {32, 1100}, {53, 2200}, {53, 6000}, {32, 15000}, {14, 38000}, {6, 90000}, {1, 157000}, {1, 302000},
}

// TestReads loads a program with as many libraries as ffmpeg, of the same sizes,
// and counts what is read of the tree.
func TestReads(t *testing.T) {
	t.Parallel()
	root, objects := manyModules(t)
	fsys := &rootfstest.Counter{FS: rootfs.Dir(root)}
	r, err := Load([]Tree{{Name: "tree", FS: fsys}}, Program{Path: "/app"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Problems {
		t.Error(p.Message)
	}
	if len(r.Objects) != objects || objects <= 200 {
		t.Errorf("%d objects, should be %d and more than 200", len(r.Objects), objects)
	}
	if fsys.Reads > maxClosureReads || fsys.Bytes > maxClosureBytes {
		t.Errorf("%d reads and %d bytes for %d objects, more than %d and %d",
			fsys.Reads, fsys.Bytes, objects, maxClosureReads, maxClosureBytes)
	}
	t.Logf("%d objects: %d reads, %d bytes", objects, fsys.Reads, fsys.Bytes)
}

// manyModules makes a tree with a program that loads libc and all modules, each
// of which needs three others and versions of libc, and an ld.so.cache.
func manyModules(t *testing.T) (root string, objects int) {
	t.Helper()
	root = t.TempDir()
	for _, file := range []string{glibcLoader, "/lib/x86_64-linux-gnu/libc.so.6"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(root, file), data)
	}
	for _, m := range modules {
		objects += m.count
	}
	cache := []CacheEntry{{Name: "libc.so.6", Path: "/lib/x86_64-linux-gnu/libc.so.6", Flags: 0x0303}}
	number := 0
	for _, m := range modules {
		template := module(t, m.strings)
		for range m.count {
			name := fmt.Sprintf("libmod%03d.so", number)
			// Every number is needed by some module: those three times as large.
			data := bytes.ReplaceAll(template, []byte("libmodSON"), []byte(name[:9]))
			for i, placeholder := range []string{"libmodAAA", "libmodBBB", "libmodCCC"} {
				needed := fmt.Sprintf("libmod%03d", (3*number+1+i)%objects)
				data = bytes.ReplaceAll(data, []byte(placeholder), []byte(needed))
			}
			put(t, filepath.Join(root, "lib", name), data)
			cache = append(cache, CacheEntry{Name: name, Path: "/lib/" + name, Flags: 0x0303})
			number++
		}
	}
	put(t, filepath.Join(root, "etc/ld.so.cache"), WriteCache(cache, binary.LittleEndian))
	compile(t, "void _start(void) {}", "-nostdlib", "-pie", "-fPIE", "-Wl,--no-as-needed,--allow-shlib-undefined",
		"-x", "none", stub(t, "libmod000.so"), "-o", filepath.Join(root, "app"))
	return root, objects + 1
}

// module links a library whose string table has about so many bytes, half of
// them for what it defines. Code keeps its dynamic section away from its start.
func module(t *testing.T, size int) []byte {
	t.Helper()
	const name = "sinter_module_%s_with_a_name_as_long_as_those_of_cplusplus_%05d"
	var b strings.Builder
	b.WriteString(".text\n.space 65536\n")
	for i := range size / len(name) / 2 {
		defined := fmt.Sprintf(name, "defined", i)
		fmt.Fprintf(&b, ".globl %s\n.type %s,@function\n%s: ret\n", defined, defined, defined)
	}
	b.WriteString(".data\n.quad getpid, memcpy, realpath\n")
	for i := range size / len(name) / 2 {
		missing := fmt.Sprintf(name, "missing", i)
		fmt.Fprintf(&b, ".weak %s\n.quad %s\n", missing, missing)
	}
	source, out := filepath.Join(t.TempDir(), "module.s"), filepath.Join(t.TempDir(), "module.so")
	put(t, source, []byte(b.String()))
	compile(t, "", "-shared", "-nostdlib", "-Wl,--no-as-needed,-soname=libmodSON.so", "-x", "assembler", source,
		"-x", "none", stub(t, "libmodAAA.so"), stub(t, "libmodBBB.so"), stub(t, "libmodCCC.so"), "-lc", "-o", out)
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// stub links a library that is only there to be needed by its SONAME.
func stub(t *testing.T, soname string) string {
	t.Helper()
	at := filepath.Join(t.TempDir(), soname)
	compile(t, "", "-shared", "-nostdlib", "-Wl,-soname="+soname, "-o", at)
	return at
}

func put(t *testing.T, at string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, data, 0o755); err != nil {
		t.Fatal(err)
	}
}
