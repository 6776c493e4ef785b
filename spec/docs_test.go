package spec

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag/render"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)\n```")

// The specs that the documentation shows are valid: those that begin with a syntax line
// as they stand, and pieces by their keys.
func TestDocumentedSpecsAreValid(t *testing.T) {
	schema := compileSchema(t)
	whole := 0
	for _, page := range pages(t) {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range yamlBlock.FindAllSubmatch(data, -1) {
			var value any
			if err := yaml.Unmarshal(block[1], &value); err != nil {
				t.Errorf("%s: %v\n%s", page, err, block[1])
				continue
			}
			if !strings.HasPrefix(string(block[1]), "# syntax=") {
				continue
			}
			whole++
			doc, diags := Parse("app.yaml", block[1])
			if diags.Err() != nil {
				t.Errorf("%s: %s", page, render.Text(diags, doc))
			}
			if err := schema.Validate(value); err != nil {
				t.Errorf("%s: %v\n%s", page, err, block[1])
			}
		}
	}
	if whole < 10 {
		t.Errorf("found only %d specs", whole)
	}
}

// pages are the README files and all of docs/.
func pages(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, root := range []string{"../README.md", "../docs", "../examples"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if filepath.Ext(path) == ".md" {
				out = append(out, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}
