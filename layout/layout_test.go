package layout_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/layout"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// maker makes a layout.
type maker struct {
	t     *testing.T
	files fstest.MapFS
}

func (m *maker) blob(mediaType string, data []byte) ocispecs.Descriptor {
	sum := digest.FromBytes(data)
	m.files["blobs/sha256/"+sum.Encoded()] = &fstest.MapFile{Data: data}
	return ocispecs.Descriptor{MediaType: mediaType, Digest: sum, Size: int64(len(data))}
}

func (m *maker) json(mediaType string, v any) ocispecs.Descriptor {
	data, err := json.Marshal(v)
	if err != nil {
		m.t.Fatal(err)
	}
	return m.blob(mediaType, data)
}

// layer packs lines "PATH dir MODE", "PATH file MODE TEXT", "PATH link TARGET" and
// "PATH hard TARGET".
func (m *maker) layer(lines ...string) ocispecs.Descriptor {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	w := tar.NewWriter(zip)
	for _, line := range lines {
		f := strings.SplitN(line, " ", 4)
		h := &tar.Header{Name: f[0]}
		switch f[1] {
		case "link":
			h.Typeflag, h.Linkname = tar.TypeSymlink, f[2]
		case "hard":
			h.Typeflag, h.Linkname = tar.TypeLink, f[2]
		default:
			if _, err := fmt.Sscanf(f[2], "%o", &h.Mode); err != nil {
				m.t.Fatal(err)
			}
			h.Typeflag = tar.TypeDir
		}
		text := ""
		if f[1] == "file" {
			text, h.Typeflag = f[3], tar.TypeReg
			h.Size = int64(len(text))
		}
		if err := w.WriteHeader(h); err != nil {
			m.t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			m.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		m.t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		m.t.Fatal(err)
	}
	return m.blob(ocispecs.MediaTypeImageLayerGzip, packed.Bytes())
}

func (m *maker) image(history []string, layers ...ocispecs.Descriptor) ocispecs.Descriptor {
	config := ocispecs.Image{Platform: ocispecs.Platform{OS: "linux", Architecture: "arm64"}}
	for _, by := range history {
		config.History = append(config.History, ocispecs.History{CreatedBy: by, Comment: "some files: 1 file, 2 bytes"})
	}
	return m.json(ocispecs.MediaTypeImageManifest, ocispecs.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		Config:    m.json(ocispecs.MediaTypeImageConfig, config), Layers: layers,
	})
}

func (m *maker) index(manifests ...ocispecs.Descriptor) {
	data, err := json.Marshal(ocispecs.Index{Manifests: manifests})
	if err != nil {
		m.t.Fatal(err)
	}
	m.files["index.json"] = &fstest.MapFile{Data: data}
}

func newMaker(t *testing.T) *maker { return &maker{t, fstest.MapFS{}} }

func show(img report.Image) string {
	var b strings.Builder
	for _, e := range img.Entries {
		switch e.Kind {
		case plan.KindSymlink:
			fmt.Fprintf(&b, "%s link %s", e.Path, e.Target)
		case plan.KindDir:
			fmt.Fprintf(&b, "%s dir %s", e.Path, e.Mode)
		default:
			fmt.Fprintf(&b, "%s file %s %d", e.Path, e.Mode, e.Size)
		}
		fmt.Fprintf(&b, " (%s)\n", e.Layer)
	}
	return b.String()
}

