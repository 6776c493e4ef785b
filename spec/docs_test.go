package spec

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag/render"
	"github.com/sinter-build/sinter/parts"
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

// The README's tables have every key of a spec and every ready-made part, and no others.
func TestTablesAreComplete(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var partNames []string
	for _, p := range parts.All() {
		partNames = append(partNames, p.Name)
	}
	for _, table := range []struct {
		heading string
		want    []string
	}{
		{"| key | what it says |", keysOf(fieldsOf(reflect.TypeFor[Spec]()))},
		{"| part | what it is | |", partNames},
	} {
		_, text, _ := strings.Cut(string(readme), table.heading+"\n")
		text, _, _ = strings.Cut(text, "\n\n")
		var got []string
		for row := range strings.Lines(text) {
			cell, _, _ := strings.Cut(strings.TrimPrefix(row, "|"), "|")
			for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
				got = append(got, name[1])
			}
		}
		slices.Sort(got)
		slices.Sort(table.want)
		if !slices.Equal(got, table.want) {
			t.Errorf("%s\ngot  %q\nwant %q", table.heading, got, table.want)
		}
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
