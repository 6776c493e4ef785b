package plan

import (
	"bytes"
	_ "embed" // for the schema
)

//go:generate go run ./internal/genschema

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of a Plan, made from the types of this
// package. Later programs write plans of the same Version that have more keys than
// it describes.
func Schema() []byte { return bytes.Clone(schema) }
