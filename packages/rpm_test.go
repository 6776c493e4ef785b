package packages

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// rpmdb is a database that rpm wrote: testdata/README.md.
func rpmdb(t testing.TB) []byte { return unzip(t, "testdata/rpmdb.sqlite.gz") }

func unzip(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const fedora = `ID=fedora
VERSION_ID=40
-- etc/fedora-release --
Fedora release 40
-- lib -> usr/lib --
-- usr/lib/libx.so.1.2 --
-- usr/lib/libx.so.1 -> libx.so.1.2 --
-- usr/bin/tool --
-- usr/bin/other --
`

func rpmTree(t testing.TB, name string, data []byte) rootfs.FS {
	t.Helper()
	v := rootfs.NewViewOver(tree(t, fedora))
	if err := v.AddData(name, data, 0o644, 0, 0); err != nil {
		t.Fatal(err)
	}
	return v
}

func blobs(t testing.TB) [][]byte {
	t.Helper()
	var all [][]byte
	data := rpmdb(t)
	if err := headers(bytes.NewReader(data), int64(len(data)), func(b []byte) { all = append(all, slices.Clone(b)) }); err != nil {
		t.Fatal(err)
	}
	return all
}

// writeNDB writes headers as SUSE's rpm does: Debian's cannot.
func writeNDB(blobs [][]byte) []byte {
	le := binary.LittleEndian
	slots := make([]byte, 4096)
	copy(slots, "RpmP")
	le.PutUint32(slots[12:], 1)
	for at := 32; at < len(slots); at += 16 {
		copy(slots[at:], "Slot")
	}
	out := slots
	for i, b := range blobs {
		slot := slots[32+16*i:]
		le.PutUint32(slot[4:], uint32(i+1))
		le.PutUint32(slot[8:], uint32(len(out)/16))
		head := make([]byte, 16)
		copy(head, "BlbS")
		le.PutUint32(head[4:], uint32(i+1))
		le.PutUint32(head[12:], uint32(len(b)))
		out = append(append(out, head...), b...)
		out = append(out, make([]byte, 16-len(out)%16)...)
		copy(out, slots)
	}
	return out
}

// writeBDB writes headers as a hash of Berkeley DB with one page of entries.
func writeBDB(order binary.ByteOrder, blobs [][]byte) []byte {
	const size, head = 4096, 26
	meta, table := make([]byte, size), make([]byte, size)
	order.PutUint32(meta[12:], bdbMagic)
	order.PutUint32(meta[20:], size)
	meta[25] = 8
	table[25] = 13
	order.PutUint16(table[20:], uint16(2*len(blobs)))
	var rest []byte
	for i, b := range blobs {
		at := size - 16*(i+1)
		order.PutUint16(table[head+4*i:], uint16(at+12)) // the key, of no interest
		order.PutUint16(table[head+4*i+2:], uint16(at))
		table[at] = 3
		next := uint32(2 + len(rest)/size)
		order.PutUint32(table[at+4:], next)
		order.PutUint32(table[at+8:], uint32(len(b)))
		for len(b) > 0 {
			page := make([]byte, size)
			n := copy(page[head:], b)
			b = b[n:]
			if next++; len(b) > 0 {
				order.PutUint32(page[16:], next)
			}
			order.PutUint16(page[22:], uint16(n))
			page[25] = 7
			rest = append(rest, page...)
		}
	}
	out := slices.Concat(meta, table, rest)
	order.PutUint32(out[32:], uint32(len(out)/size-1))
	return out
}

func TestRPM(t *testing.T) {
	t.Parallel()
	all := blobs(t)
	for name, data := range map[string][]byte{
		"/var/lib/rpm/rpmdb.sqlite":              rpmdb(t),
		"/usr/lib/sysimage/rpm/Packages.db":      writeNDB(all),
		"/var/lib/rpm/Packages":                  writeBDB(binary.LittleEndian, all),
		"/usr/share/rpm/Packages":                writeBDB(binary.BigEndian, all),
		"/usr/lib/sysimage/rpm/Packages (empty)": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			name, _, empty := strings.Cut(name, " ")
			db := open(t, rpmTree(t, name, data))
			if empty {
				if _, err := db.All(); !errors.Is(err, errRPM) {
					t.Error(err)
				}
				return
			}
			testRPM(t, db)
		})
	}
}

