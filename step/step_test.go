package step

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/sbom"
)

// mounted is what BuildKit mounts into the analysis of an image with a file of a
// package.
const mounted = `
-- sinter/in/request.json --
{"platform": "linux/amd64", "trees": ["debian"], "maxLayers": 10, "metadata": "packages",
 "exclude": ["accounts", "tmp", "nsswitch"],
 "files": [{"from": {"source": "debian", "path": "/usr/share/hello/text"}, "to": "/text", "mode": 416, "at": "files[0]"}]}
-- sinter/in/subject.json --
{"name": "hello", "created": "2001-02-03T04:05:06Z"}
-- sinter/trees/debian/usr/share/hello/text --
hello
-- sinter/trees/debian/usr/share/doc/hello/copyright --
License: MIT
-- sinter/trees/debian/etc/os-release --
ID=debian
VERSION_ID=12
-- sinter/trees/debian/var/lib/dpkg/status --
Package: hello
Status: install ok installed
Architecture: amd64
Version: 2.10-3
Maintainer: A <a@example.com>
Description: says hello

-- sinter/trees/debian/var/lib/dpkg/info/hello.list --
/usr/share/hello
/usr/share/hello/text
/usr/share/doc/hello/copyright
-- sinter/trees/debian/var/lib/dpkg/info/hello.md5sums --
b1946ac92492d2347c6235b4d2611184  usr/share/hello/text
-- sinter/image/text --
hello
-- sinter/secrets/1 --
a secret
-- sinter/out/.keep --
`

// container is a directory with what is mounted into a step.
func container(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, f := range txtar.Parse([]byte(mounted)).Files {
		name := filepath.Join(root, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// files lists a directory: "PATH MODE".
func files(t *testing.T, dir string) string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		rel, _ := filepath.Rel(dir, name)
		lines = append(lines, rel+" "+info.Mode().String())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// The analysis writes the plan and the package metadata, and the SBOM is made of
// the plan and the finished image.
func TestAnalyseThenSBOM(t *testing.T) {
	t.Parallel()
	root := container(t)
	if err := run(t.Context(), root, Analyse); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(root, OutDir)
	var found resolve.Result
	if err := readJSON(filepath.Join(out, ResultFile), &found); err != nil {
		t.Fatal(err)
	}
	if layers := len(found.Plan.Layers); layers != 2 || len(found.Diagnostics) > 0 {
		t.Errorf("%d layers, findings %v", layers, found.Diagnostics)
	}
	if got := files(t, filepath.Join(out, MetadataDir)); got != wantMetadata {
		t.Errorf("package metadata:\n%s\nwant\n%s", got, wantMetadata)
	}
	for to, from := range map[string][]string{AnalysisDir: {out}, ImageDir: {filepath.Join(out, MetadataDir, "0"), filepath.Join(out, MetadataDir, "1")}} {
		for _, dir := range from {
			if err := os.CopyFS(filepath.Join(root, to), os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := run(t.Context(), root, SBOM); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(out, SBOMFile))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := sbom.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	var packages []string
	for _, p := range doc.Packages {
		packages = append(packages, p.PackageName+" "+p.PackageVersion)
	}
	if got, want := strings.Join(packages, ", "), "hello , hello 2.10-3"; got != want {
		t.Errorf("the SBOM describes %q, want %q", got, want)
	}
}

// wantMetadata has a directory for each layer of the plan.
const wantMetadata = `0/usr/share/doc/hello/copyright -rw-r--r--
0/var/lib/dpkg/status.d/hello -rw-r--r--
0/var/lib/dpkg/status.d/hello.md5sums -rw-r--r--
1/etc/os-release -rw-r--r--`

func TestSecrets(t *testing.T) {
	t.Parallel()
	root := container(t)
	if err := run(t.Context(), root, Secrets); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(root, OutDir, GivenFile))
	if err != nil {
		t.Fatal(err)
	}
	var given []string
	if err := json.Unmarshal(data, &given); err != nil || len(given) != 1 || given[0] != "1" {
		t.Errorf("given %s: %v", data, err)
	}
}

func TestUnknownStep(t *testing.T) {
	t.Parallel()
	const want = `unknown argument "analyze"; this program is started by BuildKit`
	if err := run(t.Context(), t.TempDir(), "analyze"); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
