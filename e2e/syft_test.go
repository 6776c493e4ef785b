package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	spdxjson "github.com/spdx/tools-golang/json"
	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/e2e/oci"
)

// A scanner that knows nothing of Sinter judges the package metadata in images: syft
// finds the packages that dpkg itself says own the files that ship, and those of
// the base, and no other. The SBOM that comes with the image names the same.
func TestSyft(t *testing.T) {
	t.Parallel()
	if out, err := exec.CommandContext(t.Context(), "make", "-C", "..", "--no-print-directory", ".build/bin/syft").CombinedOutput(); err != nil {
		t.Fatalf("make syft: %v\n%s", err, out)
	}
	for _, path := range cases(t) {
		if filepath.Ext(path) == ".txtar" {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			c := loadCase(t, path)
			c.prepare(t.Context(), t)
			layout := filepath.Join(t.TempDir(), "layout")
			if err := c.build(t.Context(), layout, map[string]string{"attest:sbom": ""}); err != nil {
				t.Fatal(errorText(t, err))
			}
			images, err := oci.Open(layout)
			if err != nil {
				t.Fatal(err)
			}
			for _, img := range images {
				c.judge(t, layout, img)
			}
		})
	}
}

// judge compares what syft finds in an image with what dpkg says.
func (c *testCase) judge(t *testing.T, layout string, img *oci.Image) {
	t.Helper()
	tree, err := img.Unpack(t.Context(), filepath.Join(t.TempDir(), "root"), theLab.Seeded, c.epoch(t))
	if err != nil {
		t.Fatal(err)
	}
	list, err := tree.List(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	want, owners := c.dpkg(t, img.Platform, shippedFiles(list, c.ownFiles(t)))
	got := runSyft(t, layout, img.Platform)
	if found := got.packages("deb"); !maps.Equal(found, want) {
		t.Errorf("%s: syft finds\n%s", img.Platform, diff(versions(want), versions(found)))
	}
	for _, a := range got.Artifacts {
		// A program in Go says what it is made of, and so do an app's own modules. Nothing
		// else is to be guessed.
		if a.Type != "deb" && a.Type != "go-module" && !isAppModule(a.Type) {
			t.Errorf("%s: syft finds %s %s by %s", img.Platform, a.Type, a.Name, a.FoundBy)
		}
	}
	contents := got.contents()
	for file, owner := range owners {
		if !contents[owner][file] {
			t.Errorf("%s: syft does not see that %s belongs to %s", img.Platform, file, owner)
		}
	}
	// A program that is compiled from files alone has no module.
	nameless := func(purl string) bool {
		kind, _, _ := strings.Cut(strings.TrimPrefix(purl, "pkg:"), "/")
		return purl == "pkg:golang/command-line-arguments" || kind == "npm" || kind == "maven" || kind == "pypi"
	}
	found, stated := slices.DeleteFunc(got.purls(), nameless), c.attestedPURLs(t, layout, img.Platform)
	if !slices.Equal(found, stated) {
		t.Errorf("%s: the SBOM's packages are not syft's:\n%s", img.Platform, diff(strings.Join(found, "\n"), strings.Join(stated, "\n")))
	}
}

// isAppModule tells the kinds of modules that an app brings and that are of no package of a
// distribution. The SBOM has their files.
// Python's are there for packages of a distribution, too, which have their metadata.
func isAppModule(kind string) bool {
	return kind == "npm" || kind == "java-archive" || kind == "python"
}

// shippedFiles lists the files and links of a tree's listing, by whether they are
// regular files, without those that the app brings itself.
func shippedFiles(list string, own []string) map[string]bool {
	files := map[string]bool{}
	for line := range strings.Lines(list) {
		for _, kind := range []string{"file", "link"} {
			if name, _, ok := strings.Cut(line, " "+kind+" "); ok && !slices.ContainsFunc(own, func(dir string) bool {
				return name == dir || strings.HasPrefix(name, dir+"/")
			}) {
				files[name] = kind == "file"
			}
		}
	}
	return files
}

// specText is what the test reads of a spec.
type specText struct {
	Sources map[string]any `yaml:"sources"`
	Base    string         `yaml:"base"`
	Files   []any          `yaml:"files"`
	Targets map[string]struct {
		Files []any `yaml:"files"`
	} `yaml:"targets"`
}

func (c *testCase) specText(t *testing.T) specText {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.context, c.File))
	if err != nil {
		t.Fatal(err)
	}
	var s specText
	if err := yaml.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// ownFiles lists what the spec takes from the build context: it may stand where a
