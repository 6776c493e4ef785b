package e2e

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/sinter-build/sinter/e2e/oci"
)

// The Dockerfile and sinter.yaml make the same frontend image: the same program,
// and a config that BuildKit reads in the same way.
func TestFrontendImage(t *testing.T) {
	t.Parallel()
	dockerfile := buildFrontend(t, "Dockerfile", map[string]string{"source": "docker/dockerfile:1"})
	sinter := buildFrontend(t, "sinter.yaml", nil)
	for i, img := range sinter {
		if img.Platform != dockerfile[i].Platform {
			t.Fatalf("platform %s, not %s", img.Platform, dockerfile[i].Platform)
		}
		got, want := img.Config.Config, dockerfile[i].Config.Config
		if !reflect.DeepEqual(got.Labels, want.Labels) || !reflect.DeepEqual(got.Entrypoint, want.Entrypoint) {
			t.Errorf("%s: labels %v and entrypoint %v, not %v and %v",
				img.Platform, got.Labels, got.Entrypoint, want.Labels, want.Entrypoint)
		}
		if got, want := content(t, img), content(t, dockerfile[i]); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: it holds %v, not %v", img.Platform, got, want)
		}
	}
}

func content(t *testing.T, img *oci.Image) []oci.File {
	t.Helper()
	files, err := img.Files()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func buildFrontend(t *testing.T, file string, attrs map[string]string) []*oci.Image {
	t.Helper()
	c := &testCase{context: "..", recipe: recipe{File: file, Platforms: []string{"linux/amd64", "linux/arm64"}}}
	dir := filepath.Join(t.TempDir(), "layout")
	if err := c.build(t.Context(), dir, attrs); err != nil {
		t.Fatalf("%s: %s", file, errorText(t, err))
	}
	images, err := oci.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(images) != 2 {
		t.Fatalf("%s made %d images, not 2", file, len(images))
	}
	return images
}
