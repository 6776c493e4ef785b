package e2e

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
	"golang.org/x/tools/txtar"
)

// A testCase is a build and what must come of it. It is a directory under
// examples/ or a txtar file in testdata/. In both, what lies in test/ is for the
// harness and everything else is the build context:
//
//	test/case.yaml    how to build and run it: a recipe; optional
//	test/prepare      a shell script that completes the context; optional
//	test/tree         what is in the image above its base: see oci.Tree.List
//	test/config.json  the image's config without its digests
//	test/stdout       what it prints when it is run without more
//	test/error        the whole error, when the build must fail
//	test/warnings     what the build warns of, each with its details; without it no
//	                  rule may warn
//
// An image for several platforms has test/OS-ARCH/tree and so on. What is absent
// is not checked. `go test ./e2e -update` writes tree and config.json, and stdout,
// warnings or error where there is one, if only an empty one.
type testCase struct {
	recipe
	name    string
	path    string // of the directory or txtar file
	context string // a copy of the context
	golden  map[string]string
	update  map[string]string // what -update writes
	// warnings are those of the last build.
	warnings []string
	// ruleWarnings are those of them that rules have found.
	ruleWarnings []string
}

// recipe is test/case.yaml.
type recipe struct {
	// File is the spec's path in the context.
	File string `yaml:"file"`
	// Target, Args and Platforms are as for docker buildx build.
	Target    string            `yaml:"target"`
	Args      map[string]string `yaml:"args"`
	Platforms []string          `yaml:"platforms"`
	// Contexts are named contexts, as the frontend's context:NAME options.
	Contexts map[string]string `yaml:"contexts"`
	// Attrs are more options of the frontend.
	Attrs map[string]string `yaml:"attrs"`
	// Buildx builds with buildx instead of BuildKit's client library.
	Buildx bool `yaml:"buildx"`
	// Rebuild builds once more without the cache: the image must be the same.
	Rebuild bool `yaml:"rebuild"`
	// Hide are directories whose content test/tree does not list.
	Hide []string `yaml:"hide"`
	// Metadata has test/tree list package metadata as it does everything else: in
	// cases that are about it. Others only say how much of it there is.
	Metadata bool `yaml:"metadata"`
	// TLS is a file in the context for the certificate of a private authority,
	// which the server at https://localhost:8443/ in the container's network has.
	TLS string `yaml:"tls"`
	// Foreign is a platform whose programs the daemon must not run for test/error. Where
	// it does, for the kernel has an emulator, test/error must not be what comes.
	Foreign string `yaml:"foreign"`
	// Run is the container's arguments, after the entrypoint, for test/stdout.
	Run []string `yaml:"run"`
	// Exit is the exit code that the container must end with.
	Exit int `yaml:"exit"`
	// Mend pastes the first fix of each test that failed into the spec, with which the
	// build must pass.
	Mend bool `yaml:"mend"`
	// Serve asks a server that keeps running.
	Serve *serve `yaml:"serve"`
}

// serve is a conversation with a server in the container.
type serve struct {
	// Port is where it listens.
	Port int `yaml:"port"`
	// Talk is what to say and what to hear on one TCP connection.
	Talk []exchange `yaml:"talk"`
	// Get is what to fetch over HTTP.
	Get []request `yaml:"get"`
}

type exchange struct {
	Say  string `yaml:"say"`
	Hear string `yaml:"hear"`
}

type request struct {
	Path   string `yaml:"path"`
	Status int    `yaml:"status"`
	Body   string `yaml:"body"`
}

// cases returns the paths of all cases.
func cases(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Glob("../examples/*/test")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range examples {
		files = append(files, filepath.Dir(dir))
	}
	return files
}

// loadCase reads a case and copies its context.
func loadCase(t *testing.T, path string) *testCase {
	t.Helper()
	c := &testCase{
		name:    caseName(path),
		path:    path,
		context: filepath.Join(t.TempDir(), "context"),
		golden:  map[string]string{},
		update:  map[string]string{},
	}
	all, err := caseFiles(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(c.context, all); err != nil {
		t.Fatal(err)
	}
	// The tests of an example are not part of what its user builds.
	tests := filepath.Join(c.context, "test")
	if err := c.readTests(tests); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(tests); err != nil {
		t.Fatal(err)
	}
	return c
}

func caseName(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), ".txtar")
	if name == filepath.Base(path) {
		return "example-" + name
	}
	return name
}

func caseFiles(path string) (fs.FS, error) {
	if filepath.Ext(path) != ".txtar" {
		return os.DirFS(path), nil
	}
	archive, err := txtar.ParseFile(path)
	if err != nil {
		return nil, err
	}
	return txtar.FS(archive)
}

func (c *testCase) readTests(dir string) error {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		c.golden[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	c.File = "app.yaml"
	decoder := yaml.NewDecoder(strings.NewReader(c.golden["case.yaml"]))
	decoder.KnownFields(true)
	if c.golden["case.yaml"] == "" {
		return nil
	}
	return decoder.Decode(&c.recipe)
}

// prepare completes the context.
func (c *testCase) prepare(ctx context.Context, t *testing.T) {
	t.Helper()
	script := c.golden["prepare"]
	if script == "" {
		return
	}
	cmd := exec.CommandContext(ctx, "sh", "-euc", script)
	cmd.Dir = c.context
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("prepare: %v\n%s", err, out)
	}
}

// expect compares got with the golden file name, or notes it for -update.
func (c *testCase) expect(t *testing.T, name, got string) {
	t.Helper()
	want, there := c.golden[name]
	switch {
	case *update:
		c.update[name] = got
	case !there:
	case got != want:
		t.Errorf("%s differs (-want +got):\n%s", name, diff(want, got))
	}
}

// save writes what expect has noted.
func (c *testCase) save(t *testing.T) {
	t.Helper()
	if len(c.update) == 0 {
		return
	}
	if filepath.Ext(c.path) == ".txtar" {
		c.saveArchive(t)
		return
	}
	for name, text := range c.update {
		path := filepath.Join(c.path, "test", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func (c *testCase) saveArchive(t *testing.T) {
	t.Helper()
	archive, err := txtar.ParseFile(c.path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range c.update {
		replaceFile(archive, "test/"+name, text)
	}
	if err := os.WriteFile(c.path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func replaceFile(archive *txtar.Archive, name, text string) {
	for i, f := range archive.Files {
		if f.Name == name {
			archive.Files[i].Data = []byte(text)
			return
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
}

// diff compares two texts line by line: lines that only one of them has.
func diff(want, got string) string {
	var b bytes.Buffer
	missing := strings.Split(want, "\n")
	for line := range strings.SplitSeq(got, "\n") {
		i := indexOf(missing, line)
		if i < 0 {
			b.WriteString("+" + line + "\n")
			continue
		}
		for _, gone := range missing[:i] {
			b.WriteString("-" + gone + "\n")
		}
		missing = missing[i+1:]
	}
	for _, gone := range missing {
		b.WriteString("-" + gone + "\n")
	}
	return b.String()
}

func indexOf(lines []string, line string) int {
	for i, l := range lines {
		if l == line {
			return i
		}
	}
	return -1
}
