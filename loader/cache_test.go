package loader

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var cacheLine = regexp.MustCompile(`(?m)^\t(\S+) \([^)]*\) => (\S+)$`)

// printed returns what ldconfig -p shows of a cache file.
func printed(t *testing.T, file string) []string {
	t.Helper()
	out, err := exec.Command("/sbin/ldconfig", "-p", "-C", file).CombinedOutput()
	if err != nil {
		t.Fatalf("ldconfig: %v\n%s", err, out)
	}
	var lines []string
	for _, m := range cacheLine.FindAllStringSubmatch(string(out), -1) {
		lines = append(lines, m[1]+" "+m[2])
	}
	return lines
}

func names(entries []CacheEntry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Name+" "+e.Path)
	}
	return out
}

func TestParseMachineCache(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("/etc/ld.so.cache")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseCache(data)
	if err != nil {
		t.Fatal(err)
	}
	if want := printed(t, "/etc/ld.so.cache"); !slices.Equal(names(c.Entries), want) {
		t.Errorf("got %d entries, ldconfig shows %d", len(c.Entries), len(want))
	}
	// Written anew, the machine's own cache has the same order.
	again, err := ParseCache(WriteCache(c.Entries, binary.LittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(names(again.Entries), names(c.Entries)) {
		t.Error("WriteCache orders the entries in another way than ldconfig")
	}
	for _, e := range c.Entries {
		if got := c.Lookup(e.Name, e.Flags); e.Hwcap == 0 && got == "" {
			t.Errorf("%s is not found in its own cache", e.Name)
		}
	}
}

func TestWriteCache(t *testing.T) {
	t.Parallel()
	entries := []CacheEntry{
		{Name: "libb.so.2", Path: "/l/libb.so.2", Flags: x86},
		{Name: "liba.so.9", Path: "/l/liba.so.9", Flags: x86},
		{Name: "liba.so.10", Path: "/l/liba.so.10", Flags: x86},
		{Name: "liba.so.10", Path: "/l/liba.so.10", Flags: x86},
		{Name: "liba.so.10", Path: "/a/liba.so.10", Flags: x86},
	}
	want := []string{"libb.so.2 /l/libb.so.2", "liba.so.10 /l/liba.so.10", "liba.so.10 /a/liba.so.10", "liba.so.9 /l/liba.so.9"}
	file := filepath.Join(t.TempDir(), "cache")
	if err := os.WriteFile(file, WriteCache(entries, binary.LittleEndian), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := printed(t, file); !slices.Equal(got, want) {
		t.Errorf("ldconfig shows %q, want %q", got, want)
	}
	big, err := ParseCache(WriteCache(entries, binary.BigEndian))
	if err != nil || !slices.Equal(names(big.Entries), want) {
		t.Errorf("big-endian: got %v, %v", big, err)
	}
}

// x86 are the flags of 64-bit x86 libraries.
const x86 = 0x0303

func TestCompareNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"libx.so.9", "libx.so.10", -1}, {"libx.so.1", "libx.so.01", 0}, {"libx.so", "libx.so.1", -1},
		{"a1", "ab", 1}, {"ab", "a1", -1}, {"", "", 0}, {"a", "", 1}, {"", "a", -1}, {"x86", "x860", -1},
	} {
		if got := compareNames(test.a, test.b); got != test.want {
			t.Errorf("%q and %q: got %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func FuzzParseCache(f *testing.F) {
	one := WriteCache([]CacheEntry{{Name: "liba.so", Path: "/lib/liba.so", Flags: x86}}, binary.LittleEndian)
	f.Add(one)
	old := append([]byte(oldCacheMagic+"\x00\x01\x00\x00\x00"), make([]byte, 12+4)...)
	f.Add(append(old, one...))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseCache(data)
		if err != nil {
			return
		}
		c.Lookup("liba.so", x86)
		if strings.Contains(c.Lookup("liba.so", x86), "\x00") {
			t.Error("a path with a NUL")
		}
	})
}

func TestOldCacheInFront(t *testing.T) {
	t.Parallel()
	one := WriteCache([]CacheEntry{{Name: "liba.so", Path: "/lib/liba.so", Flags: x86}}, binary.LittleEndian)
	old := append([]byte(oldCacheMagic+"\x00\x01\x00\x00\x00"), make([]byte, 12+4)...)
	c, err := ParseCache(append(old, one...))
	if err != nil || c.Lookup("liba.so", x86) != "/lib/liba.so" {
		t.Errorf("got %+v, %v", c, err)
	}
}
