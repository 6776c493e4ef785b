package e2e

import (
	"strings"
	"testing"

	"github.com/sinter-build/sinter/e2e/oci"
)

// However an image is split, its tree is the same.
func TestLayeredAndFlat(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]string{"scratch": smallSpec, "base": onBase} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			attrs := map[string]string{"filename": "app.yaml"}
			var want string
			var base int
			for _, layers := range []string{"{max: 1}", "{max: 2}", "{max: 3}", "{max: 5}", "{}", "{max: 100}"} {
				dir := contextDir(t, map[string]string{"app.yaml": spec + "layers: " + layers + "\n", "data/a": "a", "data/b/c": "c"})
				img := solve(t, dir, viaImage(attrs), attrs)
				got := listing(t, img)
				if want == "" {
					want, base = got, len(img.Manifest.Layers)-1
				}
				if got != want {
					t.Errorf("layers %s:\n%s", layers, diff(want, got))
				}
				if n := len(img.Manifest.Layers) - base; layers == "{max: 2}" && n != 2 || layers == "{max: 3}" && n != 3 || n > 10 && layers == "{}" {
					t.Errorf("layers: %s gives %d", layers, n)
				}
			}
		})
	}
}

// A library that stands alone gives the same layer in every image: with other
// programs and libraries beside it, also of its own package, another user, other
// files, another app, and nothing said about packages.
func TestLayersAreShared(t *testing.T) {
	t.Parallel()
	attrs := map[string]string{"filename": "app.yaml"}
	build := func(spec string) map[string]string {
		dir := contextDir(t, map[string]string{
			"app.yaml": "sources: {debian: 'debian:bookworm-slim'}\nlayers: {max: 60}\n" + spec, "a": "a",
		})
		return layerDigests(t, solve(t, dir, viaImage(attrs), attrs))
	}
	all := build("binaries: ['debian:/usr/bin/apt-get', 'debian:/usr/bin/gpgv', 'debian:/usr/bin/tar', 'debian:/usr/bin/perl']\nentrypoint: [/usr/bin/tar]\n")
	for _, spec := range []string{
		"binaries: ['debian:/usr/bin/gpgv']\nuser: '0'\n",
		"binaries: ['debian:/usr/bin/tar']\nfiles: [{from: a, to: /usr/lib/a}]\nmetadata: none\n",
		"binaries: [{from: 'debian:/usr/bin/apt-get', to: /app}]\ndirectories: [{path: /srv/x}]\nenv: {A: b}\n",
		"binaries: ['debian:/usr/bin/perl']\nexclude: [accounts, tmp, nsswitch]\nlabels: {a: b}\n",
	} {
		shared := 0
		for name, dgst := range build(spec) {
			if name != "libc" && !strings.HasPrefix(name, "libraries/") {
				continue
			}
			shared++
			if all[name] != dgst {
				t.Errorf("%s: layer %s is %s here and %s in the other image", spec, name, dgst, all[name])
			}
		}
		if shared == 0 {
			t.Errorf("%s: no layer to share", spec)
		}
	}
}

// layerDigests gives an image's layers by what its history calls them.
func layerDigests(t *testing.T, img *oci.Image) map[string]string {
	t.Helper()
	out := map[string]string{}
	if len(img.Config.History) != len(img.Manifest.Layers) {
		t.Fatalf("%d lines of history for %d layers", len(img.Config.History), len(img.Manifest.Layers))
	}
	for i, h := range img.Config.History {
		out[strings.TrimPrefix(h.CreatedBy, "sinter: ")] = img.Manifest.Layers[i].Digest.String()
	}
	return out
}
