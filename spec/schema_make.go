package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"strings"

	"github.com/sinter-build/sinter/parts"
)

type object = map[string]any

// schemaMaker turns the types into a schema, by the tables that the decoder
// decodes with.
type schemaMaker struct {
	docs map[string]string // doc comments by "Type" and "Type.Field"
	defs object
	// undescribed are the fields without a doc comment.
	undescribed []string
}

// MakeSchema makes the JSON Schema of a spec file from the types of this package.
// Schema returns what was made of them last; a program, genschema, keeps that
// fresh. Docs are the doc comments of the types and their fields, by "Type" and
// "Type.Field": they become the descriptions, and a field must have one.
func MakeSchema(docs map[string]string) ([]byte, error) {
	m := &schemaMaker{docs: docs, defs: object{}}
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
		return nil, err
	}
	if len(m.undescribed) > 0 {
		return nil, fmt.Errorf("without a doc comment: %s", strings.Join(m.undescribed, ", "))
	}
	return out.Bytes(), nil
}

func (m *schemaMaker) mapping(fields []field) object {
	properties := object{}
	var required []string
	for _, f := range fields {
		property := m.value(f.goType, f)
		name := f.owner.Name() + "." + f.goName
		if doc := m.docs[name]; doc != "" {
			property["description"] = doc
		} else {
			m.undescribed = append(m.undescribed, name)
		}
		hinted(property, name)
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
	case t == reflect.TypeFor[Service]():
		return object{"anyOf": []any{scalarSchema("boolean"), m.list(reflect.TypeFor[string](), field{format: "argv"})}}
	case name != "":
		return scalarSchema(name)
	case t.Kind() == reflect.Slice:
		return m.list(t.Elem(), f)
	case t.Kind() == reflect.Map:
		return object{"type": "object", "additionalProperties": m.value(t.Elem(), f), "propertyNames": namesSchema(f.keys)}
	}
	return m.structure(t)
}

// list is a list, or its only item where that is as good.
func (m *schemaMaker) list(item reflect.Type, f field) object {
	items := m.value(item, f)
	list := object{"type": "array", "items": items}
	if f.one {
		return object{"anyOf": []any{list, items}}
	}
	return list
}

// structure is a reference to a type's own definition.
func (m *schemaMaker) structure(t reflect.Type) object {
	ref := object{"$ref": "#/$defs/" + t.Name()}
	if m.defs[t.Name()] != nil {
		return ref
	}
	m.defs[t.Name()] = object{} // ends recursion
	fields := fieldsOf(t)
	mapping := m.mapping(fields)
	mapping["title"] = title(t)
	ways := []any{mapping}
	if short, ok := shorthand(fields); ok {
		ways = append(ways, m.value(short.goType, short))
	}
	if mayBeEmpty(t) {
		ways = append(ways, object{"type": "null"})
	}
	if all := alternatives(t); all != nil {
		ways[0].(object)["oneOf"] = oneOf(all)
	}
	def := mapping
	if len(ways) > 1 {
		def = object{"anyOf": ways, "title": title(t)}
	}
	if doc := m.docs[t.Name()]; doc != "" {
		def["description"] = doc
	}
	m.defs[t.Name()] = def
	return ref
}

// oneOf requires one of several keys, with what it needs.
func oneOf(all []alternative) []any {
	var out []any
	for _, a := range all {
		out = append(out, object{"required": append([]string{a.key}, a.needs...)})
	}
	return out
}

func title(t reflect.Type) string {
	if text := titles[t.Name()]; text != "" {
		return text
	}
	return t.Name()
}

// part is a name, or one name with settings. Editors are to complete the name alone, and
// would make a mapping of it (yaml-language-server has doNotSuggest for that).
func (m *schemaMaker) part() object {
	settings, bare := object{}, object{}
	for _, name := range parts.Names() {
		fields := partFields(name)
		if len(fields) == 0 {
			bare[name] = object{"type": "null", "doNotSuggest": true}
			continue
		}
		mapping := m.mapping(fields)
		mapping["title"] = "Settings of " + name
		settings[name] = object{"anyOf": []any{mapping, object{"type": "null"}}, "description": enumMessages["part"][name], "doNotSuggest": true}
	}
	maps.Copy(bare, settings)
	return object{
		"title": "Part",
		"anyOf": []any{
			scalarSchema("part"),
			object{
				"title": "Part with settings", "type": "object", "properties": bare, "additionalProperties": false,
				"minProperties": 1, "maxProperties": 1,
			},
		},
	}
}

const interpolated = `\$\{`

// scalarSchema also takes what YAML reads as a number or a boolean where the
// decoder takes its text, and any text with ${NAME} in it.
func scalarSchema(name string) object {
	f := formats[name]
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
		values := object{"enum": enum(f)}
		if about := enumDescriptions(name, f); about != nil {
			values["enumDescriptions"], values["markdownEnumDescriptions"] = about, about
		}
		out["anyOf"] = []any{values, object{
			"type": "string", "pattern": interpolated,
			"patternErrorMessage": "one of " + strings.Join(f.oneOf, ", ") + ", or a build argument: ${NAME}",
		}}
	case f.pattern != "":
		out["pattern"] = f.pattern + "|" + interpolated
		out["patternErrorMessage"] = patternMessages[name]
	case !f.free:
		out["pattern"] = `\S`
		out["patternErrorMessage"] = "a text that is not empty"
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

// enumDescriptions are those of an enumeration's values, in their order.
func enumDescriptions(name string, f format) []any {
	about := enumMessages[name]
	if about == nil {
		return nil
	}
	var out []any
	for _, value := range f.oneOf {
		out = append(out, about[value])
	}
	return out
}

// namesSchema is keySchema with what an editor shows of other names.
func namesSchema(keys string) object {
	out := keySchema(keys)
	if message := keyMessages[keys]; message != "" {
		out["patternErrorMessage"] = message
	}
	return out
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
	case "path":
		return object{"pattern": `^/`}
	}
	return object{"minLength": 1}
}
