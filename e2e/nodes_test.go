package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/e2e/lab"
)

// An image for two platforms is the same on two machines, each of which builds for its
// own, as on one; and again when one of them has died and a new one, which knows nothing,
// has taken its place with the cache in the registry.
func TestNodes(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{"app.yaml": "# syntax=" + frontendRef + `
sources:
  debian: debian:bookworm-slim
binaries:
  - debian:/usr/bin/gpgv
`})
	node := func(name string) *lab.Node {
		n, err := theLab.StartNode(t.Context(), name, "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(n.Kill)
		return n
	}
	config := t.TempDir()
	buildx := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), theLab.Tool("buildx"), args...)
		cmd.Env = append(os.Environ(), append(theLab.Env(), "BUILDX_CONFIG="+config)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("buildx %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	cache := "type=registry,ref=" + theLab.Registry + "/nodes/cache:"
	build := func(builder, tag string, args ...string) []string {
		t.Helper()
		name := theLab.Registry + "/nodes/app:" + tag
		buildx(append([]string{"build", "--builder", builder, "--progress", "plain", "--provenance=false", "--file", filepath.Join(dir, "app.yaml"),
			"--output", "type=image,push=true,name=" + name, dir}, args...)...)
		return manifestsOf(t, buildx("imagetools", "inspect", "--raw", name))
	}
	both := []string{"--platform", "linux/amd64,linux/arm64"}
	amd64, arm64 := node("amd64"), node("arm64")
	buildx("create", "--name", "one", "--driver", "remote", theLab.Host)
	buildx("create", "--name", "two", "--driver", "remote", "--platform", "linux/amd64", amd64.Host)
	buildx("create", "--name", "two", "--append", "--driver", "remote", "--platform", "linux/arm64", arm64.Host)

	want := build("one", "one", both...)
	if got := build("two", "two", both...); !slices.Equal(got, want) {
		t.Errorf("on two nodes: %v, on one: %v", got, want)
	}
	// Two nodes that export a cache under one name overwrite it, so that each has its own.
	for _, arch := range []string{"amd64", "arm64"} {
		build("two", "cached-"+arch, "--platform", "linux/"+arch, "--cache-to", cache+arch+",mode=max")
	}
	amd64.Kill()
	buildx("create", "--name", "again", "--driver", "remote", "--platform", "linux/amd64", node("amd64-again").Host)
	buildx("create", "--name", "again", "--append", "--driver", "remote", "--platform", "linux/arm64", arm64.Host)
	got := build("again", "again", append(both, "--cache-from", cache+"amd64", "--cache-from", cache+"arm64")...)
	if !slices.Equal(got, want) {
		t.Errorf("with a new node: %v, on one: %v", got, want)
	}
}

// manifestsOf lists the platforms of an index with the digests of their images.
func manifestsOf(t *testing.T, text string) []string {
	t.Helper()
	var index ocispecs.Index
	if err := json.Unmarshal([]byte(text), &index); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var out []string
	for _, m := range index.Manifests {
		out = append(out, m.Platform.Architecture+" "+m.Digest.String())
	}
	slices.Sort(out)
	return out
}
