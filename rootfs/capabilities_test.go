package rootfs

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// attribute is a security.capability of 32-bit words.
func attribute(words ...uint32) []byte {
	var out []byte
	for _, w := range words {
		out = binary.LittleEndian.AppendUint32(out, w)
	}
	return out
}

func TestCapabilityText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		value []byte
		want  string
	}{
		{"ping's", attribute(0x02000001, 1<<13, 0, 0, 0), "cap_net_raw=ep"},
		{"two, not effective", attribute(0x02000000, 1<<10|1<<12, 0, 0, 0), "cap_net_bind_service,cap_net_admin=p"},
		{"different sets", attribute(0x02000001, 1<<0|1<<1, 1<<1|1<<2, 0, 0), "cap_chown=ep cap_dac_override=eip cap_dac_read_search=ei"},
		{"the upper half", attribute(0x02000001, 0, 0, 1<<(39-32)|1<<(63-32), 0), "cap_bpf,63=ep"},
		{"the first form", attribute(0x01000001, 1<<7, 0), "cap_setuid=ep"},
		{"of a user namespace", attribute(0x03000001, 1<<7, 0, 0, 0, 100000), "cap_setuid=ep [rootid=100000]"},
		{"none", attribute(0x02000000, 0, 0, 0, 0), "="},
		{"empty", []byte{}, "invalid"},
		{"cut off", attribute(0x02000001, 1<<13, 0), "invalid"},
		{"too long", attribute(0x02000001, 1<<13, 0, 0, 0, 0, 0, 0), "invalid"},
		{"of the future", attribute(0x04000001, 1<<13, 0, 0, 0), "invalid"},
	} {
		if got := CapabilityText(test.value); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// capable is a tree in memory of which one file has capabilities.
type capable struct {
	*View
	value []byte
	err   error
}

func (c capable) FileCapabilities(name string) ([]byte, error) {
	if name == "bin/ping" {
		return c.value, c.err
	}
	return nil, nil
}

// A file has the capabilities of what it is a copy of, through every kind of tree.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	tree := NewView()
	for _, name := range []string{"/bin/ping", "/bin/cat"} {
		if err := tree.AddData(name, nil, 0o755, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	source := capable{View: tree, value: attribute(0x02000001, 1<<13, 0, 0, 0)}
	info, err := source.Lstat("bin/ping")
	if err != nil {
		t.Fatal(err)
	}
	image := NewView()
	if err := image.AddFile("/ping", Cached(source), "bin/ping", info); err != nil {
		t.Fatal(err)
	}
	broken := capable{View: tree, err: syscall.EIO}
	for _, test := range []struct {
		name string
		tree FS
		file string
		want string
		err  error
	}{
		{"itself", source, "bin/ping", "cap_net_raw=ep", nil},
		{"another", source, "bin/cat", "", nil},
		{"remembered", Cached(source), "bin/ping", "cap_net_raw=ep", nil},
		{"copied", image, "ping", "cap_net_raw=ep", nil},
		{"copied and remembered", Cached(image), "ping", "cap_net_raw=ep", nil},
		{"a tree that does not know", tree, "bin/ping", "", nil},
		{"a tree that cannot be read", broken, "bin/ping", "", syscall.EIO},
	} {
		got, err := Capabilities(test.tree, test.file)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
	}
}

// The capabilities of local files are read where there is such a thing. Only root
// may set them, and so others can see no more than that there are none.
func TestCapabilitiesOfLocalFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"plain", "capable"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"plain": ""}
	if setCapabilities(filepath.Join(dir, "capable"), attribute(0x02000001, 1<<10, 0, 0, 0)) == nil {
		want["capable"] = "cap_net_bind_service=ep"
	}
	for name, want := range want {
		got, err := Capabilities(Dir(dir), name)
		if err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	if _, err := Capabilities(Dir(dir), "absent"); err != nil && !IsAbsent(err) {
		t.Error(err)
	}
}