// TestSmallSQLite reads pages of 512 bytes.
func TestSmallSQLite(t *testing.T) {
	t.Parallel()
	all, err := open(t, rpmTree(t, "/var/lib/rpm/rpmdb.sqlite", unzip(t, "testdata/small.sqlite.gz"))).All()
	if err != nil || len(all) != 3 {
		t.Error(len(all), err)
	}
}

func testRPM(t *testing.T, db *DB) {
	got, err := db.Owners([]string{"/usr/lib/libx.so.1.2", "/usr/lib/libx.so.1", "/usr/bin/tool", "/usr/bin/other"})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for f, p := range got {
		names[f] = p.Name
	}
	if want := map[string]string{"/usr/lib/libx.so.1.2": "libx", "/usr/lib/libx.so.1": "libx", "/usr/bin/tool": "libx-tools"}; !maps.Equal(names, want) {
		t.Errorf("owners %v, want %v", names, want)
	}
	all, err := db.All()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 32 {
		t.Errorf("%d packages", len(all))
	}
	want := plan.Package{
		PURL:     "pkg:rpm/fedora/libx@1.2-3?arch=noarch&distro=fedora-40&epoch=1&upstream=libx-1.2-3.src.rpm",
		Version:  "1:1.2-3",
		Licenses: []string{"LGPL-2.0-or-later AND MIT"}, Supplier: "Example", Homepage: "https://example.org/x", Size: 165,
	}
	if p := *got["/usr/lib/libx.so.1"]; !equal(p, want) {
		t.Errorf("got  %+v\nwant %+v", p, want)
	}
	if p := got["/usr/bin/tool"]; p.Source != "libx" || p.SourceVersion != "" {
		t.Errorf("%+v", p)
	}
	if w := db.Warnings(); len(w) > 0 {
		t.Error(w)
	}
}

func TestMetadataRPM(t *testing.T) {
	t.Parallel()
	marker := "-- /etc/fedora-release (distribution marker) --\ncopy of /etc/fedora-release\n" +
		"-- /usr/lib/os-release (distribution marker) --\ncopy of /usr/lib/os-release\nwith /etc/os-release -> ../usr/lib/os-release\n"
	ours := "libx\t1.2-3\t0\t1700000000\tExample\t1\t165\tnoarch\t1\tlibx-1.2-3.src.rpm\n"
	files := func(names, lines string) string {
		return "-- /var/lib/rpmmanifest/container-manifest-1 (package metadata of rpm) --\n" + names +
			"-- /var/lib/rpmmanifest/container-manifest-2 (package metadata of rpm) --\n" + lines
	}
	db := open(t, rpmTree(t, "/var/lib/rpm/rpmdb.sqlite", rpmdb(t)))
	shipped := ship(t, db, "/usr/lib/libx.so.1.2")
	tests := []struct {
		name string
		base rootfs.FS
		want string
	}{
		{name: "alone", want: marker + files("libx-1.2-3.noarch\n", ours)},
		{
			name: "a base with manifests",
			base: tree(t, "ID=azurelinux\n-- var/lib/rpmmanifest/container-manifest-1 --\nglibc-2-1.x86_64\n-- var/lib/rpmmanifest/container-manifest-2 --\nglibc\n"),
			want: files("glibc-2-1.x86_64\nlibx-1.2-3.noarch\n", "glibc\n"+ours),
		},
		{name: "a base that has the package", base: rpmTree(t, "/var/lib/rpm/rpmdb.sqlite", rpmdb(t))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			metadata, err := db.Metadata(test.base, shipped)
			if err != nil {
				t.Fatal(err)
			}
			if got := show(t, metadata); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}