// package has a file of its own.
func (c *testCase) ownFiles(t *testing.T) []string {
	t.Helper()
	var out []string
	spec := c.specText(t)
	for _, f := range append(spec.Files, spec.Targets[c.Target].Files...) {
		if f, ok := f.(map[string]any); ok && !strings.Contains(fmt.Sprint(f["from"]), ":") {
			out = append(out, filepath.Clean(fmt.Sprint(f["to"])))
		}
	}
	return out
}

// baseTree is what the test calls the base image among the sources.
const baseTree = "the-base"

// dpkg tells which packages, with their versions, own the files that ship, and
// which one owns each. It asks dpkg about the databases of the sources and adds
// what the base image has.
func (c *testCase) dpkg(t *testing.T, platform string, files map[string]bool) (packages, owners map[string]string) {
	t.Helper()
	packages, owners = map[string]string{}, map[string]string{}
	root := c.databases(t, platform)
	for _, source := range slices.Sorted(maps.Keys(c.specText(t).Sources)) {
		admin := filepath.Join(root, source)
		if _, err := os.Stat(filepath.Join(admin, "status")); err != nil {
			continue
		}
		installed := map[string]string{}
		for line := range strings.Lines(dpkgQuery(t, admin, "-W", "-f", "${Package} ${Version}\n")) {
			name, version, _ := strings.Cut(strings.TrimSpace(line), " ")
			installed[name] = version
		}
		for file, owner := range dpkgOwners(t, admin, slices.Sorted(maps.Keys(files))) {
			packages[owner] = installed[owner]
			if files[file] {
				owners[file] = owner
			}
		}
	}
	stanzas, err := filepath.Glob(filepath.Join(root, baseTree, "status.d", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range stanzas {
		if filepath.Ext(name) == ".md5sums" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		packages[field(text, "Package")] = field(text, "Version")
	}
	return packages, owners
}

func field(stanza []byte, name string) string {
	for line := range strings.Lines(string(stanza)) {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// databases builds an image with the package databases of the spec's sources and
// of its base, each in a directory of its name, and unpacks it.
func (c *testCase) databases(t *testing.T, platform string) string {
	t.Helper()
	s := c.specText(t)
	sources := maps.Clone(s.Sources)
	if sources == nil {
		sources = map[string]any{}
	}
	if s.Base != "" {
		sources[baseTree] = map[string]any{"image": s.Base}
	}
	files := []any{}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		files = append(files, map[string]any{"from": name + ":/var/lib/dpkg/", "to": "/" + name})
	}
	root := t.TempDir()
	if len(files) == 0 {
		return root
	}
	text, err := yaml.Marshal(map[string]any{
		"sources": sources, "files": files, "metadata": "none", "platforms": []string{platform},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.context, "databases.yaml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	img := solve(t, c.context, viaImage(map[string]string{"filename": "databases.yaml"}), nil)
	if _, err := img.Unpack(t.Context(), root, theLab.Seeded, c.epoch(t)); err != nil {
		t.Fatal(err)
	}
	return root
}

// dpkgOwners asks dpkg which packages own files. It knows them by the names that
// packages have for them, which for merged /usr may lack it.
func dpkgOwners(t *testing.T, admin string, files []string) map[string]string {
	t.Helper()
	if len(files) == 0 {
		return nil
	}
	names := map[string]string{}
	for _, file := range files {
		names[file] = file
		if short, ok := strings.CutPrefix(file, "/usr"); ok {
			names[short] = file
		}
	}
	owners := map[string]string{}
	for line := range strings.Lines(dpkgQuery(t, admin, append([]string{"-S"}, slices.Sorted(maps.Keys(names))...)...)) {
		i := strings.LastIndex(line, ": ")
		if i < 0 || strings.HasPrefix(line, "diversion by ") {
			continue
		}
		if strings.Contains(line[:i], ", ") {
			continue // a directory to them, which merged /usr has made a link
		}
		owner, _, _ := strings.Cut(line[:i], ":")
		file, asked := names[strings.TrimSpace(line[i+2:])]
		if !asked {
			t.Fatalf("dpkg-query was not asked for %s", line)
		}
		owners[file] = owner
	}
	return owners
}

// dpkgQuery runs dpkg-query, which ends with 1 when it does not know a file.
func dpkgQuery(t *testing.T, admin string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "dpkg-query", append([]string{"--admindir", admin}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("dpkg-query: %v\n%s", err, stderr.String())
	}
	return string(out)
}

// syftReport is what the test reads of syft's own format.
type syftReport struct {
	Artifacts []struct {
		ID, Name, Version, Type, FoundBy, PURL string
	} `json:"artifacts"`
	Relationships []struct {
		Parent, Child, Type string
	} `json:"artifactRelationships"`
	Files []struct {
		ID       string `json:"id"`
		Location struct {
			Path string `json:"path"`
		} `json:"location"`
	} `json:"files"`
}

func runSyft(t *testing.T, layout, platform string) syftReport {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, theLab.Tool("syft"), "-q", "oci-dir:"+layout, "--platform", platform, "-o", "syft-json")
	cmd.Env = append(os.Environ(), "SYFT_CHECK_FOR_APP_UPDATE=false")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("syft: %v\n%s", err, stderr.String())
	}
	var report syftReport
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	return report
}

// packages are those of a type, with their versions. One that is there twice has
// both.
func (r syftReport) packages(kind string) map[string]string {
	out := map[string]string{}
	for _, a := range r.Artifacts {
		if a.Type == kind {
			out[a.Name] += a.Version
		}
	}
	return out
}

func (r syftReport) purls() []string {
	var out []string
	for _, a := range r.Artifacts {
		out = append(out, a.PURL)
	}
	slices.Sort(out)
	return out
}

// contents are the files that packages own, by the packages' names.
func (r syftReport) contents() map[string]map[string]bool {
	paths, names := map[string]string{}, map[string]string{}
	for _, f := range r.Files {
		paths[f.ID] = f.Location.Path
	}
	out := map[string]map[string]bool{}
	for _, a := range r.Artifacts {
		names[a.ID] = a.Name
		out[a.Name] = map[string]bool{}
	}
	for _, rel := range r.Relationships {
		if name, ok := names[rel.Parent]; ok && rel.Type == "contains" {
			out[name][paths[rel.Child]] = true
		}
	}
	return out
}

// attestedPURLs are the packages of the SBOM that came with an image.
func (c *testCase) attestedPURLs(t *testing.T, layout, platform string) []string {
	t.Helper()
	all, err := oci.Attestations(layout)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, a := range all {
		if a.Platform != platform || a.PredicateType != spdxDocument {
			continue // what the spec's tests found is attested, too
		}
		doc, err := spdxjson.Read(bytes.NewReader(a.Predicate))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range doc.Packages {
			for _, ref := range p.PackageExternalReferences {
				out = append(out, ref.Locator)
			}
		}
	}
	slices.Sort(out)
	return out
}

func versions(packages map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		fmt.Fprintf(&b, "%s %s\n", name, packages[name])
	}
	return b.String()
}
