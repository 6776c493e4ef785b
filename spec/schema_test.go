package spec

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
)

type object = map[string]any

// schemaMaker turns the types into a schema, by the tables that the decoder
// decodes with.
type schemaMaker struct {
	docs map[string]string // doc comments by "Type" and "Type.Field"
	defs object
}

func makeSchema(t *testing.T) []byte {
	m := &schemaMaker{docs: docComments(t), defs: object{}}
	root := m.mapping(fieldsOf(reflect.TypeFor[Spec]()))
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "https://raw.githubusercontent.com/sinter-build/sinter/main/spec/schema.json"
	root["title"] = "Sinter spec"
	root["description"] = "A program and what it requires, from which Sinter builds a minimal image."
	root["$defs"] = m.defs
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (m *schemaMaker) mapping(fields []field) object {
	properties := object{}
	var required []string
	for _, f := range fields {
		property := m.value(f.goType, f)
		if doc := m.docs[f.owner.Name()+"."+f.goName]; doc != "" {
			property["description"] = doc
		}
		properties[f.key] = property
		if f.required {
			required = append(required, f.key)
		}
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if required != nil {
		out["required"] = required
	}
	return out
}

func (m *schemaMaker) value(t reflect.Type, f field) object {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch name := formatOf(t, f.format); {
	case t == reflect.TypeFor[Part]():
		return m.part()
	case name != "":
		return scalarSchema(formats[name])
	case t.Kind() == reflect.Slice:
		return object{"type": "array", "items": m.value(t.Elem(), f)}
	case t.Kind() == reflect.Map:
		return object{"type": "object", "additionalProperties": m.value(t.Elem(), f), "propertyNames": keySchema(f.keys)}
	}
	return m.structure(t)
}

// structure is a reference to a type's own definition.
func (m *schemaMaker) structure(t reflect.Type) object {
	ref := object{"$ref": "#/$defs/" + t.Name()}
	if m.defs[t.Name()] != nil {
		return ref
	}
	m.defs[t.Name()] = object{} // ends recursion
	fields := fieldsOf(t)
	ways := []any{m.mapping(fields)}
	if short, ok := shorthand(fields); ok {
		ways = append(ways, m.value(short.goType, short))
	}
	if mayBeEmpty(t) {
		ways = append(ways, object{"type": "null"})
	}
	def := ways[0].(object)
	if len(ways) > 1 {
		def = object{"anyOf": ways}
	}
	if doc := m.docs[t.Name()]; doc != "" {
		def["description"] = doc
	}
	m.defs[t.Name()] = def
	return ref
}

// part is a name, or one name with settings.
func (m *schemaMaker) part() object {
	settings := object{}
	for _, name := range partNames {
		settings[name] = object{"type": "null"}
	}
	settings[PartCACertificates] = object{"anyOf": []any{m.mapping(fieldsOf(reflect.TypeFor[Part]())), object{"type": "null"}}}
	return object{"anyOf": []any{
		scalarSchema(formats["part"]),
		object{"type": "object", "properties": settings, "additionalProperties": false, "minProperties": 1, "maxProperties": 1},
	}}
}

const interpolated = `\$\{`

// scalarSchema also takes what YAML reads as a number or a boolean where the
// decoder takes its text, and any text with ${NAME} in it.
func scalarSchema(f format) object {
	kinds := []string{"string"}
	if f.free || f.pattern != "" && regexp.MustCompile(f.pattern).MatchString("8080") || isOctal(f) {
		kinds = append(kinds, "number")
	}
	if f.free || isOneOf("true", f.oneOf) {
		kinds = append(kinds, "boolean")
	}
	out := object{"type": kinds[0]}
	if len(kinds) > 1 {
		out["type"] = kinds
	}
	switch {
	case f.oneOf != nil:
		out["anyOf"] = []any{object{"enum": enum(f)}, object{"type": "string", "pattern": interpolated}}
	case f.pattern != "":
		out["pattern"] = f.pattern + "|" + interpolated
	case !f.free:
		out["pattern"] = `\S`
	}
	return out
}

func isOctal(f format) bool {
	return f.pattern != "" && regexp.MustCompile(f.pattern).MatchString("0644")
}

func enum(f format) []any {
	values := []any{}
	for _, v := range f.oneOf {
		values = append(values, v)
	}
	if isOneOf("true", f.oneOf) {
		values = append(values, true, false)
	}
	return values
}

func keySchema(keys string) object {
	switch keys {
	case "source":
		return object{"pattern": sourceName.String(), "not": object{"enum": []string{"context", "scratch"}}}
	case "target":
		return object{"pattern": targetName.String()}
	case "arg":
		return object{"pattern": argName.String(), "not": object{"enum": builtins}}
	case "env":
		return object{"pattern": `^[^=]+$`}
	}
	return object{"minLength": 1}
}

// docComments reads what spec.go says about its types and fields.
func docComments(t *testing.T) map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "spec.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	text := func(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.TYPE {
			continue
		}
		for _, s := range group.Specs {
			declared := s.(*ast.TypeSpec)
			docs[declared.Name.Name] = text(group.Doc)
			structure, ok := declared.Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, f := range structure.Fields.List {
				for _, name := range f.Names {
					docs[declared.Name.Name+"."+name.Name] = text(f.Doc)
				}
			}
		}
	}
	return docs
}

func TestSchemaIsFresh(t *testing.T) {
	want := makeSchema(t)
	got, err := os.ReadFile("schema.json")
	if *update && !bytes.Equal(got, want) {
		if err := os.WriteFile("schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("schema.json is not what the types say; run go generate ./spec (%v)", err)
	}
}

func TestSchemaDescribesEveryKey(t *testing.T) {
	docs := docComments(t)
	for _, structure := range []reflect.Type{
		reflect.TypeFor[Spec](), reflect.TypeFor[Target](), reflect.TypeFor[Arg](), reflect.TypeFor[Source](),
		reflect.TypeFor[Binary](), reflect.TypeFor[Libraries](), reflect.TypeFor[Part](), reflect.TypeFor[File](),
		reflect.TypeFor[Directory](), reflect.TypeFor[Link](), reflect.TypeFor[Healthcheck](),
	} {
		for _, f := range fieldsOf(structure) {
			if docs[f.owner.Name()+"."+f.goName] == "" {
				t.Errorf("%s.%s has no doc comment", f.owner.Name(), f.goName)
			}
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
			t.Errorf("%s", doc.Render(diags))
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
