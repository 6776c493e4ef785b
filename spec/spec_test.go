package spec

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/diag/render"
)

var update = flag.Bool("update", false, "rewrite the expected results under testdata")

// A case is a txtar archive: app.yaml is the spec; build, when there is one,
// has a line for each option ("target debug", "arg NAME=VALUE", "platform
// linux/arm64"); want.json is the evaluated spec, or want.txt is everything
// that the user is told.
type testCase struct {
	archive *txtar.Archive
	vars    Vars
	target  string
}

func (c *testCase) file(name string) []byte {
	for _, f := range c.archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func (c *testCase) set(name string, data []byte) {
	for i, f := range c.archive.Files {
		if f.Name == name {
			c.archive.Files[i].Data = data
			return
		}
	}
	c.archive.Files = append(c.archive.Files, txtar.File{Name: name, Data: data})
}

func readCase(t *testing.T, file string) *testCase {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := &testCase{archive: archive, vars: Vars{BuildArgs: map[string]string{}, Builtin: builtinFor("linux/amd64")}}
	for line := range strings.SplitSeq(strings.TrimSpace(string(c.file("build"))), "\n") {
		option, value, _ := strings.Cut(line, " ")
		switch option {
		case "target":
			c.target = value
		case "arg":
			name, text, _ := strings.Cut(value, "=")
			c.vars.BuildArgs[name] = text
		case "platform":
			c.vars.Builtin = builtinFor(value)
		}
	}
	return c
}

func builtinFor(platform string) map[string]string {
	parts := append(strings.Split(platform, "/"), "")
	return map[string]string{
		"TARGETPLATFORM": platform, "TARGETOS": parts[0], "TARGETARCH": parts[1], "TARGETVARIANT": parts[2], "TARGETMULTIARCH": map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[parts[1]],
		"BUILDPLATFORM": "linux/amd64", "BUILDOS": "linux", "BUILDARCH": "amd64", "BUILDVARIANT": "",
	}
}

// evaluate is what a build does: the evaluated spec as JSON, and what the user
// is told.
func (c *testCase) evaluate(t *testing.T) (result, told string) {
	t.Helper()
	source := c.file("app.yaml")
	doc, _ := Parse("app.yaml", source)
	s, list := doc.Evaluate(c.vars, c.target)
	if s == nil {
		return "", render.Text(list, doc)
	}
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out) + "\n", render.Text(list, doc)
}

func TestGood(t *testing.T) { runCases(t, "testdata/good/*.txtar", true) }
func TestBad(t *testing.T)  { runCases(t, "testdata/bad/*.txtar", false) }

func runCases(t *testing.T, pattern string, good bool) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases at %s", pattern)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			c := readCase(t, file)
			result, told := c.evaluate(t)
			if good != (result != "") {
				t.Errorf("evaluated: %v, want %v\n%s", result != "", good, told)
			}
			c.compare(t, file, "want.json", result)
			c.compare(t, file, "want.txt", told)
		})
	}
}

func (c *testCase) compare(t *testing.T, file, name, got string) {
	t.Helper()
	want := c.file(name)
	if bytes.Equal(want, []byte(got)) {
		return
	}
	if !*update {
		t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
		return
	}
	c.set(name, []byte(got))
	if err := os.WriteFile(file, txtar.Format(c.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