// Layers are put on each other with all that they remove, in a directory and in a
// tar file alike, attestations left out.
func TestRead(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	attested := m.json(ocispecs.MediaTypeImageManifest, ocispecs.Manifest{})
	attested.Annotations = map[string]string{"vnd.docker.reference.type": "attestation-manifest"}
	image := m.image([]string{"ADD rootfs", "sinter: libc", "sinter: app"},
		m.layer("etc/ dir 0755", "etc/a file 0644 aa", "etc/b file 0644 b", "opt/ dir 0755", "opt/x/ dir 0755", "opt/x/y file 0600 y",
			"var/ dir 0755", "var/old file 0644 old", "lib link usr/lib", "kind/ dir 0755", "kind/in file 0644 in"),
		m.layer("etc/.wh.b file 0644 ", "opt/.wh.x file 0644 ", "kind file 0755 now a file", "etc/hard hard etc/a"),
		m.layer("var/new file 0640 new", "var/.wh..wh..opq file 0644 ", "etc/a file 4755 aaa"),
	)
	nested := m.json(ocispecs.MediaTypeImageIndex, ocispecs.Index{Manifests: []ocispecs.Descriptor{image, attested}})
	m.index(nested)
	want := `/etc dir 0755 (layer 1)
/etc/a file 4755 3 (app)
/etc/hard file 0644 2 (libc)
/kind file 0755 10 (libc)
/lib link usr/lib (layer 1)
/opt dir 0755 (layer 1)
/var dir 0755 (layer 1)
/var/new file 0640 3 (app)
`
	for name, files := range map[string]fs.FS{"directory": m.files, "tar": asTar(t, m.files)} {
		images, err := layout.Read(files)
		if err != nil {
			t.Fatal(name, err)
		}
		if len(images) != 1 || images[0].Platform != "linux/arm64" || !images[0].Whole {
			t.Fatalf("%s: %+v", name, images)
		}
		img := images[0]
		if got := show(img); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
		if l := img.Layers; !l[0].Base || l[1].Base || l[1].Title != "some files" || l[2].Files != 2 {
			t.Errorf("%s: layers %+v", name, l)
		}
		if want := digest.FromString("aaa").String(); img.Entries[1].Digest != want {
			t.Errorf("%s: digest %s, want %s", name, img.Entries[1].Digest, want)
		}
	}
}

func asTar(t *testing.T, files fstest.MapFS) fs.FS {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "layout.tar"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	w := tar.NewWriter(f)
	if err := w.AddFS(files); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	in, err := layout.Tar(f)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// Packages are known from the data that an image carries.
func TestPackages(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	m.index(m.image(nil, m.layer(
		"etc/os-release file 0644 ID=debian\nVERSION_ID=\"12\"\n",
		"usr/lib/libx.so.1 file 0644 x",
		"usr/bin/app file 0755 app",
		"var/lib/dpkg/status.d/libx1 file 0644 Package: libx1\nVersion: 1.2-3\nArchitecture: arm64\n",
		"var/lib/dpkg/status.d/libx1.md5sums file 0644 9dd4e461268c8034f5c8564e155c67a6  usr/lib/libx.so.1\n",
	)))
	images, err := layout.Read(m.files)
	if err != nil {
		t.Fatal(err)
	}
	img := images[0]
	if len(img.Packages) != 1 || img.Packages[0].String() != "libx1 1.2-3" {
		t.Fatalf("packages %+v", img.Packages)
	}
	for _, e := range img.Entries {
		if owned := e.Package != ""; owned != (e.Path == "/usr/lib/libx.so.1") && !strings.HasPrefix(e.Path, "/var") {
			t.Errorf("%s is of %q", e.Path, e.Package)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files func(*maker)
		want  string
	}{
		"no layout":       {func(m *maker) {}, "open index.json: file does not exist"},
		"no image":        {func(m *maker) { m.index() }, "the layout has no image"},
		"a blob is gone":  {func(m *maker) { m.index(m.image(nil, m.layer("a file 0644 a"))); m.spoil(true) }, "file does not exist"},
		"a blob is other": {func(m *maker) { m.index(m.image(nil, m.layer("a file 0644 a"))); m.spoil(false) }, "does not have the digest"},
		"an unknown type": {func(m *maker) { m.index(m.blob("text/plain", nil)) }, "a manifest of type text/plain, which is not known"},
		"a bad hard link": {func(m *maker) { m.index(m.image(nil, m.layer("a hard b"))) }, "a hard link to b, which is not there"},
	} {
		m := newMaker(t)
		test.files(m)
		if _, err := layout.Read(m.files); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %s", name, err, test.want)
		}
	}
}

// spoil removes all blobs, or changes them in a byte that JSON leaves open.
func (m *maker) spoil(gone bool) {
	for name, f := range m.files {
		switch {
		case !strings.HasPrefix(name, "blobs/"):
		case gone:
			delete(m.files, name)
		default:
			f.Data = append(f.Data, '\n')
		}
	}
}
