package packages

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"path"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// ask puts every question to a tree whose database may be anything. Nothing may
// panic, and no metadata may lie where only the image's maker puts files.
func ask(t *testing.T, fsys rootfs.FS, files ...string) {
	db, err := Open(fsys)
	if err != nil {
		return
	}
	if _, err := db.All(); err != nil {
		return
	}
	owners, err := db.Owners(files)
	if err != nil {
		t.Fatal("All worked and Owners did not:", err)
	}
	shipped := map[*plan.Package][]Shipped{}
	for f, p := range owners {
		shipped[p] = append(shipped[p], Shipped{Path: f, Origin: f})
	}
	over, err := db.Metadata(fsys, shipped)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := db.Metadata(nil, shipped)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range MergeMetadata(alone, over, alone) {
		if !IsMetadataPath(e.Path) || !fs.ValidPath(rootfs.Name(e.Path)) {
			t.Errorf("metadata at %q", e.Path)
		}
		for _, l := range e.Links {
			if !IsMetadataPath(l.Path) {
				t.Errorf("a link at %q", l.Path)
			}
		}
	}
}

func fuzzTree(t *testing.T, files map[string][]byte) rootfs.FS {
	v := rootfs.NewView()
	for name, data := range files {
		if err := v.AddData(name, data, 0o644, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"/lib/libx.so": "libx.so.1", "/usr/share/common-licenses/GPL": "GPL-3"} {
		if err := v.AddLink(name, target); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

func FuzzDpkg(f *testing.F) {
	var status, list, sums, diversions, copyright string
	for _, file := range txtar.Parse([]byte(libx)).Files {
		switch path.Base(file.Name) {
		case "status":
			status = string(file.Data)
		case "libx1:amd64.list":
			list = string(file.Data)
		case "libx1:amd64.md5sums":
			sums = string(file.Data)
		case "copyright":
			copyright = string(file.Data)
		}
	}
	diversions = "/lib/libx.so.1\n/lib/libx.so.1.real\nother\n"
	f.Add(status, list, sums, diversions, copyright)
	f.Add("Package: ../../x\nVersion: 1\n\nPackage: a\nVersion: 1/2\n", "/.\n\n//\n/../x\n", "\n", ":\n:\n:\n", "License: GPL\n")
	f.Fuzz(func(t *testing.T, status, list, sums, diversions, copyright string) {
		ask(t, fuzzTree(t, map[string][]byte{
			"/var/lib/dpkg/status":                   []byte(status),
			"/var/lib/dpkg/status.d/x":               []byte(status),
			"/var/lib/dpkg/status.d/x.md5sums":       []byte(sums),
			"/var/lib/dpkg/info/libx1:amd64.list":    []byte(list),
			"/var/lib/dpkg/info/libx1:amd64.md5sums": []byte(sums),
			"/var/lib/dpkg/diversions":               []byte(diversions),
			"/usr/share/doc/libx1/copyright":         []byte(copyright),
			"/usr/share/common-licenses/GPL-3":       nil,
			"/lib/libx.so.1":                         nil,
			"/lib/libx.so.1.2":                       nil,
			"/etc/x.conf":                            nil,
		}), "/lib/libx.so", "/lib/libx.so.1", "/lib/libx.so.1.2", "/etc/x.conf", "/usr/share/common-licenses/GPL", "/")
	})
}

func FuzzControl(f *testing.F) {
	f.Add("A: b\n c\n\nD:\n \n# x\n")
	f.Fuzz(func(t *testing.T, text string) {
		parseControl(text, func(s stanza, err error) {
			for _, field := range s {
				if !strings.Contains(text, field.value) || strings.ContainsAny(field.name, " \t\n:") {
					t.Errorf("%q", field)
				}
			}
		})
	})
}

func FuzzCopyright(f *testing.F) {
	f.Add(txtarFile(libx, "usr/share/doc/libx-common/copyright"))
	f.Add("see /usr/share/common-licenses/../../etc/passwd and usr/share/common-licenses/GPL-2.")
	names := newLicenses()
	f.Fuzz(func(t *testing.T, text string) {
		_, refs := parseCopyright(text, names)
		for _, ref := range refs {
			if strings.ContainsAny(ref, "/\n") || strings.Trim(ref, ".") == "" {
				t.Errorf("%q", ref)
			}
		}
	})
}

// FuzzLicense checks that what is translated stays as it is when it is
// translated again.
func FuzzLicense(f *testing.F) {
	for _, test := range licenseTests {
		f.Add(test.declared)
	}
	names := newLicenses()
	f.Fuzz(func(t *testing.T, declared string) {
		once := names.expression(declared)
		if twice := names.expression(once); twice != once {
			t.Errorf("%q, then %q, then %q", declared, once, twice)
		}
	})
}

func FuzzAPK(f *testing.F) {
	f.Add(txtarFile(alpineTree, "lib/apk/db/installed"))
	f.Fuzz(func(t *testing.T, text string) {
		ask(t, fuzzTree(t, map[string][]byte{"/lib/apk/db/installed": []byte(text), "/usr/lib/libz.so.1.3": nil, "/lib/libx.so.1": nil}),
			"/usr/lib/libz.so.1.3", "/lib/libx.so", "/lib/libx.so.1")
	})
}

func FuzzRPM(f *testing.F) {
	// The engine takes minutes over each large input that it finds interesting.
	all := blobs(f)
	f.Add(unzip(f, "testdata/small.sqlite.gz"))
	f.Add(writeNDB(all[2:4]))
	f.Add(writeBDB(binary.LittleEndian, all[2:4]))
	f.Add(writeBDB(binary.BigEndian, all[2:4]))
	f.Fuzz(func(t *testing.T, data []byte) {
		ask(t, fuzzTree(t, map[string][]byte{"/var/lib/rpm/Packages": data, "/usr/lib/libx.so.1.2": nil, "/lib/libx.so.1": nil}),
			"/usr/lib/libx.so.1.2", "/usr/lib/libx.so.1", "/usr/bin/tool")
	})
}

func FuzzRPMHeader(f *testing.F) {
	for _, b := range blobs(f)[1:3] {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		data := writeNDB([][]byte{blob})
		read := 0
		if err := headers(bytes.NewReader(data), int64(len(data)), func(got []byte) {
			read++
			if !bytes.Equal(got, blob) {
				t.Error("not the same header")
			}
		}); err != nil || read != 1 {
			t.Fatal(read, err)
		}
		ask(t, fuzzTree(t, map[string][]byte{"/var/lib/rpm/Packages.db": data, "/usr/lib/libx.so.1.2": nil, "/lib/libx.so.1": nil}),
			"/usr/lib/libx.so.1.2", "/usr/bin/tool")
	})
}
