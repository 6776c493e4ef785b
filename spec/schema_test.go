package spec

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/render"
)

func TestEveryKeyHasAFormat(t *testing.T) {
	for _, structure := range []reflect.Type{
		reflect.TypeFor[Spec](), reflect.TypeFor[Target](), reflect.TypeFor[Arg](), reflect.TypeFor[Source](),
		reflect.TypeFor[Binary](), reflect.TypeFor[Libraries](), reflect.TypeFor[Part](), reflect.TypeFor[File](),
		reflect.TypeFor[Directory](), reflect.TypeFor[Link](), reflect.TypeFor[Healthcheck](),
	} {
		for _, f := range fieldsOf(structure) {
			if _, known := formats[f.format]; f.format != "" && !known {
				t.Errorf("%s.%s has the unknown format %q", f.owner.Name(), f.goName, f.format)
			}
			if keyFormats[f.keys] == nil && f.keys != "" {
				t.Errorf("%s.%s has keys of the unknown format %q", f.owner.Name(), f.goName, f.keys)
			}
		}
	}
}

// structural are the codes of what the schema alone can tell.
var structural = []string{"unknown-key", "wrong-type", "missing-key", "shell-form", "no-value"}

func TestSchemaAgrees(t *testing.T) {
	compiled := compileSchema(t)
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			source := readCase(t, file).file("app.yaml")
			var value any
			if err := yaml.Unmarshal(source, &value); err != nil {
				return // not YAML, of which the schema says nothing
			}
			err := compiled.Validate(value)
			_, list := Parse("app.yaml", source)
			switch {
			case strings.Contains(file, "/good/") && err != nil:
				t.Errorf("a good spec does not match the schema: %v", err)
			case err == nil && hasCode(list, structural):
				t.Errorf("the schema takes what Parse refuses:\n%s", list.Error())
			}
		})
	}
}

// What users start from is valid: every example, and the frontend's own spec.
func TestExamplesAreValid(t *testing.T) {
	schema := compileSchema(t)
	specs, err := filepath.Glob("../examples/*/app.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(specs) < 7 {
		t.Fatalf("found only %v", specs)
	}
	for _, path := range append(specs, "../examples/multi-platform/Dockerfile", "../sinter.yaml") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		doc, diags := Parse(path, data)
		if diags != nil {
			t.Errorf("%s", render.Text(diags, doc))
		}
		var value any
		if err := yaml.Unmarshal(data, &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func hasCode(list diag.List, codes []string) bool {
	for _, item := range list {
		if isOneOf(item.Code, codes) {
			return true
		}
	}
	return false
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}
