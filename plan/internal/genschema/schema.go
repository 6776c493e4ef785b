package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/sinter-build/sinter/internal/doccomment"
	"github.com/sinter-build/sinter/plan"
)

type object = map[string]any

// makeSchema describes plan.Plan as encoding/json writes it. Keys that are not
// described are allowed, since a plan gets new ones without a new version.
func makeSchema(docs doccomment.Docs) ([]byte, error) {
	m := &maker{docs: docs, defs: object{}}
	root := m.structure(reflect.TypeFor[plan.Plan]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "https://raw.githubusercontent.com/sinter-build/sinter/main/plan/schema.json"
	root["title"] = "Sinter plan"
	root["$defs"] = m.defs
	root["properties"].(object)["version"].(object)["const"] = plan.Version
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		return nil, err
	}
	return out.Bytes(), errors.Join(m.problems...)
}

// maker turns Go types into schemas.
type maker struct {
	docs     doccomment.Docs
	defs     object
	problems []error
}

func (m *maker) problem(format string, args ...any) {
	m.problems = append(m.problems, fmt.Errorf(format, args...))
}

// describe adds a doc comment to a schema. There must be one.
func (m *maker) describe(schema object, name string) {
	doc := m.docs.Texts[name]
	if doc == "" {
		m.problem("%s has no doc comment", name)
	}
	schema["description"] = doc
}

// structure describes a struct by the JSON keys of its fields.
func (m *maker) structure(t reflect.Type) object {
	properties := object{}
	required := []string{}
	for _, f := range reflect.VisibleFields(t) {
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key == "" || f.Anonymous {
			m.problem("%s.%s has no JSON key", t.Name(), f.Name)
			continue
		}
		value := m.value(f.Type)
		name := t.Name() + "." + f.Name
		if value["$ref"] == nil || m.docs.Texts[name] != "" { // else the type says enough
			m.describe(value, name)
		}
		properties[key] = value
		if !strings.Contains(options, "omit") {
			required = append(required, key)
		}
	}
	out := object{"type": "object", "properties": properties, "required": required}
	m.describe(out, t.Name())
	return out
}

// value describes a type as it stands in a field.
func (m *maker) value(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[time.Duration]():
		return object{"type": "integer"}
	case t == reflect.TypeFor[[]byte]():
		return object{"type": "string", "contentEncoding": "base64"}
	case t.PkgPath() != "":
		return object{"$ref": "#/$defs/" + m.define(t)}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return m.value(t.Elem())
	case reflect.Slice:
		return object{"type": "array", "items": m.value(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": m.value(t.Elem())}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Uint32:
		return object{"type": "integer", "minimum": 0, "maximum": math.MaxUint32}
	}
	m.problem("%s has no schema", t)
	return object{}
}

// define describes a named type once, and returns its name.
func (m *maker) define(t reflect.Type) string {
	name := t.Name()
	if m.defs[name] != nil {
		return name
	}
	m.defs[name] = object{} // ends recursion
	switch t.Kind() {
	case reflect.Struct:
		m.defs[name] = m.structure(t)
	case reflect.String:
		m.defs[name] = m.enumeration(name)
	default:
		m.problem("%s has no schema", t)
	}
	return name
}

// enumeration describes a string that is one of the constants of its type.
func (m *maker) enumeration(name string) object {
	var values []any
	for _, c := range m.docs.Constants[name] {
		value := object{"const": c.Value}
		if c.Doc != "" {
			value["description"] = c.Doc
		}
		values = append(values, value)
	}
	if len(values) == 0 {
		m.problem("%s has no constants", name)
	}
	out := object{"type": "string", "oneOf": values}
	m.describe(out, name)
	return out
}
