package spec

import (
	"bytes"
	_ "embed" // for the schema
)

//go:generate go run ./internal/genschema

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of a spec file, made from the types
// of this package and their formats. It knows the structure and the look of
// each value; Evaluate knows the rest.
func Schema() []byte { return bytes.Clone(schema) }
