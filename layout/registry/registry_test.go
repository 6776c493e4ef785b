package registry_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	gcr "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/sinter-build/sinter/layout"
	"github.com/sinter-build/sinter/layout/registry"
)

// Images of a registry on this machine are read like those of a layout: one, several in
// an index, or those of the platforms that are wanted, by tag and by digest.
func TestOpen(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(gcr.New(gcr.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	repo := strings.TrimPrefix(server.URL, "http://") + "/app"
	amd64, arm64 := image(t, "amd64"), image(t, "arm64")
	index := mutate.AppendManifests(empty.Index, addendum(amd64, "amd64"), addendum(arm64, "arm64"))
	if err := remote.WriteIndex(reference(t, repo+":both"), index); err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(reference(t, repo+":one"), amd64); err != nil {
		t.Fatal(err)
	}
	digest, err := arm64.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		ref    string
		wanted []string
		want   string
	}{
		{":one", nil, "linux/amd64 /amd64 3"},
		{":both", nil, "linux/amd64 /amd64 3, linux/arm64 /arm64 3"},
		{":both", []string{"linux/arm64"}, "linux/arm64 /arm64 3"},
		{"@" + digest.String(), nil, "linux/arm64 /arm64 3"},
		{":both", []string{"linux/s390x"}, "REPO:both: it has no image for [linux/s390x]"},
		{":none", nil, "GET http://REPO"},
		{":A B", nil, "could not parse reference: REPO:A B"},
	} {
		got := strings.ReplaceAll(describe(t, repo+test.ref, test.wanted), repo, "REPO")
		if strings.HasPrefix(test.want, "GET") {
			if !strings.Contains(got, "MANIFEST_UNKNOWN") {
				t.Errorf("%s: %s", test.ref, got)
			}
		} else if got != test.want {
			t.Errorf("%s %v: %s, want %s", test.ref, test.wanted, got, test.want)
		}
	}
}

// describe tells the platforms and files of what a reference names, or the error.
func describe(t *testing.T, ref string, wanted []string) string {
	t.Helper()
	files, err := registry.Open(t.Context(), ref, wanted)
	if err != nil {
		return err.Error()
	}
	images, err := layout.Read(files)
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, img := range images {
		text := img.Platform
		for _, e := range img.Entries {
			text += fmt.Sprintf(" %s %d", e.Path, e.Size)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// image has one file that is called like its architecture.
func image(t *testing.T, arch string) v1.Image {
	t.Helper()
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: arch, Mode: 0o644, Size: 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	img, err = mutate.ConfigFile(img, &v1.ConfigFile{OS: "linux", Architecture: arch, RootFS: rootFS(t, img)})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func rootFS(t *testing.T, img v1.Image) v1.RootFS {
	t.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return config.RootFS
}

func addendum(img v1.Image, arch string) mutate.IndexAddendum {
	return mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}}
}

func reference(t *testing.T, text string) name.Reference {
	t.Helper()
	ref, err := name.ParseReference(text)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}
