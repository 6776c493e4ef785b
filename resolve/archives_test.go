//go:build linux && amd64

package resolve_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// An archive that the manifest of another one names by a link ships with the link.
func TestArchivesBehindLinks(t *testing.T) {
	t.Parallel()
	var app bytes.Buffer
	z := zip.NewWriter(&app)
	w, err := z.Create("META-INF/MANIFEST.MF")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("Class-Path: lib.jar\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	trees := map[string]rootfs.FS{
		plan.TreeContext: tree(t),
		"debian": runtimeTree(t, []string{"/opt/java/bin/java"}, map[string]string{
			"/opt/java/lib/modules":     "",
			"/usr/share/java/app.jar":   app.String(),
			"/usr/share/java/lib.jar":   "-> lib-1.jar",
			"/usr/share/java/lib-1.jar": "",
		}),
	}
	res := planFor(t, "binaries: ['debian:/opt/java/bin/java']\nfiles: ['debian:/usr/share/java/app.jar']\n"+
		"entrypoint: [/opt/java/bin/java, -jar, /usr/share/java/app.jar]\nmetadata: none\nexclude: [accounts, tmp, nsswitch]", trees)
	if err := res.Diagnostics.Err(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range res.Plan.Entries {
		if strings.HasPrefix(e.Path, "/usr/share/java/") {
			got = append(got, e.Path+" "+string(e.Kind))
		}
	}
	if got, want := strings.Join(got, ", "), "/usr/share/java/app.jar file, /usr/share/java/lib-1.jar file, /usr/share/java/lib.jar link"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
