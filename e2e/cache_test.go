package e2e

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moby/buildkit/client"
	digest "github.com/opencontainers/go-digest"
	"github.com/tonistiigi/fsutil"

	"github.com/sinter-build/sinter/e2e/lab"
)

// A daemon that has nothing but an exported cache to import builds an unchanged
// spec without running a step: no analysis, no installation of packages, no SBOM.
// It does not even fetch the image that the libraries are from, as the registry
// itself says. Other tests leave the repositories alone that this one asks about.
func TestCacheImport(t *testing.T) {
	t.Parallel()
	fresh, err := lab.Start(t.Context(), lab.Empty, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	other, err := client.New(t.Context(), fresh.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	layers, err := theLab.Alias(t.Context(), "library/debian", "cached/debian")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"registry", "inline"} {
		t.Run(kind, func(t *testing.T) {
			ref := theLab.Registry + "/cached/" + kind
			dir := contextDir(t, map[string]string{
				"app.yaml": strings.ReplaceAll(cachedSpec, "KIND", kind),
				"a":        kind,
			})
			export := client.CacheOptionsEntry{Type: "inline"}
			from := ref + ":image"
			if kind == "registry" {
				from = ref + ":cache"
				export = client.CacheOptionsEntry{Type: "registry", Attrs: map[string]string{"ref": from, "mode": "max"}}
			}
			ran := buildCached(t, daemon, dir, ref+":image", []client.CacheOptionsEntry{export}, nil)
			if len(ran) == 0 {
				t.Fatal("the first build ran no step")
			}
			before := fetched(t, layers)
			imports := []client.CacheOptionsEntry{{Type: "registry", Attrs: map[string]string{"ref": from}}}
			again := buildCached(t, other, dir, fresh.Registry+"/cached/again", nil, imports)
			for _, name := range again {
				// Inline caches know final layers only: what leads to them runs.
				if kind == "registry" || !leadsToLayers(name) {
					t.Errorf("with the imported cache, %s ran again", name)
				}
			}
			// What runs again with an inline cache needs the image, which shows
			// that the registry would have said so.
			during := fetched(t, layers)[len(before):]
			switch {
			case kind == "registry" && len(during) > 0:
				t.Errorf("with the imported cache, the daemon still fetched %q", during)
			case kind == "inline" && len(during) == 0:
				t.Error("the registry did not see the image's layer fetched, though steps that read it ran")
			}
		})
	}
}

// leadsToLayers tells the steps whose results are in no image.
func leadsToLayers(name string) bool {
	for _, kind := range []string{"[analyse]", "[sbom]", "[1/1] COPY"} {
		if strings.HasPrefix(name, kind) {
			return true
		}
	}
	return false
}

// fetched are the requests for layers, among those below cached/ that the registry
// has answered.
func fetched(t *testing.T, layers []digest.Digest) []string {
	t.Helper()
	requests, err := theLab.Requests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(requests, func(request string) bool {
		return !strings.HasPrefix(request, "GET /v2/cached/") || !slices.ContainsFunc(layers, func(d digest.Digest) bool {
			return strings.HasSuffix(request, "/blobs/"+d.String())
		})
	})
}

const cachedSpec = `args: {REGISTRY: {}}
sources:
  debian: ${REGISTRY}/cached/debian:bookworm-slim
  build:
    dockerfile: |
      FROM scratch
      COPY a /KIND
binaries:
  - debian:/usr/bin/gpgv
files:
  - build:/KIND
`

// buildCached builds and pushes an image and returns the names of the steps that
// were not cached, but for those that only fetch.
func buildCached(t *testing.T, c *client.Client, dir, image string, exports, imports []client.CacheOptionsEntry) []string {
	t.Helper()
	files, err := fsutil.NewFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	steps := newSteps()
	attrs := map[string]string{
		"source":             theLab.Registry + "/" + frontendRef,
		"filename":           "app.yaml",
		"build-arg:REGISTRY": theLab.Registry,
		"attest:sbom":        "",
	}
	opt := client.SolveOpt{
		Frontend:      "gateway.v0",
		FrontendAttrs: attrs,
		LocalMounts:   map[string]fsutil.FS{"context": files, "dockerfile": files},
		CacheExports:  exports,
		CacheImports:  imports,
		Exports: []client.ExportEntry{{
			Type:  client.ExporterImage,
			Attrs: map[string]string{"name": image, "push": "true", "registry.insecure": "true"},
		}},
	}
	if _, err := c.Solve(t.Context(), nil, opt, steps.channel); err != nil {
		t.Fatal(errorText(t, err))
	}
	return steps.ran()
}

// steps records the vertices of a build.
type steps struct {
	channel chan *client.SolveStatus
	done    sync.WaitGroup
	last    map[digest.Digest]*client.Vertex
}

func newSteps() *steps {
	s := &steps{channel: make(chan *client.SolveStatus), last: map[digest.Digest]*client.Vertex{}}
	s.done.Go(func() {
		for status := range s.channel {
			for _, v := range status.Vertexes {
				// A step that came from a cache can begin once more, to be fetched.
				if old := s.last[v.Digest]; old == nil || !old.Cached {
					s.last[v.Digest] = v
				}
			}
		}
	})
	return s
}

func (s *steps) ran() []string {
	s.done.Wait()
	var out []string
	for _, v := range s.last {
		if v.Cached || v.Completed == nil || !strings.HasPrefix(v.Name, "[") {
			continue
		}
		// These name what is there already and the inputs of steps. Looking up an
		// image does not fetch it: the registry is asked about that.
		kind, _, _ := strings.Cut(v.Name[1:], "]")
		if !slices.Contains([]string{"image", "internal", "debian"}, kind) {
			out = append(out, v.Name)
		}
	}
	return out
}
